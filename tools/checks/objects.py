# SPDX-License-Identifier: MIT
"""What the compiled library holds and needs, read from its objects for 32-bit x86."""

import re
import subprocess
import tempfile

from .tree import BUILD, ROOT, Check

LIBRARY = ROOT / BUILD / "i386" / "src" / "libfreehold.a"
PREFIX = "i686-linux-gnu-"
FLAGS = ["-std=c++20", "-O1", "-ffreestanding", "-fno-pic", "-nostdlib", "-fno-exceptions", "-fno-rtti",
         "-fno-asynchronous-unwind-tables"]
C_LIBRARY = {"memcpy", "memmove", "memset", "memcmp"}
# 64-bit division and bit counts, which libgcc supplies for 32-bit machines.
COMPILER_HELPERS = {"__udivdi3", "__umoddi3", "__udivmoddi4", "__divdi3", "__moddi3", "__popcountsi2", "__popcountdi2"}
HOOKS_MAX = 12


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def library_of(tree, directory):
    """The built library; for made-up trees, their sources compiled into one."""
    if tree.root == ROOT:
        if not LIBRARY.exists():
            raise RuntimeError(f"no {LIBRARY.relative_to(ROOT)}: the build for i386 makes it")
        return LIBRARY
    objects = []
    for index, name in enumerate(n for n in tree.cpp("src") if n.endswith(".cpp")):
        objects.append(f"{directory}/{index}.o")
        run(PREFIX + "g++", *FLAGS, "-c", str(tree.root / name), "-o", objects[-1])
    run(PREFIX + "ar", "rcs", f"{directory}/library.a", *objects)
    return f"{directory}/library.a"


def hooks_of(tree):
    text = re.sub(r"//[^\n]*", "", tree.text("include/freehold/host.h"))
    return set(re.findall(r"\b(freehold_host_\w+)\s*\(", text))


def find_foreign_symbols(tree):
    with tempfile.TemporaryDirectory() as directory:
        whole = f"{directory}/whole.o"
        run(PREFIX + "ld", "-r", "-o", whole, "--whole-archive", str(library_of(tree, directory)))
        undefined = {line.split()[-1] for line in run(PREFIX + "nm", "--undefined-only", whole).splitlines()}
    hooks = hooks_of(tree)
    found = [f"the library needs {s}, which is neither a hook nor a named helper"
             for s in sorted(undefined - hooks - C_LIBRARY - COMPILER_HELPERS)]
    found += [f"include/freehold/host.h: the library never calls {h}" for h in sorted(hooks - undefined)]
    if len(hooks) > HOOKS_MAX:
        found.append(f"include/freehold/host.h: {len(hooks)} hooks, the limit is {HOOKS_MAX}")
    return found


def find_mutable_globals(tree):
    with tempfile.TemporaryDirectory() as directory:
        listing = run(PREFIX + "objdump", "-t", "-C", str(library_of(tree, directory)))
    found, member = [], ""
    for line in listing.splitlines():
        if match := re.match(r"(\S+):\s+file format", line):
            member = match.group(1)
        elif match := re.match(r"[0-9a-f]+ (.{7}) (\.data|\.bss|\.tdata|\.tbss|\*COM\*)(\S*)\t[0-9a-f]+ +(.*)", line):
            if match.group(1)[-1] not in "dfF" and not match.group(3).startswith(".rel.ro"):
                found.append(f"{member}: {match.group(4)} is a mutable global")
    return found


HOST_H = "void freehold_host_lock(void* host);\n"
USES = 'extern "C" void freehold_host_lock(void*);\n'

CHECKS = [
    Check("the library needs exactly the hooks of host.h, four C functions and named helpers", find_foreign_symbols,
          wrong=[{"include/freehold/host.h": HOST_H, "src/a.cpp": USES + "void* operator new(unsigned);\n"
                  "int* f() { freehold_host_lock(nullptr); return new int; }\n"},
                 {"include/freehold/host.h": HOST_H, "src/a.cpp": "int f() { return 1; }\n"},
                 {"include/freehold/host.h": "".join(f"void freehold_host_{i}(void);\n" for i in range(13)),
                  "src/a.cpp": 'extern "C" {\n' + "".join(f"void freehold_host_{i}();\n" for i in range(13)) + "}\n"
                  "void f() {\n" + "".join(f"freehold_host_{i}();\n" for i in range(13)) + "}\n"}],
          right=[{"include/freehold/host.h": HOST_H, "src/a.cpp": USES + "void f() { freehold_host_lock(nullptr); }\n"
                  "unsigned long long g(unsigned long long a, unsigned long long b) { return a / b; }\n"}]),
    Check("the library has no mutable global", find_mutable_globals,
          wrong=[{"src/a.cpp": "int counter;\n"}, {"src/a.cpp": "static int c = 3;\nint f() { return ++c; }\n"},
                 {"src/a.cpp": "int f() { static int c; return ++c; }\n"}],
          right=[{"src/a.cpp": "extern const int kTable[3];\nconst int kTable[3] = {1, 2, 3};\n"
                               "const char* f() { return \"text\"; }\n"
                               "template <int k> struct S { static constexpr int kOf = k; };\n"
                               "const int* g() { return &S<3>::kOf; }\n"}]),
]
