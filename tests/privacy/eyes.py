"""How somebody outside sees that something came out."""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from tests.privacy.arena import Arena

Eye = Callable[[Arena], bool]


def in_folder(arena: Arena) -> bool:
    """The mark is a name, a content, a link's target or an attribute in the folder."""
    for path in arena.folder.rglob("*"):
        if arena.mark in bytes(path) or arena.mark in _of(path):
            return True
    return False


def _of(path: Path) -> bytes:
    if path.is_symlink():
        return bytes(path.readlink())
    told = b"".join(
        os.fsencode(name) + os.getxattr(path, name) for name in os.listxattr(path)
    )
    return told + path.read_bytes() if path.is_file() else told


def of_file(look: Callable[[os.stat_result], bool]) -> Eye:
    """The file that is there looks like this."""

    def seen(arena: Arena) -> bool:
        try:
            return look(os.stat(arena.there))  # noqa: PTH116 - a path of bytes
        except FileNotFoundError:
            return False

    return seen


def gone(arena: Arena) -> bool:
    """The file is there no more."""
    return not os.path.lexists(arena.there)


def process(file: str, pattern: str) -> Eye:
    """A file of the child in /proc, or a link there, says this."""

    def seen(arena: Arena) -> bool:
        told = of_process(arena, file)
        wanted = pattern.replace("MARK", arena.mark.decode())
        return re.search(wanted, told, re.MULTILINE) is not None

    return seen


def of_process(arena: Arena, file: str) -> str:
    """Return what a file or link of the child in /proc says; empty if it is gone."""
    path = Path(f"/proc/{arena.pid}/{file}")
    try:
        if path.is_symlink():
            return str(path.readlink())
        return path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def descriptors(arena: Arena) -> dict[int, str]:
    """Return the child's descriptors and where they lead."""
    folder, found = Path(f"/proc/{arena.pid}/fd"), {}
    try:
        for entry in folder.iterdir():
            found[int(entry.name)] = str(entry.readlink())
    except OSError:
        pass
    return found


def descriptor(pattern: str, least: int = 1) -> Eye:
    """The child has come by a descriptor that leads there."""

    def seen(arena: Arena) -> bool:
        pairs = descriptors(arena).items()
        return sum(n > 2 and bool(re.search(pattern, to)) for n, to in pairs) >= least

    return seen


def came(arena: Arena) -> bool:
    """The mark came through descriptor 1 outside of a record."""
    return arena.mark in arena.came


def came_more(length: int) -> Eye:
    """So much came through descriptor 1 that is no record."""
    return lambda arena: len(arena.came) == length


def pipe(look: Callable[[os.stat_result], bool]) -> Eye:
    """The records' pipe looks like this from its other end."""
    return lambda arena: look(os.fstat(arena.records))


def mode_is(mode: int) -> Callable[[os.stat_result], bool]:
    """It has these rights."""
    return lambda found: stat.S_IMODE(found.st_mode) == mode


def time_is(seconds: int) -> Callable[[os.stat_result], bool]:
    """It was changed at this second."""
    return lambda found: int(found.st_mtime) == seconds
