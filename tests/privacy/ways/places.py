"""Namespaces and mounts."""

import os
import struct
from pathlib import Path

from tests.privacy.arena import Arena, Fire, Way, raw
from tests.privacy.calls import AT_FDCWD, sys
from tests.privacy.eyes import Eye, descriptor, process
from tests.privacy.ways.others import Bystander

KIND = "namespaces and mounts"
_NEW = {
    "mnt": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000,
    "user": 0x10000000, "net": 0x40000000, "time_for_children": 0x80,
}  # fmt: skip
_TABLE = "/proc/self/mountinfo"
_CLONE_TREE, _FROM_EMPTY, _READ_ONLY = 1, 4, 1
_CREATE = 6


def _elsewhere(which: str) -> Eye:
    """The child is in another namespace than who looks on."""
    ours = Path(f"/proc/self/ns/{which}")

    def seen(arena: Arena) -> bool:
        try:
            return Path(f"/proc/{arena.pid}/ns/{which}").readlink() != ours.readlink()
        except OSError:
            return False

    return seen


class _Neighbour(Bystander):
    """A process in a namespace of its own."""

    def __init__(self) -> None:
        here = os.open("/proc/self/ns/uts", os.O_RDONLY)
        sys("unshare", _NEW["uts"])
        super().__init__()
        sys("setns", here, 0)
        os.close(here)


def _neighbour(arena: Arena) -> None:
    arena.held["neighbour"] = _Neighbour()


def _theirs(arena: Arena) -> tuple[object, ...]:
    path = f"/proc/{arena.held['neighbour'].pid}/ns/uts"
    return os.open(path, os.O_RDONLY), 0


def _mounted(arena: Arena) -> bool:
    return f" {_disk(arena)} " in Path(_TABLE).read_text("ascii")


def _disk(arena: Arena) -> str:
    return str(arena.folder / "disk")


def _place(arena: Arena) -> None:
    (arena.folder / "disk").mkdir()


def _mount(arena: Arena) -> None:
    _place(arena)
    sys("mount", b"mark", _disk(arena).encode(), b"tmpfs", 0, None)


def _read_only(arena: Arena) -> bool:
    rows = Path(_TABLE).read_text("ascii").splitlines()
    return any(f" {_disk(arena)} ro" in row for row in rows)


def _pivot(arena: Arena) -> Fire:
    """Change the root, in mounts of its own."""
    sys("unshare", _NEW["mnt"])
    disk = _disk(arena).encode()
    sys("mount", b"mark", disk, b"tmpfs", 0, None)
    os.mkdir(disk + b"/old")  # noqa: PTH102 - a path of bytes
    return lambda: sys("pivot_root", disk, disk + b"/old")


def _made(_: Arena) -> int:
    """Return a file system that waits to be finished."""
    system = sys("fsopen", b"tmpfs", 0)
    sys("fsconfig", system, _CREATE, None, None, 0)
    return system


def _tree(arena: Arena) -> tuple[object, ...]:
    tree = sys("open_tree", AT_FDCWD, bytes(arena.folder), _CLONE_TREE)
    return tree, b"", AT_FDCWD, _disk(arena).encode(), _FROM_EMPTY


def _swaps(arena: Arena) -> bool:
    return str(arena.folder) in Path("/proc/swaps").read_text("ascii")


def _accounts(arena: Arena) -> bool:
    return bool(Path(os.fsdecode(arena.there)).stat().st_size > 64)


WAYS = (
    *(
        raw(KIND, "unshare", lambda _, f=flag: (f,), _elsewhere(which), variant=which)
        for which, flag in _NEW.items()
    ),
    raw(KIND, "setns", _theirs, _elsewhere("uts"), ready=_neighbour),
    raw(
        KIND,
        "sethostname",
        lambda a: (a.mark, 16),
        lambda a: os.uname().nodename.encode() == a.mark,
    ),
    raw(
        KIND,
        "setdomainname",
        lambda a: (a.mark, 16),
        lambda a: a.mark in Path("/proc/sys/kernel/domainname").read_bytes(),
    ),
    raw(
        KIND,
        "mount",
        lambda a: (a.mark, _disk(a).encode(), b"tmpfs", 0, None),
        _mounted,
        ready=_place,
    ),
    raw(
        KIND,
        "umount2",
        lambda a: (_disk(a).encode(), 0),
        lambda a: not _mounted(a),
        ready=_mount,
    ),
    raw(KIND, "move_mount", _tree, _mounted, ready=_place),
    raw(
        KIND,
        "mount_setattr",
        lambda a: (
            AT_FDCWD, _disk(a).encode(), 0, struct.pack("<4Q", _READ_ONLY, 0, 0, 0), 32,
        ),
        _read_only,
        ready=_mount,
    ),
    Way(
        KIND,
        "pivot_root",
        _pivot,
        process("mountinfo", r" /old "),
        _place,
        "pivot_root",
    ),
    raw(KIND, "fsmount", lambda a: (_made(a), 0, 0), descriptor("^/$")),
    raw(KIND, "swapon", lambda a: (a.there, 0), _swaps),
    raw(KIND, "acct", lambda a: (a.there,), _accounts),
)  # fmt: skip
