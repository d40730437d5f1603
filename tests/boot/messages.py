# SPDX-License-Identifier: MIT
"""Messages under load, and what is left when processes die: nothing.

The machines count instructions instead of time (-icount), so what happens is the same in every run: time slices end
at the same instruction, and the random killer kills the same processes.
"""

import os
import re

import bench_ipc
from boot_test import ALL, Books, boot, expect, expect_in, expect_match, number
from machine import ARCH, Machine

# Set FREEHOLD_CHAOS_MESSAGES for a longer run, and FREEHOLD_CHAOS_SEED for another one.
CHAOS_MESSAGES = os.environ.get("FREEHOLD_CHAOS_MESSAGES")
CHAOS_MESSAGES_OF = {"i386": "1000000", "x86_64": "50000", "riscv64": "50000"}
CHAOS_SEED = os.environ.get("FREEHOLD_CHAOS_SEED", "1")
CROWD_CALLS_OF = {"i386": 1_000_000, "x86_64": 100_000, "riscv64": 100_000}


def counting(name):
    return Machine(name, options=bench_ipc.COUNTING)


def census(machine):
    """The processes and the ports there are."""
    processes = [line.split()[-1] for line in machine.shell("ps").splitlines()[1:] if line.strip()]
    return processes, machine.shell("ports")


def passes(machine, command, progress=()):
    """The program passes and leaves nothing behind: no frame, no port, no message, no process. Its output.

    A program that takes long says how far it is: each of these texts is waited for by itself.
    """
    books, before = Books(machine), census(machine)
    machine.type(command + "\r")
    text = "".join(machine.read_until(part) for part in progress) + machine.prompt()
    expect_in(f"{command.split()[0]}: passed", text)
    expect("exited with" not in text and "died of" not in text, text)
    books.balance()
    after = census(machine)
    expect(after == before, f"{after}, before: {before}")
    return text


@boot("messages under load", arches=ALL)
def load(check):
    with counting("messages under load") as machine:
        machine.prompt()
        with check("a victim's round trip takes at most 10 times its quiet value while others flood its server"):
            text = passes(machine, "flood")
            print("\n".join(re.findall(r"^flood: a .*", text, re.M)), flush=True)
        with check("2000 items pass through a pipeline of 20 processes, in order, with their areas"):
            passes(machine, "chain")
        wanted = CROWD_CALLS_OF[ARCH.get()]
        with check(f"100 clients make {wanted:,} calls to one server, and each gets all its answers"):
            text = passes(machine, f"crowd {wanted}")
            calls = number(expect_match(r"crowd: ([\d,]+) calls of 100 clients", text).group(1))
            expect(calls == wanted, f"{calls} calls")


@boot("messages when processes die", arches=ALL)
def deaths(check):
    with counting("messages when processes die") as machine:
        machine.prompt()
        with check("areas under way come back, arrive or are freed, whoever dies; and nobody is left in the dark"):
            passes(machine, "in_flight")
        with check("every call that waits ends in time, with its process, and with its partner; no signal is lost"):
            passes(machine, "waits")


@boot("a random killer", arches=ALL)
def chaos(check):
    messages = CHAOS_MESSAGES or CHAOS_MESSAGES_OF[ARCH.get()]
    with counting("a random killer") as machine:
        machine.prompt()
        with check(f"for {int(messages):,} messages a killer ends and restarts clients and servers"):
            text = passes(machine, f"chaos {messages} {CHAOS_SEED}",
                          [f"chaos: {tenth}0 %" for tenth in range(1, 10)])
            line = expect_match(r"chaos: ([\d,]+) messages, ([\d,]+) processes killed, .*", text)
            print(line.group(0).rstrip(), flush=True)
            expect(number(line.group(1)) >= int(messages), line.group(0))
