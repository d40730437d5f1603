# SPDX-License-Identifier: MIT
"""A kernel under sanitizers finds faults that are put into it: `./test sanitized` runs this and the other boots."""

from boot_test import boot, expect, expect_in, expect_match
from machine import FLAVOUR, Machine

EXIT_PANIC = 63
ADDRESS = "address sanitizer: "
UNDEFINED = "undefined behaviour: "
# fault=WORD on the command line: what the kernel does, what its panic says.
FAULTS = {
    "global": ("reads right behind a global",
               ADDRESS + r"a read of 4 bytes at \S+, in the image, outside of a variable"),
    "stack": ("writes right behind a local variable",
              ADDRESS + r"a write of 4 bytes at \S+, in a stack, outside of a variable"),
    "frame": ("writes to a frame that it has given back", ADDRESS + r"a write of 4 bytes at \S+, in a free frame"),
    "copy": ("copies from a frame that it has given back", ADDRESS + r"a read of 20 bytes at \S+, in a free frame"),
    "overflow": ("adds what is too much for an int", UNDEFINED + r"an addition overflows \(\S+faults.cpp:\d+\)"),
    "index": ("takes an index beyond an array", UNDEFINED + r"an index beyond an array \(\S+faults.cpp:\d+\)"),
}


def faults(check):
    for word, (what, line) in FAULTS.items():
        with check(f"a kernel that {what} says so and ends"):
            with Machine(f"fault {word}", append=f"fault={word}") as machine:
                text, status = machine.finish()
            expect(status == EXIT_PANIC, f"status {status}: {text}")
            expect_match("KERNEL PANIC: " + line, text)
            expect_in("kernel::checked::commit_fault", text)


if FLAVOUR:
    boot("faults in the kernel", arches=("x86_64",))(faults)
