# SPDX-License-Identifier: MIT
"""Ceilings of what messages cost, in guest instructions: the same build gives the same numbers in every run.

A ceiling is 5 % above the number measured when it was set; whoever makes a path faster lowers it.
"""

import json
import pathlib
import subprocess
import tempfile

import bench_ipc
import bench_kernel
from bench_ipc import KIB, MIB
from boot_test import ALL, boot, expect, expect_in
from machine import ARCH

ROOT = pathlib.Path(__file__).resolve().parents[2]
HANG_SECONDS = 300
CEILINGS = {
    "i386": {
        ("call", 0): 350,
        ("call", 64): 1751,
        ("send_receive", 0): 883,
        ("send_receive", 64): 1195,
        ("send_receive_one_way", 64): 600,
        ("send_receive", 4 * KIB): 8949,
        ("move", 4 * KIB): 3750,
        ("move", 64 * KIB): 3900,
        ("move", 1 * MIB): 7400,
        ("move", 64 * MIB): 7150,
        ("share_1", 4 * KIB): 9273,
        ("share_16", 64 * MIB): 146316,
    },
    "x86_64": {
        ("call", 0): 350,
        ("call", 64): 1706,
        ("send_receive", 0): 911,
        ("send_receive", 64): 1234,
        ("send_receive_one_way", 64): 600,
        ("send_receive", 4 * KIB): 8822,
        ("move", 4 * KIB): 4050,
        ("move", 64 * KIB): 4200,
        ("move", 64 * MIB): 20200,
        ("share_1", 4 * KIB): 9731,
        ("share_16", 64 * MIB): 225073,
    },
    "riscv64": {
        ("call", 0): 548,
        ("call", 64): 2339,
        ("send_receive", 0): 1433,
        ("send_receive", 64): 1762,
        ("send_receive_one_way", 64): 880,
        ("send_receive", 4 * KIB): 8352,
        ("move", 4 * KIB): 5694,
        ("move", 64 * KIB): 5809,
        ("move", 64 * MIB): 18738,
        ("share_1", 4 * KIB): 10550,
        ("share_16", 64 * MIB): 241693,
    },
}
# What lies in page tables of its own, at a receiver: they come and go with it.
WITH_TABLES = {"i386": set(), "x86_64": {("move", MIB)}, "riscv64": {("move", MIB)}}
MOVE_RATIO_MAX = 1.5  # of 4 MiB, beside 4 KiB
WAYS = ("move", "share_1", "share_16")


@boot("what messages cost", arches=ALL, under_sanitizers=False)
def costs(check):
    measured = bench_ipc.measure()
    for (case, size), ceiling in CEILINGS[ARCH.get()].items():
        with check(f"{case} of {bench_ipc.sized(size)} costs no more than its ceiling"):
            cost = measured.costs[case, size]
            expect(cost <= ceiling, f"{cost} instructions, the ceiling is {ceiling}")
    with check("moving an aligned 4 MiB costs at most 1.5 times as much as moving 4 KiB"):
        large, small = measured.costs["move", 4 * MIB], measured.costs["move", 4 * KIB]
        expect(large <= MOVE_RATIO_MAX * small, f"{large} instructions, {small} of 4 KiB")
    with check("no byte of an area is copied when it is moved or shared"):
        for (case, size), events in measured.events.items():
            if case in WAYS:
                expect(events.payload == 0, f"{case} of {size}: {events}")
                expect(events.aside == measured.events[case, 4 * KIB].aside, f"{case} of {size}: {events}")
    with check("a byte that is sent is copied once"):
        for (case, size), events in measured.events.items():
            if case in ("call", "send_receive"):
                expect(events.payload == (2 * size if size else 0), f"{case} of {size}: {events}")
    with check("no frame is allocated to call, send, receive or move"):
        for (case, size), events in measured.events.items():
            if case not in ("share_1", "share_16") and (case, size) not in WITH_TABLES[ARCH.get()]:
                expect(events.frames == 0, f"{case} of {size}: {events}")
    with check("from some size up to a page on, moving is cheaper than copying"):
        found = measured.crossover()
        expect(found is not None and found <= 4 * KIB, f"{found}")


KERNEL_CEILINGS = {  # of 32-bit x86
    ("null_call", 0): 52,
    ("fault_zeroed", 0): 80,
    ("fault", 0): 1240,
    ("allocate_touch_release", 64 * KIB): 26300,
    ("allocate_touch_release", 16 * MIB): 5160000,
    ("start_process", 64 * KIB): 49500,
}
SIZES = (8 * MIB, 16 * MIB, 32 * MIB)


@boot("what the kernel's work costs, and what it grows with", arches=("i386",))
def kernel_costs(check):
    measured = bench_kernel.measure("i386")
    for (case, size), ceiling in KERNEL_CEILINGS.items():
        with check(f"{case} of {bench_ipc.sized(size)} costs no more than its ceiling"):
            cost = measured.costs[case, size]
            expect(cost <= ceiling, f"{cost} instructions, the ceiling is {ceiling}")
    with check("allocating, releasing and sealing write one entry for each table of pages that the area covers"):
        for case in ("grow_allocate", "grow_release", "grow_seal"):
            entries = [measured.events[case, size].entries for size in SIZES]
            expect(entries == [2, 4, 8], f"{case}: {entries}")
    with check("protecting writes one entry for each page"):
        entries = [measured.events["grow_protect", size].entries for size in SIZES]
        expect(entries == [size / bench_ipc.PAGE_BYTES for size in SIZES], f"{entries}")
    with check("moving and sharing 16 MiB write some entries for each table, and copy nothing of the area"):
        for case in ("transfer", "transfer_16_readers"):
            large = measured.events[case, 16 * MIB]
            expect(large.entries <= 16 and large.copied < KIB, f"{case}: {large}")
    with check("a frame's record takes 8 bytes, and 1000 regions take one frame"):
        expect(measured.metadata["frame"] == 8, f"{measured.metadata}")
        expect(measured.metadata["regions_1000"] == bench_ipc.PAGE_BYTES, f"{measured.metadata}")


def bench(*arguments):
    return subprocess.run([str(ROOT / "bench"), *arguments], cwd=ROOT, capture_output=True, text=True,
                          timeout=HANG_SECONDS, check=False)


@boot("./bench as a person uses it", arches=("i386",))
def front_end(check):
    with tempfile.TemporaryDirectory() as directory, check("./bench ipc prints a table and writes the same as JSON"):
        path = pathlib.Path(directory) / "ipc.json"
        done = bench("ipc", "--json", str(path))
        expect(done.returncode == 0, done.stderr)
        report = json.loads(path.read_text(encoding="utf-8"))
        rows = {(row["subject"], row["case"], row["size"]): row for row in report["results"]}
        expect(report["context"] and all(
            row.keys() == {"suite", "case", "subject", "size", "value", "unit"} and row["suite"] == "ipc"
            and row["subject"] in bench_ipc.SUBJECTS.values() for row in report["results"]), f"{report['results'][:3]}")
        for case, sizes, _ in bench_ipc.SHOWN:
            for size in sizes:
                for subject in bench_ipc.SUBJECTS.values():
                    row = rows[subject, case, size]
                    expect(row["unit"] == "instructions", f"{row}")
                    expect_in(f"{row['value']:,}", done.stdout)
    with check("--help names the suites, and a mistake is a message and status 2"):
        expect_in("ipc", bench("--help").stdout)
        for mistake, words in ((["what"], "no such suite: what"), (["--json", "/nowhere/x"], "no file can be written")):
            done = bench(*mistake)
            expect(done.returncode == 2, f"status {done.returncode}")
            expect_in(words, done.stderr)
