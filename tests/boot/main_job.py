# SPDX-License-Identifier: MIT
"""The main job: a file goes from a source through a filter to a sink, copied, moved and sealed."""

import hashlib
import random
import re

from boot_test import ALL, Books, boot, expect, expect_in, number
from machine import Machine

SIZES = {"1 byte": 1, "4095 bytes": 4095, "4096 bytes": 4096, "4097 bytes": 4097, "65537 bytes": 65537,
         "1 MiB and 13 bytes": (1 << 20) + 13, "8 MiB": 8 << 20}
UPPER = bytes(b - 32 if ord("a") <= b <= ord("z") else b for b in range(256))
FILTERS = {"identity": lambda data: data, "upper": lambda data: data.translate(UPPER), "reverse": lambda d: d[::-1]}
PAGE_BYTES = 4096


def contents(length):
    return random.Random(length).randbytes(length)


def digests(text):
    return dict(re.findall(r"^(copy|move|seal)\s+sha256 (\w{64})", text, re.M))


def table(text, row):
    """The numbers of a row of the table: copied, moved, sealed."""
    line = next((line for line in text.splitlines() if line.startswith(row)), "")
    numbers = [number(n) for n in re.findall(r"[\d,]+", line[len(row):])]
    expect(len(numbers) == 3, f"no row `{row}` with three numbers in:\n{text}")
    return numbers


def job(check, sizes):
    files = {f"data/{length}": contents(length) for length in sizes.values()}
    with Machine("main job " + "-".join(map(str, sizes.values())), files=files) as machine:
        machine.prompt()
        books = Books(machine)
        for title, length in sizes.items():
            for name, function in FILTERS.items():
                with check(f"a file of {title} arrives whole through the filter {name}, copied, moved and sealed"):
                    wanted = hashlib.sha256(function(contents(length))).hexdigest()
                    text = machine.shell(f"pipeline /data/{length} --filter {name}")
                    expect(digests(text) == {way: wanted for way in ("copy", "move", "seal")}, f"not {wanted}: {text}")
                    expect_in("audit: clean", text)
                    expect("exited with" not in text, text)
                    books.balance()
            with check(f"moving a file of {title} copies none of it, copying copies it once for each hop"):
                text = machine.shell(f"pipeline /data/{length}")
                copied, moved, sealed = table(text, "bytes copied by the kernel")
                expect(copied >= 2 * length, f"{copied} bytes copied")
                expect(moved < 4 * PAGE_BYTES and sealed < 4 * PAGE_BYTES, f"{moved} and {sealed} bytes copied")
                frames = table(text, "frames allocated")
                expect(frames[1] < 8 and frames[2] < 8, f"frames allocated: {frames}")


@boot("the main job with small files", arches=ALL)
def small_files(check):
    job(check, {title: length for title, length in SIZES.items() if length < 1 << 20})


@boot("the main job with large files", arches=ALL)
def large_files(check):
    job(check, {title: length for title, length in SIZES.items() if length >= 1 << 20})


@boot("the main job with a file of 64 MiB")
def largest_file(check):
    data = contents(1 << 20) * 64
    with Machine("main job 64 MiB", files={"data/largest": data}) as machine:
        machine.prompt()
        books = Books(machine)
        with check("a file of 64 MiB arrives whole"):
            text = machine.shell("pipeline /data/largest --filter identity")
            wanted = hashlib.sha256(data).hexdigest()
            expect(digests(text) == {way: wanted for way in ("copy", "move", "seal")}, f"not {wanted}: {text}")
            books.balance()


@boot("mistakes in the main job", arches=ALL)
def mistakes(check):
    with Machine("main job mistakes", files={"data/empty": b"", "data/a": b"abc"}) as machine:
        machine.prompt()
        books = Books(machine)
        for command, what, words in (
                ("pipeline /data/absent", "a file that is not there", "absent"),
                ("pipeline", "no file", "usage: pipeline"),
                ("pipeline /data/a --filter rot13", "an unknown filter", "usage: pipeline"),
                ("pipeline /data/empty", "an empty file", "empty")):
            with check(f"{what} is a message and a status, and nothing is left behind"):
                text = machine.shell(command)
                expect_in(words, text)
                expect_in("exited with", text)
                books.balance()
