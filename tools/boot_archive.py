# SPDX-License-Identifier: MIT
"""Writes a boot archive (cpio, format "newc"), so that tests can also write broken ones. ./run packs with cpio itself.

Format: cpio(5), "New ASCII Format": a head of 13 numbers in 8 hexadecimal digits each, the name with its closing 0,
the contents; name and contents are padded to multiples of 4 bytes. The name TRAILER!!! ends the archive.
"""

MAGIC = b"070701"
TRAILER = "TRAILER!!!"


def padded(data):
    return data + bytes(-len(data) % 4)


def entry(name, contents, mode=0o100644, *, magic=MAGIC, length=None, name_length=None):
    """One file; the keywords make its head say something else than the truth."""
    encoded = name.encode() + b"\0"
    fields = [0, mode, 0, 0, 1, 0, len(contents) if length is None else length, 0, 0, 0, 0,
              len(encoded) if name_length is None else name_length, 0]
    head = magic + b"".join(b"%08X" % f for f in fields)
    return padded(head + encoded) + padded(contents)


def pack(files):
    """An archive of {name: bytes}."""
    folders = sorted({name.rsplit("/", 1)[0] for name in files if "/" in name})
    body = b"".join(entry(f, b"", 0o040755) for f in folders)
    return body + b"".join(entry(n, c) for n, c in sorted(files.items())) + entry(TRAILER, b"", 0)
