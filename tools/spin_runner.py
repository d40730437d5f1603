#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lets Spin look at every interleaving of the models in tests/spin: `spin_runner.py [--json FILE]`. Exits with 0 if
they are right and Spin finds each of the faults that can be put into them. Prints the states it explored."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

MODELS = pathlib.Path(__file__).resolve().parents[1] / "tests" / "spin"
# model -> what it shows, operations without a fault and with one, faults
PROMISES = {
    "messages.pml": ("no deadlock, no lost area, no double owner", 5, 4, {
        1: "a port that ends forgets the areas of its queue",
        2: "a send trusts a look at the port from before its lock",
        3: "two ports are locked in the order of their use",
        4: "what is sent stays reachable for its sender",
        5: "a held message is discarded and its sender not told",
        6: "a space is gone while areas of it are in flight",
    }),
    "tlb.pml": ("no processor reaches what was moved, writes what was sealed, or uses what is free", 5, 4, {
        1: "the other processors are not told",
        2: "a frame is given away before the others have answered",
        3: "it is asked who has loaded a space before the entry is written",
        4: "a processor says that it has loaded a space after it walks its tables",
        5: "a processor answers, goes on, and drops its entries later",
    }),
}
DEPTH_MAX = 100_000
HANG_SECONDS = 900


def explore(model, fault, operations, optimize):
    """What Spin says of the model with that fault: errors and states, or a complaint."""
    with tempfile.TemporaryDirectory() as folder:
        def run(*command):
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=HANG_SECONDS,
                                  check=False)
            return done.returncode, done.stdout + done.stderr
        for command in (("spin", f"-DFAULT={fault}", f"-DOPERATIONS={operations}", "-a", str(MODELS / model)),
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

    for model, (promise, operations, operations_of_a_fault, faults) in PROMISES.items():
        start = time.monotonic()
        outcome, text = explore(model, 0, operations, "-O1")
        if outcome:
            text = f"{text}{outcome[1]} states, {operations} operations, {time.monotonic() - start:.0f} s"
        note(promise, outcome is not None and outcome[0] == 0, text)
        for fault, what in faults.items():
            outcome, text = explore(model, fault, operations_of_a_fault, "-O0")
            if outcome:
                text = f"after {outcome[1]} states: {text[:100]}"
            note(f"a fault is found: {what}", outcome is not None and outcome[0] != 0, text)
    if arguments[:1] == ["--json"]:
        pathlib.Path(arguments[1]).write_text(json.dumps(results), encoding="utf-8")
    return 0 if all(r["passed"] for r in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
