# SPDX-License-Identifier: MIT
"""A linked image as its disassembly tells it: instructions, functions, words of data; and what each instruction does
to the stack. Effects, with an operand:

    grow N      the stack pointer goes down by N bytes        align N     it is rounded down to a multiple of N
    frame N     the frame register is set N bytes above it    to_frame N  it is set N bytes below the frame register
    leave       the frame register's caller's is taken back   switch      it is set to another stack
    dynamic     it is set to what can't be known              end         nothing follows
    call A      branch A      jump A      return N (bytes that it takes off beyond the address)
    call_indirect, jump_indirect (the operand as written)
"""

import bisect
import pathlib
import re
import subprocess

LINE = re.compile(r"^ *([0-9a-f]+):\t(\S+)(?:[ \t]+(.*))?$")
# The table of names in a backtrace has every function's address and calls none.
DATA_SECTIONS = re.compile(r"^ *\d+ (\.rodata|\.data) +([0-9a-f]+) +([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+)", re.M)


def address_in(operand):
    return int(operand.split()[0].split(",")[-1], 16)


def signed(text, bits):
    value = int(text, 16)
    return value - (1 << bits) if value >> (bits - 1) else value


class X86:
    """Of either width, as AT&T write it."""
    ONLY_READ = ("cmp", "test", "bt", "push", "call", "jmp")

    def __init__(self, prefix, word, sp, frame):
        self.prefix, self.word, self.sp = prefix, word, sp
        self.return_address = word
        number = r"(-?)0x([0-9a-f]+)"
        self.by_number = re.compile(r"\$0x([0-9a-f]+)," + sp + "$")
        self.from_frame = re.compile(rf"(?:{number})?\({frame}\),{sp}$")
        self.to_frame = re.compile(rf"(?:{number})?\({sp}\),{frame}$")
        self.of_sp = re.compile(rf"(?:{number})?\({sp}\),{sp}$")
        self.frame_register = frame

    def _pointer(self, operation, operands):
        """What sets the stack pointer."""
        number = self.by_number.match(operands)
        if operation in ("sub", "add", "and") and number:
            value = signed(number.group(1), 8 * self.word)
            return ("align", -value) if operation == "and" else ("grow", value if operation == "sub" else -value)
        if operation == "lea" and (match := self.from_frame.match(operands)):
            return "to_frame", -offset(match)
        if operation == "lea" and (match := self.of_sp.match(operands)):
            return "grow", -offset(match)
        if operation == "mov" and operands == f"{self.frame_register},{self.sp}":
            return "to_frame", 0
        return ("switch" if operation == "mov" else "dynamic"), f"{operation} {operands}"

    def effect(self, operation, operands):
        if operation[0] == "p" and operation[:3] in ("pus", "pop"):
            size = 8 * self.word if operation.endswith("a") else self.word
            return ("grow", size if operation.startswith("push") else -size)
        if operation == "call" or operation[0] == "j" or operation.startswith("loop"):
            if operands.startswith("*"):
                return ("call_indirect" if operation == "call" else "jump_indirect"), operands
            kind = {"call": "call", "jmp": "jump"}.get(operation, "branch")
            return kind, address_in(operands)
        if operation == "ret":
            return "return", int(operands.lstrip("$") or "0", 16)
        if operation == "leave":
            return "leave", 0
        if operation.startswith(("iret", "sysret", "ud2")):
            return "end", 0
        if operands.endswith("," + self.sp) and operation.rstrip("lqbw") not in self.ONLY_READ:
            return self._pointer(operation, operands)
        if operands == f"{self.sp},{self.frame_register}" and operation == "mov":
            return "frame", 0
        if operation == "lea" and (match := self.to_frame.match(operands)):
            return "frame", offset(match)
        return None

    def table(self, operands):
        """The address of the table that an indirect jump reads, or None."""
        match = re.match(r"\*(-?)0x([0-9a-f]+)\(,%\w+,\d\)$", operands)
        return None if match is None else int(match.group(1) + match.group(2), 16) % (1 << 8 * self.word)

    @staticmethod
    def addresses(operands):
        """Numbers that may be a function's address."""
        return [int(n, 16) for n in re.findall(r"\$0x([0-9a-f]{5,})", operands)]


def offset(match):
    return int((match.group(1) or "") + (match.group(2) or "0"), 16)


class RiscV:
    prefix, word, return_address = "riscv64-linux-gnu-", 8, 0
    RETURNS = ("sret", "mret", "ebreak", "unimp")
    BRANCH = re.compile(r"b(eq|ne|lt|ge|gt|le)u?z?$")

    def effect(self, operation, operands):
        target = operands.split(" ")[0]
        if self.BRANCH.match(operation):
            return "branch", address_in(operands)
        if operation in ("j", "jal"):
            if operation == "jal" and "," in target and not target.startswith("ra,"):
                return "dynamic", operands
            return ("jump" if operation == "j" else "call"), address_in(operands)
        if operation in ("jr", "jalr"):
            return ("jump_indirect" if operation == "jr" else "call_indirect"), operands
        if operation == "ret":
            return "return", 0
        if operation in self.RETURNS:
            return "end", 0
        if match := re.match(r"(sp|s0),(sp|s0),(-?\d+)$", target):
            if operation in ("add", "addi") and match.group(1) + match.group(2) != "s0s0":
                kind = {"spsp": "grow", "s0sp": "frame", "sps0": "to_frame"}[match.group(1) + match.group(2)]
                number = int(match.group(3))
                return kind, number if kind == "frame" else -number
        if re.match(r"sp,", target) and not operation.startswith(("sd", "sw", "sh", "sb", "b")):
            return ("switch" if operation in ("mv", "auipc", "ld") else "dynamic"), f"{operation} {target}"
        return ("frame", 0) if (operation, target) == ("mv", "s0,sp") else None

    @staticmethod
    def table(_):
        return None

    @staticmethod
    def addresses(operands):
        return [int(n, 16) for n in re.findall(r"# ([0-9a-f]+) <", operands)]


MACHINES = {
    "i386": X86("i686-linux-gnu-", 4, "%esp", "%ebp"),
    "x86_64": X86("x86_64-linux-gnu-", 8, "%rsp", "%rbp"),
    "riscv64": RiscV(),
}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Image:
    """`code`: address -> (operation, operands, address of the next one); `names`: address -> name, of code and data;
    `functions`: addresses of code that have a name."""

    def __init__(self, path, machine):
        self.machine, self.path = machine, path
        self.code, self.names, self.functions = {}, {}, set()
        self._read_code()
        for line in run(machine.prefix + "nm", "-n", "-C", path).splitlines():
            address, kind, name = line.split(" ", 2)
            if kind in "tTwWrRdDbB":
                self.names[int(address, 16)] = name
                if kind in "tTwW":
                    self.functions.add(int(address, 16))
        self.starts = sorted(self.names)
        self._read_data()

    def _read_code(self):
        previous = None
        listing = run(self.machine.prefix + "objdump", "-d", "-C", "--no-show-raw-insn", self.path)
        for line in listing.splitlines():
            if match := LINE.match(line):
                address = int(match.group(1), 16)
                if previous is not None:
                    self.code[previous] = (*self.code[previous][:2], address)
                self.code[address], previous = (match.group(2), match.group(3) or "", None), address

    def _read_data(self):
        self.data, content = [], pathlib.Path(self.path).read_bytes()
        headers = run(self.machine.prefix + "objdump", "-h", self.path)
        for _, size, address, position in DATA_SECTIONS.findall(headers):
            at = int(position, 16)
            self.data.append((int(address, 16), content[at:at + int(size, 16)]))

    def name(self, address):
        """Of the function or object that holds an address."""
        index = bisect.bisect_right(self.starts, address) - 1
        return self.names[self.starts[index]] if index >= 0 else hex(address)

    def is_function(self, address):
        """Whether the compiler made it one: the assembler's labels, and the cold ends of functions, are none."""
        name = self.names.get(address, "")
        return address in self.functions and "(" in name and ".cold" not in name

    def functions_named(self, pattern):
        return [a for a in self.functions if re.search(pattern, self.names[a])]

    def objects_named(self, name):
        return [a for a, n in self.names.items() if n.split("::")[-1] == name]

    def end_of(self, start):
        index = bisect.bisect_right(self.starts, start)
        return self.starts[index] if index < len(self.starts) else 1 << 64

    def words(self, start, end=None):
        """(address, word) of data from `start` up to `end`, or to the next name."""
        end, word = end or self.end_of(start), self.machine.word
        for base, content in self.data:
            if base <= start < base + len(content):
                for at in range(start, min(end, base + len(content)) + 1 - word, word):
                    yield at, int.from_bytes(content[at - base:at - base + word], "little")

    def addresses_taken(self):
        """Of functions: {address: by whom}, by instructions other than calls and jumps, and by words of data."""
        taken = {}
        for at, (_, operands, _) in self.code.items():
            for address in self.machine.addresses(operands):
                if address in self.functions:
                    taken.setdefault(address, self.name(at))
        for base, content in self.data:
            for at, address in self.words(base, base + len(content)):
                if address in self.functions:
                    taken.setdefault(address, self.name(at))
        return taken
