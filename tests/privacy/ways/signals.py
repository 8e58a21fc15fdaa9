"""Signals to others, locks that others meet, timers that others can list."""

import fcntl
import os
import signal
import struct
from pathlib import Path

from tests.privacy.arena import Arena, Fire, Way, raw
from tests.privacy.calls import sys
from tests.privacy.eyes import of_process, process

KIND = "signals"
LOCKS = "locks and timers"
_NUMBER = signal.SIGUSR1
_SI_QUEUE = -1
_SETSIG, _OFD_SETLK, _SETLEASE = 10, 37, 1024
_OUT = 1
_LOCK = struct.pack("<hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)


def _quiet(_: Arena) -> None:
    """Keep the signal waiting until it is looked for, and forget old ones."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {_NUMBER})
    while signal.sigtimedwait({_NUMBER}, 0):
        pass


def _signalled(_: Arena) -> bool:
    return signal.sigtimedwait({_NUMBER}, 0) is not None


def _information(_: Arena) -> bytes:
    return struct.pack("<iii", _NUMBER, 0, _SI_QUEUE).ljust(128, b"\0")


def _io(arena: Arena) -> Fire:
    """Have the kernel signal somebody else when the pipe is read."""

    def fire() -> None:
        sys("fcntl", _OUT, fcntl.F_SETOWN, arena.onlooker)
        sys("fcntl", _OUT, _SETSIG, _NUMBER)
        sys("fcntl", _OUT, fcntl.F_SETFL, os.O_WRONLY | os.O_ASYNC)

    return fire


def _waiting(arena: Arena) -> bool:
    """The child has a signal waiting for itself."""
    return "ShdPnd:\t0000000000000200" in of_process(arena, "status")


def _locked(arena: Arena) -> bool:
    """Somebody else cannot get the lock."""
    with open(arena.there, "r+b") as file:  # noqa: PTH123 - a path of bytes
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _leased(arena: Arena) -> bool:
    rows = Path("/proc/locks").read_text("ascii").splitlines()
    return any("LEASE" in row and f" {arena.pid} " in row for row in rows)


WAYS = (
    raw(KIND, "kill", lambda a: (a.onlooker, _NUMBER), _signalled, ready=_quiet),
    raw(KIND, "tkill", lambda a: (a.onlooker, _NUMBER), _signalled, ready=_quiet),
    raw(
        KIND,
        "tgkill",
        lambda a: (a.onlooker, a.onlooker, _NUMBER),
        _signalled,
        ready=_quiet,
    ),
    raw(
        KIND,
        "rt_sigqueueinfo",
        lambda a: (a.onlooker, _NUMBER, _information(a)),
        _signalled,
        ready=_quiet,
    ),
    raw(
        KIND,
        "rt_tgsigqueueinfo",
        lambda a: (a.onlooker, a.onlooker, _NUMBER, _information(a)),
        _signalled,
        ready=_quiet,
    ),
    raw(
        KIND,
        "pidfd_send_signal",
        lambda a: (os.pidfd_open(a.onlooker), _NUMBER, None, 0),
        _signalled,
        ready=_quiet,
    ),
    Way(KIND, "fcntl F_SETOWN", _io, _signalled, _quiet, "fcntl"),
    raw(
        KIND,
        "kill",
        lambda _: (os.getpid(), _NUMBER),
        _waiting,
        name="a signal to oneself that waits",
        ready=_quiet,
    ),
    raw(LOCKS, "flock", lambda a: (a.open(), fcntl.LOCK_EX), _locked),
    raw(
        LOCKS,
        "fcntl",
        lambda a: (a.open(), fcntl.F_SETLK, _LOCK),
        _locked,
        name="fcntl F_SETLK",
    ),
    raw(
        LOCKS,
        "fcntl",
        lambda a: (a.open(), _OFD_SETLK, _LOCK),
        _locked,
        name="fcntl F_OFD_SETLK",
    ),
    raw(
        LOCKS,
        "fcntl",
        lambda a: (a.open(os.O_RDONLY), _SETLEASE, fcntl.F_RDLCK),
        _leased,
        name="fcntl F_SETLEASE",
    ),
    raw(
        LOCKS,
        "timer_create",
        lambda _: (1, None, bytes(8)),
        process("timers", "^ID: "),
    ),
)
