#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How deep the kernel's stack gets: `stack_depth.py [ARCH...]` prints the deepest path of every way into the kernel.

It follows every path through the linked image, so it sees what compiler, linker and assembler made of the sources.
Calls of what stands in a register go where CALLS says. What has its address taken and is in no row of it, a frame whose
size can't be known, and recursion are errors.

A path with an interrupt on top may take half a stack. A panic comes on top of any path, once, and does not return; it
may take the other half.
"""

import argparse
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from stack.image import MACHINES, Image  # noqa: E402
from stack.paths import Knowledge, Paths, short  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE_BYTES = 4096

SYSTEM_CALL = r"\bmachine_system_call\b|::trace_call\(|::traced_call\(|::system_call\("
CALLS = [
    (SYSTEM_CALL, None, "kTable"),
    (r"::transfer\(", r"::(move|share)_area\(", None),
    (r"::idle\(", r"::before_idle\(", None),
    (r"BasicRegionTable<.*(transform_across|plan_simple|growth_across)", r"_tag\(freehold::Tag\)", None),
]
PANIC = r"panic\b|panic<|kernel_fault|machine_double_fault|machine_kernel_trap"
DELIBERATE = r"overflow_stack"  # panic=stack on the command line
# Named by what does not call them: by where code begins and ends, by jumps to the kernel's own addresses, and by tables
# of the processor for traps that are panics.
LABELS = r"^(kernel_image_start|kernel_text_end|start|in_window|in_long_mode|in_image|double_fault_entry)$"
# Where the kernel asks for interrupts, and calls what serves them.
INTERRUPTS_CALLED = r"::(timer|external)_interrupt\("
# What only traps of user code come to. An interrupt of the kernel itself takes the same way in.
FOR_USER_CODE = (r"resolve_fault|touch_page_locked|query_region|end_process|switch_from|leave_kernel|tell_ledger"
                 r"|_floating|fpu|print_registers|print_backtrace")


class Machine:
    """Bytes on the kernel's stack: `pushed`, by the processor, where a trap's code begins; `pushed_inside`, the same
    within the kernel, alignment included; `frame`: what lies there when a process goes on; `enters`: see Knowledge."""

    def __init__(self, folder, pushed, pushed_inside, frame, enters):
        self.folder, self.pushed, self.pushed_inside, self.frame, self.enters = (
            folder, pushed, pushed_inside, frame, enters)


KERNELS = {
    "i386": Machine("x86_32", 24, 16, 60, {}),
    "x86_64": Machine("x86_64", 48, 56, 176, {"trap_system_call": 88}),
    "riscv64": Machine("riscv64", 0, 0, 256, {"trap_entry": 256}),
}


class Kernel:
    """A built kernel. `rows`: name -> the deepest path of that way in, (bytes, function) from above to below."""

    def __init__(self, arch):
        self.arch, self.machine = arch, KERNELS[arch]
        self.image = Image(image_path(arch), MACHINES[arch])
        self.paths = self._paths()
        text = (ROOT / "kernel" / "arch" / self.machine.folder / "kernel_machine.h").read_text(encoding="utf-8")
        self.stack_bytes = PAGE_BYTES * int(re.search(r"kStackFrames = (\d+)", text).group(1))
        self.rows, entries = {}, {}
        for address, before in self._entries():
            entries[address] = before
            for callee, below in self.paths.function(address).calls.items():
                self._add_row(callee, [(before + below, "the way in")])
        self.interrupt = self._interrupt()
        self.paths.find_forgotten(entries)
        panics = [a for a in self.paths.apart if not re.search(DELIBERATE, self.image.name(a))]
        self.panic = max(self.paths.function(a).worst for a in panics)

    def _paths(self, skipped="(?!)"):
        return Paths(self.image, Knowledge(
            CALLS, leaves=("start", "in_long_mode"), resumes=("switch_stacks",), enters=self.machine.enters,
            apart=f"{PANIC}|{DELIBERATE}", skipped=skipped, labels=LABELS))

    def _entries(self):
        """(address, bytes on the stack there)."""
        yield from ((stub, self.machine.pushed) for stub in self.paths.table("trap_stubs"))
        before = {"trap_system_call": self.machine.pushed, "trap_entry": 0, "start_user": self.machine.frame,
                  "resume_receiving": self.machine.frame, "end_call": self.machine.frame}
        yield from ((a, before[n]) for a, n in self.image.names.items() if n in before)
        yield from ((a, 0) for a in self.image.functions_named(r"scheduler::.*\bidle\("))

    def _add_row(self, callee, above):
        """Of a call by the table, one row for each of its handlers."""
        found, name = self.paths.function(callee), short(self.image.name(callee))
        handlers = self.paths.table("kTable")
        if re.search(SYSTEM_CALL, self.image.name(callee)):
            for next_callee, below in found.calls.items():
                if next_callee in handlers or re.search(SYSTEM_CALL, self.image.name(next_callee)):
                    self._add_row(next_callee, [*above, (below, name)])
            return
        path = above + self.paths.path(callee)
        if total(path) > total(self.rows.get(name, [])):
            self.rows[name] = path

    def _interrupt(self):
        """The deepest path of an interrupt that comes while the kernel runs."""
        paths, deepest = self._paths(FOR_USER_CODE), []
        entries = paths.table("trap_stubs") or self.image.functions_named(INTERRUPTS_CALLED)
        for entry in entries:
            path = [(self.machine.pushed_inside, "the processor"), *paths.path(entry)]
            deepest = max(deepest, path, key=total)
        return deepest

    def deepest(self):
        return max(self.rows.values(), key=total)

    def problems(self):
        found = [f"{self.arch}: {error}" for error in self.paths.errors]
        half, busy = self.stack_bytes // 2, total(self.interrupt)
        for name, path in self.rows.items():
            if total(path) + busy > half:
                found.append(f"{self.arch}: {name} takes {total(path)} bytes of stack, an interrupt {busy} more, "
                             f"and half a stack is {half}: {written(path)}")
        if total(self.deepest()) + busy + self.panic > self.stack_bytes:
            found.append(f"{self.arch}: no room for a panic of {self.panic} bytes on top of the deepest path")
        return found

    def show(self):
        print(f"{self.arch}: of {self.stack_bytes} bytes the deepest path takes {total(self.deepest())}, "
              f"an interrupt on top of it {total(self.interrupt)}, a panic on top of both {self.panic}")
        rows = sorted(self.rows.items(), key=lambda row: -total(row[1]))
        for name, path in [*rows, ("(an interrupt within the kernel)", self.interrupt)]:
            print(f"  {total(path):5}  {name}: {written(path)}")


def image_path(arch):
    return ROOT / "build" / arch / "kernel" / "freehold.elf"


def total(path):
    return sum(size for size, _ in path)


def written(path):
    return ", ".join(f"{size} {name}" for size, name in path if size)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("arch", metavar="ARCH", nargs="*", help="i386, x86_64, riscv64; without: those that are built")
    wanted = parser.parse_args(arguments).arch or [a for a in KERNELS if image_path(a).exists()]
    problems = []
    for arch in wanted:
        kernel = Kernel(arch)
        kernel.show()
        problems += kernel.problems()
    for line in problems:
        print(line)
    return 1 if problems or not wanted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
