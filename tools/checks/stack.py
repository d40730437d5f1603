# SPDX-License-Identifier: MIT
"""How deep the kernel's stack gets, in each kernel that is built."""

import subprocess
import tempfile

from stack.image import MACHINES, Image
from stack.paths import Knowledge, Paths
from stack_depth import KERNELS, Kernel, image_path

from .tree import ROOT, Check

MADE_UP_LIMIT = 512
BUILD = ["i686-linux-gnu-g++", "-std=c++20", "-O1", "-fno-inline", "-ffreestanding", "-fno-pic", "-fno-exceptions",
         "-fno-asynchronous-unwind-tables", "-nostdlib", "-static", "-Wl,-Ttext=0x100000,-e0x100000"]


def find_deep_stacks(tree):
    if tree.root != ROOT:
        return find_in_made_up(tree)
    built = [arch for arch in KERNELS if image_path(arch).exists()]
    if not built:
        raise RuntimeError("no kernel is built")
    return [line for arch in built for line in Kernel(arch).problems()]


def find_in_made_up(tree):
    """From entry(); where a pointer is called, callback() is known to stand in it, if the caller is known()."""
    with tempfile.TemporaryDirectory() as directory:
        program = f"{directory}/program"
        subprocess.run([*BUILD, *(str(tree.root / n) for n in tree.cpp()), "-o", program], check=True,
                       capture_output=True, text=True)
        image = Image(program, MACHINES["i386"])
        paths = Paths(image, Knowledge(calls=[(r"^known\(", r"^callback\(", None)]))
        entries = image.functions_named(r"^entry\(")
        bytes_ = max(paths.function(entry).worst for entry in entries)
        paths.find_forgotten(entries)
    return paths.errors + ([f"{bytes_} bytes of stack"] if bytes_ > MADE_UP_LIMIT else [])


def made_up(text):
    return {"kernel/a.cpp": "void use(const void*);\nint g(int x) { asm volatile(\"\"); return x + 1; }\n" + text
                            + "\nvoid use(const void* at) { asm volatile(\"\" : : \"r\"(at) : \"memory\"); }\n"}


POINTER = "int callback(int x) { use(&x); return g(x); }\nint (*pointer)(int) = callback;\n"

CHECKS = [
    Check("no path takes more than half a kernel's stack, with an interrupt on top", find_deep_stacks,
          wrong=[made_up("int entry(int x) { char a[600]; use(a); return g(x); }"),
                 made_up("int f(int x) { char a[300]; use(a); return g(x) + 1; }\n"
                         "int entry(int x) { char a[300]; use(a); return f(x) + x; }"),
                 made_up("int entry(int x) { return x == 0 ? 1 : x * entry(x - 1) + g(x); }"),
                 made_up("int f(int x);\nint entry(int x) { return x == 0 ? 1 : x * f(x - 1); }\n"
                         "int f(int x) { return 1 + 2 * entry(x / 2); }"),
                 made_up("int entry(int x) { char a[x]; use(a); return g(x); }"),
                 made_up(POINTER + "int entry(int x) { return 1 + pointer(x); }"),
                 made_up("int other(int x) { return g(x); }\nint entry(int x) { use((void*)other); return g(x); }")],
          right=[made_up("int f(int x) { char a[200]; use(a); return g(x) + 1; }\n"
                         "int entry(int x) { char a[200]; use(a); return f(x) + f(x + 1); }"),
                 made_up("int entry(int x) {\n    switch (x) {\n"
                         + "".join(f"        case {i}: return g({i * i}) + {i};\n" for i in range(9))
                         + "    }\n    return x;\n}"),
                 made_up(POINTER + "int known(int x) { return 1 + pointer(x); }\n"
                         "int entry(int x) { return known(x) + 1; }")]),
]
