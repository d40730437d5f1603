# SPDX-License-Identifier: MIT
"""How long the kernel lets no interrupt in, in guest instructions: the trace tells it of every call."""

import pathlib
import tempfile

import trace_events
from bench_ipc import COUNTING
from boot_test import Books, boot, expect, expect_in
from machine import Machine

STRETCH_MAX = 60_000  # docs/performance.md says the same
PROGRAMS = ("long_calls", "in_flight", "ipc_check", "fill_regions")


def stretches_of(capture):
    """{call: the longest stretch of any call of that name}; ends of processes are `end`."""
    calls = trace_events.enumeration("kernel/abi/syscalls.h", "Call")
    longest, open_calls = {}, {}
    with open(capture, encoding="ascii") as lines:
        for kind, _, numbers, _ in trace_events.read(lines):
            if kind == "C":
                open_calls[numbers[0]] = calls[numbers[1]]
            elif kind in "RX":
                name = open_calls.pop(numbers[0], "fault") if kind == "R" else "end"
                longest[name] = max(longest.get(name, 0), numbers[3])
    return longest


@boot("interrupts", arches=("i386", "x86_64"), under_sanitizers=False)
def interrupts(check):
    with tempfile.TemporaryDirectory() as directory:
        capture = pathlib.Path(directory) / "capture"
        options = [*COUNTING, "-chardev", f"file,id=trace,path={capture}",
                   "-device", "isa-serial,index=2,irq=5,chardev=trace"]
        with Machine("interrupts", options=options) as machine:
            machine.prompt()
            books = Books(machine)
            longest = {}
            for program in PROGRAMS:
                with check(f"while {program} runs, the kernel lets interrupts in every {STRETCH_MAX} instructions"):
                    machine.shell("trace on")
                    expect_in(f"{program}: passed", machine.shell(program))
                    machine.shell("trace off")
                    found = stretches_of(capture)
                    longest = {name: max(found.get(name, 0), longest.get(name, 0)) for name in found | longest}
                    over = {name: count for name, count in found.items() if count > STRETCH_MAX}
                    expect(not over, f"{over}")
            for name, count in sorted(longest.items(), key=lambda item: -item[1])[:12]:
                print(f"  {name:16} {count:9,} instructions at most", flush=True)
            with check("afterwards nothing is left behind"):
                books.balance()
