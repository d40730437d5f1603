# SPDX-License-Identifier: MIT
"""The peer: Debian's Linux kernel for virtual machines, with benchmarks/linux/kernel_cost.c as its first process.

The kernel's package is downloaded and unpacked below build/, not installed.
"""

import pathlib
import re
import subprocess

import boot_archive

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCES = ROOT / "benchmarks" / "linux"
PLACE = ROOT / "build" / "linux"
PACKAGE = "linux-image-cloud-amd64"
COMPILER = "x86_64-linux-gnu-gcc"
# Its mitigations of processor faults are off: they cost instructions, and Freehold has none of them.
COMMAND_LINE = "console=ttyS0 quiet mitigations=off"
MACHINE = ("-nodefaults", "-nic", "none", "-vga", "none", "-display", "none", "-serial", "stdio", "-no-reboot")
HANG_SECONDS = 600


class Missing(Exception):
    """Why the peer can't be measured here."""


def run(command, **options):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise Missing(f"{command[0]}: {said[-1] if said else 'failed'}") from error


def kernel():
    """The kernel's image; downloads it if it is not there."""
    images = sorted(PLACE.glob("boot/vmlinuz-*"))
    if not images:
        PLACE.mkdir(parents=True, exist_ok=True)
        found = re.search(r"Depends: (linux-image-\S+)", run(["apt-cache", "depends", PACKAGE]))
        if not found:
            raise Missing(f"apt knows no {PACKAGE}: apt-get update may help")
        run(["apt-get", "download", found.group(1)], cwd=PLACE)
        package = next(PLACE.glob(f"{found.group(1)}_*.deb"))
        run(["dpkg-deb", "-x", str(package), str(PLACE)])
        package.unlink()
        images = sorted(PLACE.glob("boot/vmlinuz-*"))
    return images[-1]


def archive():
    """The file system it starts with: the program that measures, and the one that it starts."""
    PLACE.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, source, options in (("init", "kernel_cost.c", ()),
                                  ("image_64k", "image_64k.c", ("-nostdlib", "-Wl,--build-id=none"))):
        run([COMPILER, "-O2", "-Wall", "-Wextra", "-Werror", "-static", *options, "-fno-asynchronous-unwind-tables",
             "-o", str(PLACE / name), str(SOURCES / source)])
        files[name] = (PLACE / name).read_bytes()
    path = PLACE / "archive"
    entries = [boot_archive.entry(name, contents, 0o100755) for name, contents in files.items()]
    path.write_bytes(b"".join(entries) + boot_archive.entry(boot_archive.TRAILER, b"", 0))
    return path


def version():
    return kernel().name.removeprefix("vmlinuz-")


def measure(options, memory_mib):
    """What it prints: `cost CASE SIZE VALUE WAY` in each line, and `done`."""
    return run(["qemu-system-x86_64", *MACHINE, "-m", str(memory_mib), *options, "-kernel", str(kernel()),
                "-initrd", str(archive()), "-append", COMMAND_LINE], stdin=subprocess.DEVNULL, timeout=HANG_SECONDS)
