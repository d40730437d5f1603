# SPDX-License-Identifier: MIT
"""The kernel and its programs on 64-bit RISC-V: QEMU's board `virt`, with OpenSBI, devices from the device tree."""

from boot_test import Books, boot, expect, expect_in, expect_match, passes
from machine import Machine

ARCH = "riscv64"
PANIC_STATUS = 63
QUIET = "noscreen"  # the board has no text screen
CHECKS = {
    "memory_check": "areas are allocated, protected, sealed and guarded as promised",
}
MISUSES = ("privileged", "undefined", "interrupt", "return", "table", "fence", "null", "code", "kernel", "stack",
           "guard", "data")


@boot("RISC-V: programs", arches=(ARCH,))
def riscv64_programs(check):
    with Machine("programs", append=QUIET) as machine:
        machine.prompt()
        books = Books(machine)
        with check("a program prints"):
            expect_in("Hello from process", machine.shell("hello"))
        for command, sentence in CHECKS.items():
            passes(check, machine, books, command, sentence)
        for kind in MISUSES:
            with check(f"crash {kind}: the process dies, and nothing else"):
                text = machine.shell(f"crash {kind}")
                expect_match(r"\[\d+ crash\] killed: ", text)
                expect("survived" not in text, text)
                books.balance()


@boot("RISC-V: panics", arches=(ARCH,))
def riscv64_panics(check):
    for word, wanted in (("panic=1", "KERNEL PANIC: asked for on the command line"),
                         ("panic=stack", "kernel stack overflow in the idle loop: guard page 0xFFFFFFFFC000")):
        with check(f"{word}: says why, with a backtrace, and ends the machine"), \
                Machine(word, append=word) as machine:
            text, status = machine.finish()
            expect_in(wanted, text)
            expect_match(r"backtrace:\n\s+0xFFFFFFFF80\w+  \w+", text)
            expect(status == PANIC_STATUS, f"QEMU ended with {status}")
