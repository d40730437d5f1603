# SPDX-License-Identifier: MIT
"""The name service, what programs own of ports, areas and messages, and the example of docs/ipc.md."""

from boot_test import ALL, Books, boot, expect, expect_in, expect_match, passes
from machine import Machine


def columns(text, name):
    """The table's row that has this word in it, as {column: word}."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    head = next(line for line in lines if line[0] in ("port", "name"))
    row = next((line for line in lines if name in line), None)
    expect(row is not None, f"no row of {name} in:\n{text}")
    return dict(zip(head, row))


def process_of(text, name):
    return expect_match(rf"\[(\d+)\] {name}", text).group(1)


@boot("names", arches=ALL)
def names(check):
    with Machine("names") as machine:
        machine.prompt()
        books = Books(machine)
        with check("nobody has published anything at the start"):
            expect(len(machine.shell("names").split("\n")) <= 2, machine.shell("names"))
        with check("who asks for a name that nobody publishes is told when the time is over"):
            expect_in("ask: capitals: timed_out", machine.shell("ask capitals hello"))
            books.balance()
        with check("the example answers whoever asks it by its name"):
            server = process_of(machine.shell("request_reply &"), "request_reply")
            expect_match(r"(?m)^HELLO,FREEHOLD$", machine.shell("ask capitals hello,Freehold"))
        with check("names shows the name, its port and its owner"):
            row = columns(machine.shell("names"), "capitals")
            expect(row["owner"] == server, f"{row}")
        with check("ports shows owner, state, queued, credits and who waits"):
            row = columns(machine.shell("ports"), row["port"])
            expect(row["owner"] == server and row["state"] == "open" and row["waiting"] == "owner", f"{row}")
            expect(row["queued"] == "0" and row["credits"] == "12", f"{row}")
        with check("a name that is taken can't be published a second time"):
            expect_match(r"request_reply \(\d+\) exited with 1", machine.shell("request_reply"))
        with check("a name goes with its owner, and who comes next may have it"):
            machine.shell(f"kill {server}")
            machine.shell("")
            expect("capitals" not in machine.shell("names"), "it is still there")
            server = process_of(machine.shell("request_reply &"), "request_reply")
            expect_match(r"(?m)^AGAIN$", machine.shell("ask capitals again"))
            machine.shell(f"kill {server}")
            machine.shell("")
            books.balance()
        with check("who asks first waits until the name is published"):
            machine.shell("ask capitals early &")
            server = process_of(machine.background("request_reply", "EARLY"), "request_reply")
            machine.shell(f"kill {server}")
            machine.shell("")
            machine.shell("")
            books.balance()
        with check("without the name service, who asks is told, and the machine goes on"):
            service = expect_match(r"(?m)^(\d+) .* names\s*$", machine.shell("ps")).group(1)
            machine.shell(f"kill {service}")
            expect_in("ask: capitals: unknown_port", machine.shell("ask capitals hello"))
            expect_in("names: unknown_port", machine.shell("names"))
            expect_in("Hello", machine.shell("hello"))
            expect_in("audit: clean", machine.shell("audit"))


@boot("names and owners from inside", arches=ALL)
def from_inside(check):
    with Machine("names from inside") as machine:
        machine.prompt()
        books = Books(machine)
        for time in ("", ", a second time"):
            passes(check, machine, books, "names_check",
                   "the name service publishes, finds, lets wait, forgets the dead, and is never full of them" + time)
            passes(check, machine, books, "raii_check",
                   "ports, areas, sealed areas and messages are given back by who owned them" + time)
        with check("the names that programs published are gone with them"):
            expect(len(machine.shell("names").split("\n")) <= 2, machine.shell("names"))
