# SPDX-License-Identifier: MIT
"""The i386 machine once more, in Bochs instead of QEMU: a second opinion on what a PC does.

Bochs holds to the manuals where QEMU does not, on segments for example. It boots from a disk, and the console is a
socket. The display is one for a viewer that never comes: that of a terminal blocks when nobody reads it. There is no
device that ends it: a breakpoint stands where the kernel would write to QEMU's, and the exit status is what QEMU would
make of the value.
"""

import pathlib
import re
import socket
import subprocess
import tempfile

import machine
from pexpect import fdpexpect

# Those that need a console alone, in little time. Sizes are smaller where a test lets one say so.
BOOTS = (
    "archives that are none", "attacks", "frames that run out one by one", "line editing", "many processes",
    "mistakes in the main job", "names", "names and owners from inside", "panics", "processes that crash",
    "programs that check the system from inside", "random system calls", "resources driven out", "starting",
    "the main job with small files", "the shell's commands",
)
SIZES = {"FREEHOLD_FUZZ_CALLS": "50000"}
SETTINGS = """
display_library: rfb, options="timeout=0"
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
cpu: model=corei7_icelake_u, ips=100000000, reset_on_triple_fault=0
clock: sync=none
boot: cdrom
speaker: enabled=0
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
"""


def exits(kernel):
    """The addresses of the instructions that end the machine: the value is in eax."""
    code = subprocess.run(["objdump", "-d", str(kernel)], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(?m)^([0-9a-f]+):.*\bout +%eax,\$0xf4", code)


class BochsMachine(machine.Machine):
    """What machine.Machine is, for tests that need the console alone. Options of QEMU's are left out."""

    def __init__(self, name, *, files=None, commands=None, append="", memory_mib=240, archive="programs", options=()):
        # pylint: disable=super-init-not-called
        del options
        self._arch, self.name = "i386", f"{name} bochs"
        self._directory = tempfile.TemporaryDirectory(prefix="freehold-bochs-")
        self._folder = pathlib.Path(self._directory.name)
        written = "" if archive is None else self._write_archive(archive, files or {}, commands)
        subprocess.run([machine.ROOT / "tools" / "make_disk", "i386", machine.kernel("i386"), written,
                        self._folder / "iso", append], capture_output=True, check=True)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(machine.HANG_SECONDS)
            self._start(memory_mib, server.getsockname()[1])
            self._line, _ = server.accept()
        self._open_console(fdpexpect.fdspawn(self._line, **machine.CONSOLE))

    def _start(self, memory_mib, port):
        (self._folder / "settings").write_text(
            f"{SETTINGS}megs: {memory_mib}\nlog: {self._folder}/log\n"
            f"ata0-master: type=cdrom, path={self._folder}/iso, status=inserted\n"
            f"com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}\n", encoding="utf-8")
        stops = "".join(f"lb 0x{address}\n" for address in exits(machine.kernel("i386")))
        (self._folder / "orders").write_text(f"{stops}c\nr\nq\n", encoding="utf-8")
        self._bochs = subprocess.Popen(
            ["bochs", "-f", self._folder / "settings", "-rc", self._folder / "orders",
             "-dbglog", self._folder / "registers"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def _stop(self):
        self._bochs.kill()
        self._bochs.wait()
        self._line.close()

    def _exit_status(self):
        self._bochs.wait(machine.HANG_SECONDS)
        registers = (self._folder / "registers").read_text(encoding="utf-8", errors="replace")
        value = re.search(r"rax: [0-9a-f]+_([0-9a-f]+)", registers)
        return 2 * int(value.group(1), 16) + 1 if value else 0
