# SPDX-License-Identifier: MIT
"""What messages cost, in guest instructions: the program ipc_cost, in a machine that counts them.

QEMU's -icount with shift=0 makes the processor's counter count instructions; the same build gives the same numbers in
every run. All numbers are for both directions together, unless the name says one_way.
"""

import re
from collections import namedtuple

from machine import Machine

SUBJECTS = {"i386": "freehold", "x86_64": "freehold/x86_64", "riscv64": "freehold/riscv64"}
COUNTING = ("-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off")
KIB, MIB = 1 << 10, 1 << 20
PAGE_BYTES = 4096
SHOWN = (  # case, sizes, what it is
    ("call", (0, 64), "call and reply"),
    ("send_receive", (0, 64, PAGE_BYTES), "send + receive, and back: two messages"),
    ("send_receive_one_way", (0, 64, PAGE_BYTES), "send + receive of one message, half of that"),
    ("move", (4 * KIB, 64 * KIB, MIB, 4 * MIB, 64 * MIB), "an area moves, and back"),
    ("share_1", (4 * KIB, 64 * KIB, MIB, 4 * MIB, 64 * MIB), "a sealed area is shown to a reader, who answers"),
    ("share_16", (4 * KIB, 64 * KIB, MIB, 4 * MIB, 64 * MIB), "the same to 16 readers, who all answer"),
)

Cost = namedtuple("Cost", "subject case size value unit")
# Of one round trip, in bytes: payload copied, other bytes copied from and to user memory; frames allocated by all
# round trips together.
Events = namedtuple("Events", "payload aside frames")


class Measured:
    """`costs` is {(case, size): instructions}, `events` {(case, size): Events}."""

    def __init__(self, text):
        self.costs = {(case, int(size)): int(value)
                      for case, size, value in re.findall(r"^cost (\w+) (\d+) (\d+)", text, re.M)}
        self.events = {(case, int(size)): Events(*map(int, numbers.split()))
                       for case, size, numbers in re.findall(r"^events (\w+) (\d+) (\d+ \d+ \d+)", text, re.M)}
        if not self.costs or self.costs.keys() != self.events.keys():
            raise ValueError(f"ipc_cost did not get to its end:\n{text}")
        for (case, size), value in list(self.costs.items()):
            if case == "send_receive":
                self.costs["send_receive_one_way", size] = value // 2

    def crossover(self):
        """From which size on moving is cheaper than copying: the smallest measured size from which it always is."""
        cheaper_from = None
        for size in sorted((s for case, s in self.costs if case == "send_receive" and s > 0), reverse=True):
            move = self.costs.get(("move", -(-size // PAGE_BYTES) * PAGE_BYTES))
            if move is not None and move >= self.costs["send_receive", size]:
                break
            cheaper_from = size
        return cheaper_from


def measure(arch=None):
    """Boots and measures: about two seconds."""
    with Machine("ipc costs", options=COUNTING, arch=arch) as machine:
        machine.prompt()
        return Measured(machine.shell("ipc_cost"))


def results(subject, measured):
    """A Cost for each number measured, and what was counted beside them."""
    found = [Cost(subject, case, size, value, "instructions") for (case, size), value in measured.costs.items()]
    for (case, size), events in measured.events.items():
        if case in ("move", "share_1", "share_16"):
            found.append(Cost(subject, f"{case}_copied", size, events.payload, "bytes"))
        found.append(Cost(subject, f"{case}_frames", size, events.frames, "frames"))
    return found + [Cost(subject, "crossover", 0, measured.crossover(), "bytes")]


def sized(size):
    for unit, name in ((MIB, "MiB"), (KIB, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


def table(measured):
    """The lines a person reads, of {architecture: Measured}; copied, aside and frames are the first one's."""
    first = next(iter(measured.values()))
    names = "".join(f"{arch:>10}" for arch in measured)
    lines = [f"{'case':22} {'size':>9}{names} {'copied':>7} {'aside':>6} {'frames':>7}"]
    for case, sizes, what in SHOWN:
        lines.append(f"  {what}")
        for size in sizes:
            events = first.events.get((case, size))
            costs = "".join(f"{one.costs[case, size]:10,}" for one in measured.values())
            beside = f"{events.payload:7,} {events.aside:6,} {events.frames:7,}" if events else ""
            lines.append(f"{case:22} {sized(size):>9}{costs} {beside}".rstrip())
    crossovers = ", ".join(f"{one.crossover():,} ({arch})" for arch, one in measured.items())
    lines += ["", f"Moving is cheaper than copying from so many bytes on: {crossovers}.",
              f"Instructions; and on {next(iter(measured))}: copied: bytes of payload a round trip; aside: other bytes",
              "copied from and to user memory a round trip, the structures of the calls; frames: allocated by all 65",
              "round trips together (of share: the readers' page tables). No heap is there to allocate from."]
    return lines


def suite(_options, _progress):
    """What ./bench wants of a suite: the table's lines and the results."""
    measured = {arch: measure(arch) for arch in SUBJECTS}
    return table(measured), [row for arch, one in measured.items() for row in results(SUBJECTS[arch], one)]
