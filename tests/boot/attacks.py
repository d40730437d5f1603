# SPDX-License-Identifier: MIT
"""Hostile programs: each attack has the outcome it must have, and nothing else is different afterwards.

The program `attack` says what attacks there are on its machine; docs/security.md lists them for all machines.
"""

import re
import time

from boot_test import (ALL, ROOT, SECONDS_BETWEEN_LOOKS, X86, boot, expect, expect_in, expect_match, symbol, user_end,
                       word)
from gdb_stub import GdbStub
from machine import ARCH, Machine

LOOK = "ask witness sum; audit; mem; ports; ps"
PROGRAM_BASE = 0x00400000
PANIC_STATUS = 63
# As QEMU numbers them.
REGISTERS = {"i386": {"stack": 4, "instruction": 8},
             "x86_64": {"count": 3, "from": 4, "to": 5, "stack": 7, "instruction": 16}}
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


def listed_in_guide():
    """The same, of this boot's machine, as docs/security.md has them."""
    rows = re.findall(r"(?m)^\| `([\w-]+)` \| (\w+) \| (.+?) \| (.+?) \|$",
                      (ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
    arch = ARCH.get()
    return {name: (tries, outcome) for name, machines, tries, outcome in rows
            if machines in ("all", arch) or (machines == "x86" and arch in X86)}


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


@boot("attacks", arches=ALL)
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
        with check("docs/security.md lists the attacks there are on this machine, and their outcomes"):
            guide, here = listed_in_guide(), {name: row[1:] for name, row in known.items()}
            other = sorted(name for name in guide.keys() | here.keys() if guide.get(name) != here.get(name))
            expect(not other, f"they differ in {other}")
        for name, (theme, _, outcome) in known.items():
            with check(f"{theme}: {name}: {outcome}"):
                text = machine.shell(f"attack {name}; {LOOK}")
                expect_outcome(name, outcome, text.split("\nsum ")[0])
                expect_in("audit: clean", text)
                after = state(machine, text)
                for what, was in before.items():
                    expect(after[what] == was, f"{what}: {after[what]}\nbefore: {was}")


def run_program_page(stub, registers):
    """As if the kernel had jumped to a program's code."""
    stub.write_register(registers["instruction"], PROGRAM_BASE)


def read_program_page(stub, registers):
    """As if the kernel had followed a user's pointer: memcpy(below the stack, a program's page, 8)."""
    below = stub.read_register(registers["stack"]) - 128
    arguments = {"to": below - 64, "from": PROGRAM_BASE, "count": 8}
    if "to" in registers:
        for name, value in arguments.items():
            stub.write_register(registers[name], value)
    else:
        words = b"".join(value.to_bytes(4, "little") for value in (0, *arguments.values()))
        expect(stub.ask(f"M{below:x},{len(words):x}:{words.hex()}") == "OK", "the stack can't be written")
        stub.write_register(registers["stack"], below)
    stub.write_register(registers["instruction"], symbol("memcpy"))


def led_astray(machine, strike, registers):
    """Whether the processor was in the kernel: the shell runs for a moment after its prompt."""
    with GdbStub(machine.gdb_socket) as stub:
        in_kernel = stub.read_register(registers["instruction"]) >= user_end()
        if in_kernel:
            strike(stub, registers)
        stub.ask("D")
    return in_kernel


@boot("a kernel gone astray", arches=X86)
def astray(check):
    for what, strike, error in (("runs a program's page, by SMEP", run_program_page, 0x11),
                                ("reads a program's page, by SMAP", read_program_page, 1)):
        with check(f"the processor stops a kernel that {what}"), \
                Machine(f"astray {error}", options=["-cpu", "max"]) as machine:
            machine.prompt()
            while not led_astray(machine, strike, REGISTERS[ARCH.get()]):
                time.sleep(SECONDS_BETWEEN_LOOKS)
            text, status = machine.finish()
            expect(status == PANIC_STATUS, f"status {status}: {text}")
            expect_match(rf"page fault in the kernel, error 0x0*{error:X}, address {word(PROGRAM_BASE)}", text)
    with check("UMIP is on"), Machine("UMIP", options=["-cpu", "max"]) as machine:
        machine.prompt()
        cr4 = int(expect_match(r"\bCR4=([0-9a-f]+)", machine.monitor("info registers")).group(1), 16)
        expect(cr4 >> 11 & 1, f"CR4 is {cr4:#x}")
