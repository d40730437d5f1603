#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Builds and runs the benchmarks, all or those named: prints tables, writes JSON with --json, draws with --plot.

Called by ./bench.

A suite is a module with a function suite(options, progress) that returns the lines of its table and its results, each
with a case, a size, a value and a unit, and a subject if it is not simply Freehold; and more for the context, if there
is more. A new one is one more line in SUITES.
"""

import argparse
import fcntl
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bench_ipc  # noqa: E402
import bench_kernel  # noqa: E402
import bench_plot  # noqa: E402
import bench_regions  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOG = ROOT / "build" / "logs" / "bench.log"
LOCK = ROOT / "build" / ".lock"
DOCUMENT = ROOT / "docs" / "performance.md"
TAIL_LINES = 30
SUBJECT = "freehold"
SUITES = {  # function, what it is, the presets that have what it runs
    "regions": (bench_regions.suite, "region tables beside what kernels use: time an operation", ["benchmarks"]),
    "kernel": (bench_kernel.suite, "the kernel's work for its programs: instructions, and what happened meanwhile",
               bench_kernel.ARCHES),
    "ipc": (bench_ipc.suite, "messages between processes: instructions, bytes copied, frames allocated",
            bench_ipc.SUBJECTS),
}
TARGETS = {"benchmarks": ["--target", "regions_benchmark"]}  # of a preset, if not all of it is needed
PINNED = ("Pinned down: QEMU counts guest instructions (-icount shift=0, one processor, emulated), so a build gives "
          "the same numbers in every run. Not pinned down: time, caches and TLBs; a switch of address spaces "
          "counts as 1.")


class Progress:
    """Says on standard error what is going on while it goes on, once it takes longer than a second."""

    def __init__(self, what):
        self.what = what
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _tell(self):
        start, shown = time.monotonic(), None
        while not self._done.wait(1):
            if sys.stderr.isatty():
                print(f"\r\033[K{self.what} {time.monotonic() - start:.0f} s", end="", file=sys.stderr, flush=True)
            elif shown != self.what:
                print(self.what, file=sys.stderr, flush=True)
            shown = self.what
        if shown and sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def first_line(*command):
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def processor():
    try:
        names = re.findall(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M)
    except OSError:
        names = []
    return names[0] if names else platform.machine()


def context():
    return {"revision": first_line("git", "describe", "--always", "--dirty"),
            "host": processor(),
            "compiler": first_line("i686-linux-gnu-g++", "--version"),
            "host_compiler": first_line("g++", "--version"),
            "emulator": first_line("qemu-system-i386", "--version"),
            "machine": "1 processor, 240 MiB, " + " ".join(bench_ipc.COUNTING),
            "repetitions": "median of 65",
            "pinned": PINNED}


def build(presets):
    LOG.parent.mkdir(parents=True, exist_ok=True)
    commands = []
    for preset in presets:
        if not (ROOT / "build" / preset / "build.ninja").exists():
            commands.append(["cmake", "--preset", preset])
        commands.append(["cmake", "--build", "--preset", preset, *TARGETS.get(preset, [])])
    with open(LOCK, "w", encoding="utf-8") as lock, open(LOG, "w", encoding="utf-8") as log, Progress("Building ..."):
        fcntl.flock(lock, fcntl.LOCK_EX)  # ./run builds in the same place
        statuses = [subprocess.run(c, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
                    for c in commands]
    if any(statuses):
        print("\n".join(LOG.read_text(encoding="utf-8").splitlines()[-TAIL_LINES:]), file=sys.stderr)
        sys.exit(f"bench: the build failed; all of it is in {LOG.relative_to(ROOT)}")


def document(name, lines):
    """Puts a table into the document, between the marks that name its suite."""
    text = DOCUMENT.read_text(encoding="utf-8")
    start, end = f"<!-- ./bench {name} -->\n", f"<!-- end of ./bench {name} -->\n"
    before, rest = text.split(start)
    after = rest.split(end)[1]
    body = "\n".join(("    " + line).rstrip() for line in lines)
    DOCUMENT.write_text(f"{before}{start}\n{body}\n\n{end}{after}", encoding="utf-8")


def read_arguments(arguments):
    lines = "\n".join(f"  {name:8} {what}" for name, (_, what, _) in SUITES.items())
    parser = argparse.ArgumentParser(
        prog="./bench", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Installs what is missing, builds, and runs the benchmarks of all suites, or of those named.",
        epilog=f"suites:\n{lines}\n\nWhat the figures mean: docs/performance.md")
    parser.add_argument("suites", metavar="SUITE", nargs="*", help="what to run; all without any")
    parser.add_argument("--json", metavar="FILE", help="write the results there as well")
    parser.add_argument("--plot", metavar="DIR", help="draw the results there as well, as SVG")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter repetitions of what is timed")
    parser.add_argument("--trace", metavar="FILE", action="append", default=[],
                        help="of regions, replay this trace, of either form, and do nothing else")
    parser.add_argument("--document", action="store_true", help="put the tables into docs/performance.md as well")
    options = parser.parse_args(arguments)
    for name in options.suites:
        if name not in SUITES:
            parser.error(f"no such suite: {name} (there is {', '.join(SUITES)})")
    start = pathlib.Path(os.environ.get("FREEHOLD_BENCH_FROM", "."))
    options.trace = [start / name for name in options.trace]
    for name in options.trace:
        if not name.is_file():
            parser.error(f"--trace {name}: no such file")
    if options.trace and not options.suites:
        options.suites = ["regions"]
    if options.plot:
        options.plot = start / options.plot
        if options.plot.exists() and not options.plot.is_dir():
            parser.error(f"--plot {options.plot}: not a directory")
    if options.json:
        options.json = start / options.json
        if not options.json.parent.is_dir() or options.json.is_dir():
            parser.error(f"--json {options.json}: no file can be written there")
    return options


def main(arguments):
    options = read_arguments(arguments)
    os.environ["PATH"] = "/usr/bin:/bin:" + os.environ.get("PATH", "")
    wanted = {name: suite for name, suite in SUITES.items() if not options.suites or name in options.suites}
    build(dict.fromkeys(preset for _, _, presets in wanted.values() for preset in presets))
    rows = []
    facts = context()
    for name, (suite, what, _) in wanted.items():
        with Progress(f"Measuring {name} ...") as progress:
            lines, results, *more = suite(options, progress)
        print("\n".join([f"{name}: {what}", "", *lines, ""]), flush=True)
        for some in more:
            facts.update(some)
        if options.document:
            document(name, lines)
        rows += [{"suite": name, "case": r.case, "subject": getattr(r, "subject", SUBJECT), "size": r.size,
                  "value": r.value, "unit": r.unit} for r in results]
    print(f"{facts['host']}; {facts['emulator']}; {facts['compiler']}; {facts['host_compiler']}.")
    if wanted.keys() - {"regions"}:
        print(PINNED)
    if options.plot:
        print("Drawn: " + ", ".join(path.name for path in bench_plot.draw(rows, options.plot)))
    if options.json:
        lines = ",\n  ".join(json.dumps(row) for row in rows)
        options.json.write_text(f'{{"context": {json.dumps(facts, indent=2)},\n "results": [\n  {lines}\n]}}\n',
                                encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
