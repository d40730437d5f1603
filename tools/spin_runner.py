#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lets Spin look at every interleaving of tests/spin/messages.pml: `spin_runner.py [--json FILE]`. Exits with 0 if the
model is right and Spin finds each of the faults that can be put into it. Prints the states it explored."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

MODEL = pathlib.Path(__file__).resolve().parents[1] / "tests" / "spin" / "messages.pml"
OPERATIONS = 5
OPERATIONS_OF_A_FAULT = 4
FAULTS = {
    1: "a port that ends forgets the areas of its queue",
    2: "a send trusts a look at the port from before its lock",
    3: "two ports are locked in the order of their use",
    4: "what is sent stays reachable for its sender",
    5: "a held message is discarded and its sender not told",
    6: "a space is gone while areas of it are in flight",
}
DEPTH_MAX = 100_000
HANG_SECONDS = 900


def explore(fault, operations, optimize):
    """What Spin says of the model with that fault: errors and states, or a complaint."""
    with tempfile.TemporaryDirectory() as folder:
        def run(*command):
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=HANG_SECONDS,
                                  check=False)
            return done.returncode, done.stdout + done.stderr
        for command in (("spin", f"-DFAULT={fault}", f"-DOPERATIONS={operations}", "-a", str(MODEL)),
                        ("gcc", optimize, "-DSAFETY", "-DCOLLAPSE", "-DVECTORSZ=256", "-o", "pan", "pan.c")):
            status, text = run(*command)
            if status != 0:
                return None, f"{command[0]}: {text}"
        _, text = run("./pan", f"-m{DEPTH_MAX}", "-w23")
    errors, states = re.search(r"errors: (\d+)", text), re.search(r"(\d+) states, stored", text)
    if not errors or not states or "max search depth too small" in text or "out of memory" in text:
        return None, "the search did not end:\n" + text
    found = re.search(r"^pan:1: (.*)", text, re.M)
    return (int(errors[1]), int(states[1])), found[1] if found else ""


def main(arguments):
    results = []

    def note(name, passed, text):
        results.append({"name": name, "passed": passed})
        print(f"{'ok    ' if passed else 'FAILED'}  {name}: {text}", flush=True)

    start = time.monotonic()
    outcome, text = explore(0, OPERATIONS, "-O1")
    if outcome:
        text = f"{text}{outcome[1]} states, {OPERATIONS} operations, {time.monotonic() - start:.0f} s"
    note("no deadlock, no lost area, no double owner", outcome is not None and outcome[0] == 0, text)
    for fault, what in FAULTS.items():
        outcome, text = explore(fault, OPERATIONS_OF_A_FAULT, "-O0")
        if outcome:
            text = f"after {outcome[1]} states: {text[:100]}"
        note(f"a fault is found: {what}", outcome is not None and outcome[0] != 0, text)
    if arguments[:1] == ["--json"]:
        pathlib.Path(arguments[1]).write_text(json.dumps(results), encoding="utf-8")
    return 0 if all(r["passed"] for r in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
