# SPDX-License-Identifier: MIT
"""What the kernel's work costs, in guest instructions: the program kernel_cost, in a machine that counts them.

QEMU's -icount with shift=0 makes the processor's counter count instructions. The processor does not say that its string
instructions are fast, because a repetition counts as one: whoever uses them would look faster than it is.
"""

import re
from collections import namedtuple

from bench_ipc import COUNTING, KIB, MIB, sized
from machine import Machine

MEMORY_MIB = 512
OPTIONS = (*COUNTING, "-cpu", "max,-erms,-fsrm")
ARCHES = ("i386",)
READERS = 16
REPETITIONS = "median of 65 repetitions, of 9 from 16 MiB on"

# A case is shown with what it costs beyond what `less` costs, which is in it whatever a kernel does. A goal is in
# instructions; of several, the first is that of words of 64 bits, the second of 32.
Row = namedtuple("Row", "case size what goals less")
ROWS = (
    Row("null_call", 0, "null system call", (60,), None),
    Row("round_trip", 1, "1 byte to another process and back", (600,), None),
    Row("transfer", 4 * KIB, "4 KiB to a process that reads them", (1000,), None),
    Row("transfer", 64 * KIB, "64 KiB", (1200,), None),
    Row("transfer", MIB, "1 MiB", (3000,), None),
    Row("transfer", 16 * MIB, "16 MiB, beyond the reading", (6000,), "reading"),
    Row("transfer_16_readers", 16 * MIB, "a reader of 16 MiB, beyond the reading", (), "reading"),
    Row("fault_zeroed", 0, "page fault, a zeroed frame at hand", (250,), None),
    Row("fault", 0, "page fault", (800, 1400), None),
    Row("allocate_touch_release", 64 * KIB, "allocate, touch, release 64 KiB", (12000, 20000), None),
    Row("allocate_touch_release", 16 * MIB, "the same of 16 MiB", (3000000, 5000000), None),
    Row("start_process", 64 * KIB, "start a program of 64 KiB, to its end", (), None),
)
EVENTS = "calls faults entries pages flushes switches copied zeroed"

Cost = namedtuple("Cost", "subject case size value unit")
Events = namedtuple("Events", EVENTS)


class Measured:
    """One subject's `costs`, {(case, size): instructions}, and `events`, {(case, size): Events}."""

    def __init__(self, subject, text):
        self.subject = subject
        self.costs = {(case, int(size)): int(value)
                      for case, size, value in re.findall(r"^cost (\w+) (\d+) (\d+)", text, re.M)}
        self.events = {(case, int(size)): Events(*(int(number) / 100 for number in numbers.split()))
                       for case, size, numbers in re.findall(r"^events (\w+) (\d+) ([\d ]+)", text, re.M)}
        if not re.search(r"^done\b", text, re.M):
            raise ValueError(f"{subject}: kernel_cost did not get to its end:\n{text}")

    def beyond(self, row):
        """What a row of the table shows; None if this subject has no such case."""
        cost = self.costs.get((row.case, row.size))
        if cost is None or row.less is None:
            return cost
        return cost - self.costs[row.less, row.size]


def measure(arch):
    """Boots Freehold and measures: about two seconds."""
    with Machine(f"kernel costs {arch}", options=OPTIONS, memory_mib=MEMORY_MIB, arch=arch) as machine:
        machine.prompt()
        return Measured(f"freehold/{arch}", machine.shell("kernel_cost"))


def goal_of(row, subjects):
    """The goal of a row, as a word: that of each width, where it depends on it and both are there."""
    if row.case == "transfer_16_readers":
        goals = [2 * m.costs["empty_message", 0] for m in subjects]
    elif len(row.goals) == 2:
        goals = [row.goals["64" not in m.subject] for m in subjects]
    else:
        goals = row.goals[:1]
    return " / ".join(f"{goal:,}" for goal in goals)


def number(value):
    return "-" if value is None else f"{value:,}"


def counted(value):
    return f"{value:,.0f}" if value == round(value) or value >= 100 else f"{value:.2f}"


def costs_table(measured):
    names = "".join(f"{m.subject:>17}" for m in measured)
    lines = [f"{'instructions':40}{names}{'to reach':>21}"]
    for row in ROWS:
        values = [m.beyond(row) for m in measured]
        if any(value is not None for value in values):
            goal = goal_of(row, [m for m in measured if m.events])
            lines.append((f"{row.what:40}" + "".join(f"{number(v):>17}" for v in values) + f"{goal:>21}").rstrip())
    return lines


def events_table(measured):
    columns = EVENTS.split()
    lines = [f"{'events in ' + measured.subject:40}" + "".join(f"{name:>10}" for name in columns)]
    for row in ROWS:
        events = measured.events.get((row.case, row.size))
        if events is not None:
            name = f"{row.case} {sized(row.size)}" if row.size > 1 else row.case
            lines.append(f"{name:40}" + "".join(f"{counted(value):>10}" for value in events))
    return lines


def table(measured):
    """The lines a person reads."""
    lines = costs_table(measured)
    for subject in measured:
        if subject.events:
            lines += ["", *events_table(subject)]
    return lines + [
        "", "calls and faults: traps; entries: of page tables, written; pages and flushes: invalidated in the TLB, and",
        "whole TLBs; switches: of address spaces; copied: bytes; zeroed: frames. Of one time each, on the average."]


def results(measured):
    """A Cost for each number measured, and those counted beside them."""
    found = []
    for subject in measured:
        found += [Cost(subject.subject, case, size, value, "instructions")
                  for (case, size), value in subject.costs.items()]
        for (case, size), events in subject.events.items():
            found += [Cost(subject.subject, f"{case}_{name}", size, value, "bytes" if name == "copied" else "events")
                      for name, value in events._asdict().items()]
    return found


def suite():
    """What ./bench wants of a suite: the table's lines and the results."""
    measured = [measure(arch) for arch in ARCHES]
    return table(measured), results(measured)
