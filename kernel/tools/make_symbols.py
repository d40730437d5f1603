#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns `nm -n -C` of the kernel into an assembly table of its functions' names; without an input, an empty table.

    make_symbols.py OUTPUT.S [NM_OUTPUT]

The table lies behind the code, so the code's addresses are the same in the link that the names are taken from and in
the link that they go into.
"""
import re
import sys

LINE = re.compile(r"^([0-9a-f]+) ([A-Za-z]) (.+)$")
IMAGE_START = "kernel_image_start"


def short_name(name):
    """A function's name without its arguments, and without the namespaces everything is in."""
    name = name.replace("(anonymous namespace)::", "").replace("freehold::", "").replace("operator()", "call")
    while (shorter := re.sub(r"<[^<>]*>", "", name)) != name:
        name = shorter
    # What remains before a blank is a template's return type.
    return re.sub(r"\(.*$", "", name).split(" ")[-1]


def read_functions(path):
    start = None
    functions = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            match = LINE.match(line.rstrip("\n"))
            if not match:
                continue
            address, kind, name = int(match[1], 16), match[2], match[3]
            if name == IMAGE_START:
                start = address
            elif kind in "tTwW":
                functions.setdefault(address, short_name(name))
    if start is None:
        sys.exit(f"{path}: no symbol {IMAGE_START}")
    return sorted((address - start, name) for address, name in functions.items())


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    functions = read_functions(sys.argv[2]) if len(sys.argv) == 3 else []
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write('    .section .symbols, "a"\n    .balign 4\n')
        out.write("    .globl kernel_symbols, kernel_symbols_end, kernel_symbol_names\nkernel_symbols:\n")
        offset = 0
        for address, name in functions:
            out.write(f"    .long {address:#x}, {offset}\n")
            offset += len(name.encode()) + 1
        out.write("kernel_symbols_end:\nkernel_symbol_names:\n")
        for _, name in functions:
            out.write(f'    .asciz "{name}"\n')
        out.write('    .byte 0\n')


main()
