# SPDX-License-Identifier: MIT
"""A process that does what it must not is killed with a line that says what it did; nothing of it is left behind."""

from boot_test import Books, boot, expect, expect_in, expect_match, user_end, word
from machine import ARCH, Machine

# kind: what it does, what the kernel says of it
PAGE_FAULTS = {
    "null": ("writes to address 0", r"write to 0x0+ .*: outside_user_space; region 0x0+-0x\w+ free"),
    "sealed": ("writes to a sealed area", r"write to 0x\w+ .*: sealed; region .* anon, r--, sealed"),
    "moved": ("writes to an area it moved away", r"write to 0x\w+ .*: in_transit; region .*in transit"),
    "stack": ("recurses without an end", r"write to 0x\w+ .*: guard_page; region .* anon, rw-, plain"),
    "jump": ("jumps to where nothing is", r"jump to 0x0*12345678 at 0x0*12345678: not_mapped; region .* free"),
    "guard": ("writes to a guard page", r"write to 0x\w+ .*: guard_page; region .* anon, rw-, plain"),
    "code": ("writes to its own code", r"write to 0x\w+ .*: (access_denied|sealed); region .* anon, r"),
    "kernel": ("writes to the kernel's half", r"write to USER_END .*: outside_user_space; beyond user space"),
}
EXCEPTIONS = {
    "privileged": ("executes an instruction for the kernel only", "general protection fault"),
    "io": ("writes to an I/O port", "general protection fault"),
    "halt": ("stops the processor", "general protection fault"),
    "div": ("divides by zero", "divide error"),
    "undefined": ("executes an undefined instruction", "invalid instruction"),
    "breakpoint": ("executes a breakpoint", "general protection fault"),
    "interrupt": ("raises the timer's interrupt by hand", "general protection fault"),
    "segment": ("loads a segment of the kernel's", "general protection fault"),
    "step": ("asks for a trap behind each instruction", "debug trap"),
}
PAGE_FAULTS_64 = {
    "data": ("executes data", r"jump to 0x\w+ at 0x\w+: access_denied; region .* anon, rw-, plain"),
}
EXCEPTIONS_64 = {
    "table": ("asks where the kernel's tables lie", "general protection fault"),
    "nowhere": ("jumps to an address there can't be", "general protection fault"),
    "stackless": ("enters the kernel with no stack and then uses it", "(stack segment|general protection) fault"),
}


def kinds_of_crashes():
    """{kind: (what, a pattern of what the kernel says)} of what this boot's machine finds out."""
    long = ARCH.get() == "x86_64"
    faults = PAGE_FAULTS | (PAGE_FAULTS_64 if long else {})
    exceptions = EXCEPTIONS | (EXCEPTIONS_64 if long else {})
    kinds = {kind: (what, "killed: " + line.replace("USER_END", word(user_end())))
             for kind, (what, line) in faults.items()}
    return kinds | {kind: (what, rf"killed: {line} \(error 0x\w+\) at 0x\w+")
                    for kind, (what, line) in exceptions.items()}


@boot("processes that crash")
def crashes(check):
    with Machine("crash") as machine:
        machine.prompt()
        books = Books(machine)
        kinds = kinds_of_crashes()
        for kind, (what, line) in kinds.items():
            with check(f"a process that {what} is killed, its parent learns of it, and nothing of it is left"):
                text = machine.shell(f"crash {kind}")
                expect_match(r"\[\d+ crash\] " + line, text)
                expect_match(r"crash \(\d+\) died of ", text)
                expect("survived" not in text, text)
                books.balance()
        with check("every kind that crash knows is tested"):
            known = [line.split()[0] for line in machine.shell("crash").splitlines() if line.startswith("  ")]
            expect(sorted(known) == sorted(kinds), f"crash knows {known}")
        with check("a bystander in the background is unharmed"):
            machine.background("still", "still: ready")
            for kind in kinds:
                machine.shell(f"crash {kind}")
            expect_in(" still", machine.shell("ps"))
            expect_in("audit: clean", machine.shell("audit"))
