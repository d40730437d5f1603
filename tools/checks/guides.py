# SPDX-License-Identifier: MIT
"""That guides show what is there: examples word by word, and tests by the names they have."""

import re

from .tree import Check

GUIDE = "docs/ipc.md"
GUIDES = (GUIDE, "docs/drivers.md", "docs/security.md", "docs/guarantees.md")
BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.M | re.S)
ROW = re.compile(r"^\|.*\|([^|]*)\|$", re.M)
TESTS = ("tests/unit", "tests/fault", "tests/exhaust", "tests/boot", "user/tests_programs")


def find_other_examples(tree):
    blocks = BLOCK.findall(tree.text(GUIDE)) if GUIDE in tree.names else []
    examples = [n for n in tree.cpp("examples") if n.count("/") == 1]  # a folder of its own has a guide of its own
    return [f"{GUIDE} does not show {name} as it is" for name in examples if tree.text(name) not in blocks]


def find_unknown_tests(tree):
    tests = "\n".join(tree.text(n) for n in tree.under(*TESTS))
    tests += "\n".join(tree.under(*TESTS))
    return [f"{guide}: no test says `{name}`" for guide in GUIDES if guide in tree.names
            for cell in ROW.findall(tree.text(guide)) for name in re.findall(r"`([^`]+)`", cell) if name not in tests]


EXAMPLE = "int x;\n"
TABLE = "| so | by |\n|---|---|\n| it is | `a sentence` |\n"

CHECKS = [
    Check("docs/ipc.md shows the examples word by word", find_other_examples,
          wrong=[{"examples/a.cpp": EXAMPLE}, {"examples/a.cpp": EXAMPLE, GUIDE: "```cpp\nint y;\n```\n"}],
          right=[{"examples/a.cpp": EXAMPLE, GUIDE: "Text\n```cpp\n" + EXAMPLE + "```\n"},
                 {"examples/b/c.cpp": EXAMPLE}]),
    Check("guides name tests that there are", find_unknown_tests,
          wrong=[{GUIDE: TABLE, "tests/unit/a.cpp": "another sentence"}],
          right=[{GUIDE: TABLE, "tests/boot/a.py": "a sentence"}]),
]
