#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Which lines and branches of src/ and arch/ the tests reach: `coverage.py [--json FILE] [--write]`. Called by
`./test coverage`.

On the host Clang counts lines and branches (preset host-coverage), a branch's two ways each. Of the booted kernels the
emulator tells which instructions it ran, and the kernel's line table says where they come from: lines, no branches.

What is not reached stands in docs/coverage.md with a reason. --write brings its lists and figures up to date; a reason
that stands there already stays, and what has none yet gets none.
"""

import argparse
import collections
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from checks.tree import code_only

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "host-coverage" / "tests"
RAW = ROOT / "build" / "coverage"
PAGE = ROOT / "docs" / "coverage.md"
LINES_WANTED, BRANCHES_WANTED = 98.0, 95.0
# The programs on the host, with no more to do than it takes to reach what they reach.
PROGRAMS = {
    "unit_tests": {},
    "formats_tests": {},
    "model_tests": {"FREEHOLD_MODEL_OPERATIONS": "100000"},
    "model_tests_small": {"FREEHOLD_MODEL_OPERATIONS": "400000"},
    "model_tests_deep": {"FREEHOLD_MODEL_OPERATIONS": "200000"},
    "model_tests_bare": {"FREEHOLD_MODEL_OPERATIONS": "200000"},
    "fault_tests": {},
    "fault_tests_deep": {},
    "exhaust_tests": {"FREEHOLD_EXHAUST_EVERY": "11", "FREEHOLD_EXHAUST_DEPTH": "2", "FREEHOLD_EXHAUST_RUNS": "2000"},
}
# Fuzz targets with tests/fuzz/replay.cpp, and how many random inputs.
REPLAYS = {"fuzz_page_tables": 2500, "fuzz_region_table": 2000, "fuzz_system": 1500, "fuzz_messages": 1500}
ALL = [*PROGRAMS, *REPLAYS]
BOOTS = ("the shell", "from inside", "messages when processes die", "random system calls")
NEVER = {True: "never false", False: "never true"}


def run(command, **options):
    return subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          **options).stdout


class Reached:
    """Counts: lines[file][line], and ways[file][place of a branch] = (times true, times false)."""

    def __init__(self):
        self.lines = collections.defaultdict(lambda: collections.defaultdict(int))
        self.ways = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0]))

    def add_program(self, program):
        """Of an instance of a template each has branches of its own, and so has each program: they are added up."""
        profile = RAW / f"{program}.profdata"
        export = ["llvm-cov-14", "export", str(BUILD / program), f"-instr-profile={profile}", "-skip-functions"]
        for file in json.loads(run(export))["data"][0]["files"]:
            name = self.named(file["filename"])
            if name is None:
                continue
            for number, count in lines_of(file["segments"]):
                if not re.fullmatch(r"[})\];]*|else", code_line(name, number)):
                    self.lines[name][number] += count
            for branch in file["branches"]:
                if decided_by_the_compiler(name, branch):
                    continue
                ways = self.ways[name][tuple(branch[:4])]
                ways[0] += branch[4]
                ways[1] += branch[5]

    @staticmethod
    def named(path):
        """The project's file of src/ or arch/ that is meant; a compiler's cache may have it from another folder."""
        found = re.search(r"(?:^|/)((?:src|arch)/(?:(?!\.\.).)+)$", path)
        name = found.group(1) if found else None
        return name if name and (ROOT / name).is_file() and not re.search(r"(kernel|user)/arch/", path) else None

    def add_lines(self, lines):
        for name, number in lines:
            self.lines[name][number] += 1


def lines_of(segments):
    """(line, count) of each line with code: the greatest count of what stands in it. A segment is the place where a
    count begins; llvm-cov's own lines miss those that begin where a gap ends."""
    by_line = collections.defaultdict(list)
    for segment in segments:
        by_line[segment[0]].append(segment)
    before = None
    for number in range(segments[0][0], segments[-1][0] + 1) if segments else ():
        here = ([before] if before else []) + by_line[number]
        counts = [count for _, _, count, counted, _, gap in here if counted and not gap]
        if counts:
            yield number, max(counts)
        before = here[-1] if here else None


DECIDED = re.compile(r"!?(k[A-Z]\w*|\w*::(k[A-Z]\w*|table_has_rights\(kLevel\)))( [=><]+ \w+)?")


def decided_by_the_compiler(name, branch):
    """A branch on nothing but constants, of a template's or a canary's too: nothing is counted of it."""
    first, begin, last, end, times_true, times_false = branch[:6]
    text = source_lines(name)[first - 1]
    if "if constexpr" in text or "lets_in(" in text[begin - 1:]:
        return True
    words = text[begin - 1:end - 1].replace("arch::", "") if first == last else ""
    return times_true == times_false == 0 and DECIDED.fullmatch(words) is not None


def run_program(program):
    raw = RAW / f"{program}.profraw"
    environment = {**os.environ, **PROGRAMS.get(program, {}), "LLVM_PROFILE_FILE": str(raw)}
    words = ["--gtest_brief=1"]
    if program in REPLAYS:
        words = [f"tests/fuzz/corpus/{program.removeprefix('fuzz_')}.txt", str(REPLAYS[program])]
    subprocess.run([str(BUILD / program), *words], env=environment, cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run(["llvm-profdata-14", "merge", "-sparse", str(raw), "-o", str(RAW / f"{program}.profdata")])
    raw.unlink()


# --- what booted ------------------------------------------------------------------------------------------------------

def boot_kernels():
    """Boots the tests that reach most, and keeps what the emulator says of each machine's code."""
    traces = RAW / "boot"
    shutil.rmtree(traces, ignore_errors=True)
    traces.mkdir(parents=True)
    environment = {**os.environ, "FREEHOLD_TRACE_CODE": str(traces), "FREEHOLD_FUZZ_CALLS": "30000"}
    subprocess.run(["tools/boot_runner.py", *BOOTS], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return traces


def line_table(arch):
    """(address, file, line) of the kernel's code in the order of addresses, and the lines that have code."""
    table = []
    elf = ROOT / "build" / arch / "kernel" / "freehold.elf"
    name = None
    for line in run(["objdump", "--dwarf=decodedline", str(elf)]).splitlines():
        heading = re.match(r"(?:CU: )?(\S+?):(?:\[\+\+\])?$", line)
        if heading:
            name = Reached.named(heading.group(1))
            continue
        row = re.match(r"(\S+)\s+(\d+)\s+0x([0-9a-f]+)", line)
        if row and name and name.endswith("/" + row.group(1)):
            table.append((int(row.group(3), 16), name, int(row.group(2))))
    return table


def lines_of_boots(traces):
    """The lines of src/ and arch/ that some instruction run by a kernel comes from."""
    for arch in ("i386", "x86_64", "riscv64"):
        ran = set()
        for trace in traces.glob(f"{arch}-*.log"):
            for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
                found = re.match(r"0x([0-9a-f]+):", line)
                if found:
                    ran.add(int(found.group(1), 16))
        for address, name, number in line_table(arch):
            if address in ran:
                yield name, number


# --- what is said of it -----------------------------------------------------------------------------------------------

@functools.cache
def source_lines(name):
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


@functools.cache
def code_lines(name):
    return code_only((ROOT / name).read_text(encoding="utf-8")).splitlines()


def code_line(name, number):
    """Without comments and blanks."""
    lines = code_lines(name)
    return lines[number - 1].strip() if number <= len(lines) else ""


def source_line(name, number):
    lines = source_lines(name)
    return lines[number - 1].strip() if number <= len(lines) else ""


def unreached(reached):
    """(file, what stands there, what never happens) -> the line's number."""
    found = {}
    for name, lines in reached.lines.items():
        for number, count in lines.items():
            if count == 0:
                found.setdefault((name, source_line(name, number), "never reached"), number)
    for name, branches in reached.ways.items():
        for (number, *_), ways in branches.items():
            if sum(ways) == 0:
                continue  # the line is not reached at all
            for way in (True, False):
                if ways[0 if way else 1] == 0:
                    found.setdefault((name, source_line(name, number), NEVER[not way]), number)
    return {key: number for key, number in found.items() if "FREEHOLD_ASSERT" not in key[1]}


def figures(reached):
    """file -> lines reached, lines, ways reached, ways; an assertion's other way is none."""
    rows = {}
    for name in sorted(set(reached.lines) | set(reached.ways)):
        lines = reached.lines[name]
        ways = [way for (number, *_), both in reached.ways[name].items()
                if "FREEHOLD_ASSERT" not in source_line(name, number) for way in both]
        rows[name] = (sum(1 for count in lines.values() if count), len(lines), sum(1 for way in ways if way), len(ways))
    return rows


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def text_of(rows):
    total = [sum(row[i] for row in rows.values()) for i in range(4)]
    text = f"{'':38} {'lines':>14}         {'branches':>12}\n"
    for name, row in [*rows.items(), ("all", total)]:
        text += (f"{name:38} {row[0]:5} of {row[1]:5} {percent(row[0], row[1]):6.1f} %"
                 f" {row[2]:5} of {row[3]:5} {percent(row[2], row[3]):6.1f} %\n")
    return text, percent(total[0], total[1]), percent(total[2], total[3])


ROW = re.compile(r"\| `([^`]+)` \| `` (.*) `` \| ([^|]+) \| (.*) \|$")


def reasons():
    if not PAGE.exists():
        return {}
    rows = (ROW.match(line) for line in PAGE.read_text(encoding="utf-8").splitlines())
    return {(row.group(1), row.group(2).replace("\\|", "|"), row.group(3).strip()): row.group(4).strip()
            for row in rows if row}


def write_page(table, missing, known):
    head = PAGE.read_text(encoding="utf-8").split("\n## ")[0].rstrip() if PAGE.exists() else "# Coverage"
    rows = [f"| `{name}` | `` {text.replace('|', chr(92) + '|')} `` | {what} | {known.get((name, text, what), '')} |"
            for name, text, what in sorted(missing)]
    PAGE.write_text(f"{head}\n\n## Figures\n\n```\n{table}```\n\n## What is not reached\n\n"
                    "| where | what stands there | what never happens | why |\n|---|---|---|---|\n"
                    + "\n".join(rows) + "\n", encoding="utf-8")


def main(arguments):
    parser = argparse.ArgumentParser(prog="coverage.py", description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="FILE", help="a report of the tests")
    parser.add_argument("--write", action="store_true", help="bring docs/coverage.md up to date")
    parser.add_argument("--again", action="store_true", help="run nothing: only say again what the last run reached")
    parser.add_argument("--host", action="store_true", help="the host's programs alone")
    options = parser.parse_args(arguments)
    RAW.mkdir(parents=True, exist_ok=True)
    if not options.again:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(run_program, ALL))
    reached = Reached()
    for program in ALL:
        reached.add_program(program)
    if not options.host:
        reached.add_lines(lines_of_boots(RAW / "boot" if options.again else boot_kernels()))
    table, lines, branches = text_of(figures(reached))
    print(table)
    missing, known = unreached(reached), reasons()
    if options.write:
        write_page(table, missing, known)
        known = {key: why for key, why in known.items() if key in missing}
    without = [key for key in missing if not known.get(key)]
    stale = [key for key in known if key not in missing]
    for word, keys in (("has no reason", without), ("is reached, or is no more", stale)):
        for name, text, what in sorted(keys):
            print(f"{word}: {name}: {text}: {what}")
    results = [(f"the tests reach {LINES_WANTED} % of the lines of src/ and arch/", lines >= LINES_WANTED),
               (f"the tests take {BRANCHES_WANTED} % of the branches", branches >= BRANCHES_WANTED),
               ("what is not reached is listed with a reason in docs/coverage.md", not without),
               ("docs/coverage.md lists nothing that is reached", not stale)]
    for name, passed in results:
        print(("ok      " if passed else "FAILED  ") + name)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps([{"name": n, "passed": p} for n, p in results]),
                                              encoding="utf-8")
    return 0 if all(passed for _, passed in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
