# SPDX-License-Identifier: MIT
"""That the guide to ports names every file a port consists of, and says truly how long each is.

A row of its table is a path with NAME for the machine's name, and a column a machine:

    | file | x86_32 | riscv64 | ... |
    |---|---|---|---|
    | `arch/NAME/tlb.h` | 24 | 28 | what it is |

What two machines share stands without NAME. A number may be off by a tenth, or by ten lines, so that not every change
is one of the guide too.
"""

import re

from .tree import Check

GUIDE = "docs/porting.md"
FOLDERS = ("arch", "kernel/arch", "user/arch")
ROW = re.compile(r"^\| `((?:kernel/|user/)?arch/[^`]*)` \|(.*)\|$", re.M)
HEAD = re.compile(r"^\| file \|(.*)\|$", re.M)
NONE = "–"
SIMULATED = "arch/sim/"


def cells(text):
    return [cell.strip() for cell in text.split("|")]


def rows(tree):
    """(path, {machine: cell}) of each row of the table."""
    text = tree.text(GUIDE)
    head = HEAD.search(text)
    machines = [m for m in cells(head.group(1)) if re.fullmatch(r"\w+", m)] if head else []
    return [(match.group(1), dict(zip(machines, cells(match.group(2))))) for match in ROW.finditer(text)]


def find_wrong_counts(tree):
    if GUIDE not in tree.names:
        return []
    found = []
    for path, counts in rows(tree):
        for machine, cell in counts.items():
            name = path.replace("NAME", machine)
            lines = tree.text(name).count("\n") if name in tree.names else None
            absent = lines is None or "NAME" not in path
            right = cell.isdigit() and lines is not None and abs(int(cell) - lines) <= max(lines // 10, 10)
            if not right and not (absent and cell == NONE):
                found.append(f"{GUIDE}: {name} is said to have {cell} lines, it has {NONE if lines is None else lines}")
    return found


def find_missing_files(tree):
    if GUIDE not in tree.names:
        return []
    named = {path.replace("NAME", machine) for path, counts in rows(tree) for machine in counts}
    return [f"{GUIDE} has no row for {name}" for name in tree.under(*FOLDERS)
            if name not in named and not name.startswith(SIMULATED)]


TABLE = ("| file | a64 | b32 | |\n|---|---|---|---|\n| `arch/NAME/x.h` | 20 | – | it |\n"
         "| `user/arch/both/y.h` | 30 | – | it |\n")
SHARED = {"user/arch/both/y.h": "line\n" * 30}
FILE = "line\n" * 25

CHECKS = [
    Check("docs/porting.md says how long the files of a port are", find_wrong_counts,
          wrong=[{GUIDE: TABLE, "arch/a64/x.h": "line\n" * 40, **SHARED}, {GUIDE: TABLE, **SHARED},
                 {GUIDE: TABLE, "arch/a64/x.h": FILE},
                 {GUIDE: TABLE, "arch/a64/x.h": FILE, "arch/b32/x.h": FILE, **SHARED}],
          right=[{GUIDE: TABLE, "arch/a64/x.h": FILE, **SHARED}]),
    Check("docs/porting.md names every file of a port", find_missing_files,
          wrong=[{GUIDE: TABLE, "arch/a64/x.h": FILE, "kernel/arch/b32/y.cpp": FILE}],
          right=[{GUIDE: TABLE, "arch/a64/x.h": FILE, "arch/sim/y.h": FILE, **SHARED}]),
]
