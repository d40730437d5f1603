# SPDX-License-Identifier: MIT
"""./run as a person uses it: its options, its exit status, and what it says to mistakes."""

import hashlib
import os
import pathlib
import subprocess
import tempfile

import pexpect
from boot_test import boot, expect, expect_in, expect_match

ROOT = pathlib.Path(__file__).resolve().parents[2]
HANG_SECONDS = 300


def run(*arguments, stdin=None, cwd=ROOT):
    done = subprocess.run([str(ROOT / "run"), *map(str, arguments)], cwd=cwd, capture_output=True, text=True,
                          input=stdin,
                          timeout=HANG_SECONDS, check=False)
    return done.returncode, done.stdout.replace("\r", ""), done.stderr


def refused(check, name, arguments, words):
    with check(name):
        status, _, errors = run(*arguments)
        expect(status == 2, f"status {status}: {errors}")
        expect_in(words, errors)


@boot("mistakes on the command line of ./run", arches=("i386",))
def mistakes(check):
    refused(check, "an unknown option is refused by name", ["--what"], "unknown option: --what")
    refused(check, "an option without its value is refused", ["--memory"], "--memory needs a value")
    refused(check, "a file that does not exist is refused", ["--add", "absent.bin"], "absent.bin: no such file")
    refused(check, "a directory is refused as a file", ["--add", "src"], "src: not a regular file")
    refused(check, "a file that hides one of Freehold's own is refused", ["--add", "data/hello.txt"],
            "is there already")
    refused(check, "an unknown machine is refused", ["--arch", "pdp11"], "no such machine")
    refused(check, "an unknown accelerator is refused", ["--accel", "warp"], "kvm, tcg and auto")
    refused(check, "a memory size that is no number is refused", ["--memory", "much"], "a number of MiB")
    refused(check, "a trace that can't be written is refused", ["--trace", "/proc/no/such"], "may not be written")
    refused(check, "a trace of a machine that has no port for it is refused",
            ["--arch", "riscv64", "--trace", os.devnull], "one serial port")
    refused(check, "empty commands are refused", ["-c", " ; "], "-c needs commands")
    with check("--help lists every option"):
        status, text, _ = run("--help")
        expect(status == 0, f"status {status}")
        for option in ("-c", "--add", "--arch", "--accel", "--memory", "--trace", "--gdb", "--iso", "--uefi", "--help"):
            expect_in(option, text)
    with tempfile.TemporaryDirectory() as directory, check("two files of one name are refused, and one above 64 MiB"):
        first, second, large = (pathlib.Path(directory) / n for n in ("a/x", "b/x", "large"))
        for path in (first, second):
            path.parent.mkdir()
            path.write_text("x", encoding="utf-8")
        with open(large, "wb") as file:
            file.truncate((64 << 20) + 1)
        status, _, errors = run("--add", first, "--add", second)
        expect(status == 2, f"status {status}")
        expect_in("/data/x is there already", errors)
        status, _, errors = run("--add", large)
        expect(status == 2, f"status {status}")
        expect_in("larger than 64 MiB", errors)


@boot("./run with commands", arches=("i386",))
def commands(check):
    with check("commands that succeed give status 0"):
        status, text, errors = run("-c", "hello; cat /data/hello.txt")
        expect(status == 0, f"status {status}: {errors}")
        expect_in((ROOT / "data" / "hello.txt").read_text(encoding="utf-8"), text)
    with check("one command that fails among others gives a status other than 0"):
        status, text, errors = run("-c", "cat /data/absent; cat /data/hello.txt")
        expect(status == 1, f"status {status}: {errors}")
        expect_in("/data/absent: no such file", text)
        expect_in("owner", text)
    with tempfile.TemporaryDirectory() as directory, check("a file of two names has its contents under both"):
        first, second = pathlib.Path(directory) / "first", pathlib.Path(directory) / "second"
        first.write_text("both", encoding="utf-8")
        os.link(first, second)
        status, text, errors = run("--add", first, "--add", second, "-c", "cat /data/first; cat /data/second")
        expect(status == 0, f"status {status}: {errors}")
        expect(text.count("both") == 2, text)
    with check("an unknown command gives a status other than 0 and is named"):
        status, text, _ = run("-c", "frobnicate")
        expect(status == 1, f"status {status}")
        expect_in("frobnicate: no such command or program", text)
    with check("a crash gives a status other than 0"):
        status, text, errors = run("-c", "crash null")
        expect(status == 1, f"status {status}: {errors}")
        expect_in("killed: write to 0x00000000", text)
        expect_in("a command failed", errors)
    with check("what stands on standard input is typed into the shell"):
        status, text, errors = run(stdin="hello\ncat /data/hello.txt\n")
        expect(status == 0, f"status {status}: {errors}")
        expect_in("sealed", text)
    with check("no typed line is lost, however fast it comes"):
        status, text, errors = run(stdin="cat /data/hello.txt\n" * 200)
        expect(status == 0, f"status {status}: {errors}")
        count = text.count("nobody can write it ever again")
        expect(count == 200, f"{count} of 200 lines were run")
    with tempfile.TemporaryDirectory() as directory, check("a file added from another directory goes through pipeline"):
        contents = bytes(i * 7 % 251 for i in range(10_007))
        (pathlib.Path(directory) / "some file.bin").write_bytes(contents)
        (pathlib.Path(directory) / "other").write_bytes(contents)
        status, text, errors = run("--add", "some file.bin", "--add", "other", "-c",
                                   "ls data; pipeline /data/other --filter identity", cwd=directory)
        expect(status == 0, f"status {status}: {errors}\n{text}")
        expect_in("/data/some file.bin", text)
        expect_in(hashlib.sha256(contents).hexdigest(), text)


@boot("./run on 64-bit x86", arches=("x86_64",), under_sanitizers=False)
def x86_64(check):
    with check("--arch x86_64 boots it, and runs commands"):
        status, text, errors = run("--arch", "x86_64", "-c", "hello; cat /data/hello.txt")
        expect(status == 0, f"status {status}: {errors}")
        expect_in("on x86_64", text)
        expect_in("Hello from process", text)
        expect_in("owner", text)
    for option, firmware in (("--iso", "a BIOS"), ("--uefi", "UEFI")):
        with check(f"a boot disk starts it on {firmware}"):
            status, text, errors = run("--arch", "x86_64", option, "-c", "hello; audit")
            expect(status == 0, f"status {status}: {errors}")
            expect("GRUB" not in text, text)
            expect_in("Hello from process", text)
            expect_in("audit: clean", text)
    refused(check, "UEFI is refused where there is none", ["--arch", "i386", "--uefi"], "only for --arch x86_64")
    refused(check, "memory beyond what a machine can have is refused", ["--memory", "4096"], "from 8 to 3072")


@boot("./run in a terminal", arches=("i386",))
def terminal(check):
    shell = pexpect.spawn("/bin/bash", ["--norc", "--noprofile"], encoding="utf-8", codec_errors="replace", echo=False,
                          timeout=HANG_SECONDS, cwd=str(ROOT), env={**os.environ, "PS1": ""})
    with check("a prompt appears, and one line says how to end the machine"):
        shell.sendline("stty -a | grep -o -- '-*icanon\\|-*echo\\b\\|-*isig' | sort > before; ./run".replace(
            "before", str(ROOT / "build" / "terminal-before")))
        shell.expect_exact("ctrl-A x ends the machine.")
        shell.expect_exact("freehold> ")
    with check("ctrl-C goes to Freehold's shell, which abandons the line"):
        shell.send("never\x03")
        shell.expect_exact("^C")
        shell.expect_exact("freehold> ")
        shell.send("cat /data/hello.txt\r")
        shell.expect_exact("one owner")
        shell.expect_exact("freehold> ")
    with check("ctrl-A x ends the machine with a status other than 0"):
        shell.send("\x01x")
        shell.expect_exact("ended from outside")
        shell.sendline("echo status=$?")
        shell.expect_exact("status=1")
    with check("the terminal is as it was"):
        shell.sendline("stty -a | grep -o -- '-*icanon\\|-*echo\\b\\|-*isig' | sort > after; echo done".replace(
            "after", str(ROOT / "build" / "terminal-after")))
        shell.expect_exact("done")
        before, after = ((ROOT / "build" / f"terminal-{n}").read_text(encoding="utf-8") for n in ("before", "after"))
        expect(before == after and "isig" in before, f"{before} {after}")
    shell.close(force=True)


@boot("./run from a boot disk", arches=("i386",))
def disk(check):
    with check("--iso makes a disk that boots, says where it is, and runs commands"):
        status, text, errors = run("--iso", "-c", "cat /data/hello.txt")
        expect(status == 0, f"status {status}: {errors}")
        expect_in("owner", text)
        expect_in("build/freehold.iso", errors)
        expect((ROOT / "build" / "freehold.iso").stat().st_size > 1 << 20, "no disk image")
    with check("the machine's memory is what --memory says"):
        sizes = []
        for mib in (64, 128):
            status, text, errors = run("--memory", mib, "-c", "mem")
            expect(status == 0, f"status {status}: {errors}")
            frames = expect_match(r"total\s+([\d,]+) frames", text).group(1)
            sizes.append(int(frames.replace(",", "")) / 256)
        expect(56 < sizes[0] <= 64 and 120 < sizes[1] <= 128, f"total memory {sizes} MiB")
