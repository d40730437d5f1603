# SPDX-License-Identifier: MIT
"""What x86-64 alone has: the processor's protections, W^X by page tables, processors that lack something."""

import re

from boot_test import Books, boot, expect, expect_in, expect_match, passes, symbol
from gdb_stub import GdbStub
from machine import Machine

ARCHES = ("x86_64",)
IMAGE_BASE = 0xFFFFFFFF80000000
PAGE_BYTES = 4096
WRITABLE = 2
# Bits of control registers: Intel SDM vol. 3A, 2.5 and 2.2.1.
CR4 = {"PGE": 7, "OSFXSR": 9, "UMIP": 11, "OSXSAVE": 18, "SMEP": 20, "SMAP": 21}
EFER = {"SCE": 0, "LMA": 10, "NXE": 11}
CR0 = {"WP": 16, "PG": 31}


def registers(machine):
    text = machine.monitor("info registers")
    return {name: int(expect_match(rf"\b{name}=([0-9a-f]+)", text).group(1), 16) for name in ("CR0", "CR4", "EFER")}


def exchange(machine, address, change):
    """Changes a word of the kernel's; what it was."""
    with GdbStub(machine.gdb_socket) as stub:
        old = int.from_bytes(bytes.fromhex(stub.ask(f"m{address:x},8")), "little")
        answer = stub.ask(f"M{address:x},8:{change(old).to_bytes(8, 'little').hex()}")
        expect(answer == "OK", f"the stub says {answer}")
        stub.ask("D")
    return old


@boot("protections of x86-64", arches=ARCHES)
def protections(check):
    with Machine("protections") as machine:
        machine.prompt()
        with check("NX, write protection, SMEP, SMAP, UMIP, global pages and XSAVE are on"):
            found = registers(machine)
            for name, bits in (("CR0", CR0), ("CR4", CR4), ("EFER", EFER)):
                missing = [bit for bit, number in bits.items() if not found[name] >> number & 1]
                expect(not missing, f"{name} is {found[name]:#x}, without {missing}")
        with check("nothing that the processor has in its tables is both writable and executable"):
            pages = re.findall(r"^([0-9a-f]{16}): [0-9a-f]{16} (\S{9})", machine.monitor("info tlb"), re.M)
            expect(len(pages) > 200, f"{len(pages)} pages")
            wrong = [page for page in pages if page[1].endswith("W") and not page[1].startswith("X")]
            expect(not wrong, f"{wrong}")
        with check("the audit names a page of the kernel's code that has become writable"):
            text = 0x100  # the image's first page, of its tables the entry
            entry = symbol("kernel_image_tables") + 8 * text
            old = exchange(machine, entry, lambda word: word | WRITABLE)
            expect_in(f"the kernel's half is not protected at 0x{IMAGE_BASE + text * PAGE_BYTES:016X}",
                      machine.shell("audit"))
            exchange(machine, entry, lambda _: old)
            expect_in("audit: clean", machine.shell("audit"))


@boot("processors that x86-64 runs on, and one that it does not", arches=ARCHES)
def processors(check):
    with check("AVX registers are kept by XSAVE"), Machine("AVX") as machine:
        machine.prompt()
        expect_in("registers of x87, SSE and AVX", machine.shell("fpu"))
    with Machine("an old processor", options=["-cpu", "qemu64"]) as machine:
        machine.prompt()
        books = Books(machine)
        passes(check, machine, books, "fpu", "without XSAVE, SMEP, SMAP, UMIP, registers are kept by FXSAVE")
        passes(check, machine, books, "memory_check", "areas are what they are elsewhere")
        with check("that processor had none of them"):
            cr4 = registers(machine)["CR4"]
            expect(not any(cr4 >> CR4[name] & 1 for name in ("UMIP", "OSXSAVE", "SMEP", "SMAP")), f"CR4 is {cr4:#x}")
    with check("a processor that can't forbid execution is refused"), \
            Machine("no NX", options=["-cpu", "qemu64,-nx"]) as machine:
        machine.read_until("needs a 64-bit processor that knows pages not to be executed")
