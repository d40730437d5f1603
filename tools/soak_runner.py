#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Searches on with fresh seeds: `soak_runner.py [MINUTES]`. Called by ./soak.

Jobs of about a minute follow each other in turn, as many at a time as there are processors. Each says its seed, and one
that fails says how to repeat it; its output is kept in build/logs/soak.
"""

import argparse
import itertools
import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import time

import fuzz_runner
import test_runner

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOGS = ROOT / "build" / "logs" / "soak"
MODEL_OPERATIONS = 40_000_000
MODEL_OPERATIONS_DEEP = 10_000_000
THREADS_STEPS = 50_000
EXHAUST_RUNS = 60_000
FUZZ_SECONDS = 30
CALLS = 1_000_000
MESSAGES = 300_000
HANG_SECONDS = 1500
ARCHES = {"i386": "", "x86_64": ", x86_64", "riscv64": ", riscv64"}
TAIL_LINES = 12


class Job:
    """One piece of the search: a program, what it is told by the environment, and how much it does of what."""

    def __init__(self, name, command, environment=None, does=(0, "")):
        self.name, self.command, self.environment, self.does = name, command, environment or {}, does
        self.failed = False
        self.log = LOGS / (re.sub(r"\W+", "-", name) + ".log")

    def repeat(self):
        return " ".join([f"{key}={value}" for key, value in self.environment.items()] + [f"'{part}'" if " " in part
                        else part for part in self.command])

    def run(self):
        start = time.monotonic()
        with open(self.log, "w", encoding="utf-8") as log:
            try:
                done = subprocess.run(self.command, cwd=ROOT, env={**os.environ, **self.environment}, stdout=log,
                                      stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=HANG_SECONDS,
                                      check=False)
                self.failed = done.returncode != 0
            except subprocess.TimeoutExpired:
                self.failed = True
        return time.monotonic() - start


def seed():
    return str(random.SystemRandom().randrange(1, 1 << 31))


def model(program, operations, name):
    return Job(f"model, {name}", [f"build/host/tests/{program}", "--gtest_brief=1"],
               {"FREEHOLD_MODEL_SEED": seed(), "FREEHOLD_MODEL_OPERATIONS": str(operations)},
               (operations, "model operations"))


def threads():
    return Job("threads", ["build/host/tests/threads_tests_small", "--gtest_brief=1"],
               {"FREEHOLD_THREADS_SEED": seed(), "FREEHOLD_THREADS_STEPS": str(THREADS_STEPS)},
               (THREADS_STEPS, "steps of threads"))


def exhaust():
    """The same each time, so once is enough."""
    return Job("exhaustive search", ["build/host/tests/exhaust_tests", "--gtest_brief=1",
                                     "--gtest_filter=SmallScope*"],
               {"FREEHOLD_EXHAUST_RUNS": str(EXHAUST_RUNS)}, (EXHAUST_RUNS, "runs of the exhaustive search"))


def fuzz(target):
    return Job(f"fuzz {target}", ["tools/fuzz_runner.py", "--soak", "--seconds", str(FUZZ_SECONDS), "--seed", seed(),
                                  target], does=(0, "inputs"))


def boot(title, arch, name, environment, does):
    return Job(f"{name}, {arch}", ["tools/boot_runner.py", "--exactly", title + ARCHES[arch]], environment, does)


def calls(arch):
    return boot("random system calls", arch, "system calls",
                {"FREEHOLD_FUZZ_CALLS": str(CALLS), "FREEHOLD_FUZZ_SEED": seed()}, (CALLS, "system calls"))


def chaos(arch):
    return boot("a random killer", arch, "a killer",
                {"FREEHOLD_CHAOS_MESSAGES": str(MESSAGES), "FREEHOLD_CHAOS_SEED": seed()},
                (MESSAGES, "messages among the dying"))


def jobs():
    """Without end: half of the time for the model, which is the fastest."""
    yield exhaust()
    targets = itertools.cycle(fuzz_runner.TARGETS)
    for arch in itertools.cycle(ARCHES):
        yield model("model_tests_small", MODEL_OPERATIONS, "small tables")
        yield fuzz(next(targets))
        yield calls(arch)
        yield model("model_tests_small", MODEL_OPERATIONS, "small tables")
        yield fuzz(next(targets))
        yield model("model_tests_deep", MODEL_OPERATIONS_DEEP, "four levels")
        yield fuzz(next(targets))
        yield chaos(arch) if arch != "riscv64" else threads()


class Soak:
    """Hands out jobs until the time is over, and adds up what they did."""

    def __init__(self, minutes):
        self.start = time.monotonic()
        self.end = self.start + 60 * minutes
        self.jobs = jobs()
        self.lock = threading.Lock()
        self.done, self.failures = {}, []

    def work(self):
        while time.monotonic() < self.end:
            with self.lock:
                job = next(self.jobs)
            self.note(job, job.run())

    def note(self, job, seconds):
        count, unit = job.does
        if unit == "inputs":
            found = re.search(r"([\d,]+) inputs", job.log.read_text(encoding="utf-8", errors="replace"))
            count = int(found.group(1).replace(",", "")) if found else 0
        with self.lock:
            self.done[unit] = self.done.get(unit, 0) + count
            minutes = (time.monotonic() - self.start) / 60
            chosen = next((v for k, v in job.environment.items() if k.endswith("_SEED")), None)
            if chosen is None and "--seed" in job.command:
                chosen = job.command[job.command.index("--seed") + 1]
            print(f"{minutes:6.1f} min  {'FAILED' if job.failed else 'ok    '}  {job.name:28} {count:12,} {unit}, "
                  f"{seconds:.0f} s{', seed ' + chosen if chosen else ''}", flush=True)
            if not job.failed:
                return
            self.failures.append(job)
            kept = job.log.with_name(f"failure-{len(self.failures)}-{job.log.name}")
            job.log.replace(kept)
            for line in test_runner.tail(kept)[-TAIL_LINES:]:
                print(f"        | {line}")
            print(f"        to repeat: {job.repeat()}\n        all of it: {kept.relative_to(ROOT)}", flush=True)

    def summary(self):
        did = ", ".join(f"{count:,} {unit}" for unit, count in self.done.items())
        return f"soak: {(time.monotonic() - self.start) / 60:.1f} minutes: {did}; {len(self.failures)} failed"


def build():
    wanted = {"host": ["model_tests_small", "model_tests_deep", "threads_tests_small", "exhaust_tests"],
              "host-clang-asan": [f"fuzz_{target}" for target in fuzz_runner.TARGETS],
              "i386": [], "x86_64": [], "riscv64": []}
    return all([test_runner.build(preset, targets) is None for preset, targets in wanted.items()])


def main(arguments):
    parser = argparse.ArgumentParser(
        prog="./soak", description="Builds, and searches for mistakes with fresh seeds: the models, the exhaustive "
        "search, libFuzzer's targets, system calls at random and a random killer under QEMU. Ends by itself, one job "
        "after the time at the latest; 30 minutes on 2 processors hold a billion operations of the models.")
    parser.add_argument("minutes", metavar="MINUTES", nargs="?", type=float, default=60.0, help="how long (60)")
    minutes = parser.parse_args(arguments).minutes
    for folder in (test_runner.LOGS, LOGS):
        folder.mkdir(parents=True, exist_ok=True)
    if not build():
        return 1
    soak = Soak(minutes)
    workers = [threading.Thread(target=soak.work) for _ in range(os.cpu_count() or 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(soak.summary())
    return 1 if soak.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
