# SPDX-License-Identifier: MIT
"""What the processor's page tables hold, as QEMU's `info mem` reads them, against what the kernel says by `maps`.

`info mem` walks the tables that CR3 points at, so each process's root table is put there in turn. The roots are found
in a dump of physical memory: their kernel halves are all alike.
"""

import pathlib
import re
import tempfile

from boot_test import boot, expect, user_end
from gdb_stub import CR3, GdbStub
from machine import ARCH, Machine

PAGE_BYTES = 4096
FIRST_KERNEL_ENTRY = {"i386": 960, "x86_64": 256}  # of a root table
ENTRY_KIND = {"i386": "I", "x86_64": "Q"}  # as memoryview.cast() names them
MEMORY_MIB = 64
ACCESSED_AND_DIRTY = 0x60  # which the processor sets by itself (Intel SDM volume 3, section 4.8)


def regions(text):
    """(base, end, type, rights, state, present) of each line of `maps`."""
    for line in text.splitlines()[1:]:
        match = re.match(r"(\w{8,})  (\w{8,}) +\d+  (\w+) *(?:([r-][w-][x-]) +(.*?)  +(\d+) +\d+)?$", line.rstrip())
        if match:
            base, end, kind, rights, state, present = match.groups()
            yield int(base, 16), int(end, 16), kind, rights or "---", (state or "").strip(), int(present or 0)


def mapped(text):
    """(base, end, rights) of each line of `info mem`: rights such as "urw"."""
    return [(int(a, 16), int(b, 16), rights)
            for a, b, rights in re.findall(r"^(\w+)-(\w+) \w+ ([u-][r-][w-])", text, re.M)]


def pages_within(ranges, base, end):
    """{rights: pages} of what `info mem` shows within [base, end)."""
    counts = {}
    for start, stop, rights in ranges:
        overlap = min(stop, end) - max(start, base)
        if overlap > 0:
            counts[rights] = counts.get(rights, 0) + overlap // PAGE_BYTES
    return counts


def differences(believed, ranges):
    """What the processor would do otherwise than `maps` says, a line for each region."""
    found = []
    for base, end, _, rights, state, present in believed:
        reachable = rights.startswith("r") and "transit" not in state
        wanted = "urw" if rights[1] == "w" and state == "plain" else "ur-"
        expected = {wanted: present} if present and reachable else {}
        actual = {r: n for r, n in pages_within(ranges, base, end).items() if reachable or r.startswith("u")}
        if actual != expected:
            found.append(f"{base:08x}-{end:08x} {rights} {state}: {expected} expected, {actual} found")
    return found


def root_tables(machine, current):
    """Frames whose kernel half is that of the current root table."""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "memory"
        machine.monitor(f'pmemsave 0 {MEMORY_MIB << 20} "{path}"')
        memory = memoryview(path.read_bytes()).cast(ENTRY_KIND[ARCH.get()])
    words = PAGE_BYTES // memory.itemsize
    first_kernel_entry = FIRST_KERNEL_ENTRY[ARCH.get()]

    def kernel_half(frame):
        first = frame * words + first_kernel_entry
        return [entry & ~ACCESSED_AND_DIRTY for entry in memory[first:(frame + 1) * words]]

    mark = kernel_half(current // PAGE_BYTES)
    return [frame * PAGE_BYTES for frame in range(len(memory) // words)
            if memory[frame * words + first_kernel_entry] & ~ACCESSED_AND_DIRTY == mark[0]
            and kernel_half(frame) == mark]


def all_mappings(machine):
    """What `info mem` shows for each root table there is."""
    with GdbStub(machine.gdb_socket) as stub:
        mappings, cr3 = [], CR3[ARCH.get()]
        for root in root_tables(machine, stub.read_register(cr3)):
            stub.write_register(cr3, root)
            mappings.append(mapped(machine.monitor("info mem")))
        return mappings


@boot("the processor's page tables")
def page_tables(check):
    with Machine("page tables", memory_mib=MEMORY_MIB) as machine:
        machine.prompt()
        for _ in range(2):
            machine.background("still", "still: ready")
        machine.shell("")
        processes = re.findall(r"^(\d+) .* (\w+)$", machine.shell("ps"), re.M)
        # The shell's own pages stay as they are only after it has done all this once; and it is asked last: each line
        # takes room in its history.
        in_order = sorted(processes, key=lambda process: process[1] == "shell")
        for _ in range(3):
            believed = {f"{name} ({number})": list(regions(machine.shell(f"maps {number}")))
                        for number, name in in_order}
        mappings = all_mappings(machine)
        with check("the first four and two programs with areas of every kind are compared"):
            names = [name for _, name in processes]
            # In whatever order: the serial driver has found no port here, and left its place to somebody.
            expect(sorted(names) == ["init", "names", "screen", "shell", "still", "still"], f"{names}")
            states = {region[4] for of_one in believed.values() for region in of_one}
            expect({"plain", "sealed", "kept", "in transit", "in transit, sealed"} <= states, f"states: {states}")
        for name, of_one in believed.items():
            with check(f"what the processor may reach for {re.sub(' .*', '', name)} is what the kernel believes"):
                expect(sum(region[5] for region in of_one) > 0, f"nothing present: {of_one}")
                closest = min((differences(of_one, mapping) for mapping in mappings), key=len)
                expect(not closest, "\n".join(closest))
        with check("no page of the kernel's half is within a process's reach, in any table"):
            expect(len(mappings) >= len(processes), f"{len(mappings)} root tables found")
            for mapping in mappings:
                reachable = [m for m in mapping if m[1] > user_end() and m[2].startswith("u")]
                expect(not reachable, f"{reachable}")
        with check("the screen's memory is mapped as device memory of the screen alone"):
            phys = {name: [r for r in of_one if r[2] == "phys"] for name, of_one in believed.items()}
            expect([re.sub(" .*", "", name) for name, found in phys.items() if found] == ["screen"], f"{phys}")
