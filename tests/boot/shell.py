# SPDX-License-Identifier: MIT
"""The shell as a person uses it on the serial console."""

from boot_test import ALL, Books, boot, expect, expect_in, expect_match, first_programs, user_end
from machine import Machine

UP, DOWN, RIGHT, LEFT, HOME, END, DELETE = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[3~"
BACKSPACE = "\x7f"


def control(letter):
    return chr(ord(letter) & 0x1F)


def typed(machine, keys, answer):
    """Types keys and enter; the line they make must give the answer."""
    machine.type(keys + "\r")
    machine.read_until(answer)
    machine.prompt()


@boot("line editing", arches=ALL)
def editing(check):
    with Machine("line editing") as machine:
        machine.prompt()
        lines = (
            ("backspace takes back a character", "frobb" + BACKSPACE, "\nfrob: no such command"),
            ("the left key lets one insert in the middle", "ac" + LEFT + "b", "\nabc: no such command"),
            ("home and end go to the line's ends", "bc" + HOME + "a" + END + "d", "\nabcd: no such command"),
            ("delete takes away the character below the cursor", "axb" + LEFT + LEFT + DELETE, "\nab: no such command"),
            ("ctrl-A and ctrl-E go to the line's ends",
             "bc" + control("A") + "a" + control("E") + "d", "\nabcd: no such"),
            ("ctrl-U clears to the line's start", "wrong" + control("U") + "right1", "\nright1: no such command"),
            ("ctrl-K clears to the line's end", "stayxx" + LEFT + LEFT + control("K"), "\nstay: no such command"),
            ("ctrl-W takes back a word", "one two" + control("W"), "\none: no such command"),
            ("the right key goes on", "ab" + LEFT + LEFT + RIGHT + "x", "\naxb: no such command"),
        )
        for name, keys, answer in lines:
            with check(name):
                typed(machine, keys, answer)
        with check("the up key brings back the last line, twice the one before"):
            typed(machine, "first1", "\nfirst1: no such")
            typed(machine, "second2", "\nsecond2: no such")
            typed(machine, UP, "\nsecond2: no such")
            typed(machine, UP + UP, "\nfirst1: no such")
        with check("the down key comes back from history, and a line from history can be changed"):
            typed(machine, UP + UP + DOWN + "b", "b: no such")
        with check("ctrl-C abandons a line"):
            machine.type("never" + control("C"))
            machine.read_until("^C")
            machine.prompt()
            expect("never" not in machine.shell("hello"), "the line was run")
        with check("a line of 400 characters is run whole"):
            machine.type("cat " + "x" * 396 + "\r")
            machine.read_until("\n" + "x" * 396 + ": no such file")
            machine.prompt()


NO_SENSE = (
    ("cat", "usage: cat FILE"), ("maps x", "is no process"), ("maps 9999", "maps: "),
    ("exit x", "CODE is a number"), ("ledger x", "COUNT, `frame FRAME`"),
    ("ledger frame x", "FRAME is a number"), ("ledger frame", "COUNT, `frame"),
    ("ledger frame 4294967295", "no process has it"),
    ("ledger who x 0", "is no process"), ("ledger who 1 x", "ADDRESS is a number"),
    ("ledger who 9999 0x1000", "unknown_process"),
    ("ledger 1 2 3 4", "usage: ledger"),
    ("ledger who 1 0xFFFFFFFF", "ledger: "),
    ("cat /data/none", "no such file"), ("run none", "no such program"),
)


def look_back(machine):
    """A process keeps an area that another allocated: the ledger knows both."""
    answer = machine.background("keep", " of process")
    if "of process" not in answer:  # it was read past that
        answer += " of process" + machine.read_until("\n")
    kept = expect_match(r"keep: process (\d+) keeps 0x([0-9a-f]+) of process (\d+)", answer)
    keeper, base, giver = kept.group(1), int(kept.group(2), 16), kept.group(3)
    # It arrived, and had departed before; or moved at once, to who waited for it.
    expect_match(rf"(?m)^\d+ +[\d,]+  (?:arrive|move) +{giver} +[0-9a-f]+ +3 +{keeper} +{base:08x}\s*$",
                 machine.shell("ledger 20"))
    answer = machine.shell(f"ledger who {keeper} {base + 4096 + 17:#x}")
    frame = expect_match(rf"process {keeper} has frame (\d+) at 0x{base + 4096:08x}", answer).group(1)
    history = (rf"(?s)(?:arrive|move) +to process {keeper} at 0x{base + 4096:08x}, from {giver} at 0x([0-9a-f]+).*"
               rf"allocate +by process {giver} at 0x\1")
    expect_match(history, answer)
    answer = machine.shell(f"ledger frame {frame}")
    expect_in(f"frame {frame}: process {keeper} has it at 0x{base + 4096:08x}, plain", answer)
    expect_match(history, answer)
    expect_in("has no frame at", machine.shell(f"ledger who {keeper} {base:#x}"))
    machine.shell(f"kill {keeper}")
    for _ in range(20):
        if "keep" not in machine.shell("ps"):
            break
    expect_in("no process has it", machine.shell(f"ledger frame {frame}"))


@boot("the shell's commands", arches=ALL)
def commands(check):
    text = "the first line\nand the second"
    with Machine("commands", files={"data/note.txt": text.encode()}) as machine:
        machine.prompt()
        books = Books(machine)
        with check("help lists the commands and the programs"):
            answer = machine.shell("help")
            for word in "help ls cat run ps kill maps mem ports names audit ledger trace exit".split():
                expect_match(rf"(?m)^\s+{word}\b", answer)
            expect_match(r"programs:.* pipeline", answer)
        with check("ls shows the files and their sizes, or those that begin so"):
            expect_match(rf"{len(text)}\s+/data/note.txt", machine.shell("ls"))
            expect("bin/" not in machine.shell("ls data"), "ls data shows programs")
            expect_in("no such file", machine.shell("ls nowhere"))
        with check("cat shows a file"):
            expect_in(text, machine.shell("cat /data/note.txt"))
        with check("run passes arguments, and so does a bare name"):
            expect_in("usage: pipeline", machine.shell("run pipeline"))
            expect_in("usage: pipeline", machine.shell("pipeline"))
        with check("ps lists what the system begins with"):
            names = [line.split()[-1] for line in machine.shell("ps").splitlines()[1:] if line.strip()]
            expect(names[:len(first_programs())] == first_programs(), f"processes: {names}")
        with check("maps covers user space from 0 to its end without a hole"):
            ranges = [tuple(int(w, 16) for w in line.split()[:2]) for line in machine.shell("maps").splitlines()[1:]
                      if line.strip()]
            expect(ranges[0][0] == 0 and ranges[-1][1] == user_end(), f"{ranges}")
            expect(all(a[1] == b[0] for a, b in zip(ranges, ranges[1:])), f"{ranges}")
        with check("ledger shows the latest operations"):
            machine.shell("hello")
            expect_match(r"allocate", machine.shell("ledger 10"))
        with check("ledger says when it was, and who had a frame before whoever has it now"):
            look_back(machine)
        with check("several commands of one line are run in order"):
            answer = machine.shell("cat /data/note.txt; hello")
            expect(answer.index("second") < answer.index("Hello"), answer)
        with check("a program in the background is announced when it has ended"):
            answer = machine.shell("true &")
            expect_match(r"\[\d+\] true", answer)
            for _ in range(20):
                if "exited with 0" not in answer:
                    answer += machine.shell("hello")
            expect_match(r"\[\d+\] exited with 0", answer)
        with check("words that make no sense get an answer"):
            for command, answer in NO_SENSE:
                expect_in(answer, machine.shell(command))
        with check("more words than a command can have get an answer"):
            typed(machine, "x " * 60, "shell: arguments_too_long")
        with check("after all that the books balance"):
            books.balance()
        with check("exit ends the machine with the code given"):
            machine.type("exit 5\r")
            expect(machine.finish()[1] == 2 * 5 + 1, "another status")
