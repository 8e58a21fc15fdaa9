"""The whole machine seen through a second layer: what is written anywhere lies there.

    root/etc   = /etc  under layer/etc
    root/home  = /home under layer/home      ...      root/proc, dev, sys: as they are

Needs a user and mount namespace of one's own.
"""

from pathlib import Path
from typing import Final

from tests.privacy.calls import sys as call

_AS_THEY_ARE: Final = ("proc", "dev", "sys")
_BIND, _REC, _REMOUNT, _READ_ONLY = 4096, 16384, 32, 1


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
        flags = _BIND | _REMOUNT | _READ_ONLY
        call("mount", None, bytes(over), None, flags, None)
