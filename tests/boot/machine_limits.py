# SPDX-License-Identifier: MIT
"""What the kernel does with machines of all sizes, with archives that are none, and with itself when it is broken."""

import re

import boot_archive
from boot_test import ALL, boot, expect, expect_in, expect_match, number, word
from machine import ARCH, FLAVOUR, Machine, programs

EXIT_SUCCESS = 33
EXIT_OTHER = 31  # a code above 14
EXIT_PANIC = 63
REACH_MIB = 240
FIRST_PROGRAMS = tuple(f"bin/{name}" for name in ("init", "screen", "names", "shell"))


def outcome(name, **options):
    with Machine(name, **options) as machine:
        return machine.finish()


@boot("panics")
def panics(check):
    with check("a panic prints registers and a backtrace with names, and QEMU's status tells of it"):
        text, status = outcome("panic", append="panic=1")
        expect(status == EXIT_PANIC, f"status {status}")
        expect_in("KERNEL PANIC: asked for on the command line", text)
        expect_match(rf"ax {word()}  [er]bx {word()}", text)
        expect_match(rf"cr0 {word()}  cr2 {word()}  cr3 {word()}", text)
        expect_match(rf"{word()}  kernel::\S+", text)
    with check("a panic prints the last operations on memory: whose was what, and who has it now"):
        text, status = outcome("panic end", append="panic=end", commands="pipeline /data/hello.txt --filter identity")
        expect(status == EXIT_PANIC, f"status {status}")
        expect_in("KERNEL PANIC in process", text)
        ledger = text.split("operations on memory, by whom, to whom, where:")[1]
        expect_match(rf"\d+  (depart|arrive|move|share|release)  \d+.*  {word()}-{word()}", ledger)
        numbers = [int(n) for n in re.findall(r"^  (\d+)  \w+  \d+", ledger, re.M)]
        expect(len(numbers) == 12 and numbers == list(range(numbers[0], numbers[0] + 12)), f"{numbers}")
    with check("a kernel stack that overflows hits its guard page and says so"):
        text, status = outcome("panic stack", append="panic=stack")
        expect(status == EXIT_PANIC, f"status {status}")
        expect_in("KERNEL PANIC", text)
        expect_match(rf"kernel stack overflow .*guard page {word()}", text)
        expect_match(rf"{word()}  kernel::\S*overflow_stack", text)


def first_programs():
    """Only those that the machine starts by itself: what other programs are built changes nothing."""
    return {name: contents for name, contents in programs().items() if name in FIRST_PROGRAMS}


@boot("machines of all sizes")
def sizes(check):
    for mib in (16, 32, 64, 128, 240, 512, 1024):
        with check(f"a machine of {mib} MiB boots, uses what it can reach, and says what it can't"):
            text, status = outcome(f"memory {mib}", memory_mib=mib, commands="mem; hello; audit")
            expect(status == EXIT_SUCCESS, f"status {status}: {text}")
            expect_in("audit: clean", text)
            total = number(expect_match(r"total\s+([\d,]+) frames", text).group(1)) / 256
            reach = REACH_MIB if ARCH.get() == "i386" else mib
            reached = min(mib, reach)
            expect(reached - 2 <= total <= reached, f"{total} MiB used")
            unreachable = "lie beyond the kernel's window" in text
            expect(unreachable == (mib > reach), text)
    if FLAVOUR:
        return  # a kernel under sanitizers needs more memory itself
    with check("a machine too small for the first programs says so and ends"):
        text, status = outcome("memory 2", memory_mib=2, archive=boot_archive.pack(first_programs()))
        expect(status == EXIT_OTHER, f"status {status}: {text}")
        expect_in("init: no shell: out_of_memory", text)


@boot("16 GiB", arches=("x86_64", "riscv64"))
def much_memory(check):
    with Machine("16 GiB", append="noscreen", memory_mib=16384) as machine:
        text = machine.prompt()
        with check("all RAM is used, but the firmware's"):
            frames = number(expect_match(r"memory: \d+ MiB in ([\d,]+) frames", text).group(1))
            expect(frames >= (16384 - 2) * 256, f"{frames} frames")
            expect("not used" not in text, text)
        with check("the frame table's size is shown"):
            size = number(expect_match(r"library's own data\s+([\d,]+) bytes", machine.shell("mem")).group(1))
            expect(size >= 8 * frames, f"{size} bytes for {frames} frames")
            print(f"16 GiB: {size:,} bytes of the library's own data for {frames:,} frames", flush=True)
        with check("the audit is clean"):
            expect_in("audit: clean", machine.shell("audit"))


def broken_archives():
    """Archives a careful reader refuses, each with a name."""
    good = boot_archive.pack({**programs(), "data/a": b"contents"})
    entry, end = boot_archive.entry, boot_archive.entry(boot_archive.TRAILER, b"", 0)
    return {
        "of random bytes": bytes(range(256)) * 16,
        "that ends in the middle of a file": entry("bin/init", b"x" * 1000)[:500],
        "that ends in the middle of a head": good[:50],
        "with a file longer than the archive": entry("bin/init", b"x", length=0x7FFFFFF0) + end,
        "with a file whose length wraps around": entry("bin/init", b"x", length=0xFFFFFFFF) + end,
        "with a name longer than the archive": entry("bin/init", b"x", name_length=0xFFFFFFF0) + end,
        "with a name of no length": entry("bin/init", b"x", name_length=0) + end,
        "with a wrong magic number": entry("bin/init", b"x", magic=b"070707") + end,
        "with digits that are none": good[:8] + b"zz" + good[10:],
        "without the first program": boot_archive.pack({"data/a": b"x"}),
        "with a first program of one byte": boot_archive.pack({"bin/init": b"\x7f"}),
        "with a first program that is no ELF file": boot_archive.pack({"bin/init": b"#!/bin/sh\n" * 100}),
    }


@boot("archives that are none", arches=ALL)
def archives(check):
    with check("without an archive the kernel says so and does not hang"):
        text, status = outcome("no archive", archive=None)
        expect(status == EXIT_PANIC, f"status {status}: {text}")
        expect_in("no boot archive", text)
    for title, archive in broken_archives().items():
        with check(f"an archive {title} ends in a message, not in a fault"):
            text, status = outcome(f"archive {title}", archive=archive)
            expect(status == EXIT_PANIC, f"status {status}: {text}")
            expect_match(r"KERNEL PANIC: (no bin/init in the boot archive|bin/init does not start): \w+", text)
    with check("an archive cut off behind the first program starts it, and it says what is wrong"):
        whole = boot_archive.pack(first_programs())
        text, status = outcome("cut archive", archive=whole[:whole.index(b"bin/shell") + 1000])
        expect(status == EXIT_OTHER, f"status {status}: {text}")
        expect_in("init: no shell: bad_archive", text)
    with check("a program that is no ELF file is refused by name, and the shell goes on"):
        files = {"bin/text": b"hello", "bin/cut": programs()["bin/hello"][:60], "bin/none": b""}
        text, status = outcome("broken programs", files=files, commands="text; cut; none; hello; audit")
        expect(status == 3, f"status {status}: {text}")
        expect(text.count("bad_image") == 3, text)
        expect_in("Hello from process", text)
        expect_in("audit: clean", text)


@boot("starting", arches=ALL)
def starting(check):
    with check("`quiet` leaves out the lines at boot"):
        text, status = outcome("quiet", append="quiet", commands="exit")
        expect(status == EXIT_SUCCESS, f"status {status}")
        expect("memory:" not in text, text)
    with check("the first shell without commands greets and waits"):
        with Machine("greeting") as machine:
            expect_in("`help` lists the commands", machine.prompt())
