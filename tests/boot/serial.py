# SPDX-License-Identifier: MIT
"""The driver of the second serial port: in user space, receives by signal, delivers lines by moved areas."""

import hashlib
import re

from boot_test import Books, boot, expect, expect_in, expect_match, number
from machine import Machine, programs

FLOOD_LINES = 4000


def counter(machine, name):
    return number(expect_match(rf"{name}\s+([\d,]+)", machine.shell("mem")).group(1))


def process_of(machine, name):
    """The id of the process of that name; None if there is none."""
    rows = [line.split() for line in machine.shell("ps").splitlines()]
    found = [row[0] for row in rows if row and row[-1] == name]
    return found[0] if found else None


def listen(machine, command):
    machine.background(command, "listening")


def type_line(port, text):
    port.sendall(text if isinstance(text, bytes) else text.encode())


def all_read(machine):
    """Whoever listened in the background has ended, and the shell has taken note."""
    for _ in range(100):
        if not process_of(machine, "lines"):
            return
    expect(False, "somebody still listens")


@boot("the serial driver")
def driver(check):
    with Machine("serial", serial=True) as machine, machine.serial() as port:
        machine.prompt()
        books = Books(machine)
        with check("it is there, awaits signals, and its port has a name"):
            expect_match(r"(?m)^\d+ .*\bawaiting\b.* serial\s*$", machine.shell("ps"))
            expect_match(r"(?m)^serial\s+\d+", machine.shell("names"))
        with check("a line typed on the port reaches who reads it, by a moved area"):
            moved = counter(machine, "areas moved")
            listen(machine, "lines 2")
            type_line(port, "first line\r")
            machine.read_until("line: first line")
            expect(counter(machine, "areas moved") == moved + 1, "one line, and not one area moved")
            type_line(port, "second\n")
            machine.read_until("line: second")
            all_read(machine)
            books.balance()
        with check("what is typed while nobody reads stays, and reaches who reads next"):
            type_line(port, "early\r\nlater\r\n")
            machine.shell("hello")
            text = machine.shell("lines 2")
            expect(text.index("line: early") < text.index("line: later"), text)
        with check("several readers get each line, each in an area of its own"):
            listen(machine, "lines 3")
            listen(machine, "lines 3")
            for word in ("one", "two", "three"):
                type_line(port, word + "\n")
                for _ in range(2):
                    machine.read_until(f"line: {word}")
        with check("any byte is part of a line as it is; an empty line is one, too"):
            listen(machine, "lines 3")
            type_line(port, bytes((0, 7, 0x7F, 0x80, 0xFF)) + b"a\\\r\r\nend\n")
            machine.read_until(r"line: \x00\x07\x7f\x80\xffa\x5c")
            machine.read_until("line: \r")
            machine.read_until("line: end")
        with check("a line longer than an area comes in pieces, none of it lost"):
            text = bytes(33 + i % 90 for i in range(10_000)) + b"\n"
            listen(machine, "lines --sum 1")
            type_line(port, text)
            line = machine.read_until("sha256 ") + machine.read_until("\n")
            expect_in("1 of 10000 bytes, 0 damaged", line)
            expect_in(hashlib.sha256(text).hexdigest(), line)
        with check("a break on the wire is told with the line, and puts no byte into it"):
            listen(machine, "lines 2")
            type_line(port, "bro")
            machine.shell("hello")
            machine.monitor("chardev-send-break second")
            machine.shell("hello")
            type_line(port, "ken\nwhole\n")
            machine.read_until("line: broken (damaged)")
            machine.read_until("line: whole\r")
        with check("afterwards nothing is left behind"):
            all_read(machine)
            books.balance()


@boot("the serial driver under load")
def load(check):
    with Machine("serial under load", serial=True) as machine, machine.serial() as port:
        machine.prompt()
        books = Books(machine)
        for meanwhile, command in (("whoever else works", "pipeline /data/hello.txt --filter identity"),
                                   ("however long calls of the kernel take", "long_calls")):
            with check(f"of a flood of {FLOOD_LINES} lines none is lost, {meanwhile} meanwhile"):
                text = b"".join(b"line %d %s\n" % (i, b"x" * (i * 7 % 60)) for i in range(FLOOD_LINES))
                listen(machine, f"lines --sum {FLOOD_LINES}")
                type_line(port, text)
                answer = machine.shell(command)
                if "sha256 " + hashlib.sha256(text).hexdigest() not in answer:
                    machine.read_until(hashlib.sha256(text).hexdigest())
                all_read(machine)
                books.balance()
        with check("a driver that is killed is started anew, and its readers go on"):
            listen(machine, "lines 2")
            type_line(port, "before\n")
            machine.read_until("line: before")
            old = process_of(machine, "serial")
            machine.type(f"kill {old}\r")
            machine.read_until("listening to the next one")
            expect(process_of(machine, "serial") not in (None, old), "no other driver")
            type_line(port, "after\n")
            machine.read_until("line: after")
            all_read(machine)
            books.balance()
        with check("a driver that is killed in the middle of a flood loses no line that is whole but one"):
            listen(machine, "lines 190")
            driver = process_of(machine, "serial")
            type_line(port, b"".join(b"number %d.\n" % i for i in range(200)))
            text = machine.read_until("line: number 20.")
            machine.type(f"kill {driver}\r")
            text += machine.read_until("line: number 189.")
            heard = [int(n) for n in re.findall(r"line: number (\d+)\.", text)] + [20, 189]
            expect(sorted(heard) == sorted(set(heard)), f"twice: {heard}")
            expect_in("listening to the next one", text)
            expect(len(heard) >= 189, f"lost: {set(range(190)) - set(heard)}")
            print(f"serial: {190 - len(heard)} of 190 lines died with their driver", flush=True)
            type_line(port, b"".join(b"more\n" for _ in range(200)))
            all_read(machine)
            books.balance()


@boot("subscribers of the serial driver")
def subscribers(check):
    with Machine("serial subscribers", serial=True) as machine, machine.serial() as port:
        machine.prompt()
        books = Books(machine)
        with check("the driver refuses what is wrong, and drops who does not read while others wait"):
            machine.type("serial_check\r")
            machine.read_until("type now")
            type_line(port, b"".join(b"%d\n" % i for i in range(10)))
            text = machine.prompt()
            expect_in("serial_check: passed", text)
            books.balance()
    with Machine("no second serial port") as machine:
        machine.prompt()
        with check("where there is no second serial port there is no driver, and who wants lines is told"):
            expect(process_of(machine, "serial") is None, machine.shell("ps"))
            expect_in("lines: timed_out", machine.shell("lines"))


@boot("devices of programs")
def devices(check):
    with check("interrupts are signals, one driver has a device, and a dead one's is free"):
        with Machine("devices", files={"bin/init": programs()["bin/device_check"]}, serial=True) as machine:
            text, status = machine.finish()
            expect_in("passed", text)
            expect(status == 33, f"status {status}")
