# SPDX-License-Identifier: MIT
"""What every file says: its license, what its public functions promise, and no word of the machine it was made on."""

import re

from .tree import Check, code_only, line_of

TAG = "SPDX-License-" + "Identifier: MIT"
LICENSED = re.compile(r"(\.(h|cpp|c|S|s|ld|lds|py|cmake|sh)|CMakeLists\.txt)$")


def find_unlicensed(tree):
    found = []
    for name in tree.names:
        text = tree.text(name) if LICENSED.search(name) or "." not in name.rsplit("/", 1)[-1] else ""
        wanted = LICENSED.search(name) or text.startswith("#!")
        if wanted and TAG not in "\n".join(text.split("\n")[:2]):
            found.append(f"{name}: the first lines do not say `{TAG}`")
    return found


TAGS = ("@pre", "@error", "@state", "@cost", "@context")


def declarations(text):
    """(position, text) of each function declared without a body at namespace or class scope of a header."""
    code = re.sub(r"^[ \t]*#[^\n]*", lambda m: " " * len(m.group(0)), code_only(text), flags=re.M)
    start, skip = 0, 0
    for match in re.finditer(r"[{};]|\b(?:public|private|protected)\s*:(?!:)", code):
        token, head = match.group(0), code[start:match.start()]
        if skip:
            skip += {"{": 1, "}": -1}.get(token, 0)
            start = match.end()
        elif token == "{":
            opens_scope = re.match(r"\s*(inline\s+)?(namespace\b|extern\b\s*$)", head) or (
                re.search(r"\b(class|struct|union)\b", head) and "(" not in head)
            skip = 0 if opens_scope else 1
            start = match.end()
        else:
            start = match.end()
            if token == ";" and re.search(r"[\w>&*]\s+[&*]?[\w:]+\s*\(", head):
                if not re.match(r"\s*(static_assert|using|typedef|friend)\b|.*=\s*(default|delete)\s*$", head, re.S):
                    yield match.start() - len(head.lstrip()), head.strip()


def comment_above(lines, line):
    """The doc comment of the declaration at `line` (from 1), or of the group of declarations it belongs to."""
    at = line - 2
    while at >= 0 and lines[at].strip() and not lines[at].lstrip().startswith("//"):
        if lines[at].strip().endswith("{") or lines[at].strip() == "}":
            return ""
        at -= 1
    end = at
    while at >= 0 and lines[at].lstrip().startswith("///"):
        at -= 1
    return "\n".join(lines[at + 1:end + 1])


def find_undocumented(tree):
    found = []
    for name in [n for n in tree.cpp("include") if n.endswith(".h")]:
        text = tree.text(name)
        lines = text.split("\n")
        for position, head in declarations(text):
            comment = comment_above(lines, line_of(text, position))
            missing = [tag for tag in TAGS if tag not in comment]
            if missing:
                found.append(f"{name}:{line_of(text, position)}: no {' '.join(missing)}: {' '.join(head.split())[:60]}")
    return found


# Spelled in pieces, so that this file does not find itself.
ELSEWHERE = re.compile("|".join([
    r"(?<![\w./$}])/(?:" + "wo" + r"rk|ro" + r"ot|home/\w+|Users/\w+)(?=/|\b[^\w-])",
    r"\b(?:pypi|registry|proxy|crates|deb|archive|snapshot|packages)\.[\w.-]*(?:org|com|io|net|dev)\b",
    r"\bpkg\." + "dev", r"\b(?:127\.0\.0\.1|localhost):\d+/(?!/)"]))


def find_elsewhere(tree):
    found = []
    for name in tree.names:
        text = tree.text(name)
        if "\0" in text:
            continue
        found += [f"{name}:{line_of(text, m.start())}: names a place outside the project: {m.group(0)}"
                  for m in ELSEWHERE.finditer(text)]
    return found


NOTE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")


def find_notes(tree):
    return [f"{name}:{line_of(tree.text(name), m.start())}: {m.group(0)} is a note to oneself"
            for name in tree.names for m in NOTE.finditer(tree.text(name))]


DOCUMENTED = "/// @pre none  @error none\n/// @state none  @cost O(1)  @context any\n"

CHECKS = [
    Check("every source file names its license", find_unlicensed,
          wrong=[{"src/a.cpp": "int x;\n"}, {"tool": "#!/bin/bash\nls\n"}, {"kernel/boot.S": "\n"}],
          right=[{"src/a.cpp": f"// {TAG}\n"}, {"tool": f"#!/bin/bash\n# {TAG}\n"}, {"notes.md": ""}]),
    Check("every public function says @pre, @error, @state, @cost and @context", find_undocumented,
          wrong=[{"include/freehold/a.h": "/// Does it.\n/// @pre none\nvoid f(int a);\n"},
                 {"include/freehold/a.h": DOCUMENTED + "void f(int a);\n\nint* g();\n"},
                 {"include/freehold/a.h": "struct S {\n    int g() const;\n};\n"}],
          right=[{"include/freehold/a.h": DOCUMENTED + "void f(int a);\nint* g(long b,\n       int c);\n"},
                 {"include/freehold/a.h": "struct S {\n    int x;\n    int g() const { return f(x); }\n};\n"}]),
    Check("no file names a directory or a host of the machine it was made on", find_elsewhere,
          wrong=[{"a.md": "see /wo" "rk/main/x\n"}, {"run": "cd /ro" "ot/x\n"}, {"a.py": '"https://py' 'pi.org/x"\n'}],
          right=[{"a.md": "the /worker reads /data/x, root/x, https://github.com/x\n"}]),
    Check("no file holds a note to oneself", find_notes,
          wrong=[{"src/a.cpp": "// TO" "DO: later\n"}], right=[{"src/a.cpp": "// done\n"}]),
]
