# SPDX-License-Identifier: MIT
"""The trace: what the kernel sends while it is on, and what tools/trace makes of it."""

import json
import pathlib
import subprocess
import tempfile
from collections import Counter, defaultdict

from boot_test import ALL, Books, Failure, boot, expect, expect_in, expect_match, number
from machine import ROOT, Machine

PHASES = {"X": {"name", "pid", "tid", "ts", "dur"}, "i": {"name", "pid", "tid", "ts", "s"},
          "s": {"name", "pid", "tid", "ts", "id", "cat"}, "f": {"name", "pid", "tid", "ts", "id", "cat", "bp"},
          "M": {"name", "pid", "args"}}
STEP = 1e-6  # microseconds: what two floating-point times may differ by and be the same


def tracing(name, capture, **more):
    return Machine(name, options=["-chardev", f"file,id=trace,path={capture}",
                                  "-device", "isa-serial,index=2,irq=5,chardev=trace"], **more)


def areas_moved(machine):
    return number(expect_match(r"areas moved\s+([\d,]+)", machine.shell("mem")).group(1))


def converted(capture):
    """What tools/trace writes, read back, and what it says."""
    target = capture.with_suffix(".json")
    done = subprocess.run([str(ROOT / "tools" / "trace"), str(capture), str(target)], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise Failure(f"tools/trace: {done.stderr}")
    return json.loads(target.read_text(encoding="utf-8")), done.stdout


def well_formed(document):
    """Every entry has what its phase needs; slices of one track lie in each other or apart."""
    tracks = defaultdict(list)
    for entry in document["traceEvents"]:
        expect(PHASES.get(entry["ph"], {"?"}) <= set(entry), f"not whole: {entry}")
        expect(entry["ph"] == "M" or entry["ts"] >= 0, f"before the beginning: {entry}")
        if entry["ph"] == "X":
            expect(entry["dur"] >= 0, f"ends before it begins: {entry}")
            tracks[entry["tid"]].append(entry)
    for slices in tracks.values():
        around = []
        for entry in sorted(slices, key=lambda e: (e["ts"], -e["dur"])):
            while around and around[-1] <= entry["ts"] + STEP:
                around.pop()
            end = entry["ts"] + entry["dur"]
            expect(not around or end <= around[-1] + 2e-3, f"half inside another: {entry}")
            around.append(end)
    return tracks


def arrows_of(document, tracks):
    """How many arrows of each kind there are; each has one start, one end, later, and a slice at either."""
    ends = defaultdict(list)
    for entry in document["traceEvents"]:
        if entry["ph"] in "sf":
            ends[entry["id"]].append(entry)
            inside = any(s["ts"] <= entry["ts"] + STEP and entry["ts"] <= s["ts"] + s["dur"] + STEP
                         for s in tracks[entry["tid"]] if s["name"].startswith(entry["name"]))
            expect(inside, f"at no slice: {entry}")
    for pair in ends.values():
        expect(len(pair) == 2 and pair[0]["ph"] == "s" and pair[1]["ph"] == "f", f"no pair: {pair}")
        expect(pair[0]["ts"] < pair[1]["ts"] and pair[0]["name"] == pair[1]["name"], f"no arrow: {pair}")
    return Counter(pair[0]["name"] for pair in ends.values())


def names_of(document):
    return Counter(e["args"]["name"] for e in document["traceEvents"] if e["name"] == "process_name")


def names_in(document, phase):
    return Counter(e["name"] for e in document["traceEvents"] if e["ph"] == phase)


def traced(machine, capture, command):
    """Runs a command with the trace on: its output, the document, the tool's words, and how many areas moved."""
    before = areas_moved(machine)
    machine.shell("trace on")
    answer = machine.shell(command)
    machine.shell("trace off")
    moved = areas_moved(machine) - before
    document, said = converted(capture)
    told = document["otherData"]
    expect(told["areas arrived"] == moved, f"{moved} areas moved, the trace: {said}")
    expect(told["operations lost"] == 0, said)
    return answer, document, moved


def main_job(machine, capture):
    _, document, moved = traced(machine, capture, "pipeline /data/some --filter identity")
    arrows = arrows_of(document, well_formed(document))
    expect(moved > 0 and arrows["move"] + arrows["share of a message"] == moved, f"{arrows}, {moved} moved")
    names, calls, marks = names_of(document), names_in(document, "X"), names_in(document, "i")
    expect(names["shell"] == 1 and names["processor"] == 1 and names["pipeline"] >= 3, f"{names}")
    for call in ("send", "receive", "reply", "seal", "allocate", "process_start"):
        expect(calls[call] > 0, f"no {call}: {calls}")
    expect(marks["seal"] > 0 and marks["fault"] > 0 and marks["exited"] > 0, f"{marks}")
    senders = {e["args"]["sender"] for e in document["traceEvents"] if "sender" in e.get("args", {})}
    expect(any(sender.endswith(" pipeline") for sender in senders), f"no message's sender: {senders}")


def on_and_off(machine, capture):
    size = capture.stat().st_size
    machine.shell("hello")
    expect(capture.stat().st_size == size, "something was sent")
    _, document, _ = traced(machine, capture, "hello")
    names = names_of(document)
    expect(names["hello"] == 1 and names["pipeline"] == 0, f"{names}")


@boot("the trace")
def trace(check):
    with tempfile.TemporaryDirectory() as directory:
        capture = pathlib.Path(directory) / "capture"
        with tracing("trace", capture, files={"data/some": bytes(range(256)) * 400}) as machine:
            machine.prompt()
            books = Books(machine)
            with check("until it is turned on nothing is sent"):
                machine.shell("hello")
                expect(capture.stat().st_size == 0, "something was sent")
            with check("of a run of the main job it shows processes, calls, and an arrow for each area moved"):
                main_job(machine, capture)
            with check("once it is off nothing is sent; on again, it begins anew"):
                on_and_off(machine, capture)
            with check("areas that come back from who died have arrows, too, and none is missing"):
                answer, document, _ = traced(machine, capture, "in_flight")
                expect_in("in_flight: passed", answer)
                expect(arrows_of(document, well_formed(document))["come_back"] > 0, "none came back")
            with check("turned on and off while a hundred clients call in registers, it disturbs none of them"):
                machine.type("crowd 50000 &\r")
                said = machine.prompt()
                for command in 5 * ("trace on", "mem", "trace off", "mem"):  # the crowd counts frames: start nothing
                    machine.type(command + "\r")
                    said += machine.prompt()  # all of it: what the crowd says may come before the command's echo
                if "crowd: passed" not in said:  # on a slow machine it is done before we are
                    machine.read_until("crowd: passed")
                well_formed(converted(capture)[0])
            with check("afterwards nothing is left behind"):
                machine.shell("")
                machine.shell("")
                books.balance()
            with check("words that make no sense get an answer"):
                expect_in("`on` or `off`", machine.shell("trace perhaps"))
                expect_in("usage: trace on|off", machine.shell("trace"))
        captures(check, capture)


def captures(check, capture):
    with check("a capture that is none, or is damaged, is refused, and says where; one cut short is not"):
        damaged = capture.with_name("damaged")
        for wrong, words in (("", "no trace"), ("hello\n", "line 1: no such event"),
                             ("V 0 2 x86_32\nS zz 1\n", "line 2: a field is no number"),
                             ("V 0 2 x86_32\nS 5\n", "line 2: S has 1 fields"), ("V 0 9 x\n", "version 9")):
            damaged.write_text(wrong, encoding="ascii")
            try:
                converted(damaged)
            except Failure as failure:
                expect_in(words, str(failure))
            else:
                raise Failure(f"not refused: {wrong}")
        damaged.write_text(capture.read_text(encoding="ascii")[:-3], encoding="ascii")
        well_formed(converted(damaged)[0])


@boot("a machine without a port for the trace", arches=ALL)
def portless(check):
    with Machine("no trace") as machine:
        machine.prompt()
        with check("the trace can't be turned on, and off it is"):
            expect_in("trace: the machine has no serial port for it", machine.shell("trace on"))
            expect_match(r"\A\s*\Z", machine.shell("trace off"))
