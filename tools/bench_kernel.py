# SPDX-License-Identifier: MIT
"""What the kernel's work costs, in guest instructions: the program kernel_cost, in a machine that counts them.

QEMU's -icount with shift=0 makes the processor's counter count instructions. The processor does not say that its string
instructions are fast, because a repetition counts as one: whoever uses them would look faster than it is.

Beside it Linux in the same machine, by the best way it has for each piece of work (benchmarks/linux/kernel_cost.c).
"""

import re
from collections import namedtuple

import peer_linux
from bench_ipc import COUNTING, KIB, MIB, sized
from machine import Machine

MEMORY_MIB = 512
OPTIONS = (*COUNTING, "-cpu", "max,-erms,-fsrm")
ARCHES = {"x86_64": OPTIONS, "i386": OPTIONS, "riscv64": COUNTING}  # and the machine's options
PEER = "linux"
REPETITIONS = "median of 65 repetitions, of 15 from 1 MiB on, of 5 from 16 MiB on"

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
    Row("fault_apart", 0, "page fault, apart from others", (), None),
    Row("allocate_touch_release", 64 * KIB, "allocate, touch, release 64 KiB", (12000, 20000), None),
    Row("allocate_touch_release", 16 * MIB, "the same of 16 MiB", (3000000, 5000000), None),
    Row("start_process", 64 * KIB, "start a program of 64 KiB, to its end", (), None),
)
EVENTS = "calls faults entries pages flushes switches copied zeroed"

Cost = namedtuple("Cost", "subject case size value unit")
Events = namedtuple("Events", EVENTS)


class Measured:
    """One subject's `costs`, {(case, size): instructions}, and `events`, {(case, size): Events}.

    `ways` has for each cost how it was reached, the best first, where there are several: [(instructions, way)].
    """

    def __init__(self, subject, text):
        self.subject = subject
        self.ways = {}
        for case, size, value, way in re.findall(r"^cost (\w+) (\d+) (\d+) ?(\w*)", text, re.M):
            self.ways.setdefault((case, int(size)), []).append((int(value), way))
        self.ways = {key: sorted(ways) for key, ways in self.ways.items()}
        self.costs = {key: ways[0][0] for key, ways in self.ways.items()}
        self.events = {(case, int(size)): Events(*(int(number) / 100 for number in numbers.split()))
                       for case, size, numbers in re.findall(r"^events (\w+) (\d+) ([\d ]+)", text, re.M)}
        self.metadata = {what: int(value) for what, value in re.findall(r"^metadata (\w+) (\d+)", text, re.M)}
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
    with Machine(f"kernel costs {arch}", options=ARCHES[arch], memory_mib=MEMORY_MIB, arch=arch) as machine:
        machine.prompt()
        return Measured(f"freehold/{arch}", machine.shell("kernel_cost"))


def measure_peer():
    """Boots Linux and measures: half a minute. It does not know zeroed frames from others: a fault is a fault."""
    measured = Measured(PEER, peer_linux.measure(OPTIONS, MEMORY_MIB))
    measured.costs["fault_zeroed", 0] = measured.costs["fault", 0]
    return measured


def goals_of(row, measured):
    """The goals of a row, as text: that of words of 64 bits and that of 32, or of each subject of ours."""
    goals = row.goals
    if row.case == "transfer_16_readers":
        goals = [2 * m.costs["empty_message", 0] for m in measured if m.subject != PEER]
    elif row.case == "start_process":
        goals = [m.costs[row.case, row.size] // 5 for m in measured if m.subject == PEER]
    return " / ".join(f"{goal:,}" for goal in goals)


def number(value):
    return "-" if value is None else f"{value:,}"


def counted(value):
    return f"{value:,.0f}" if value == round(value) or value >= 100 else f"{value:.2f}"


def costs_table(measured):
    names = "".join(f"{m.subject:>18}" for m in measured)
    lines = [f"{'instructions':40}{names}    to reach (64 / 32 bits)"]
    for row in ROWS:
        values = [m.beyond(row) for m in measured]
        if any(value is not None for value in values):
            shown = "".join(f"{number(value):>18}" for value in values)
            lines.append(f"{row.what:40}{shown}    {goals_of(row, measured)}".rstrip())
    return lines


def ways_table(peer):
    """Which way the peer's figures are, and what the others cost."""
    lines = [f"{peer.subject}'s ways, the best first"]
    for row in ROWS:
        ways = peer.ways.get((row.case, row.size), [])
        if ways:
            lines.append(f"{row.what:40}" + ", ".join(f"{way.replace('_', ' ')} {value:,}" for value, way in ways))
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


GROWING = (("grow_allocate", "allocate"), ("grow_release", "release"), ("grow_protect", "protect"),
           ("grow_seal", "seal"))
METADATA = (("frame", "a frame of memory"), ("regions_1000", "a process's regions, 980 and its own"),
            ("library", "the library's data, all frames' records"), ("image", "the kernel's image"))


def growth_table(measured):
    """What calls cost on areas of 8, 16 and 32 MiB."""
    sizes = (8 * MIB, 16 * MIB, 32 * MIB)
    lines = [f"{'growth: instructions / table entries':40}" + "".join(f"{sized(size):>22}" for size in sizes)]
    for subject in measured:
        for case, what in GROWING:
            cells = [f"{subject.costs[case, s]:,} / {subject.events[case, s].entries:,.0f}" for s in sizes]
            lines.append(f"{what + ', ' + subject.subject:40}" + "".join(f"{cell:>22}" for cell in cells))
    return lines


def metadata_table(measured):
    lines = [f"{'bytes of metadata':40}" + "".join(f"{m.subject:>18}" for m in measured)]
    for key, what in METADATA:
        lines.append(f"{what:40}" + "".join(f"{m.metadata[key]:>18,}" for m in measured))
    return lines


def table(measured):
    """The lines a person reads."""
    lines = costs_table(measured)
    for subject in measured:
        lines += ["", *(ways_table(subject) if subject.subject == PEER else events_table(subject))]
    ours = [m for m in measured if m.subject != PEER]
    lines += ["", *growth_table(ours), "", *metadata_table(ours)]
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
        found += [Cost(subject.subject, f"metadata_{what}", 0, value, "frames" if what == "frames" else "bytes")
                  for what, value in subject.metadata.items()]
    return found


def suite(_options, progress):
    """What ./bench wants of a suite: the table's lines, the results, and more of the context."""
    facts = {"kernel_machine": f"1 processor, {MEMORY_MIB} MiB, " + " ".join(OPTIONS),
             "kernel_repetitions": REPETITIONS}
    measured, remarks = [], []
    try:
        progress.what = "Measuring kernel: Linux ..."
        measured.append(measure_peer())
        facts["linux"] = f"{peer_linux.version()}, {peer_linux.COMMAND_LINE}"
        facts["linux_ways"] = {f"{case} {size}": ways[0][1] for (case, size), ways in measured[0].ways.items()}
    except peer_linux.Missing as error:
        remarks = ["", f"Linux was not measured: {error}"]
    for arch in ARCHES:
        progress.what = f"Measuring kernel: Freehold on {arch} ..."
        measured.append(measure(arch))
    return table(measured) + remarks, results(measured), facts
