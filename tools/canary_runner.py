#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lets faults into the library, one at a time (src/base/canary.h), and sees that the tests of each level find them.

canary_runner.py [--json FILE]
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / "build" / "host" / "tests"
HANG_SECONDS = 300
# Who must find what. A program must also find nothing where nothing is let in.
FINDERS = {
    "model": ("skipped_invalidation", "skipped_shootdown", "lost_reference", "dirty_frame", "wrong_merge",
              "double_owner", "writable_seal"),
    "fault": ("missed_rollback",),
    "exhaust": ("double_owner", "lost_area", "silent_death"),
}
SCOPE = {"FREEHOLD_MODEL_OPERATIONS": "100000", "FREEHOLD_EXHAUST_EVERY": "11", "FREEHOLD_EXHAUST_DEPTH": "2",
         "FREEHOLD_EXHAUST_RUNS": "1000"}


def canaries():
    """The names of the faults, by number."""
    text = (ROOT / "src" / "base" / "canary.h").read_text(encoding="utf-8")
    return re.findall(r"^    (\w+),", re.search(r"enum class Canary \{(.*?)\}", text, re.S).group(1), re.M)


def run(level, number):
    """Whether the tests of a level pass with that fault, and what they said last."""
    command = [str(PROGRAMS / f"{level}_tests_canary"), "--gtest_brief=1", "--gtest_fail_fast=1"]
    environment = {**os.environ, **SCOPE, "FREEHOLD_CANARY": str(number)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS,
                          errors="replace", check=False)
    return done.returncode == 0, "\n".join((done.stdout + done.stderr).splitlines()[-8:])


def try_one(level, name, number):
    try:
        passed, last = run(level, number)
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    return passed == (name == "none"), last


def cases(names):
    for level, found in FINDERS.items():
        for name in ("none", *found):
            what = "finds nothing where nothing is wrong" if name == "none" else f"finds {name}"
            yield f"{level}: {what}", level, name, names.index(name)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args(arguments)
    names = canaries()
    results = [{"name": f"{name} has a test that must find it", "passed": False} for name in names[1:]
               if not any(name in found for found in FINDERS.values())]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tries = [(title, pool.submit(try_one, *rest)) for title, *rest in cases(names)]
        for title, future in tries:
            right, last = future.result()
            results.append({"name": title, "passed": right})
            print(("ok      " if right else "FAILED  ") + title, flush=True)
            if not right:
                print(last, flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results), encoding="utf-8")
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
