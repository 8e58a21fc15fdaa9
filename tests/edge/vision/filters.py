"""Filters written in tests, and processes that put themselves under them."""

import platform
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self

from edge.vision.calls import AUDIT, names

ALLOW, KILL = 0x7FFF0000, 0x80000000
LOAD, AND, GO, SAME, MORE, LEAST, ANY, RETURN = (
    *(0x20, 0x54, 0x05, 0x15, 0x25, 0x35, 0x45, 0x06),
)
Instruction = tuple[int, int, int, int]
DOCUMENTED = ("read 0=0", "write 0=1 2=32", "exit_group")
"""A call, and of which argument it must have which value."""


def assembled(instructions: Sequence[Instruction]) -> bytes:
    return b"".join(struct.pack("<HBBI", *each) for each in instructions)


def allowing(*rules: str) -> bytes:
    """A filter for this machine that allows such calls, and ends the process else."""
    machine = platform.machine()
    audit = {name: value for value, name in AUDIT.items()}[machine]
    numbers = {name: number for number, name in names(machine).items()}
    code: list[Instruction] = [(LOAD, 0, 0, 4), (SAME, 1, 0, audit)]
    code += [(RETURN, 0, 0, KILL)]
    for rule in rules:
        call, *conditions = rule.split()
        checks = [(0, numbers[call])]
        for argument, value in (map(int, c.split("=")) for c in conditions):
            at = 16 + 8 * argument
            checks += [(at, value & 0xFFFFFFFF), (at + 4, value >> 32)]
        for left, (at, value) in zip(range(len(checks))[::-1], checks, strict=True):
            # What does not fit goes on to the next rule.
            code += [(LOAD, 0, 0, at), (SAME, 0, 2 * left + 1, value)]
        code += [(RETURN, 0, 0, ALLOW)]
    return assembled([*code, (RETURN, 0, 0, KILL)])


_CHILD = """
import ctypes, mmap, os, socket, struct, sys, threading
libc = ctypes.CDLL(None)
first, *programs = sys.argv[1:]
os.close(2)
exec(first)
libc.prctl(38, 1, 0, 0, 0)
for program in map(bytes.fromhex, programs):
    code = ctypes.create_string_buffer(program, len(program))
    told = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    assert libc.prctl(22, 2, told, 0, 0) == 0
while os.write(1, bytes(32)) and os.read(0, 1):
    pass
os._exit(0)
"""


class Child:
    """A process under filters of its own, with a pipe in and a pipe out."""

    def __init__(self, *programs: bytes, first: str = "", **how: Any) -> None:
        """Start it.

        Args:
            programs: Its filters, the oldest first.
            first: What it does before it puts itself under them.
            how: Anything else for `subprocess.Popen`.
        """
        command = [sys.executable, "-c", _CHILD, first, *(p.hex() for p in programs)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, **pipes, **how)
        self.answers()

    @property
    def pid(self) -> int:
        return self.process.pid

    def answers(self) -> bool:
        assert self.process.stdout is not None
        return len(self.process.stdout.read(32)) == 32

    def works(self) -> bool:
        """Whether it still takes a frame and gives a record."""
        assert self.process.stdin is not None
        self.process.stdin.write(b".")
        self.process.stdin.flush()
        return self.answers()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        with suppress(BrokenPipeError):
            self.process.communicate(timeout=10)
