#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Builds and runs the tests of all levels or of some, and counts them in the last line. Called by ./test.

    level ── groups (one program under one preset) ── tests

Each group writes build/logs/NAME.log and a report of its tests; a group that ends without a report, or with an error
no test owns up to, is a failed test itself.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import coverage
import fuzz_runner

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOGS = ROOT / "build" / "logs"
HANG_SECONDS = 1500
TAIL_LINES = 25
FAILURES_SHOWN = 10

LEVELS = {
    "checks": "the repository's own rules",
    "unit": "each part by itself, on the host",
    "model": "random operations against a naive model, on the host",
    "fault": "every allocation of every operation fails in turn, on the host",
    "threads": "several processors at once, on the host",
    "exhaust": "every step and every small state of messages, on the host",
    "fuzz": "bytes that libFuzzer makes up, on the host",
    "canary": "faults let into the library, which the tests above must find",
    "spin": "every interleaving of models of messages and of TLBs",
    "boot": "the whole system under QEMU",
    "sanitized": "the same with the kernel under sanitizers; only when it is named, or with --all",
    "second_opinion": "much of the same in Bochs instead of QEMU; only when it is named, or with --all",
    "coverage": "which lines and branches the tests reach; only when it is named",
}
ONLY_NAMED = ["coverage", "sanitized", "second_opinion"]
WITH_ALL = {"sanitized", "second_opinion"}
COVERAGE_PRESET = "host-coverage"
HOST_LEVELS = {
    "unit": ["unit_tests", "formats_tests"],
    "model": ["model_tests", "model_tests_small", "model_tests_deep", "model_tests_bare", "model_tests_64"],
    "fault": ["fault_tests", "fault_tests_deep"],
    "threads": ["threads_tests", "threads_tests_small", "threads_tests_deep"],
    "exhaust": ["exhaust_tests"],
}
CANARY_LEVELS = ["model", "fault", "exhaust"]
FUZZ_PRESET = "host-clang-asan"
BUSY = ["checks", "boot", "sanitized", "second_opinion", "coverage"]
SANITIZED = "x86_64-checked"
SANITIZED_ENVIRONMENT = {"FREEHOLD_FLAVOUR": "-checked", "FREEHOLD_FUZZ_CALLS": "50000"}
LONG = ["exhaust", "spin"]
PRESETS = {
    "host": "GCC",
    "host-clang-asan": "Clang with address and undefined-behaviour sanitizers",
    "host-tsan": "GCC with the thread sanitizer",
}
# With --all: what takes long and has yet to find anything that the others do not.
ALL_PRESETS = PRESETS | {
    "host-clang": "Clang",
    "host-asan": "GCC with the same sanitizers",
}
# Programs on machines that cost a library of their own: under these presets alone; and with --all.
PRESETS_OF = {
    "formats_tests": ["host"],
    "model_tests_64": ["host"],
    "model_tests_bare": ["host"],
    "model_tests_deep": ["host"],
    "fault_tests_deep": ["host"],
    "threads_tests_deep": [],
}
ALL_PRESETS_OF = PRESETS_OF | {
    "model_tests_deep": ["host", "host-clang-asan"],
    "fault_tests_deep": ["host", "host-clang-asan"],
    "threads_tests_deep": ["host-tsan"],
}
# Operations of a model test: many where they are cheap.
MODEL_OPERATIONS = {
    ("host", "model_tests_small"): 10_000_000,
    ("host", "model_tests"): 1_000_000,
    ("host-clang", "model_tests_small"): 1_000_000,
}
MODEL_OPERATIONS_ELSE = 200_000
# Steps of each thread of a threads test.
THREADS_STEPS = {"host": 100_000, "host-tsan": 8_000}
THREADS_STEPS_ELSE = 30_000
# Of the steps at which something dies, every how many-th: all of them under one preset.
EXHAUST_EVERY = {"host": 1}
EXHAUST_EVERY_ELSE = 11
# Operations of the longest sequences that are all tried; and runs of the search that goes on from each state once.
EXHAUST_DEPTH = {"host": 3}
EXHAUST_DEPTH_ELSE = 2
EXHAUST_RUNS = {"host": 40_000}
EXHAUST_RUNS_ELSE = 1_000
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1",
}


class Scope:
    """Which presets and programs: the usual ones, or all."""
    presets, presets_of = PRESETS, PRESETS_OF


class Group:
    """A program whose tests are counted together: it writes a report, and its output goes to a log."""

    def __init__(self, name, command, environment=None, preset=None):
        self.name, self.command, self.preset = name, command, preset
        self.environment = {**os.environ, **ENVIRONMENT, **(environment or {})}
        self.log = LOGS / (name.replace(" ", "-") + ".log")
        self.report = self.log.with_suffix(".json")
        self.passed, self.failures, self.seconds = 0, [], 0.0

    def run(self):
        self.report.unlink(missing_ok=True)
        command = [part.replace("REPORT", str(self.report)) for part in self.command]
        start = time.monotonic()
        with open(self.log, "w", encoding="utf-8") as log:
            try:
                status = subprocess.run(command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL, timeout=HANG_SECONDS, check=False).returncode
            except subprocess.TimeoutExpired:
                status = f"a hang of {HANG_SECONDS} s"
        self.seconds = time.monotonic() - start
        self.count(status)
        return self

    def count(self, status):
        try:
            results = list(read_report(json.loads(self.report.read_text(encoding="utf-8"))))
        except (OSError, ValueError, KeyError) as error:
            results = []
            self.failures.append(f"no report of its tests ({type(error).__name__}), ended with {status}")
        self.passed = sum(1 for _, passed in results if passed)
        self.failures += [name for name, passed in results if not passed]
        if status != 0 and not self.failures:
            self.failures.append(f"all its tests passed, yet it ended with {status}")
        if not results and not self.failures:
            self.failures.append("it ran no test")

    def show(self):
        word = "ok    " if not self.failures else "FAILED"
        print(f"{word}  {self.name:34} {self.passed:5} passed, {len(self.failures)} failed  {self.seconds:6.1f} s",
              flush=True)
        if self.failures:
            for name in self.failures[:FAILURES_SHOWN]:
                print(f"          {name}")
            for line in tail(self.log):
                print(f"        | {line}")
            print(f"        all of it: {self.log.relative_to(ROOT)}", flush=True)


def read_report(report):
    """(name, passed) of each test, of GoogleTest's JSON or of our own."""
    if isinstance(report, list):
        yield from ((test["name"], test["passed"]) for test in report)
        return
    for suite in report["testsuites"]:
        for test in suite["testsuite"]:
            if test["status"] == "RUN":
                name = f"{suite['name']}.{test['name']}"
                yield name, test.get("result") == "COMPLETED" and not test.get("failures")


def tail(path):
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
    except OSError:
        return []


def sources_of(level):
    pattern = {"boot": "*.py", "spin": "*.pml"}.get(level, "*.cpp")
    return sorted((ROOT / "tests" / level).rglob(pattern))


def threaded(level):
    """Whether a test of the level uses threads: only then has the thread sanitizer anything to see."""
    return any("<thread>" in path.read_text(encoding="utf-8") for path in sources_of(level))


def host_groups(level):
    groups = []
    for preset in Scope.presets:
        if preset == "host-tsan" and not threaded(level):
            continue
        for program in HOST_LEVELS[level]:
            if preset not in Scope.presets_of.get(program, Scope.presets):
                continue
            environment = {}
            if level == "model":
                count = MODEL_OPERATIONS.get((preset, program), MODEL_OPERATIONS_ELSE)
                environment["FREEHOLD_MODEL_OPERATIONS"] = str(count)
            if level == "threads":
                environment["FREEHOLD_THREADS_STEPS"] = str(THREADS_STEPS.get(preset, THREADS_STEPS_ELSE))
            if level == "exhaust":
                environment["FREEHOLD_EXHAUST_EVERY"] = str(EXHAUST_EVERY.get(preset, EXHAUST_EVERY_ELSE))
                environment["FREEHOLD_EXHAUST_DEPTH"] = str(EXHAUST_DEPTH.get(preset, EXHAUST_DEPTH_ELSE))
                environment["FREEHOLD_EXHAUST_RUNS"] = str(EXHAUST_RUNS.get(preset, EXHAUST_RUNS_ELSE))
            command = [f"build/{preset}/tests/{program}", "--gtest_output=json:REPORT", "--gtest_brief=1"]
            groups.append(Group(f"{program} {preset}", command, environment, preset))
    return groups


def groups_of(level):
    if level == "checks":
        return [Group("checks", ["tools/checks/run.py", "--json", "REPORT"])]
    if level == "coverage":
        return [Group("coverage", ["tools/coverage.py", "--json", "REPORT"], preset=COVERAGE_PRESET)]
    if level == "boot":
        return [Group("boot", ["tools/boot_runner.py", "--json", "REPORT"], preset="i386")]
    if level == "sanitized":
        return [Group("sanitized", ["tools/boot_runner.py", "--json", "REPORT"], SANITIZED_ENVIRONMENT, SANITIZED)]
    if level == "second_opinion":
        return [Group("second_opinion", ["tools/boot_runner.py", "--json", "REPORT", "--bochs"], preset="i386")]
    if level == "fuzz":
        return [Group(f"fuzz_{target}", ["tools/fuzz_runner.py", "--json", "REPORT", target], preset=FUZZ_PRESET)
                for target in fuzz_runner.TARGETS]
    if level == "canary":
        return [Group("canary", ["tools/canary_runner.py", "--json", "REPORT"], preset="host")]
    if level == "spin":
        return [Group("spin", ["tools/spin_runner.py", "--json", "REPORT"])]
    return host_groups(level) if sources_of(level) else []


def targets(levels):
    """What to build: preset -> targets, all where none is named."""
    wanted = {}
    for level in levels:
        for group in groups_of(level):
            if level in HOST_LEVELS or level == "fuzz":
                wanted.setdefault(group.preset, []).append(group.name.split()[0])
    if "canary" in levels:
        wanted.setdefault("host", []).extend(f"{level}_tests_canary" for level in CANARY_LEVELS)
    if "coverage" in levels:
        wanted[COVERAGE_PRESET] = coverage.ALL
    boots = "boot" in levels or "coverage" in levels
    if "checks" in levels or "second_opinion" in levels or boots:
        wanted["i386"] = []
    if boots:
        wanted["x86_64"] = []
        wanted["riscv64"] = []
    if "sanitized" in levels:
        wanted[SANITIZED] = []
    if "checks" in levels:
        wanted.setdefault("host-clang-asan", ["freehold_sim"])
    return wanted


def build(preset, names):
    """Configures where needed and builds; returns a failed group, or None."""
    group = Group(f"build {preset}", [])
    start = time.monotonic()
    commands = [["cmake", "--build", "--preset", preset] + (["--target", *names] if names else [])]
    if not (ROOT / "build" / preset / "build.ninja").exists():
        commands.insert(0, ["cmake", "--preset", preset])
    with open(group.log, "w", encoding="utf-8") as log:
        for command in commands:
            done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False)
            if done.returncode != 0:
                group.failures.append(" ".join(command) + f" ended with {done.returncode}")
                break
    group.seconds = time.monotonic() - start
    if group.failures:
        group.show()
        return group
    print(f"built   {preset:34} {group.seconds:35.1f} s", flush=True)
    return None


def run_together(groups, broken):
    """Runs groups, as many at a time as there are processors; those of a broken build fail."""
    ready = [g for g in groups if g.preset not in broken]
    for group in [g for g in groups if g.preset in broken]:
        group.failures.append(f"not run: preset {group.preset} does not build")
        group.log = LOGS / f"build-{group.preset}.log"
        group.show()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for future in [pool.submit(g.run) for g in ready]:
            future.result().show()
    return groups


def read_levels(arguments):
    there = [level for level in LEVELS if level in ("checks", *ONLY_NAMED) or sources_of(level)]
    lines = "\n".join(f"  {level:14} {LEVELS[level]}" for level in there)
    parser = argparse.ArgumentParser(
        prog="./test", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Installs what is missing, builds, and runs the tests of all levels, or of those named.",
        epilog=f"levels:\n{lines}\n\nLogs are in build/logs. The last line counts the tests: `N passed, N failed`.")
    parser.add_argument("levels", metavar="LEVEL", nargs="*", help="what to run; all without any")
    parser.add_argument("--all", action="store_true",
                        help="with every compiler and sanitizer together, and clang-tidy over the tests: twice as long")
    parsed = parser.parse_args(arguments)
    if parsed.all:
        Scope.presets, Scope.presets_of = ALL_PRESETS, ALL_PRESETS_OF
        os.environ["FREEHOLD_TIDY_TESTS"] = "1"
    named = parsed.levels
    for level in named:
        if level not in there:
            parser.error(f"no such level: {level} (there are {', '.join(there)})")
    usual = set(there) - set(ONLY_NAMED) | (WITH_ALL if parsed.all else set())
    return [level for level in there if level in (named or usual)]


def main(arguments):
    levels = read_levels(arguments)
    os.environ["PATH"] = "/usr/bin:/bin:" + os.environ.get("PATH", "")
    LOGS.mkdir(parents=True, exist_ok=True)
    failed_builds = [g for g in (build(p, names) for p, names in targets(levels).items()) if g]
    broken = {g.name.split()[1] for g in failed_builds}
    groups = failed_builds
    # Checks and boots keep all processors busy by themselves; of the others the longest begin.
    together = sorted((level for level in levels if level not in BUSY), key=lambda level: level not in LONG)
    for some in (["checks"], together, ["boot"], ["sanitized"], ["second_opinion"], ["coverage"]):
        groups += run_together([g for level in some if level in levels for g in groups_of(level)], broken)
    failed = sum(len(g.failures) for g in groups)
    print(f"{sum(g.passed for g in groups)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
