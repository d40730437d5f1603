# SPDX-License-Identifier: MIT
"""Checks that other programs make: clang-format, clang-tidy, shellcheck."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from .tree import BUILD, ROOT, Check

TIDY_FOLDERS = ("src", "arch/sim", "host")
TIDY_TESTS = ("tests/unit", "tests/model", "tests/fault")  # take longer than all else; ./test --all looks at them, too
TIDY_DATABASE = ROOT / BUILD / "host-clang-asan" / "compile_commands.json"


def find_unformatted(tree):
    if not (tree.root / ".clang-format").exists():
        shutil.copy(ROOT / ".clang-format", tree.root)
    names = tree.cpp()
    if not names:
        return []
    result = subprocess.run(["clang-format", "--dry-run", "--style=file", *names], cwd=tree.root,
                            capture_output=True, text=True, check=False)
    return sorted({f"{m.group(1)}:{m.group(2)}: clang-format would write this differently"
                   for m in re.finditer(r"^([^:\n]+):(\d+):\d+: warning", result.stderr, re.M)})


def find_unsound_shell(tree):
    names = [n for n in tree.names if "." not in n.rsplit("/", 1)[-1] or n.endswith(".sh")]
    names = [n for n in names if re.match(r"#!.*\b(ba)?sh\b", tree.text(n))]
    if not names:
        return []
    result = subprocess.run(["shellcheck", "--format=gcc", *names], cwd=tree.root, capture_output=True, text=True,
                            check=False)
    return result.stdout.splitlines()


def tidy(root, name, database):
    result = subprocess.run(["clang-tidy", "--quiet", "-p", str(database), str(root / name)], cwd=root,
                            capture_output=True, text=True, check=False)
    lines = [line for line in result.stdout.splitlines() if re.search(r": (warning|error): ", line)]
    return [line.replace(f"{root}/", "") for line in lines]


def tidy_commands(tree):
    """One compile command for each source file: for the made-up trees a plain one, else as Clang builds it."""
    folders = TIDY_FOLDERS + (TIDY_TESTS if "FREEHOLD_TIDY_TESTS" in os.environ else ())
    names = [n for n in tree.cpp(*folders) if n.endswith(".cpp")]
    if tree.root != ROOT:
        return {n: {"directory": str(tree.root), "file": n, "command": f"clang++ -std=c++20 -c {n}"} for n in names}
    if not TIDY_DATABASE.exists():
        raise RuntimeError(f"no {TIDY_DATABASE.relative_to(ROOT)}: cmake --preset host-clang-asan writes it")
    commands = {}
    for entry in json.loads(TIDY_DATABASE.read_text()):
        commands.setdefault(os.path.relpath(entry["file"], ROOT), entry)
    return {n: commands[n] for n in names if n in commands}


def find_untidy(tree):
    if not (tree.root / ".clang-tidy").exists():
        shutil.copy(ROOT / ".clang-tidy", tree.root)
    commands = tidy_commands(tree)
    database = tree.root / BUILD / "tidy"
    database.mkdir(parents=True, exist_ok=True)
    (database / "compile_commands.json").write_text(json.dumps(list(commands.values())))

    # A file whose own text, headers and rules were clean before is clean.
    shared = hashlib.sha256((tree.root / ".clang-tidy").read_bytes())
    for name in [n for n in tree.cpp() if n.endswith(".h")]:
        shared.update(name.encode() + tree.text(name).encode())
    remembered = database / "clean.json"
    clean = set(json.loads(remembered.read_text())) if remembered.exists() else set()
    keys = {n: hashlib.sha256(shared.digest() + n.encode() + tree.text(n).encode()).hexdigest() for n in commands}
    wanted = [n for n in commands if keys[n] not in clean]

    found = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, lines in zip(wanted, pool.map(lambda n: tidy(tree.root, n, database), wanted)):
            found += lines
            if not lines:
                clean.add(keys[name])
    remembered.write_text(json.dumps(sorted(clean & set(keys.values()))))
    return sorted(set(found))


CHECKS = [
    Check("C++ is formatted as .clang-format says", find_unformatted,
          wrong=[{"src/a.cpp": "int  f( ) {return 1;}\n"}], right=[{"src/a.cpp": "int f() { return 1; }\n"}]),
    Check("shell scripts are sound to shellcheck", find_unsound_shell,
          wrong=[{"tool": "#!/bin/bash\nrm $1\n"}], right=[{"tool": "#!/bin/bash\nrm \"$1\"\n"}]),
    Check("C++ is sound and rightly named to clang-tidy", find_untidy,
          wrong=[{"src/a.cpp": "int BadName() { return 1; }\n"},
                 {"src/a.cpp": "int f(int x) {\n    if (x = 1) return 2;\n    return 3;\n}\nstruct lower {};\n"}],
          right=[{"src/a.cpp": "int good_name() { return 1; }\n"}]),
]
