"""Memory that others can read, queues and semaphores."""

import ctypes
import mmap
import os
import struct
from collections.abc import Callable
from itertools import count
from pathlib import Path

from tests.privacy.arena import Arena, Fire, Way, raw
from tests.privacy.calls import sys
from tests.privacy.eyes import descriptors, process

KIND = "shared memory"
FIRST_KEY = 1_263_100_000
_KEYS = count(FIRST_KEY)
_CREATE = 0o1600
_PAGE = 4096
_READ_WRITE = 3
_SHARED, _ANONYMOUS = 1, 0x20
_SET_VALUE, _SET = 16, 1
_QUEUES = Path("/dev/mqueue")


def _keyed(arena: Arena) -> int:
    return int(arena.held.setdefault("key", next(_KEYS)))


def _new_key(arena: Arena) -> None:
    _keyed(arena)


def _told(table: str) -> Callable[[Arena], bool]:
    """Something of this key is there."""

    def seen(arena: Arena) -> bool:
        rows = Path("/proc/sysvipc", table).read_text("ascii").splitlines()[1:]
        return any(int(row.split()[0]) == _keyed(arena) for row in rows)

    return seen


class _Removed:
    """Takes something of System V away again."""

    def __init__(self, call: str, number: int) -> None:
        self._call, self._number = call, number

    def close(self) -> None:
        given = (0, 0) if self._call == "semctl" else (0,)
        sys(self._call, self._number, *given)


def _make(kind: str) -> Callable[[Arena], None]:
    """Have a segment, a queue or a semaphore that others look at."""

    def ready(arena: Arena) -> None:
        size = {"shm": (_PAGE,), "sem": (1,), "msg": ()}[kind]
        number = sys(f"{kind}get", _keyed(arena), *size, _CREATE)
        arena.held["number"] = number
        arena.held["removed"] = _Removed(f"{kind}ctl", number)

    return ready


def _number(arena: Arena) -> int:
    return int(arena.held["number"])


def _semaphore(arena: Arena) -> bool:
    get_value = 12
    return sys("semctl", _number(arena), 0, get_value, 0) == 7


def _queued(arena: Arena) -> bool:
    got = ctypes.create_string_buffer(64)
    no_wait = 0o4000
    try:
        sys("msgrcv", _number(arena), got, 16, 0, no_wait)
    except OSError:
        return False
    return arena.mark in got.raw


def _attached(arena: Arena) -> bool:
    """Somebody has it mapped."""
    rows = Path("/proc/sysvipc/shm").read_text("ascii").splitlines()[1:]
    return any(
        int(row.split()[1]) == _number(arena) and int(row.split()[6]) > 0
        for row in rows
    )


def _mode_of(table: str) -> Callable[[Arena], bool]:
    def seen(arena: Arena) -> bool:
        rows = Path("/proc/sysvipc", table).read_text("ascii").splitlines()[1:]
        found = [row.split() for row in rows if int(row.split()[1]) == _number(arena)]
        return any(int(row[2], 8) & 0o777 == 0o404 for row in found)

    return seen


def _owned(mode: int) -> bytes:
    """Return what `ctl` takes to change the rights: the largest of the three."""
    return struct.pack("<iIIIIHH", 0, 0, 0, 0, 0, mode, 0).ljust(160, b"\0")


def _stored(arena: Arena) -> Fire:
    """Only a store: the segment was attached before."""
    place = sys("shmat", _number(arena), None, 0)
    return lambda: ctypes.memmove(place, arena.mark, 16)


def _in_segment(arena: Arena) -> bool:
    read_only = 0o10000
    place = sys("shmat", _number(arena), None, read_only)
    try:
        return ctypes.string_at(place, 16) == arena.mark
    finally:
        sys("shmdt", place)


def _inherit(arena: Arena) -> None:
    arena.held["memory"] = mmap.mmap(-1, _PAGE)


def _into_inherited(arena: Arena) -> Fire:
    memory = arena.held["memory"]
    return lambda: memory.__setitem__(slice(0, 16), arena.mark)


def _in_inherited(arena: Arena) -> bool:
    return bytes(arena.held["memory"][:16]) == arena.mark


def _memory_file(arena: Arena) -> Fire:
    def fire() -> None:
        sys("write", sys("memfd_create", b"out", 0), arena.mark, 16)

    return fire


def _in_memory_file(arena: Arena) -> bool:
    for number, to in descriptors(arena).items():
        if "memfd:out" in to:
            path = Path(f"/proc/{arena.pid}/fd/{number}")
            return arena.mark in path.read_bytes()
    return False


def _posix(arena: Arena) -> Fire:
    """By the C library, as programs do."""
    library = ctypes.CDLL(None)
    name = b"/" + arena.mark
    return lambda: library.shm_open(name, os.O_CREAT | os.O_RDWR, 0o600)


def in_dev_shm(arena: Arena) -> bool:
    path = Path("/dev/shm", arena.mark.decode())  # noqa: S108 - our own
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def _queue(arena: Arena) -> None:
    """Have a POSIX queue that others look at."""
    flags, settings = os.O_CREAT | os.O_RDWR | os.O_NONBLOCK, struct.pack("<8q", *_8)
    name = b"q" + arena.folder.name.encode()
    arena.held["queue"] = os.fdopen(
        sys("mq_open", name, flags, 0o600, settings), "rb", 0
    )
    arena.held["name"] = name


_8 = (0, 4, 64, 0, 0, 0, 0, 0)


def _open_queue(arena: Arena) -> int:
    return sys("mq_open", arena.held["name"], os.O_RDWR, 0, None)


def _in_queue(arena: Arena) -> bool:
    got = ctypes.create_string_buffer(64)
    number = arena.held["queue"].fileno()
    try:
        sys("mq_timedreceive", number, got, 64, None, None)
    except OSError:
        return False
    return arena.mark in got.raw


def _queue_there(arena: Arena) -> bool:
    return (_QUEUES / arena.mark.decode()).exists()


def _queue_gone(arena: Arena) -> bool:
    return not (_QUEUES / arena.held["name"].decode()).exists()


def _queue_notifies(arena: Arena) -> bool:
    told = (_QUEUES / arena.held["name"].decode()).read_text("ascii")
    return f"NOTIFY_PID:{arena.pid}" in told.replace(" ", "")


def _map(flags: int) -> tuple[object, ...]:
    return 0, _PAGE, _READ_WRITE, flags | _ANONYMOUS, -1, 0


WAYS = (
    Way(KIND, "memfd", _memory_file, _in_memory_file),
    Way(KIND, "shm_open", _posix, in_dev_shm),
    raw(
        KIND,
        "shmget",
        lambda a: (_keyed(a), _PAGE, _CREATE),
        _told("shm"),
        ready=_new_key,
    ),
    raw(
        KIND, "semget", lambda a: (_keyed(a), 1, _CREATE), _told("sem"), ready=_new_key
    ),
    raw(KIND, "msgget", lambda a: (_keyed(a), _CREATE), _told("msg"), ready=_new_key),
    raw(KIND, "shmat", lambda a: (_number(a), None, 0), _attached, ready=_make("shm")),
    Way(
        KIND, "a store to a segment attached before", _stored, _in_segment, _make("shm")
    ),
    raw(
        KIND,
        "shmctl",
        lambda a: (_number(a), _SET, _owned(0o404)),
        _mode_of("shm"),
        ready=_make("shm"),
    ),
    raw(
        KIND,
        "semop",
        lambda a: (_number(a), struct.pack("<Hhh", 0, 7, 0), 1),
        _semaphore,
        ready=_make("sem"),
    ),
    raw(
        KIND,
        "semtimedop",
        lambda a: (_number(a), struct.pack("<Hhh", 0, 7, 0), 1, None),
        _semaphore,
        ready=_make("sem"),
    ),
    raw(
        KIND,
        "semctl",
        lambda a: (_number(a), 0, _SET_VALUE, 7),
        _semaphore,
        ready=_make("sem"),
    ),
    raw(
        KIND,
        "msgsnd",
        lambda a: (_number(a), struct.pack("<q", 1) + a.mark, 16, 0),
        _queued,
        ready=_make("msg"),
    ),
    raw(
        KIND,
        "msgctl",
        lambda a: (_number(a), _SET, _owned(0o404)),
        _mode_of("msg"),
        ready=_make("msg"),
    ),
    raw(
        KIND,
        "mq_open",
        lambda a: (a.mark, os.O_CREAT | os.O_RDWR, 0o600, None),
        _queue_there,
    ),
    raw(
        KIND,
        "mq_timedsend",
        lambda a: (_open_queue(a), a.mark, 16, 0, None),
        _in_queue,
        ready=_queue,
    ),
    raw(KIND, "mq_unlink", lambda a: (a.held["name"],), _queue_gone, ready=_queue),
    raw(
        KIND,
        "mq_notify",
        lambda a: (_open_queue(a), struct.pack("<qii48x", 0, 10, 0)),
        _queue_notifies,
        ready=_queue,
    ),
    raw(KIND, "mmap", lambda _: _map(_SHARED), process("maps", "rw-s.*zero")),
    Way(KIND, "a store to memory inherited", _into_inherited, _in_inherited, _inherit),
)
