#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the repository's checks: `run.py [--json FILE] [PART OF A NAME...]`. Exits with 0 if all passed."""

import importlib
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True
from checks.tree import MadeUp, project  # noqa: E402

MODULES = ("includes", "sizes", "texts", "contracts", "guides", "porting", "objects", "stack", "tools")
SHOWN_MAX = 40


def self_test(check):
    """What the check gets wrong on made-up trees of which the answer is known."""
    problems = []
    for index, files in enumerate(check.wrong):
        with MadeUp(files) as tree:
            if not check.find(tree):
                problems.append(f"finds nothing wrong with made-up example {index + 1}: {list(files.values())}")
    for index, files in enumerate(check.right):
        with MadeUp(files) as tree:
            problems += [f"objects to right example {index + 1}: {line}" for line in check.find(tree)]
    return problems


def attempt(function, argument):
    try:
        return function(argument)
    except Exception as error:  # a check that breaks down is a failed test, the others go on
        return [f"{type(error).__name__}: {error} {getattr(error, 'stderr', '') or ''}"]


def main(arguments):
    report = None
    if arguments[:1] == ["--json"]:
        report, arguments = arguments[1], arguments[2:]
    checks = [c for m in MODULES for c in importlib.import_module(f"checks.{m}").CHECKS]
    tree, results = project(), []
    for check in checks:
        if arguments and not any(a in check.name for a in arguments):
            continue
        for name, problems in ((check.name, attempt(check.find, tree)),
                               (f"a violation is found: {check.name}", attempt(self_test, check))):
            results.append({"name": name, "passed": not problems})
            print(("ok      " if not problems else "FAILED  ") + name, flush=True)
            for line in problems[:SHOWN_MAX]:
                print(f"    {line}")
            if len(problems) > SHOWN_MAX:
                print(f"    ... and {len(problems) - SHOWN_MAX} more")
    if report:
        pathlib.Path(report).write_text(json.dumps(results))
    return 0 if all(r["passed"] for r in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
