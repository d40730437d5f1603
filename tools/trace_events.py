# SPDX-License-Identifier: MIT
"""Reads what the kernel's trace sends (docs/tracing.md), and makes Chrome trace JSON of it, which Perfetto opens.

    processes as tracks          P, X
    calls as slices              C ... R        what a receive took, M, stands with its arguments
    areas as arrows              L: from where an area departs to where it arrives, or comes back to
    who runs, on a track of the processor       S
    faults and other operations as marks        F, L
"""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[1]
VERSION = 2
PROCESSOR = 0
DEFAULT_CYCLES_PER_US = 1000.0  # for a trace too short to tell
FIELDS = {"V": 1, "T": 1, "P": 2, "X": 4, "C": 5, "R": 4, "M": 6, "S": 1, "F": 6, "L": 7, "Q": 1}
TEXTS = ("V", "P")  # end with a text
AREA_US = 0.001  # how long an area's end of an arrow seems to take
ACCESSES = {1: "read", 2: "write", 4: "execute"}


class BadTrace(ValueError):
    """A capture that is none, or is damaged: which line, and why."""


def enumeration(path, name, pattern=r"^\s+(\w+)(?: = (\d+))?,?"):
    """The names of a C++ enumeration by number, from the header that declares it."""
    body = re.search(rf"enum class [^;{{]*\b{name} : [^{{]*{{(.*?)}}", (ROOT / path).read_text(encoding="utf-8"), re.S)
    names, number = {}, 0
    for match in re.finditer(pattern, body.group(1), re.M):
        number = int(match.group(2)) if match.group(2) else number
        names[number] = match.group(1)
        number += 1
    return names


def parse(lines):
    """Yields (letter, time, numbers, text) of each line; BadTrace where one is none."""
    for number, line in enumerate(lines, 1):
        words = line.rstrip("\r\n").split(" ")
        kind = words[0]
        if kind not in FIELDS:
            raise BadTrace(f"line {number}: no such event: {line[:60]!r}")
        count = FIELDS[kind] + 2
        if len(words) != count + (kind in TEXTS):
            raise BadTrace(f"line {number}: {kind} has {len(words) - 1} fields: {line[:60]!r}")
        try:
            values = [int(word, 16) for word in words[1:count]]
        except ValueError:
            raise BadTrace(f"line {number}: a field is no number: {line[:60]!r}") from None
        yield kind, values[0], values[1:], words[-1] if kind in TEXTS else ""


def read(lines):
    """The events of the capture's last trace, in order of time. A last line cut short is left out."""
    lines = list(lines)
    if lines and not lines[-1].endswith("\n"):
        lines.pop()
    events = []
    for event in parse(lines):
        if event[0] == "V":
            if event[2][0] != VERSION:
                raise BadTrace(f"version {event[2][0]}; this reads version {VERSION}")
            events = []
        events.append(event)
    if not events or events[0][0] != "V":
        raise BadTrace("no trace: was it turned on, by `trace on` in the shell?")
    return sorted(events, key=lambda event: event[1])


class Converter:
    """Events in order of time become entries of "traceEvents"."""

    def __init__(self, events):
        self.calls = enumeration("kernel/abi/syscalls.h", "Call")
        self.statuses = enumeration("include/freehold/status.h", "Status")
        self.operations = enumeration("include/freehold/system.h", "Operation")
        self.out = []
        self.arrows = {"move": 0, "share": 0, "share of a message": 0, "come_back": 0}
        self.arrived = 0
        self.names = {PROCESSOR: "processor"}
        self._open = {}      # process: its call's entry
        self._underway = {}  # (space, base) of an area: where its arrow begins
        self._runs = None
        self._sequence = None
        self.lost = 0
        self._scale = self._cycles_per_us(events)
        self._end = self._us(events[-1][1])
        for event in events:
            getattr(self, "_on_" + event[0])(*event[1:])
        for process in list(self._open):
            self._close(process, self._end)
        self._run(None, self._end)

    @staticmethod
    def _cycles_per_us(events):
        times = [(time, numbers[0]) for kind, time, numbers, _ in events if kind == "T"]
        if len(times) < 2 or times[-1][1] - times[0][1] < 100:
            return DEFAULT_CYCLES_PER_US
        return (times[-1][0] - times[0][0]) / (times[-1][1] - times[0][1]) / 1000

    def _us(self, time):
        return time / self._scale

    def _entry(self, phase, name, process, us, **more):
        entry = {"ph": phase, "name": name, "pid": process, "tid": process, "ts": us, **more}
        self.out.append(entry)
        return entry

    def _close(self, process, us, **arguments):
        call = self._open.pop(process, None)
        if call is not None:
            call["dur"] = us - call["ts"]
            call["args"].update(arguments)

    def _run(self, process, us):
        if self._runs is not None:
            self._runs["dur"] = us - self._runs["ts"]
        self._runs = None
        if process:
            name = self.names.get(process, str(process))
            self._runs = self._entry("X", name, PROCESSOR, us, dur=0, args={"process": process})

    # --- a line each ---

    def _on_V(self, _time, _numbers, _text):
        pass

    _on_T = _on_V

    def _on_Q(self, time, numbers, _text):
        self._notice(numbers[0] + 1, time)

    def _on_P(self, _time, numbers, text):
        self.names[numbers[0]] = text

    def _on_X(self, time, numbers, _text):
        process, kind, code, _ = numbers
        self._close(process, self._us(time))
        self._entry("i", ("exited", "killed", "faulted")[kind] if kind < 3 else "ended", process, self._us(time), s="t",
                    args={"code": code})

    def _on_C(self, time, numbers, _text):
        process, number, *words = numbers
        self._close(process, self._us(time))
        arguments = {f"word {i}": f"{word:#x}" for i, word in enumerate(words)}
        self._open[process] = self._entry("X", self.calls.get(number, f"call {number}"), process, self._us(time), dur=0,
                                          args=arguments)

    def _on_R(self, time, numbers, _text):
        process, status, value, stretch = numbers
        self._close(process, self._us(time), status=self.statuses.get(status, str(status)), value=f"{value:#x}",
                    stretch_cycles=stretch)

    def _on_M(self, _time, numbers, _text):
        process, message, sender, length_bytes, flags, areas = numbers
        if process in self._open:
            self._open[process]["args"].update(message=message, sender=self._label(sender), length_bytes=length_bytes,
                                               flags=flags, areas=areas)

    def _on_S(self, time, numbers, _text):
        self._run(numbers[0], self._us(time))

    def _on_F(self, time, numbers, _text):
        process, vector, address, access, status, instruction = numbers
        self._entry("i", "fault", process, self._us(time), s="t",
                    args={"vector": vector, "address": f"{address:#x}", "access": ACCESSES.get(access, "none"),
                          "status": self.statuses.get(status, str(status)), "instruction": f"{instruction:#x}"})

    def _on_L(self, time, numbers, _text):
        sequence, number, source, to, base, length_bytes, arrived_at = numbers
        self._notice(sequence, time)
        operation = self.operations.get(number, f"operation {number}")
        us = self._us(time)
        arguments = {"from": self._label(source), "base": f"{base:#x}", "length_bytes": length_bytes}
        if to:
            arguments.update(to=self._label(to), arrived_at=f"{arrived_at:#x}")
        if operation == "depart":
            self._underway[source, base] = ("move", source, us, arguments)
        elif operation == "share" and to not in self.names:  # held for a message until that is received
            self._underway[to, arrived_at] = ("share of a message", source, us, arguments)
        elif operation == "share":
            self._arrow(("share", source, us, arguments), to, us, arguments)
        elif operation in ("arrive", "move"):
            self.arrived += 1
            begin = self._underway.pop((source, base), None)
            # What left before the trace began has an arrow from where it stayed meanwhile.
            self._arrow(begin or ("move", source, us, arguments), to, us, arguments)
        elif operation == "come_back":
            begin = self._underway.pop((source, base), None)
            kind = ("come_back", *(begin or ("", source, us, arguments))[1:])
            self._arrow(kind, source, us, arguments)
        else:
            self._entry("i", operation, source, us, s="t", args=arguments)

    def _notice(self, sequence, _time):
        """The ledger forgot what the kernel did not read in time: that must be known."""
        if self._sequence is not None and sequence > self._sequence + 1:
            self.lost += sequence - self._sequence - 1
        self._sequence = sequence

    def _label(self, process):
        name = self.names.get(process)
        return f"{process} {name}" if name else str(process)

    def _arrow(self, begin, to, us, arguments):
        """Two small slices, and an arrow from one to the other."""
        kind, source, begin_us, begin_arguments = begin
        self.arrows[kind] += 1
        number = sum(self.arrows.values())
        size = arguments["length_bytes"]
        title = f"{kind} {size // 1024} KiB"
        self._entry("X", title, source, begin_us, dur=AREA_US, args=begin_arguments)
        self._entry("s", kind, source, begin_us, id=number, cat="area")
        end_us = max(us, begin_us + AREA_US)
        self._entry("X", title, to, end_us, dur=AREA_US, args=arguments)
        self._entry("f", kind, to, end_us, id=number, cat="area", bp="e")

    def document(self):
        """The whole JSON document, as a dictionary."""
        tracks = []
        for process in sorted({entry["pid"] for entry in self.out} | set(self.names)):
            name = self.names.get(process, f"kernel: space {process}")
            tracks.append({"ph": "M", "name": "process_name", "pid": process, "args": {"name": name}})
            tracks.append({"ph": "M", "name": "thread_name", "pid": process, "tid": process, "args": {"name": name}})
        return {"traceEvents": tracks + sorted(self.out, key=lambda entry: entry["ts"]), "displayTimeUnit": "ns",
                "otherData": {"operations lost": self.lost, "areas arrived": self.arrived}}


def convert(lines):
    """Chrome trace JSON, as a dictionary, of a capture's lines. BadTrace."""
    return Converter(read(lines)).document()
