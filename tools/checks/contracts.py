# SPDX-License-Identifier: MIT
"""That contracts written down twice say the same: the API for C that for C++, docs/abi.md the headers."""

import re
import subprocess

from .texts import declarations
from .tree import Check, code_only

STATUS_H, C_TYPES_H, C_API_H = (f"include/freehold/{n}.h" for n in ("status", "c_types", "c_api"))
HOST_H, C_HOST_H = "include/freehold/host.h", "include/freehold/c_host.h"
WITH_TWINS = [f"include/freehold/{n}.h" for n in ("status", "system", "space", "ipc", "audit")]
CALLS_H, ABI_MD = "kernel/abi/syscalls.h", "docs/abi.md"


def text_of(tree, name):
    return tree.text(name) if name in tree.names else ""


def enumerators(text, enum):
    """{name: number} of an enum class with a number for each name."""
    body = re.search(r"enum class\s+(?:\[\[\w+\]\]\s*)?" + enum + r"\b[^{;]*\{(.*?)\}", code_only(text), re.S)
    return {n: int(k) for n, k in re.findall(r"(\w+)\s*=\s*(\d+)", body.group(1))} if body else {}


def section(text, heading):
    match = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return match.group(1) if match else ""


def table(text):
    """{name: number} of the rows `| number | `name` | ...`."""
    return {n: int(k) for k, n in re.findall(r"^\| *(\d+) *\| *`(\w+)` *\|", text, re.M)}


def differences(name, here, there, wanted):
    """Lines for what `here`, of the file `name`, says otherwise than `wanted`, of the file `there`."""
    found = [f"{name}: {n} is {here[n]}, in {there} {k}" for n, k in wanted.items() if n in here and here[n] != k]
    found += [f"{name}: {n} = {k} of {there} is missing" for n, k in wanted.items() if n not in here]
    return found + [f"{name}: {n} is not in {there}" for n in here if n not in wanted]


def find_other_numbers(tree):
    statuses = enumerators(text_of(tree, STATUS_H), "Status")
    calls = enumerators(text_of(tree, CALLS_H), "Call")
    calls.pop("count_", None)
    page = text_of(tree, ABI_MD)
    return (differences(ABI_MD, table(section(page, "The calls")), CALLS_H, calls)
            + differences(ABI_MD, table(section(page, "The statuses")), STATUS_H, statuses))


def find_other_c_statuses(tree):
    code = code_only(text_of(tree, C_TYPES_H))
    body = re.search(r"typedef uint32_t freehold_status;\s*enum\s*\{(.*?)\}", code, re.S)
    numbers = re.findall(r"FREEHOLD_(\w+)\s*=\s*(\d+)", body.group(1)) if body else []
    return differences(C_TYPES_H, {n.lower(): int(k) for n, k in numbers}, STATUS_H,
                       enumerators(text_of(tree, STATUS_H), "Status"))


def functions(text):
    return {re.search(r"(\w+)\s*\(", head).group(1): " ".join(head.split()) for _, head in declarations(text)}


def find_lonely_functions(tree):
    here = functions(text_of(tree, C_API_H))
    return [f"{name}: {f}() has no twin in {C_API_H}" for name in WITH_TWINS for f in functions(text_of(tree, name))
            if not {f"freehold_{f}", f"freehold_get_{f}"} & here.keys()]


def in_c(declaration):
    for cpp, c in (("std::", ""), ("freehold::HostLock", "freehold_lock"), ("[[noreturn]]", "_Noreturn")):
        declaration = declaration.replace(cpp, c)
    return declaration


def find_other_hooks(tree):
    wanted = {n: in_c(d) for n, d in functions(text_of(tree, HOST_H)).items()}
    return differences(C_HOST_H, functions(text_of(tree, C_HOST_H)), HOST_H, wanted)


STRUCTURE = re.compile(r"^    (\w+), (\d+) bytes\n((?:^ +\d+ .*\n)+)", re.M)
COMPILER = ["i686-linux-gnu-g++", "-std=c++20", "-ffreestanding", "-fsyntax-only", "-fno-diagnostics-show-caret"]


def find_other_structures(tree):
    """Compiles the offsets and sizes of docs/abi.md as assertions, for 32-bit x86."""
    lines = ["#include <cstddef>", f'#include "{CALLS_H}"', "using namespace freehold;", "using namespace abi;"]
    for name, size, rows in STRUCTURE.findall(text_of(tree, ABI_MD)):
        end = size
        for offset, kind, member in reversed(re.findall(r"^ +(\d+) +(?:(u\d+) +)?(\w+)", rows, re.M)):
            bytes_of = f"sizeof({name}::{member})"
            lines.append(f'static_assert(offsetof({name}, {member}) == {offset}, "{name}.{member} at {offset}");')
            if kind:
                lines.append(f'static_assert({bytes_of} * 8 == {kind[1:]}, "{name}.{member}: {kind}");')
            lines.append(f'static_assert({offset} + {bytes_of} + 3 >= {end}, "{name}: a gap before {end}");')
            end = offset
        lines.append(f'static_assert(sizeof({name}) == {size}, "{name}: {size} bytes");')
    result = subprocess.run([*COMPILER, "-I.", "-Iinclude", "-Iarch/x86_32", "-xc++", "-"], cwd=tree.root,
                            input="\n".join(lines) + "\n", capture_output=True, text=True, check=False)
    errors = re.findall(r"error: (.*)", result.stderr)
    return [f"{ABI_MD}: {e.replace('static assertion failed: ', 'not so: ')}" for e in errors]


def abi_tree(page, calls="enum class Call : unsigned { null = 0, exit = 1, count_ = 2 };"):
    return {ABI_MD: page, CALLS_H: "namespace freehold::abi {\n" + calls + "\n}\n",
            STATUS_H: "enum class [[nodiscard]] Status : unsigned { ok = 0 };\n"}


def structure(rows):
    return abi_tree("    A, 8 bytes\n" + rows, "struct A {\n    unsigned base;\n    unsigned length;\n};")


CALLS = "## The calls\n\n| 0 | `null` | |\n| 1 | `exit` | |\n\n"
STATUSES = "## The statuses\n\n| 0 | `ok` | done |\n"
C_STATUSES = "typedef uint32_t freehold_status;\nenum {{ {} }};\n"
CPP_STATUSES = "enum class [[nodiscard]] Status : int { ok = 0, full = 1 };\n"
HOOK = 'extern "C" {\n[[noreturn]] void freehold_host_stop(void* host, std::uint32_t code);\n}\n'

CHECKS = [
    Check("docs/abi.md gives calls and statuses the numbers that the headers give them", find_other_numbers,
          wrong=[abi_tree(CALLS), abi_tree(STATUSES), abi_tree(CALLS.replace("1 |", "2 |") + STATUSES),
                 abi_tree(CALLS + "| 2 | `sleep` | |\n\n" + STATUSES), abi_tree(CALLS + STATUSES.replace("0", "1"))],
          right=[abi_tree(CALLS + STATUSES)]),
    Check("docs/abi.md gives members the offsets and sizes that the compiler gives them", find_other_structures,
          wrong=[structure("      0  u32  base  from here\n      8  u32  length\n"),
                 structure("      0  u32  base\n      4  u64  length\n"), structure("      0  u32  base\n"),
                 structure("      0  u32  bass\n      4  u32  length\n")],
          right=[structure("      0  u32  base  from here\n      4  u32  length\n")]),
    Check("the API for C has every status, with its number", find_other_c_statuses,
          wrong=[{STATUS_H: CPP_STATUSES, C_TYPES_H: C_STATUSES.format("FREEHOLD_OK = 0")},
                 {STATUS_H: CPP_STATUSES, C_TYPES_H: C_STATUSES.format("FREEHOLD_OK = 0, FREEHOLD_FULL = 2")}],
          right=[{STATUS_H: CPP_STATUSES, C_TYPES_H: C_STATUSES.format("FREEHOLD_OK = 0, FREEHOLD_FULL = 1")}]),
    Check("every public function has a twin in the API for C", find_lonely_functions,
          wrong=[{WITH_TWINS[1]: "int f(int a);\n", C_API_H: "int freehold_g(int a);\n"}],
          right=[{WITH_TWINS[1]: "int f(int a);\nS g();\n", C_API_H: "int freehold_f(int a);\nS freehold_get_g();\n"}]),
    Check("the hooks for C are those for C++", find_other_hooks,
          wrong=[{HOST_H: HOOK, C_HOST_H: ""},
                 {HOST_H: HOOK, C_HOST_H: "_Noreturn void freehold_host_stop(void* host, uint64_t code);\n"}],
          right=[{HOST_H: HOOK, C_HOST_H: "_Noreturn void freehold_host_stop(void* host, uint32_t code);\n"}]),
]
