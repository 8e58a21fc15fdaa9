"""The whole machine seen through a second layer: what is written anywhere lies there.

    root/etc   = /etc  under layer/etc
    root/home  = /home under layer/home      ...      root/proc, dev, sys: as they are

Needs a user and mount namespace of one's own.
"""

import struct
from pathlib import Path
from typing import Final

from tests.privacy.calls import sys as call

_AS_THEY_ARE: Final = ("proc", "dev", "sys")
_BIND, _REC = 4096, 16384
_READ_ONLY, _RECURSIVE = 1, 0x8000


def lay(place: Path) -> tuple[Path, Path]:
    """Return the new root and the layer beneath a folder."""
    root, layer, work = (place / name for name in ("root", "layer", "work"))
    for folder in (root, layer, work):
        folder.mkdir()
    for entry in sorted(Path("/").iterdir()):
        over = root / entry.name
        if entry.is_symlink():
            over.symlink_to(entry.readlink())
        elif entry.is_dir():
            over.mkdir()
            if entry.name in _AS_THEY_ARE:
                bind(entry, over)
            else:
                _cover(entry, over, layer / entry.name, work / entry.name)
    return root, layer


def bind(entry: Path, over: Path) -> None:
    """Let a folder be seen at a second place, with what is mounted in it."""
    call("mount", bytes(entry), bytes(over), None, _BIND | _REC, None)


def _cover(entry: Path, over: Path, layer: Path, work: Path) -> None:
    layer.mkdir()
    work.mkdir()
    told = f"lowerdir={entry},upperdir={layer},workdir={work},userxattr".encode()
    try:
        call("mount", b"overlay", bytes(over), b"overlay", 0, told)
    except OSError:
        # Something that the namespace may not look behind is mounted in it: there
        # nothing can be written at all.
        bind(entry, over)
        read_only = struct.pack("<4Q", _READ_ONLY, 0, 0, 0)
        call("mount_setattr", 0, bytes(over), _RECURSIVE, read_only, len(read_only))
