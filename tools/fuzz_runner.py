#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lets libFuzzer try its targets of tests/fuzz: `fuzz_runner.py [OPTIONS] [TARGET...]`, each in turn.

Each has 60 seconds, and the same seed in every run. With --soak the seed is another in every run, and what is found of
new ways is kept in build/fuzz to go on from. Inputs that fail are kept in build/logs/fuzz.
"""

import argparse
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / "build" / "host-clang-asan" / "tests"
CORPUS = ROOT / "tests" / "fuzz" / "corpus"  # TARGET.txt: inputs to begin with, one a line, in hexadecimal
LOGS = ROOT / "build" / "logs" / "fuzz"
GROWN = ROOT / "build" / "fuzz"
HANG_SECONDS = 60
# What is tried, as a sentence, and the longest input.
TARGETS = {
    "archive": ("the reader of archives stays within the bytes, whatever they are", 1024),
    "device_tree": ("the reader of device trees stays within the bytes, whatever they are", 1500),
    "elf": ("the reader of executables takes nothing that is not sound", 512),
    "memory_map": ("no frame is used that a boot loader's map does not offer whole", 512),
    "messages": ("whatever three processes do with messages, everybody is told and no area is lost", 128),
    "page_tables": ("page tables show what two lists of pages say, whatever is done to them", 512),
    "region_table": ("a region table equals a list of pages, whatever is done to it", 512),
    "system": ("whatever three spaces do, memory is what a naive map of pages says", 512),
    "text": ("what is printed and what is typed is what it should be", 512),
}


def command_of(target, options, folder):
    _, longest = TARGETS[target]
    return [str(PROGRAMS / f"fuzz_{target}"), f"-max_total_time={options.seconds}", f"-seed={options.seed}",
            f"-max_len={longest}", f"-timeout={HANG_SECONDS}", "-len_control=20", "-print_final_stats=1",
            f"-artifact_prefix={LOGS}/{target}-", str(folder)]


def run(target, options):
    """None, or what went wrong."""
    folder = GROWN / target if options.soak else GROWN / "test" / target
    if not options.soak:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    for number, line in enumerate((CORPUS / f"{target}.txt").read_text(encoding="utf-8").split()):
        (folder / f"{number}").write_bytes(bytes.fromhex(line))
    command = command_of(target, options, folder)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    (LOGS / f"{target}.log").write_text(" ".join(command) + "\n" + done.stderr, encoding="utf-8")
    tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    ways = re.findall(r"cov: (\d+)", done.stderr)
    print(f"{target:14} {int(tried.group(1)) if tried else 0:11,} inputs, {ways[-1] if ways else 0:>5} branches seen, "
          f"seed {options.seed}", flush=True)
    if done.returncode == 0:
        return None
    kept = re.search(r"Test unit written to (\S+)", done.stderr)
    said = [line for line in done.stderr.splitlines() if re.search(r"fuzz:|ERROR|runtime error|panic|assert", line)]
    repeat = f"build/host-clang-asan/tests/fuzz_{target} {kept.group(1) if kept else '(no input kept)'}"
    return "\n".join(said[:5] + [f"to repeat: {repeat}".replace(f"{ROOT}/", "")])


def main(arguments):
    parser = argparse.ArgumentParser(prog="fuzz_runner.py", description=__doc__.splitlines()[0])
    parser.add_argument("targets", metavar="TARGET", nargs="*", choices=[*TARGETS, []], help=", ".join(TARGETS))
    parser.add_argument("--json", metavar="FILE", help="a report of the tests")
    parser.add_argument("--seconds", type=int, default=60, help="of each target (60)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--soak", action="store_true", help="a fresh seed, and go on from what was found")
    options = parser.parse_args(arguments)
    if options.soak and "--seed" not in arguments:
        options.seed = random.SystemRandom().randrange(1, 1 << 31)
    LOGS.mkdir(parents=True, exist_ok=True)
    results = []
    for target in options.targets or TARGETS:
        problem = run(target, options)
        results.append({"name": f"fuzz: {TARGETS[target][0]}", "passed": problem is None})
        if problem:
            print(f"FAILED  {target}\n{problem}", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results), encoding="utf-8")
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
