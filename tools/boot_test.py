# SPDX-License-Identifier: MIT
"""What boot tests are written with.

    @boot("what is booted")
    def some_name(check):
        with Machine("some name") as machine:
            machine.prompt()
            books = Books(machine)
            with check("a sentence about what happens"):
                expect("text" in machine.shell("command"), "no text")
                books.balance()

One boot holds many tests, each a `with check(...)`: what fails in there is noted, and the next one goes on.
"""

import contextlib
import pathlib
import re
import time
import subprocess

import machine

ROOT = pathlib.Path(__file__).resolve().parents[1]
BOOTS = []
LOOKS = 10
SECONDS_BETWEEN_LOOKS = 0.5
X86 = ("i386", "x86_64")
ALL = (*X86, "riscv64")
USER_ENDS = {"i386": 0xF0000000, "x86_64": 0x7F80_0000_0000, "riscv64": 0x40_0000_0000}


def boot(title, arches=X86, under_sanitizers=True):
    """Registers a function that boots machines and checks, once for each architecture: the machines are of that one.

    Of an architecture other than i386 only if it is built: ./test says what it builds. A kernel under sanitizers is
    there for x86_64 alone; it is asked neither what things cost nor how it is started by hand.
    """
    def register(function):
        for arch in arches:
            if machine.FLAVOUR and not (under_sanitizers and arch == "x86_64"):
                continue
            if arch == "i386" or (machine.build(arch) / "build.ninja").exists():
                BOOTS.append((title if arch == arches[0] else f"{title}, {arch}", on(arch, function)))
        return function
    return register


def on(arch, function):
    def run(check):
        machine.ARCH.set(arch)
        function(check)
    return run


def first_programs():
    """What runs before a test starts anything; a board without a text screen needs no program for it."""
    screen = [] if machine.ARCH.get() == "riscv64" else ["screen"]
    return ["init", *screen, "names", "shell"]


def user_end():
    """Where user space ends on the machine of this boot."""
    return USER_ENDS[machine.ARCH.get()]


def word(number=None):
    """An address as the kernel prints it on the machine of this boot; without one, a pattern for any."""
    digits = 8 if machine.ARCH.get() == "i386" else 16
    return rf"0x[0-9A-F]{{{digits}}}" if number is None else f"0x{number:0{digits}X}"


def symbol(name):
    """An address in the kernel of this boot's machine."""
    elf = machine.build(machine.ARCH.get()) / "kernel" / "freehold.elf"
    lines = subprocess.run(["nm", str(elf)], capture_output=True, text=True, check=True).stdout
    return int(expect_match(rf"(?m)^([0-9a-f]+) \w {name}$", lines).group(1), 16)


class Failure(AssertionError):
    """What a test found instead of what it expected."""


def expect(condition, otherwise):
    if not condition:
        raise Failure(otherwise)


def expect_in(wanted, text):
    if wanted not in text:
        raise Failure(f"expected `{wanted}` in:\n{text}")


def expect_match(pattern, text):
    match = re.search(pattern, text)
    if match is None:
        raise Failure(f"expected /{pattern}/ in:\n{text}")
    return match


class Checks:
    """The results of one boot: a list of (name, None or what went wrong)."""

    def __init__(self):
        self.results = []

    @contextlib.contextmanager
    def __call__(self, name):
        try:
            yield
        except Failure as failure:
            self.results.append((name, str(failure)))
        except Exception as error:  # a hang, or the machine's end: the other tests of this boot fail likewise
            self.results.append((name, f"{type(error).__name__}: {str(error)[:2000]}"))
        else:
            self.results.append((name, None))


def number(text):
    return int(text.replace(",", ""))


class Books:
    """The frames in use when it was made, to compare with later."""

    def __init__(self, machine):
        self.machine = machine
        self.frames = self.frames_in_use()

    def frames_in_use(self):
        text = self.machine.shell("mem")
        return number(expect_match(r"in use or promised\s+([\d,]+) frames", text).group(1))

    def balance(self):
        """The audit is clean, and as many frames are in use as at the beginning, once orphans have ended, too."""
        expect_in("audit: clean", self.machine.shell("audit"))
        for _ in range(LOOKS):
            frames = self.frames_in_use()
            if frames == self.frames:
                return
            time.sleep(SECONDS_BETWEEN_LOOKS)
        raise Failure(f"{frames} frames in use, {self.frames} before")


def passes(check, machine, books, command, sentence):
    """The program says that it passed, ends with 0, and leaves nothing behind."""
    with check(sentence):
        text = machine.shell(command)
        expect_in(f"{command.split()[0]}: passed", text)
        expect("exited with" not in text and "died of" not in text, text)
        books.balance()
