# SPDX-License-Identifier: MIT
"""Limits of size: files, functions and lines short enough to read."""

import ast
import re

from .tree import Check, code_only, line_of

FILE_LINES = 600      # a file has fewer
FUNCTION_LINES = 60   # a function has fewer
LINE_COLUMNS = 120    # a line has at most that many
FOLDERS = ("src", "include", "arch", "kernel", "user", "host", "tools", "tests", "benchmarks", "examples", "cmake")
SCRIPTS = ("run", "test", "soak", "bench", ".ci/run")


def sources(tree):
    names = [n for n in tree.under(*FOLDERS) if not re.search(r"\.(txt|json|bin|md)$", n)]
    return names + [n for n in tree.names if n in SCRIPTS]


def find_long_files(tree):
    counts = [(n, tree.text(n).count("\n")) for n in sources(tree)]
    return [f"{n}: {count} lines, the limit is {FILE_LINES - 1}" for n, count in counts if count >= FILE_LINES]


def find_long_lines(tree):
    return [f"{n}:{i}: {len(line)} columns, the limit is {LINE_COLUMNS}" for n in sources(tree)
            for i, line in enumerate(tree.text(n).split("\n"), 1) if len(line) > LINE_COLUMNS]


SCOPE = re.compile(r"^\s*(inline\s+)?(namespace\b|extern\b\s*$)")
TYPE = re.compile(r"\b(class|struct|union|enum|concept)\b")
TEMPLATE = re.compile(r"\btemplate\s*<[^{}]*?>(?=\s*(class|struct|union|requires|concept|[\w:]))")


def is_scope(head):
    """Whether the brace after `head` opens a namespace or a type, not a function."""
    if SCOPE.match(head):
        return True
    head = TEMPLATE.sub("", re.sub(r"\b(alignas|__attribute__)\s*\(+[^()]*\)+", "", head))
    return bool(TYPE.search(head)) and "(" not in head


def cpp_functions(text):
    """(line, length, head) of each function, by its braces; what stands inside a function is part of it."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), code_only(text),
                  flags=re.M)
    start, depth, opened = 0, 0, None
    for match in re.finditer(r"[{};]", code):
        if opened is not None:
            depth += {"{": 1, "}": -1}.get(match.group(0), 0)
            if depth == 0:
                first = line_of(code, opened[0])
                if "(" in opened[1] and not opened[1].endswith("="):
                    yield first, line_of(code, match.start()) - first + 1, opened[1]
                opened, start = None, match.end()
            continue
        if match.group(0) == "{":
            head = code[start:match.start()]
            if not is_scope(head):
                opened, depth = (start + len(head) - len(head.lstrip()), " ".join(head.split())), 1
                continue
        start = match.end()


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1, node.name


SHELL_FUNCTION = re.compile(r"^(\w+)\(\) \{.*?^\}", re.M | re.S)


def shell_functions(text):
    for match in SHELL_FUNCTION.finditer(text):
        yield line_of(text, match.start()), match.group(0).count("\n") + 1, match.group(1)


def find_long_functions(tree):
    found = []
    for name in sources(tree):
        text = tree.text(name)
        if name.endswith((".h", ".cpp")):
            functions = cpp_functions(text)
        elif name.endswith(".py"):
            functions = python_functions(text)
        elif text.startswith("#!/bin/bash"):
            functions = shell_functions(text)
        else:
            continue
        found += [f"{name}:{line}: {length} lines, the limit is {FUNCTION_LINES - 1}: {head[:60]}"
                  for line, length, head in functions if length >= FUNCTION_LINES]
    return found


LONG_BODY = "    work();\n" * 58

CHECKS = [
    Check("files have fewer than 600 lines", find_long_files,
          wrong=[{"src/a.cpp": "\n" * 600}], right=[{"src/a.cpp": "\n" * 599}]),
    Check("lines have at most 120 columns", find_long_lines,
          wrong=[{"kernel/a.cpp": "x" * 121 + "\n"}, {"run": "#" * 121}], right=[{"kernel/a.cpp": "x" * 120 + "\n"}]),
    Check("functions have fewer than 60 lines", find_long_functions,
          wrong=[{"src/a.cpp": "namespace a {\nvoid f() {\n" + LONG_BODY + "}\n}\n"},
                 {"src/a.h": "template <class T>\nstruct S {\n  int f(int x) const {\n" + LONG_BODY + "  }\n};\n"},
                 {"tests/a.cpp": "TEST(A, b) {\n" + LONG_BODY + "}\n"},
                 {"tools/a.py": "def f():\n" + LONG_BODY + "    pass\n"},
                 {"run": "#!/bin/bash\nf() {\n" + LONG_BODY + "}\n"}],
          right=[{"src/a.cpp": "namespace a {\nvoid f() {\n" + LONG_BODY[12:] + "}\n" + "int x;\n" * 60 + "}\n"},
                 {"src/a.h": "struct S {\n" + "  void f() { if (x) { y(); } }\n" * 70 + "};\n"}]),
]
