#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Packs all that is in a folder as a boot archive (cpio, format "newc"): `boot_archive.py FOLDER ARCHIVE`.

What is as long as a page begins where one does: so the kernel can give a program's pages away without copying them. To
that end zeros fill up the name before it, as the format allows and cpio(1) understands.

Format: cpio(5), "New ASCII Format": a head of 13 numbers in 8 hexadecimal digits each, the name with its closing 0,
the contents; name and contents are padded to multiples of 4 bytes. The name TRAILER!!! ends the archive.
"""

import argparse
import pathlib
import sys

MAGIC = b"070701"
TRAILER = "TRAILER!!!"
HEAD_BYTES = 110
PAGE_BYTES = 4096


def padded(data):
    return data + bytes(-len(data) % 4)


def entry(name, contents, mode=0o100644, *, at=None, magic=MAGIC, length=None, name_length=None):
    """One file, for an archive in which it stands `at` that offset; other keywords make its head say an untruth."""
    encoded = name.encode() + b"\0"
    if at is not None and len(contents) >= PAGE_BYTES:
        encoded += bytes(-(at + HEAD_BYTES + len(encoded)) % PAGE_BYTES)
    fields = [0, mode, 0, 0, 1, 0, len(contents) if length is None else length, 0, 0, 0, 0,
              len(encoded) if name_length is None else name_length, 0]
    head = magic + b"".join(b"%08X" % f for f in fields)
    return padded(head + encoded) + padded(contents)


def pack(files):
    """An archive of {name: bytes}."""
    archive = bytearray()
    for folder in sorted({name.rsplit("/", 1)[0] for name in files if "/" in name}):
        archive += entry(folder, b"", 0o040755)
    for name, contents in sorted(files.items()):
        archive += entry(name, contents, at=len(archive))
    return bytes(archive + entry(TRAILER, b"", 0))


def main(arguments):
    parser = argparse.ArgumentParser(prog="boot_archive.py", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("archive", type=pathlib.Path)
    options = parser.parse_args(arguments)
    files = (path for path in options.folder.rglob("*") if path.is_file())
    try:
        options.archive.write_bytes(pack({str(path.relative_to(options.folder)): path.read_bytes() for path in files}))
    except OSError as error:
        print(f"boot_archive.py: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
