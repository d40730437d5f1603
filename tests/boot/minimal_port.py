# SPDX-License-Identifier: MIT
"""The smallest port of the library (examples/minimal_port), as a kernel of its own."""

import subprocess

from boot_test import boot, expect, expect_in
from machine import HANG_SECONDS, ROOT

KERNEL = ROOT / "build" / "riscv64" / "examples" / "minimal_port_kernel.elf"
LINES_MAX = 299
PARTS = ("port.h", "hooks.cpp", "demonstrate.cpp", "riscv64.S", "riscv64.cpp", "riscv64.ld")


@boot("the minimal port on RISC-V", arches=("riscv64",))
def minimal_port(check):
    with check("moves, seals and shares an area between two address spaces, and the audit is clean"):
        ended = subprocess.run(
            ["qemu-system-riscv64", "-machine", "virt", "-m", "128", "-nodefaults", "-nic", "none", "-display", "none",
             "-serial", "stdio", "-no-reboot", "-kernel", str(KERNEL)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=HANG_SECONDS,
            check=False)
        expect_in("minimal port: works", ended.stdout)
        expect(ended.returncode == 0, f"QEMU ended with {ended.returncode}: {ended.stderr}")
    with check("has fewer than 300 lines with all it needs"):
        count = sum((ROOT / "examples" / "minimal_port" / part).read_text().count("\n") for part in PARTS)
        expect(count <= LINES_MAX, f"{count} lines")
