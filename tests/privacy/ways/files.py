"""Files: made, named, changed, and told by their looks."""

import ctypes
import fcntl
import os
import select
import struct
from pathlib import Path

from tests.privacy.arena import Arena, Fire, Way, raw
from tests.privacy.calls import AT_FDCWD, sys
from tests.privacy.eyes import gone, in_folder, mode_is, of_file, time_is

KIND = "files"
MAKE = os.O_CREAT | os.O_WRONLY
LONG_AGO = 1_000_003
_MODE = 0o751
_FIFO = 0o010600
_EMPTY_PATH = 0x1000
_NODUMP = 0x40
_GETFLAGS, _SETFLAGS = 0x80086601, 0x40086602


def _times(seconds: int) -> bytes:
    return struct.pack("<4q", seconds, 0, seconds, 0)


def _nameless(arena: Arena) -> Fire:
    """A file without a name, then a name for it."""
    folder = bytes(arena.folder)

    def fire() -> None:
        file = sys("openat", AT_FDCWD, folder, os.O_TMPFILE | os.O_WRONLY, 0o600)
        sys("linkat", file, b"", AT_FDCWD, arena.new, _EMPTY_PATH)

    return fire


def _by_handle(arena: Arena) -> Fire:
    """Open by a handle, past every path, and write."""
    handle = ctypes.create_string_buffer(struct.pack("<Ii", 128, 0), 136)
    sys(
        "name_to_handle_at",
        AT_FDCWD,
        arena.there,
        handle,
        ctypes.byref(ctypes.c_int()),
        0,
    )
    mount = os.open(arena.folder, os.O_RDONLY)

    def fire() -> None:
        file = sys("open_by_handle_at", mount, handle, os.O_WRONLY)
        sys("write", file, arena.mark, 16)

    return fire


def _flags(arena: Arena) -> Fire:
    file = arena.open()
    flags = struct.pack("<q", _NODUMP)
    return lambda: sys("ioctl", file, _SETFLAGS, flags)


def _flagged(arena: Arena) -> bool:
    with open(arena.there) as file:  # noqa: PTH123 - a path of bytes
        try:
            told = fcntl.ioctl(file, _GETFLAGS, bytes(8))
        except OSError:
            return False
    return bool(struct.unpack("<q", told)[0] & _NODUMP)


def _watch(arena: Arena) -> None:
    """Be told by the kernel of who opens the file."""
    watch = sys("inotify_init1", os.O_NONBLOCK)
    sys("inotify_add_watch", watch, arena.there, 0x20)
    arena.held["watch"] = os.fdopen(watch, "rb", 0)


def _told(arena: Arena) -> bool:
    watch = arena.held["watch"]
    return bool(select.select([watch], [], [], 0)[0])


def _make_old(arena: Arena) -> None:
    os.utime(arena.there, (LONG_AGO, LONG_AGO + 9))


def _was_read(arena: Arena) -> bool:
    return os.stat(arena.there).st_atime != LONG_AGO  # noqa: PTH116 - a path of bytes


def _rename_flags(arena: Arena) -> tuple[object, ...]:
    return AT_FDCWD, arena.there, AT_FDCWD, arena.new, 1


def _attribute(arena: Arena) -> None:
    os.setxattr(arena.there, b"user.there", b"1")


def _without_attribute(arena: Arena) -> bool:
    return not os.listxattr(arena.there)


def _value(arena: Arena) -> tuple[object, int]:
    arena.held["value"] = value = ctypes.create_string_buffer(arena.mark)
    return struct.pack("<QII", ctypes.addressof(value), 16, 0), 16


def _a_folder(arena: Arena) -> None:
    """Have a folder in the file's place."""
    Path(os.fsdecode(arena.there)).unlink()
    Path(os.fsdecode(arena.there)).mkdir()


def _remove(arena: Arena) -> tuple[object, ...]:
    return arena.there, b"user.there"


WAYS = (
    raw(KIND, "open", lambda a: (a.new, MAKE, 0o600), in_folder),
    raw(KIND, "openat", lambda a: (AT_FDCWD, a.new, MAKE, 0o600), in_folder),
    raw(
        KIND,
        "openat2",
        lambda a: (AT_FDCWD, a.new, struct.pack("<3Q", MAKE, 0o600, 0), 24),
        in_folder,
    ),
    raw(KIND, "creat", lambda a: (a.new, 0o600), in_folder),
    raw(KIND, "mkdir", lambda a: (a.new, 0o700), in_folder),
    raw(KIND, "mkdirat", lambda a: (AT_FDCWD, a.new, 0o700), in_folder),
    raw(KIND, "symlink", lambda a: (a.mark, bytes(a.folder / "to")), in_folder),
    raw(KIND, "symlinkat", lambda a: (a.mark, AT_FDCWD, a.there + b"2"), in_folder),
    raw(KIND, "link", lambda a: (a.there, a.new), in_folder),
    raw(KIND, "linkat", lambda a: (AT_FDCWD, a.there, AT_FDCWD, a.new, 0), in_folder),
    raw(KIND, "rename", lambda a: (a.there, a.new), in_folder),
    raw(KIND, "renameat", lambda a: (AT_FDCWD, a.there, AT_FDCWD, a.new), in_folder),
    raw(KIND, "renameat2", _rename_flags, in_folder),
    raw(KIND, "mknod", lambda a: (a.new, _FIFO, 0), in_folder),
    raw(KIND, "mknodat", lambda a: (AT_FDCWD, a.new, _FIFO, 0), in_folder),
    raw(KIND, "unlink", lambda a: (a.there,), gone),
    raw(KIND, "unlinkat", lambda a: (AT_FDCWD, a.there, 0), gone),
    raw(
        KIND,
        "rmdir",
        lambda a: (a.there,),
        gone,
        ready=_a_folder,
    ),
    raw(KIND, "truncate", lambda a: (a.there, 7), of_file(lambda s: s.st_size == 7)),
    raw(KIND, "chmod", lambda a: (a.there, _MODE), of_file(mode_is(_MODE))),
    raw(
        KIND, "fchmodat", lambda a: (AT_FDCWD, a.there, _MODE), of_file(mode_is(_MODE))
    ),
    raw(
        KIND,
        "fchmodat2",
        lambda a: (AT_FDCWD, a.there, _MODE, 0),
        of_file(mode_is(_MODE)),
    ),
    raw(
        KIND,
        "utime",
        lambda a: (a.there, struct.pack("<2q", LONG_AGO, LONG_AGO)),
        of_file(time_is(LONG_AGO)),
    ),
    raw(
        KIND,
        "utimes",
        lambda a: (a.there, _times(LONG_AGO)),
        of_file(time_is(LONG_AGO)),
    ),
    raw(
        KIND,
        "futimesat",
        lambda a: (AT_FDCWD, a.there, _times(LONG_AGO)),
        of_file(time_is(LONG_AGO)),
    ),
    raw(
        KIND,
        "utimensat",
        lambda a: (AT_FDCWD, a.there, _times(LONG_AGO), 0),
        of_file(time_is(LONG_AGO)),
    ),
    raw(KIND, "setxattr", lambda a: (a.there, b"user.mark", a.mark, 16, 0), in_folder),
    raw(KIND, "lsetxattr", lambda a: (a.there, b"user.mark", a.mark, 16, 0), in_folder),
    raw(
        KIND,
        "setxattrat",
        lambda a: (AT_FDCWD, a.there, 0, b"user.mark", *_value(a)),
        in_folder,
    ),
    raw(KIND, "removexattr", _remove, _without_attribute, ready=_attribute),
    raw(KIND, "lremovexattr", _remove, _without_attribute, ready=_attribute),
    raw(
        KIND,
        "removexattrat",
        lambda a: (AT_FDCWD, a.there, 0, b"user.there"),
        _without_attribute,
        ready=_attribute,
    ),
    Way(KIND, "file without a name", _nameless, in_folder),
    Way(KIND, "open_by_handle_at", _by_handle, in_folder),
    Way(KIND, "ioctl FS_IOC_SETFLAGS", _flags, _flagged, call="ioctl"),
    raw(
        KIND,
        "openat",
        lambda a: (AT_FDCWD, a.there, os.O_RDONLY),
        _told,
        name="opened to read, under somebody's watch",
        ready=_watch,
    ),
    Way(
        KIND,
        "read, which moves the time of access",
        lambda a: lambda: os.read(os.open(a.there, os.O_RDONLY), 1),
        _was_read,
        _make_old,
    ),
)
