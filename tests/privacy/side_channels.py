"""What a locked worker can still tell by how it runs, and how fast.

`python -m tests.privacy.side_channels FOLDER`, in namespaces of its own. A child says
numbers that both know; somebody on the same machine, of the same user and without any
right, reads them in /proc. These ways need no call that the lock could refuse: memory is
taken and given back, or stored to. Whoever cannot see the worker's /proc cannot read them.
"""

import ctypes
import json
import mmap
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

from edge.vision import oslock
from tests.privacy.calls import LIBC
from tests.privacy.calls import sys as call
from tests.privacy.private import furnish

SECONDS: Final = 0.6
_NUMBERS: Final = 4096
_PAGE: Final = 4096
_RESIDENT: Final = 1 << 10
_WAIT: Final = 128
_PRIVATE: Final = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_ARGUMENTS, _ENVIRONMENT = 48, 50
"""Fields of /proc/PID/stat: where the words of a program begin (proc(5))."""

Say = Callable[[int], object]
Read = Callable[[], int]


@dataclass(frozen=True)
class Rate:
    """What came through one channel."""

    name: str
    unlocked: int
    locked: int
    """Bits a second."""


@dataclass(frozen=True)
class Channel:
    """One way to tell by being."""

    name: str
    bits: int
    """Of one number."""
    arm: Callable[[], Say]
    read: Callable[[int], Read]
    """Given the child, return what reads a number, and raises `OSError` if it may not."""


def _by_size() -> Say:
    """Take so much memory, which nobody has to have."""
    LIBC.mmap.restype = ctypes.c_void_p
    before: list[tuple[int, int]] = []

    def say(number: int) -> None:
        if before:
            LIBC.munmap(*map(ctypes.c_void_p, before.pop()))
        length = ctypes.c_size_t(number * _PAGE)
        place = LIBC.mmap(None, length, 0, _PRIVATE, -1, ctypes.c_long(0))
        before.append((place, length.value))

    return say


def _by_pages() -> Say:
    """Touch so many pages."""
    memory = mmap.mmap(-1, _RESIDENT * _PAGE, flags=_PRIVATE)

    def say(number: int) -> None:
        memory.madvise(mmap.MADV_DONTNEED)
        for page in range(number):
            memory[page * _PAGE] = 1

    return say


def _by_words(field: int) -> Say:
    """Store over the words that the program was started with."""
    stat = Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()
    place = int(stat[field - 3])
    return lambda number: ctypes.memmove(place, number.to_bytes(8), 8)


def _by_waiting() -> Say:
    """Wait, or do not."""
    word, wait = ctypes.c_int(), (ctypes.c_long * 2)(0, 1_000_000)

    def say(number: int) -> None:
        if number & 1:
            LIBC.syscall(*_futex, ctypes.byref(word), _WAIT, 0, wait, None, 0)
        else:
            until = time.monotonic() + 0.001
            while time.monotonic() < until:
                pass

    return say


_futex: Final = (ctypes.c_long(202 if os.uname().machine == "x86_64" else 98),)


def _pages(field: int, pid: int) -> Read:
    """Read one of the sizes, beyond what there was at first."""
    path = Path(f"/proc/{pid}/statm")
    least = [1 << 62]

    def read() -> int:
        pages = int(path.read_text("ascii").split()[field])
        least[0] = min(least[0], pages)
        return pages - least[0]

    return read


def _words(file: str, pid: int) -> Read:
    path = Path(f"/proc/{pid}/{file}")
    return lambda: int.from_bytes(path.read_bytes()[:8])


def _state(pid: int) -> Read:
    path = Path(f"/proc/{pid}/stat")
    return lambda: int(path.read_text("ascii").rpartition(")")[2].split()[0] == "S")


CHANNELS: Final = (
    Channel("the size of its memory", 30, _by_size, partial(_pages, 0)),
    Channel("how much of it is in use", 10, _by_pages, partial(_pages, 1)),
    Channel(
        "its command line",
        56,
        partial(_by_words, _ARGUMENTS),
        partial(_words, "cmdline"),
    ),
    Channel(
        "its environment",
        56,
        partial(_by_words, _ENVIRONMENT),
        partial(_words, "environ"),
    ),
    Channel("whether it runs", 1, _by_waiting, _state),
)


def measure(channel: Channel, *, locked: bool) -> int:
    """Return how many bits a second somebody read."""
    draw = random.Random(1)
    numbers = [draw.getrandbits(channel.bits) | 1 for _ in range(_NUMBERS)]
    if channel.bits == 1:
        numbers = [0, 1]
    end, other = os.pipe()
    records, out = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(end, oslock.FRAMES_IN)
        os.dup2(out, oslock.RECORDS_OUT)
        _speak(channel, numbers, locked=locked)
    os.close(out)
    os.read(records, oslock.RECORD_BYTES)
    heard = _listen(channel.read(pid), set(numbers))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    for number in (end, other, records):
        os.close(number)
    return round(heard * channel.bits / SECONDS)


def _speak(channel: Channel, numbers: list[int], *, locked: bool) -> None:
    say = channel.arm()
    if locked:
        oslock.lock(oslock.program())
    os.write(oslock.RECORDS_OUT, bytes(oslock.RECORD_BYTES))
    while True:
        for number in numbers:
            say(number)


def _listen(read: Read, numbers: set[int]) -> int:
    """Return how many numbers were heard, one after another."""
    heard, before = 0, -1
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            number = read()
        except OSError:
            return 0
        heard += number != before and number in numbers
        before = number
    return heard


def main(place: Path) -> int:
    """Measure all channels."""
    furnish(place)
    version = 0x20080522
    call("capset", version.to_bytes(4, "little") + bytes(4), bytes(24))
    for channel in CHANNELS:
        rates = (measure(channel, locked=locked) for locked in (False, True))
        print(json.dumps(asdict(Rate(channel.name, *rates))), flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
