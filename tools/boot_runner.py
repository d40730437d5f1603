#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Boots the system and runs the tests of tests/boot/: `boot_runner.py [--json FILE] [--bochs] [PART OF A NAME...]`, or
`boot_runner.py --exactly NAME`. The machine is QEMU's, or with --bochs, for some of the tests, Bochs's.

Exits with 0 if all passed. Transcripts of the console are in build/logs/boot.
"""

import importlib.util
import json
import os
import pathlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bochs  # noqa: E402
import boot_test  # noqa: E402
import machine  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]


def load_tests():
    for path in sorted((ROOT / "tests" / "boot").glob("*.py")):
        spec = importlib.util.spec_from_file_location("boot_" + path.stem, path)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def run_boot(title, function):
    """All results of one boot; what goes wrong outside of a test is a failed test of the boot's own name."""
    checks, start = boot_test.Checks(), time.monotonic()
    try:
        function(checks)
    except Exception as error:  # the machine did not come up, or a test has a mistake
        checks.results.append((title, f"{type(error).__name__}: {str(error)[:2000]}"))
    return checks.results, time.monotonic() - start


def show(title, results, seconds):
    failed = sum(1 for _, problem in results if problem)
    print(f"{title}: {len(results) - failed} passed, {failed} failed, {seconds:.1f} s")
    for name, problem in results:
        print(("  ok      " if problem is None else "  FAILED  ") + name)
        if problem:
            print("\n".join("            " + line for line in problem.splitlines()[-40:]))
    sys.stdout.flush()


def main(arguments):
    report = None
    if arguments[:1] == ["--json"]:
        report, arguments = arguments[1], arguments[2:]
    in_bochs = arguments[:1] == ["--bochs"]
    if in_bochs:
        arguments = arguments[1:]
        machine.Machine = bochs.BochsMachine
        os.environ.update(bochs.SIZES)
    load_tests()
    if in_bochs:
        boot_test.BOOTS[:] = [b for b in boot_test.BOOTS if b[0] in bochs.BOOTS]
    if arguments[:1] == ["--exactly"]:
        wanted = [b for b in boot_test.BOOTS if b[0] in arguments[1:]]
    else:
        wanted = [b for b in boot_test.BOOTS if not arguments or any(a in b[0] for a in arguments)]
    everything = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(run_boot, *b): b[0] for b in wanted}
        for future in as_completed(running):
            results, seconds = future.result()
            show(running[future], results, seconds)
            everything += [{"name": f"{running[future]}: {n}", "passed": p is None} for n, p in results]
    if report:
        pathlib.Path(report).write_text(json.dumps(everything), encoding="utf-8")
    failed = sum(1 for r in everything if not r["passed"])
    print(f"{len(everything) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
