"""Calls that make a descriptor: that there is one, and of what, others can see."""

import ctypes
import os
import struct

from tests.privacy.arena import Arena, raw
from tests.privacy.calls import AT_FDCWD
from tests.privacy.eyes import descriptor

KIND = "new descriptors"
_FID = 0x200
_USER_MODE_ONLY = 1
_CLONE_TREE = 1


def _signals(_: Arena) -> tuple[object, ...]:
    return -1, bytes(8), 8


def _counter(_: Arena) -> tuple[object, ...]:
    """Of this process's own time in user mode: what needs the fewest rights."""
    kind, size, task_clock, no_kernel = 1, 112, 1, 1 << 5 | 1 << 6
    told = struct.pack("<IIQQQQQ", kind, size, task_clock, 0, 0, 0, no_kernel)
    return told.ljust(size, b"\0"), 0, -1, -1, 0


def _table(_: Arena) -> tuple[object, ...]:
    return 0, struct.pack("<4I", 2, 4, 4, 1).ljust(64, b"\0"), 64


WAYS = (
    raw(KIND, "eventfd", lambda _: (77,), descriptor("eventfd")),
    raw(KIND, "eventfd2", lambda _: (77, 0), descriptor("eventfd")),
    raw(KIND, "timerfd_create", lambda _: (1, 0), descriptor("timerfd")),
    raw(KIND, "signalfd", _signals, descriptor("signalfd")),
    raw(KIND, "signalfd4", lambda a: (*_signals(a), 0), descriptor("signalfd")),
    raw(KIND, "epoll_create", lambda _: (1,), descriptor("eventpoll")),
    raw(KIND, "epoll_create1", lambda _: (0,), descriptor("eventpoll")),
    raw(KIND, "inotify_init", lambda _: (), descriptor("inotify")),
    raw(KIND, "inotify_init1", lambda _: (0,), descriptor("inotify")),
    raw(KIND, "fanotify_init", lambda _: (_FID, 0), descriptor("fanotify")),
    raw(
        KIND,
        "pipe",
        lambda _: (ctypes.create_string_buffer(8),),
        descriptor("^pipe:", 2),
    ),
    raw(
        KIND,
        "pipe2",
        lambda _: (ctypes.create_string_buffer(8), 0),
        descriptor("^pipe:", 2),
    ),
    raw(KIND, "memfd_create", lambda a: (a.mark, 0), descriptor("memfd:")),
    raw(KIND, "memfd_secret", lambda _: (0,), descriptor("secretmem")),
    raw(KIND, "userfaultfd", lambda _: (_USER_MODE_ONLY,), descriptor("userfaultfd")),
    raw(KIND, "perf_event_open", _counter, descriptor("perf_event")),
    raw(KIND, "bpf", _table, descriptor("bpf")),
    raw(
        KIND,
        "io_uring_setup",
        lambda _: (4, ctypes.create_string_buffer(120)),
        descriptor("io_uring"),
    ),
    raw(
        KIND,
        "landlock_create_ruleset",
        lambda _: (struct.pack("<Q", 1), 8, 0),
        descriptor("landlock"),
    ),
    raw(KIND, "pidfd_open", lambda a: (a.onlooker, 0), descriptor("pidfd")),
    raw(
        KIND,
        "open_tree",
        lambda a: (AT_FDCWD, bytes(a.folder), _CLONE_TREE),
        descriptor("/"),
    ),
    raw(KIND, "fsopen", lambda _: (b"tmpfs", 0), descriptor("fscontext")),
    raw(
        KIND,
        "fspick",
        lambda a: (AT_FDCWD, bytes(a.folder.parent), 0),
        descriptor("fscontext"),
    ),
    raw(
        KIND,
        "openat",
        lambda _: (AT_FDCWD, b"/dev/ptmx", os.O_RDWR | os.O_NOCTTY, 0),
        descriptor("ptmx"),
        name="a terminal",
    ),
)
