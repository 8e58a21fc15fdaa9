"""The worker's two pipes, beyond records of 32 bytes."""

import ctypes
import fcntl
import mmap
import os
import select
import socket
import struct
import sys as python
from collections.abc import Callable

from tests.privacy.arena import Arena, Fire, Way, raw
from tests.privacy.calls import sys
from tests.privacy.eyes import (
    came,
    came_more,
    descriptor,
    descriptors,
    mode_is,
    pipe,
    time_is,
)
from tests.privacy.ways.files import LONG_AGO
from tests.privacy.ways.open_files import marked_file, marked_pipe, vector

KIND = "pipes"
_OUT = 1
_IN = 0
_FIONBIO, _FIOASYNC = 0x5421, 0x5452
_SETPIPE = 1031
_GETPIPE = 1032
_MODE = 0o751
_SIZE = 1 << 13
_HUGE = (1 << 32) + 32


def _length(length: int) -> Way:
    """A record of a wrong length."""

    def arm(arena: Arena) -> Fire:
        data = (arena.mark * 4)[:length]
        return lambda: sys("write", _OUT, data, length)

    name = "a wrong length at the records"
    return Way(KIND, name, arm, came_more(length), variant=f"{length} bytes")


def _huge(_: Arena) -> Fire:
    """A length whose lower half is 32."""
    memory = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    start = ctypes.c_char.from_buffer(memory)
    return lambda: sys("write", _OUT, ctypes.byref(start), _HUGE)


def _more(arena: Arena) -> bool:
    return len(arena.came) > 32


def _both_ways(arena: Arena) -> None:
    """Have a pipe with a name: whoever opens it may write at its reading end."""
    path = arena.folder / "both"
    os.mkfifo(path)
    arena.held["both"] = open(os.open(path, os.O_RDWR | os.O_NONBLOCK), "rb", 0)  # noqa: PTH123, SIM115


def _into_frames(arena: Arena) -> Fire:
    """Write into the pipe that frames come from."""
    os.dup2(os.open(arena.folder / "both", os.O_RDWR), _IN)
    data = arena.mark * 3840  # the child reads there too, byte by byte
    return lambda: sys("write", _IN, data, len(data))


def _at_both(arena: Arena) -> bool:
    if not select.select([arena.held["both"]], [], [], 0)[0]:
        return False
    data = arena.held["both"].read(1 << 16) or b""
    return arena.mark in data


def _to_records(name: str) -> Way:
    """Let the kernel carry frames from one pipe to the other."""

    def arm(_: Arena) -> Fire:
        if name == "tee":
            return lambda: sys(name, _IN, _OUT, 16, 0)
        return lambda: sys(name, _IN, None, _OUT, None, 16, 0)

    return Way(
        KIND, f"{name} of frames into records", _with_frames(arm), came, call=name
    )


def _with_frames(arm: Callable[[Arena], Fire]) -> Callable[[Arena], Fire]:
    """Put a pipe in which the mark lies where frames come from."""

    def armed(arena: Arena) -> Fire:
        os.dup2(marked_pipe(arena), _IN)
        return arm(arena)

    return armed


def _sendfile(arena: Arena) -> Fire:
    source = marked_file(arena)
    return lambda: sys("sendfile", _OUT, source, None, 16)


def _file_flag(flag: int) -> Callable[[Arena], bool]:
    """The child's end of the records has this flag, as /proc tells."""

    def seen(arena: Arena) -> bool:
        try:
            with open(f"/proc/{arena.pid}/fdinfo/{_OUT}") as told:  # noqa: PTH123
                flags = next(line for line in told if line.startswith("flags"))
        except (OSError, StopIteration):
            return False
        return bool(int(flags.split()[1], 8) & flag)

    return seen


def _size_changed(arena: Arena) -> bool:
    return fcntl.fcntl(arena.records, _GETPIPE) == _SIZE


def _let_go(arena: Arena) -> bool:
    """The child has let the records go and lives on."""
    found = descriptors(arena)
    return _IN in found and _OUT not in found


def _locked_by(arena: Arena) -> bool:
    try:
        with open("/proc/locks") as locks:  # noqa: PTH123
            return any(f" {arena.pid} " in line for line in locks)
    except OSError:
        return False


def _printed(arena: Arena) -> Fire:
    text = arena.mark.decode()

    def fire() -> None:
        python.stdout = open(_OUT, "w", closefd=False)  # noqa: SIM115
        print(text, flush=True)  # noqa: T201

    return fire


def _by_another_number(call: str, *more: object, name: str = "") -> Way:
    """Copy the descriptor, which the filter does not know, and write to the copy."""

    def arm(arena: Arena) -> Fire:
        return lambda: sys("write", sys(call, _OUT, *more), arena.mark, 16)

    return Way("descriptors", name or call, arm, came)


def _socket_file(arena: Arena) -> None:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(arena.folder / "passed"))
    listener.setblocking(False)
    arena.held["passed"] = listener


def _pass(arena: Arena) -> Fire:
    """Hand a descriptor to somebody else through a socket that was open."""
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.connect(str(arena.folder / "passed"))
    return lambda: socket.send_fds(sender, [b"x"], [_OUT])


def _was_passed(arena: Arena) -> bool:
    try:
        _, found, _, _ = socket.recv_fds(arena.held["passed"], 16, 1)
    except BlockingIOError:
        return False
    for number in found:
        os.close(number)
    return bool(found)


def _taken(arena: Arena) -> Fire:
    """Take a descriptor out of another process."""
    other, number = os.pidfd_open(arena.onlooker), arena.records
    return lambda: sys("pidfd_getfd", other, number, 0)


WAYS = (
    *map(_length, (1, 31, 33, 64)),
    Way(
        KIND,
        "a wrong length at the records",
        _huge,
        _more,
        variant="32 bytes and 4 GiB",
    ),
    raw(KIND, "writev", lambda a: (_OUT, vector(a), 1), came),
    raw(KIND, "pwritev2", lambda a: (_OUT, vector(a), 1, -1, -1, 0), came),
    raw(KIND, "vmsplice", lambda a: (_OUT, vector(a), 1, 0), came),
    _to_records("tee"),
    _to_records("splice"),
    Way(KIND, "sendfile into records", _sendfile, came, call="sendfile"),
    Way(KIND, "a write into the frames", _into_frames, _at_both, _both_ways, "write"),
    Way(KIND, "print", _printed, came),
    raw(
        KIND,
        "fcntl",
        lambda _: (_OUT, _SETPIPE, _SIZE),
        _size_changed,
        name="fcntl F_SETPIPE_SZ",
    ),
    raw(
        KIND,
        "fcntl",
        lambda _: (_OUT, fcntl.F_SETFL, os.O_WRONLY | os.O_NONBLOCK),
        _file_flag(os.O_NONBLOCK),
        name="fcntl F_SETFL",
    ),
    raw(
        KIND,
        "ioctl",
        lambda _: (_OUT, _FIONBIO, struct.pack("<i", 1)),
        _file_flag(os.O_NONBLOCK),
        name="ioctl FIONBIO",
    ),
    raw(
        KIND,
        "ioctl",
        lambda _: (_OUT, _FIOASYNC, struct.pack("<i", 1)),
        _file_flag(os.O_ASYNC),
        name="ioctl FIOASYNC",
    ),
    raw(KIND, "fchmod", lambda _: (_OUT, _MODE), pipe(mode_is(_MODE))),
    raw(
        KIND,
        "utimensat",
        lambda _: (_OUT, None, struct.pack("<4q", LONG_AGO, 0, LONG_AGO, 0), 0),
        pipe(time_is(LONG_AGO)),
    ),
    raw(KIND, "flock", lambda _: (_OUT, fcntl.LOCK_EX), _locked_by),
    raw(KIND, "close", lambda _: (_OUT,), _let_go),
    raw(KIND, "close_range", lambda _: (_OUT, _OUT, 0), _let_go),
    _by_another_number("dup"),
    _by_another_number("dup2", 9),
    _by_another_number("dup3", 9, 0),
    _by_another_number("fcntl", fcntl.F_DUPFD, 9, name="fcntl F_DUPFD"),
    Way("descriptors", "SCM_RIGHTS", _pass, _was_passed, _socket_file),
    Way("descriptors", "pidfd_getfd", _taken, descriptor("^pipe:"), call="pidfd_getfd"),
)
