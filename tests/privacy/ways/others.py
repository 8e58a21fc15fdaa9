"""Other processes: their memory, and how they run."""

import ctypes
import os
import signal
import struct
from pathlib import Path

from tests.privacy.arena import Arena, Fire, Way, raw
from tests.privacy.calls import address, sys
from tests.privacy.eyes import process
from tests.privacy.ways.open_files import vector

KIND = "other processes"
_SEIZE, _TRACE_ME = 0x4206, 0


def _buffer(arena: Arena) -> None:
    arena.held["buffer"] = ctypes.create_string_buffer(16)


def _in_buffer(arena: Arena) -> bool:
    return bool(arena.held["buffer"].raw == arena.mark)


def _to_buffer(arena: Arena) -> tuple[object, ...]:
    remote = struct.pack("<QQ", address(arena.held["buffer"]), 16)
    return arena.onlooker, vector(arena), 1, remote, 1, 0


def _through_mem(arena: Arena) -> Fire:
    """Write to another process's memory as to a file."""
    memory, place = (
        os.open(f"/proc/{arena.onlooker}/mem", os.O_RDWR),
        arena.held["buffer"],
    )
    at = address(place)
    return lambda: sys("pwrite64", memory, arena.mark, 16, at)


class Bystander:
    """A process that does nothing, for others to meddle with."""

    def __init__(self) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            while True:
                signal.pause()

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def bystander(arena: Arena) -> None:
    arena.held["bystander"] = Bystander()


def _traced(arena: Arena) -> bool:
    status = Path(f"/proc/{arena.held['bystander'].pid}/status").read_text("ascii")
    return f"TracerPid:\t{arena.pid}\n" in status


WAYS = (
    raw(KIND, "process_vm_writev", _to_buffer, _in_buffer, ready=_buffer),
    Way(KIND, "/proc/PID/mem", _through_mem, _in_buffer, _buffer, "pwrite64"),
    raw(
        KIND,
        "ptrace",
        lambda a: (_SEIZE, a.held["bystander"].pid, 0, 0),
        _traced,
        ready=bystander,
    ),
    raw(
        KIND,
        "ptrace",
        lambda _: (_TRACE_ME, 0, 0, 0),
        process("status", r"TracerPid:\s+[1-9]"),
        name="ptrace of oneself",
    ),
)
