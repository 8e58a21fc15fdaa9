"""A process as the kernel shows it: its filters, descriptors and shared mappings.

Its threads stand still meanwhile, so that what is read belongs together. Nothing is
judged here; what could not be read is named in `Snapshot.unread`.
"""

import errno
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from edge.vision.ptrace import filters, stopped, tasks

T = TypeVar("T")
FILTERED: Final = 2
"""The mode of a thread that is under a filter."""
_MEANWHILE: Final = "ended while it was read"
_PATH_ONLY: Final = 0o10000000
_MAPPING: Final = re.compile(r"([0-9a-f]+-[0-9a-f]+) \S{4} \S+ \S+ \d+ *(.*)")
_WHY: Final = {
    errno.EPERM: "this needs root, and no other program that traces the process",
    errno.EACCES: "this needs CAP_SYS_ADMIN, and not to be under a filter oneself",
    errno.EINVAL: "the kernel was built without CONFIG_CHECKPOINT_RESTORE",
}


class ProcessError(Exception):
    """There is no such process to read; the text says why."""


class Kind(StrEnum):
    """What a descriptor leads to."""

    PIPE = "pipe"
    SOCKET = "socket"
    MEMORY = "memory file"
    DEVICE = "device"
    FOLDER = "folder"
    FILE = "file"
    OTHER = "other"


class Access(StrEnum):
    """What a descriptor was opened for."""

    READ = "read"
    WRITE = "write"
    BOTH = "read and write"
    NONE = "path only"


@dataclass(frozen=True)
class Thread:
    """One thread, and the filters it is under, the oldest first."""

    number: int
    mode: int
    no_new_privs: bool
    filters: tuple[bytes, ...]


@dataclass(frozen=True)
class Descriptor:
    """One open descriptor."""

    number: int
    kind: Kind
    access: Access
    name: str


@dataclass(frozen=True)
class SharedMapping:
    """Memory that others may have too."""

    addresses: str
    name: str
    writable: bool
    """It is, or can be made so."""


@dataclass(frozen=True)
class Snapshot:
    """All of it at one moment."""

    pid: int
    threads: tuple[Thread, ...]
    descriptors: tuple[Descriptor, ...]
    shared: tuple[SharedMapping, ...]
    unread: tuple[str, ...]


def take(pid: int) -> Snapshot:
    """Read a process and leave it running.

    Raises:
        ProcessError: There is no such process, it has ended, or it ended meanwhile.
    """
    began = _begin(pid)
    unread: list[str] = []
    try:
        with stopped(pid, lambda n, error: _note_of_thread(n, error, unread)) as those:
            threads = [_thread(pid, number, those, unread) for number in tasks(pid)]
            descriptors = _try(_descriptors, pid, unread)
            shared = _try(_shared, pid, unread)
    except FileNotFoundError as error:
        raise ProcessError(f"process {pid} {_MEANWHILE}") from error
    if _begin(pid, _MEANWHILE) != began:
        raise ProcessError(f"process {pid} {_MEANWHILE}")
    return Snapshot(
        pid,
        tuple(thread for thread in threads if thread is not None),
        tuple(descriptors),
        tuple(shared),
        tuple(dict.fromkeys(unread)),
    )


def _begin(pid: int, gone: str = "does not exist") -> str:
    """Return when a process began, which tells it from a later one of its number."""
    try:
        status = _status(pid, pid)
        since = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()[19]
    except OSError as error:
        raise ProcessError(f"process {pid} {gone}") from error
    if status["State"][0] in "ZX":
        raise ProcessError(f"process {pid} has ended; only its exit status is left")
    if int(status["Tgid"]) != pid:
        raise ProcessError(f"{pid} is a thread of process {status['Tgid']}")
    return since


def _status(pid: int, number: int) -> dict[str, str]:
    lines = _read(f"/proc/{pid}/task/{number}/status").split("\n")
    pairs = (line.partition(":") for line in lines)
    return {key: value.strip() for key, _, value in pairs}


def _read(file: str) -> str:
    """Read a file of /proc; a process may bear a name that is no text."""
    return Path(file).read_text("utf-8", "replace")


def _note(what: str, error: OSError, unread: list[str]) -> None:
    unread.append(f"{what}: {_WHY.get(error.errno or 0, error.strerror)}")


def _note_of_thread(number: int, error: OSError, unread: list[str]) -> None:
    """Name what could not be read; a thread that has ended needs no reading."""
    if error.errno not in (errno.ESRCH, errno.ENOENT):
        _note(f"thread {number}", error, unread)


def _thread(pid: int, number: int, those: set[int], unread: list[str]) -> Thread | None:
    try:
        status = _status(pid, number)
        mode, privs = int(status["Seccomp"]), status["NoNewPrivs"] == "1"
    except OSError as error:
        _note_of_thread(number, error, unread)
        return None
    except KeyError as error:
        unread.append(f"thread {number}: the kernel does not tell {error}")
        return None
    told: tuple[bytes, ...] = ()
    if mode == FILTERED and number in those:
        try:
            told = tuple(filters(number))
        except OSError as error:
            _note_of_thread(number, error, unread)
    return Thread(number, mode, privs, told)


def _try(read: Callable[[int], list[T]], pid: int, unread: list[str]) -> list[T]:
    try:
        return read(pid)
    except OSError as error:
        _note(f"{error.filename}", error, unread)
        return []


def _descriptors(pid: int) -> list[Descriptor]:
    numbers = sorted(int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir())
    return [_descriptor(pid, number) for number in numbers]


def _descriptor(pid: int, number: int) -> Descriptor:
    link = Path(f"/proc/{pid}/fd/{number}")
    info = _read(f"/proc/{pid}/fdinfo/{number}")
    flags = int(re.findall(r"^flags:\s*(\d+)", info, re.MULTILINE)[0], 8)
    name = str(link.readlink())
    kind = _kind(link.stat().st_mode, name)
    ways = (Access.READ, Access.WRITE, Access.BOTH, Access.NONE)
    access = Access.NONE if flags & _PATH_ONLY else ways[flags & os.O_ACCMODE]
    return Descriptor(number, kind, access, name)


def _kind(mode: int, name: str) -> Kind:
    if name.startswith("/memfd:"):
        return Kind.MEMORY
    kinds = {
        stat.S_IFIFO: Kind.PIPE,
        stat.S_IFSOCK: Kind.SOCKET,
        stat.S_IFCHR: Kind.DEVICE,
        stat.S_IFBLK: Kind.DEVICE,
        stat.S_IFDIR: Kind.FOLDER,
        stat.S_IFREG: Kind.FILE,
    }
    return kinds.get(stat.S_IFMT(mode), Kind.OTHER)


def _shared(pid: int) -> list[SharedMapping]:
    """Return the mappings that are shared.

    Those of a file that was opened for reading alone can never be made writable, and
    the kernel says so in their flags: only `mw` counts.
    """
    found = []
    where = name = ""
    for line in _read(f"/proc/{pid}/smaps").split("\n"):
        if head := _MAPPING.fullmatch(line):
            where, name = head.groups()
        elif line.startswith("VmFlags:"):
            flags = line.split()[1:]
            if "ms" in flags or "sh" in flags:
                found.append(SharedMapping(where, name, "mw" in flags))
    return found
