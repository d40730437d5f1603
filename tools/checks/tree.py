# SPDX-License-Identifier: MIT
"""What the checks look at: the project's files, or a few made-up ones that a check must object to."""

import os
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CPP = (".h", ".cpp", ".c")
BUILD = "build"


class Tree:
    """A directory and the names of the files in it that belong to the project."""

    def __init__(self, root, names):
        self.root = pathlib.Path(root)
        self.names = sorted(names)
        self._texts = {}

    def text(self, name):
        if name not in self._texts:
            self._texts[name] = (self.root / name).read_text(encoding="utf-8", errors="replace")
        return self._texts[name]

    def under(self, *folders):
        return [n for n in self.names if any(n.startswith(f + "/") for f in folders)]

    def cpp(self, *folders):
        names = self.under(*folders) if folders else self.names
        return [n for n in names if n.endswith(CPP)]


def project():
    """The project's files: what git tracks or would track; without git, all but what is made."""
    try:
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"],
            capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        listed = []
        for folder, folders, files in os.walk(ROOT):
            folders[:] = [f for f in folders if f not in (".git", BUILD, "__pycache__", ".cache")]
            listed += [os.path.relpath(os.path.join(folder, f), ROOT) for f in files]
    return Tree(ROOT, [n for n in listed if (ROOT / n).is_file()])


class MadeUp:
    """A tree of made-up files, in a directory that goes away: `with MadeUp({name: text}) as tree`."""

    def __init__(self, files):
        self.files = files

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="freehold-check-")
        root = pathlib.Path(self._directory.name)
        for name, text in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Tree(root, self.files)

    def __exit__(self, *_):
        self._directory.cleanup()


class Check:
    """A rule. `find` takes a tree and returns one line for each violation.

    `wrong` are made-up trees that must be objected to, `right` ones that must not: a check that finds nothing
    because it is broken is a failed test.
    """

    def __init__(self, name, find, wrong, right=()):
        self.name = name
        self.find = find
        self.wrong = wrong
        self.right = right


def blank(match):
    """A replacement of the same lines and length, so that positions stay."""
    return re.sub(r"[^\n]", " ", match.group(0))


CODE_NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^()\\ ]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_only(text):
    """C++ text with comments and literals blanked out."""
    return CODE_NOISE.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1
