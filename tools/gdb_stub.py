# SPDX-License-Identifier: MIT
"""As much of gdb's remote protocol as it takes to read and write registers of a stopped QEMU machine.

Packets are `$text#checksum`, each answered by `+`; see "GDB Remote Serial Protocol" in gdb's manual. QEMU numbers the
registers of x86 as its gdb-xml/i386-32bit.xml and gdb-xml/i386-64bit.xml list them.
"""

import re
import socket
import time

HANG_SECONDS = 60
PACKET = re.compile(rb"\$([^#]*)#[0-9a-f]{2}")
CR3 = {"i386": 21, "x86_64": 29}  # after general registers, three segment bases, CR0 and CR2


class GdbStub:
    """A connection; QEMU stops the machine when it is made."""

    def __init__(self, path):
        deadline = time.monotonic() + HANG_SECONDS
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(HANG_SECONDS)
        self._buffer = b""
        while True:
            try:
                self._socket.connect(path)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self._receive()  # why the machine stopped
        self.ask("qXfer:features:read:target.xml:0,fff")  # without it, QEMU keeps registers to itself

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self, text):
        packet = text.encode()
        self._socket.sendall(b"$" + packet + b"#%02x" % (sum(packet) % 256))
        return self._receive()

    def _receive(self):
        while (match := PACKET.search(self._buffer)) is None:
            part = self._socket.recv(65536)
            if not part:
                raise ConnectionError("QEMU closed the connection")
            self._buffer += part
        self._buffer = self._buffer[match.end():]
        self._socket.sendall(b"+")
        return match.group(1).decode(errors="replace")

    def read_register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def write_register(self, number, value):
        size = len(self.ask(f"p{number:x}")) // 2
        answer = self.ask(f"P{number:x}={value.to_bytes(size, 'little').hex()}")
        if answer != "OK":
            raise ConnectionError(f"register {number} can't be written: {answer}")
