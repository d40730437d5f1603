# SPDX-License-Identifier: MIT
"""Who may include whom, and where an architecture may be named.

    base <- arch <- pmap <- space <- ipc <- audit        base <- frame <- space        (X <- Y: Y may include X)

src/c_api sees the library as any kernel does: include/freehold/ alone.
"""

import re

from .tree import Check

BELOW = {
    "src/base": [],
    "arch": ["src/base"],
    "src/pmap": ["src/base", "arch"],
    "src/frame": ["src/base"],
    "src/space": ["src/base", "arch", "src/pmap", "src/frame"],
    "src/ipc": ["src/base", "arch", "src/pmap", "src/frame", "src/space"],
    "src/audit": ["src/base", "arch", "src/pmap", "src/frame", "src/space", "src/ipc"],
    "src/system": ["src", "arch"],
    "src/c_api": [],
    "host": ["host", "arch/sim"],
    "kernel": ["kernel"],
    "user": ["user", "kernel/abi", "kernel/archive"],
    "benchmarks": ["benchmarks"],
    "benchmarks/regions/freehold": ["benchmarks", "src/space"],  # the region table alone is not in the public API
    "examples": ["examples", "user/runtime"],
    "examples/minimal_port": ["examples", "arch/sim"],
    "include": [],
    "tests/unit": ["tests", "host", "src", "arch", "kernel", "user"],
    "tests/fuzz": ["tests", "host", "src", "arch", "kernel", "user"],
    "tests": ["tests", "host", "kernel", "user"],
    "tests/canary": ["tests", "src/base"],
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(<([^>\n]+)>|"([^"\n]+)")', re.M)
PUBLIC = re.compile(r"freehold/|freehold_arch\.h$|freehold_config\.h$")


def inside(name, folder):
    return name == folder or name.startswith(folder + "/")


def rule_for(name):
    """The folder of the most exact rule for a file."""
    folders = [folder for folder in BELOW if inside(name, folder)]
    return max(folders, key=len) if folders else None


def target_of(tree, name, spelled):
    """The project file an include means, or None for the compiler's own headers.

    A name without a folder is found by include path: in the architecture's folder of the includer's own part first.
    """
    part, folder = name.split("/")[0], name.rsplit("/", 1)[0]
    places = ["", folder + "/", part + "/arch/[^/]+/", "arch/[^/]+/", "include/"]
    for place in places:
        pattern = re.compile((place if "[" in place else re.escape(place)) + re.escape(spelled))
        for candidate in tree.names:
            if pattern.fullmatch(candidate):
                return candidate
    return None


def find_includes(tree):
    found = []
    for name in tree.cpp():
        folder = rule_for(name)
        if folder is None:
            continue
        for match in INCLUDE.finditer(tree.text(name)):
            spelled = match.group(2) or match.group(3)
            line = tree.text(name).count("\n", 0, match.start()) + 1
            if PUBLIC.match(spelled):
                continue
            target = target_of(tree, name, spelled) or (spelled if match.group(3) else None)
            if target is None:
                continue
            if not any(inside(target, allowed) for allowed in BELOW[folder] + [folder]):
                found.append(f"{name}:{line}: {folder}/ must not include {target}")
            elif "/" not in spelled and "arch/" not in target:
                found.append(f"{name}:{line}: {spelled} is not spelled from the project's root")
    return found


MACRO = re.compile(r"\b(__i[3-6]86(__)?|__x86_64(__)?|__amd64(__)?|_M_IX86|_M_X64|__riscv\w*|__aarch64__|__arm__"
                   r"|__SSE\w*__|__AVX\w*__)\b")
ARCH_PLACES = ("arch/", "kernel/arch/", "user/arch/")


def find_macros(tree):
    found = []
    for name in tree.cpp():
        if name.startswith(ARCH_PLACES):
            continue
        for match in MACRO.finditer(tree.text(name)):
            line = tree.text(name).count("\n", 0, match.start()) + 1
            found.append(f"{name}:{line}: {match.group(0)} belongs into arch/, kernel/arch/ or user/arch/")
    return found


def one(name, *includes):
    return {name: "".join(f"#include {i}\n" for i in includes)}


CHECKS = [
    Check("each part includes only what stands below it", find_includes,
          wrong=[one("src/base/a.h", '"src/space/b.h"'), one("src/pmap/a.h", '"src/frame/b.h"'),
                 one("src/frame/a.h", '"src/pmap/b.h"'), one("src/space/a.cpp", '"src/ipc/b.h"'),
                 one("arch/sim/a.h", '"src/pmap/b.h"'), one("src/ipc/a.cpp", '"kernel/b.h"'),
                 one("src/c_api/a.cpp", '"src/base/b.h"'), one("src/ipc/a.cpp", '"host/b.h"'),
                 one("kernel/a.cpp", '"src/base/b.h"'),
                 one("kernel/a.cpp", '"user/b.h"'), one("benchmarks/a.cpp", '"src/base/b.h"'),
                 one("examples/a.cpp", '"user/programs/b.h"'),
                 one("tests/model/a.cpp", '"src/base/b.h"'), one("user/a.cpp", '"kernel/process/b.h"'),
                 one("kernel/a.cpp", '"b.h"'), one("include/freehold/a.h", '"src/base/b.h"'),
                 {**one("kernel/a.cpp", "<b.h>"), "arch/x86_32/b.h": ""},
                 {**one("kernel/a.cpp", '"b.h"'), "kernel/b.h": ""}],
          right=[one("src/space/a.h", '"src/frame/b.h"', '"src/pmap/b.h"', "<freehold/types.h>", "<cstdint>"),
                 one("src/system/a.h", '"src/audit/b.h"'), one("src/c_api/a.cpp", "<freehold/b.h>", '"src/c_api/b.h"'),
                 one("tests/unit/a.cpp", '"src/ipc/b.h"'), one("examples/a.cpp", '"user/runtime/b.h"'),
                 one("user/a.cpp", '"kernel/abi/b.h"', '"user/b.h"'), one("kernel/a.cpp", "<freehold/space.h>"),
                 {**one("src/pmap/a.h", "<b.h>"), "arch/x86_32/b.h": ""},
                 {**one("kernel/a.cpp", "<b.h>"), "arch/x86_32/b.h": "", "kernel/arch/x86_32/b.h": ""}]),
    Check("no architecture macro stands outside the places for architectures", find_macros,
          wrong=[{"src/base/a.h": "#ifdef __i386__\n#endif\n"},
                 {"kernel/a.cpp": "#if defined(__riscv_xlen)\n#endif\n"}],
          right=[{"kernel/arch/x86_32/a.h": "#ifdef __i386__\n#endif\n"}]),
]
