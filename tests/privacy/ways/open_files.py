"""Files that a library left open: what can be done with a descriptor alone."""

import ctypes
import fcntl
import mmap
import os
import struct
import threading

from tests.privacy.arena import Arena, Fire, Way, raw
from tests.privacy.calls import address, sys
from tests.privacy.eyes import gone, in_folder, mode_is, of_file, time_is
from tests.privacy.ways.files import LONG_AGO

KIND = "open files"
_MODE = 0o751
_PAGE = 4096
_READ, _READ_WRITE, _SHARED = 1, 3, 1


def vector(arena: Arena) -> bytes:
    """Return an `iovec` of the mark; the arena keeps the bytes."""
    arena.held["bytes"] = kept = ctypes.create_string_buffer(arena.mark)
    return struct.pack("<QQ", address(kept), 16)


def marked_file(arena: Arena) -> int:
    """Return a file that holds the mark and has no name."""
    file = os.open(arena.folder, os.O_TMPFILE | os.O_RDWR)
    os.write(file, arena.mark)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def marked_pipe(arena: Arena) -> int:
    """Return the end of a pipe in which the mark lies."""
    end, other = os.pipe()
    os.write(other, arena.mark)
    os.set_inheritable(other, True)
    return end


def _mapped(arena: Arena) -> Fire:
    """Map the file so that it is written by a store."""
    file = arena.open()

    def fire() -> None:
        place = sys("mmap", 0, 4096, 3, 1, file, 0)
        ctypes.memmove(place, arena.mark, 16)

    return fire


def _mapped_before(arena: Arena) -> Fire:
    """Only a store: the mapping was made before."""
    memory = mmap.mmap(arena.open(), 64)

    def fire() -> None:
        memory[:16] = arena.mark

    return fire


def _later(arena: Arena) -> Fire:
    """A file mapped to read before: made writable, and a store."""
    place = sys("mmap", 0, _PAGE, _READ, _SHARED, arena.open(), 0)

    def fire() -> None:
        sys("mprotect", place, _PAGE, _READ_WRITE)
        ctypes.memmove(place, arena.mark, 16)

    return fire


def _thread(arena: Arena) -> Fire:
    """A thread that was started before the lock writes for the one that is locked."""
    go, gone_by, file = threading.Event(), threading.Event(), arena.open()

    def write() -> None:
        go.wait()
        os.write(file, arena.mark)
        gone_by.set()

    threading.Thread(target=write, daemon=True).start()

    def fire() -> None:
        go.set()
        gone_by.wait(1)

    return fire


def _aio(arena: Arena) -> Fire:
    """The old asynchronous writing."""
    file = arena.open()
    arena.held["bytes"] = kept = ctypes.create_string_buffer(arena.mark)
    told = 0, 0, 0, 1, 0, file, address(kept), 16, 0, 0, 0, 0
    arena.held["block"] = block = ctypes.create_string_buffer(
        struct.pack("<QIIHhIQQqQII", *told)
    )
    context, blocks = ctypes.c_ulong(), (ctypes.c_void_p * 1)(address(block))

    def fire() -> None:
        sys("io_setup", 1, ctypes.byref(context))
        sys("io_submit", ctypes.c_ulong(context.value), 1, blocks)

    return fire


def _sent(name: str, *rest: object) -> Way:
    """From one file to another within the kernel."""

    def arm(arena: Arena) -> Fire:
        source, target = marked_file(arena), arena.open()
        if name == "sendfile":
            return lambda: sys(name, target, source, None, 16)
        return lambda: sys(name, source, None, target, None, 16, *rest)

    return Way(KIND, name, arm, in_folder)


def _spliced(arena: Arena) -> Fire:
    source, target = marked_pipe(arena), arena.open()
    return lambda: sys("splice", source, None, target, None, 16, 0)


def _attributed(arena: Arena) -> None:
    os.setxattr(arena.there, b"user.there", b"1")


def _set_file(arena: Arena) -> tuple[object, ...]:
    return arena.open(), b"user.mark", arena.mark, 16, 0


def _memory_file(arena: Arena) -> None:
    file = os.memfd_create("seals", os.MFD_ALLOW_SEALING)
    arena.held["file"] = os.fdopen(file, "r+b", 0)
    arena.held["number"] = file


def _seal(arena: Arena) -> Fire:
    """Close a memory file that somebody else has open too."""
    theirs = f"/proc/{arena.onlooker}/fd/{arena.held['number']}"
    file = os.open(theirs, os.O_RDWR)
    return lambda: sys("fcntl", file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)


def _is_sealed(arena: Arena) -> bool:
    return bool(fcntl.fcntl(arena.held["file"], fcntl.F_GET_SEALS))


def _vectors(name: str, *rest: object) -> Way:
    return raw(KIND, name, lambda a: (a.open(), vector(a), 1, *rest), in_folder)


WAYS = (
    raw(KIND, "write", lambda a: (a.open(), a.mark, 16), in_folder),
    raw(KIND, "pwrite64", lambda a: (a.open(), a.mark, 16, 8), in_folder),
    _vectors("writev"),
    _vectors("pwritev", 8, 0),
    _vectors("pwritev2", 8, 0, 0),
    _sent("sendfile"),
    _sent("copy_file_range", 0),
    Way(KIND, "splice", _spliced, in_folder),
    Way(KIND, "io_submit", _aio, in_folder),
    raw(
        KIND,
        "ftruncate",
        lambda a: (a.open(), 7),
        of_file(lambda s: s.st_size == 7),
    ),
    raw(
        KIND,
        "fallocate",
        lambda a: (a.open(), 0, 0, 7777),
        of_file(lambda s: s.st_size == 7777),
    ),
    raw(KIND, "fchmod", lambda a: (a.open(), _MODE), of_file(mode_is(_MODE))),
    raw(
        KIND,
        "utimensat",
        lambda a: (a.open(), None, struct.pack("<4q", LONG_AGO, 0, LONG_AGO, 0), 0),
        of_file(time_is(LONG_AGO)),
        name="utimensat without a path",
    ),
    raw(KIND, "fsetxattr", _set_file, in_folder),
    raw(
        KIND,
        "fremovexattr",
        lambda a: (a.open(), b"user.there"),
        lambda a: not os.listxattr(a.there),
        ready=_attributed,
    ),
    raw(
        KIND,
        "linkat",
        lambda a: (a.open(), b"", -100, a.new, 0x1000),
        in_folder,
        name="linkat of a descriptor",
    ),
    raw(
        KIND,
        "unlinkat",
        lambda a: (os.open(a.folder, os.O_RDONLY), b"there", 0),
        gone,
        name="unlinkat beneath a folder left open",
    ),
    Way(KIND, "fcntl F_ADD_SEALS", _seal, _is_sealed, _memory_file, "fcntl"),
    Way(KIND, "mmap of a file, and a store", _mapped, in_folder),
    Way(KIND, "a store to a file mapped before", _mapped_before, in_folder),
    Way(KIND, "a mapping made writable later", _later, in_folder),
    Way(KIND, "a thread started before", _thread, in_folder),
)
