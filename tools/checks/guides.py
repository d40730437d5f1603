# SPDX-License-Identifier: MIT
"""That guides show what is there: examples word by word, and tests by the names they have."""

import re

from .tree import Check

GUIDE = "docs/ipc.md"
BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.M | re.S)
ROW = re.compile(r"^\|.*\|([^|]*)\|$", re.M)
TESTS = ("tests/unit", "tests/boot", "user/tests_programs")


def find_other_examples(tree):
    blocks = BLOCK.findall(tree.text(GUIDE)) if GUIDE in tree.names else []
    examples = [n for n in tree.cpp("examples") if n.count("/") == 1]  # a folder of its own has a guide of its own
    return [f"{GUIDE} does not show {name} as it is" for name in examples if tree.text(name) not in blocks]


def find_unknown_tests(tree):
    if GUIDE not in tree.names:
        return []
    tests = "\n".join(tree.text(n) for n in tree.under(*TESTS))
    tests += "\n".join(tree.under(*TESTS))
    shown = [name for cell in ROW.findall(tree.text(GUIDE)) for name in re.findall(r"`([^`]+)`", cell)]
    return [f"{GUIDE}: no test says `{name}`" for name in shown if name not in tests]


EXAMPLE = "int x;\n"
TABLE = "| so | by |\n|---|---|\n| it is | `a sentence` |\n"

CHECKS = [
    Check("docs/ipc.md shows the examples word by word", find_other_examples,
          wrong=[{"examples/a.cpp": EXAMPLE}, {"examples/a.cpp": EXAMPLE, GUIDE: "```cpp\nint y;\n```\n"}],
          right=[{"examples/a.cpp": EXAMPLE, GUIDE: "Text\n```cpp\n" + EXAMPLE + "```\n"},
                 {"examples/b/c.cpp": EXAMPLE}]),
    Check("docs/ipc.md names tests that there are", find_unknown_tests,
          wrong=[{GUIDE: TABLE, "tests/unit/a.cpp": "another sentence"}],
          right=[{GUIDE: TABLE, "tests/boot/a.py": "a sentence"}]),
]
