# SPDX-License-Identifier: MIT
"""A QEMU machine that a test boots, types at, and looks into by the monitor.

    with Machine(files={"data/a": b"x"}) as machine:
        text = machine.shell("cat /data/a")
        table = machine.monitor("info mem")

Time-outs find hangs only: they are far longer than anything takes.
"""

import contextvars
import os
import pathlib
import re
import socket
import tempfile
import time

import boot_archive
import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[1]
ARCH = contextvars.ContextVar("ARCH", default="i386")  # of machines that are not told another: boot_test.py sets it
PC = ["-vga", "std", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
BOARDS = {
    "i386": PC,
    "x86_64": [*PC, "-cpu", "max"],
    "riscv64": ["-machine", "virt"],
}
# What is built under a sanitizer lies elsewhere: "-checked".
FLAVOUR = os.environ.get("FREEHOLD_FLAVOUR", "")
LOGS = ROOT / "build" / "logs" / f"boot{FLAVOUR}"
CODE_TRACES = os.environ.get("FREEHOLD_TRACE_CODE")  # a folder for what tools/coverage.py reads
KERNELS = {"i386": "0xF0000000+0xFFFFFFF", "x86_64": "0xFFFFFFFF80000000+0x7FFFFFFF",
           "riscv64": "0xFFFFFFC000000000+0x3FFFFFFFFF"}
HANG_SECONDS = float(os.environ.get("FREEHOLD_HANG_SECONDS", "240"))
CONSOLE = {"encoding": "utf-8", "codec_errors": "replace", "timeout": HANG_SECONDS}
PROMPT = "freehold> "
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def build(arch):
    return ROOT / "build" / (arch + FLAVOUR)


def kernel(arch):
    """What QEMU's -kernel takes."""
    return build(arch) / "kernel" / ("freehold.multiboot" if arch == "x86_64" else "freehold.elf")


def programs(arch=None):
    """The programs as files of the archive."""
    folder = build(arch or ARCH.get()) / "user" / "bin"
    return {f"bin/{path.name}": path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def connect(path):
    """A socket that QEMU listens at, as soon as it does."""
    deadline = time.monotonic() + HANG_SECONDS
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(HANG_SECONDS)
    while True:
        try:
            connection.connect(path)
            return connection
        except OSError:
            if time.monotonic() > deadline:
                connection.close()
                raise
            time.sleep(0.05)


class Machine:
    """`archive`: bytes of a whole archive, None for none at all, or "programs" with `files` beside them.

    `serial`: it has a second serial port, whose other end is at serial_socket.
    """

    def __init__(self, name, *, files=None, commands=None, append="", memory_mib=240, archive="programs", disk=None,
                 serial=False, options=(), arch=None):
        self._arch = arch = arch or ARCH.get()
        self.name = name if arch == "i386" else f"{name} {arch}"
        self._directory = tempfile.TemporaryDirectory(prefix="freehold-boot-")
        self._socket = f"{self._directory.name}/monitor"
        self.gdb_socket = f"{self._directory.name}/gdb"
        arguments = ["-name", "Freehold", "-nodefaults", "-nic", "none", "-display", "none",
                     "-no-reboot", "-m", str(memory_mib), "-accel", "tcg", *BOARDS[arch],
                     "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
                     "-monitor", f"unix:{self._socket},server=on,wait=off",
                     "-gdb", f"unix:{self.gdb_socket},server=on,wait=off", *options]
        if CODE_TRACES:
            log = pathlib.Path(CODE_TRACES) / f"{arch}-{pathlib.Path(self._directory.name).name}.log"
            arguments += ["-d", "in_asm", "-dfilter", KERNELS[arch], "-D", str(log)]
        self.serial_socket = f"{self._directory.name}/serial"
        if serial:
            arguments += ["-chardev", f"socket,id=second,path={self.serial_socket},server=on,wait=off",
                          "-device", "isa-serial,index=1,chardev=second"]
        if disk:
            arguments += ["-cdrom", str(disk)]
        else:
            arguments += ["-kernel", str(kernel(arch)), "-append", append]
            if archive is not None:
                arguments += ["-initrd", self._write_archive(archive, files or {}, commands)]
        self._open_console(pexpect.spawn(f"qemu-system-{arch}", arguments, echo=False, **CONSOLE))

    def _open_console(self, console):
        LOGS.mkdir(parents=True, exist_ok=True)
        self._log = open(LOGS / (re.sub(r"\W+", "-", self.name) + ".log"), "w", encoding="utf-8")
        self._console = console
        console.delaybeforesend = None
        console.logfile_read = self._log

    def _write_archive(self, archive, files, commands):
        if archive == "programs":
            contents = {**programs(self._arch), **files}
            if commands is not None:
                contents["etc/commands"] = commands.encode() + b"\n"
            archive = boot_archive.pack(contents)
        path = pathlib.Path(self._directory.name) / "archive"
        path.write_bytes(archive)
        return str(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop()
        self._log.close()
        self._directory.cleanup()

    def _stop(self):
        self._console.close(force=True)

    def type(self, text):
        self._console.send(text)

    def read_until(self, text):
        """What came before `text`; raises on a hang or when the machine ends."""
        self._console.expect_exact(text)
        return CONTROL.sub("", self._console.before)

    def prompt(self):
        return self.read_until(PROMPT)

    def shell(self, command):
        """Types a command and returns its output."""
        self.type(command + "\r")
        return self.prompt().split("\n", 1)[-1]

    def background(self, command, ready):
        """Starts a program in the background and returns the answer, once the program has said that it is ready."""
        answer = self.shell(command + " &")
        if ready not in answer:  # it may come before the prompt or after it
            answer += self.read_until(ready)
        return answer

    def finish(self):
        """Everything until QEMU ends, and QEMU's exit status."""
        self._console.expect(pexpect.EOF)
        return CONTROL.sub("", self._console.before), self._exit_status()

    def _exit_status(self):
        self._console.wait()
        return self._console.exitstatus

    def serial(self):
        """The other end of the second serial port: a socket."""
        return connect(self.serial_socket)

    def monitor(self, command):
        """The monitor's answer to one command."""
        with connect(self._socket) as connection:
            self._read_monitor(connection)
            connection.sendall(command.encode() + b"\n")
            return self._read_monitor(connection).split("\n", 1)[-1]

    @staticmethod
    def _read_monitor(connection):
        answer = b""
        while not answer.endswith(b"(qemu) "):
            part = connection.recv(65536)
            if not part:
                break
            answer += part
        return CONTROL.sub("", answer.decode(errors="replace")).removesuffix("(qemu) ")
