# SPDX-License-Identifier: MIT
"""The system driven full: processes, regions, memory, starts and exits, and programs that try what they can."""

import os
import re

from boot_test import ALL, Books, boot, expect, expect_in, expect_match, first_programs, passes
from machine import ARCH, Machine, programs

# System calls at random, and which; ./soak gives its own.
CALLS_OF = {"i386": 500_000, "x86_64": 300_000, "riscv64": 200_000}
CALLS = os.environ.get("FREEHOLD_FUZZ_CALLS")
CALLS_SEED = os.environ.get("FREEHOLD_FUZZ_SEED", "1")
RESTARTS_OF = {"i386": 10_000, "x86_64": 2000, "riscv64": 1000}


@boot("many processes", arches=ALL)
def many_processes(check):
    with Machine("many processes") as machine:
        machine.prompt()
        books = Books(machine)
        with check("swarm fills the process table, its members exchange areas, and all leave without a trace"):
            text = machine.shell("swarm 127")
            expect_in("the process table is full", text)
            processes = int(expect_match(r"swarm: (\d+) processes ran", text).group(1))
            others = [*first_programs(), "swarm"]
            expect(processes == 128 - len(others), f"{processes} processes ran beside {others}")
            expect_in("0 with wrong contents, 0 processes failed", text)
            expect("exited with" not in text, text)
            books.balance()
        with check("a small swarm right after a full one finds room"):
            text = machine.shell("swarm 5")
            expect_in("5 processes ran", text)
            books.balance()
        with check("a process that is killed leaves nothing behind"):
            process = expect_match(r"\[(\d+)\] still", machine.background("still", "still: ready")).group(1)
            machine.shell("ps")
            expect("kill:" not in machine.shell(f"kill {process}"), "kill failed")
            machine.shell("")
            books.balance()
        with check("kill says no to a process that is not, and to one that may not be killed"):
            expect_in("unknown_process", machine.shell("kill 99999"))
            init = machine.shell("ps").splitlines()[1].split()[0]
            expect_in("not_permitted", machine.shell(f"kill {init}"))
            expect_in("is no process", machine.shell("kill me"))


@boot("thousands of processes, one after the other", arches=ALL)
def restarts(check):
    with Machine("restarts") as machine:
        machine.prompt()
        books = Books(machine)
        count = RESTARTS_OF[ARCH.get()]
        passes(check, machine, books, f"restarts {count}",
               f"{count} processes start and end, and nothing of them is left")


@boot("resources driven out", arches=ALL)
def exhaustion(check):
    with Machine("exhaustion", memory_mib=64) as machine:
        machine.prompt()
        books = Books(machine)
        passes(check, machine, books, "fill_regions", "a region table driven full says so and works on afterwards")
        passes(check, machine, books, "fill_memory", "memory driven out is a status, and all of it comes back")
        passes(check, machine, books, "fill_regions", "the region table can be driven full a second time")
        passes(check, machine, books, "fill_memory", "memory can be driven out a second time")


@boot("frames that run out one by one", arches=ALL)
def starving(check):
    with Machine("starving") as machine:
        machine.prompt()
        books = Books(machine)
        with check("a call that takes frames fails for each of them in turn, and changes nothing"):
            text = machine.shell("starve")
            expect_in("starve: passed", text)
            books.balance()
    with check("so does one that maps a device, which only some programs may"):
        with Machine("starving first", files={"bin/init": programs()["bin/starve"]}) as machine:
            text, _ = machine.finish()
            expect_in("init: passed", text)
            sites = re.findall(r"starve: (\w+) failed (\d+) times", text)
            expect(len(sites) == 14, text)
            print(f"{sum(int(times) for _, times in sites)} failures of frames in {len(sites)} calls", flush=True)


@boot("programs that check the system from inside", arches=ALL)
def from_inside(check):
    with Machine("from inside") as machine:
        machine.prompt()
        books = Books(machine)
        passes(check, machine, books, "badcalls",
               "wrong arguments of every system call give a status and change nothing")
        passes(check, machine, books, "fpu", "two processes keep their FPU and SSE registers apart")
        passes(check, machine, books, "ipc_check", "ports and messages keep their promises")
        passes(check, machine, books, "alloc_check", "malloc keeps its promises")
        with check("hello says hello"):
            expect_match(r"Hello from process \d+", machine.shell("hello"))
            books.balance()


@boot("random system calls", arches=ALL)
def random_calls(check):
    with Machine("random calls") as machine:
        machine.prompt()
        books = Books(machine)
        calls = CALLS or CALLS_OF[ARCH.get()]
        passes(check, machine, books, f"fuzz_calls {calls} {CALLS_SEED}",
               f"{int(calls):,} calls at random, typed and wild, of six processes at a time, harm nobody")
