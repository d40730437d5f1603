# SPDX-License-Identifier: MIT
"""Hostile programs: each attack has the outcome it must have, and nothing else is different afterwards.

The program `attack` says what attacks there are on its machine; docs/security.md lists them for all machines.
"""

import re

from boot_test import boot, expect, expect_in, expect_match, word
from machine import ARCH, ROOT, Machine

ARCHES = ("i386", "x86_64", "riscv64")
LOOK = "ask witness sum; audit; mem; ports; ps"
COUNTED = ("total", "in use or promised", "the kernel's own", "sealed", "charged to spaces", "spaces", "ports",
           "processes")
ACCESSES = {"read": "read of", "write": "write to", "jump": "jump to"}
# A processor that lets the kernel read and run what is the programs' forgives the kernel less.
LENIENT = ["-cpu", "max,-smap,-smep"]
OPTIONS = {"i386": LENIENT, "x86_64": LENIENT}


def listed_by_program(machine):
    """{name: (theme, tries, outcome)} as the program has them."""
    rows = [line.strip().split(" | ") for line in machine.shell("attack").splitlines() if " | " in line]
    return {name: (theme, tries, outcome) for theme, name, tries, outcome in rows}


def state(machine, text):
    """What must be as before: the witness, frames, charges, ports with their messages, processes with theirs."""
    memory = re.findall(rf"(?m)^ +({'|'.join(COUNTED)}) +([\d,]+)", text)
    ports = re.findall(r"(?m)^\d+ +\d+ +(?:open|closed|dedicated) +\d.*\d", text)
    processes = [line.split() for line in re.findall(r"(?m)^\d+ +\d+ +[a-z]+ +\d+ +\d+ +\d+ +\d+ .*", text)]
    # Neither how it is just now, nor what it has done so far. The shell's own memory is its history's.
    people = [(p[0], p[1], p[3], *(p[4:7] if p[-1] != "shell" else ()), p[-1]) for p in processes]
    return {"witness": re.findall(r"sum .*", text), "memory": memory, "ports": ports, "processes": people}


def look(machine):
    return state(machine, machine.shell(LOOK))


def patterns(outcome):
    """What the kernel's lines say of a process that is killed for one of these reasons."""
    def pattern(reason):
        access, _, status = reason.partition(", ")
        if access in ACCESSES and status:
            return rf"{ACCESSES[access]} ({word()}) at {word()}: {status}; "
        return rf"{reason} \(error 0x\w+\) at {word()}"
    return [pattern(reason) for reason in outcome.removeprefix("killed: ").split(" or ")]


def expect_outcome(name, outcome, text):
    deaths = re.findall(r"(?m)^\[\d+ \S+\] killed: (.*)$", text)
    expect("failed" not in text and "survived" not in text, text)
    if not outcome.startswith("killed: "):
        expect_match(rf"(?m)^attack: {name}: {outcome}\s*$", text)
        expect(not deaths, text)
        return
    expect(deaths, text)
    struck = re.search(r"attack: strikes ([0-9a-f]+)", text)
    for death in deaths:
        matches = [m for m in (re.match(p, death) for p in patterns(outcome)) if m]
        expect(matches, f"{outcome} expected: {death}")
        if struck:
            expect(int(matches[0].group(1), 16) == int(struck.group(1), 16), f"{struck.group(1)} struck: {death}")
    expect_match(rf"(?m)^attack: {name}: killed|attack \(\d+\) died of ", text)


@boot("attacks", arches=ARCHES)
def attacks(check):
    with Machine("attacks", append="noscreen", options=OPTIONS.get(ARCH.get(), [])) as machine:
        machine.prompt()
        machine.background("witness", "witness: ready")
        machine.shell("")
        known = listed_by_program(machine)
        look(machine)
        before = look(machine)
        with check("the witness is there, and the system is as it should be"):
            expect(len(before["witness"]) == 1, f"{before}")
            expect_in("registers kept, promise kept", before["witness"][0])
        for name, (theme, tries, outcome) in known.items():
            with check(f"{theme}: {name}: {outcome}"):
                text = machine.shell(f"attack {name}; {LOOK}")
                expect_outcome(name, outcome, text.split("\nsum ")[0])
                expect_in("audit: clean", text)
                after = state(machine, text)
                for what, was in before.items():
                    expect(after[what] == was, f"{what}: {after[what]}\nbefore: {was}")
