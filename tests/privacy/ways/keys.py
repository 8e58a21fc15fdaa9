"""Keyrings of the kernel."""

import ctypes
from collections.abc import Callable

from tests.privacy.arena import Arena, raw
from tests.privacy.calls import sys

KIND = "keyrings"
_SESSION = -3
_UPDATE, _REVOKE, _SETPERM, _DESCRIBE, _LINK, _UNLINK = 2, 3, 5, 6, 8, 9
_SEARCH, _READ, _INVALIDATE = 10, 11, 21
_RIGHTS = 0x3F3F0000


def _key(arena: Arena) -> None:
    """Have a key, and a ring that it is not in."""
    name = arena.folder.name.encode()
    arena.held["key"] = sys("add_key", b"user", name, b"-" * 16, 16, _SESSION)
    arena.held["ring"] = sys("add_key", b"keyring", name, None, 0, _SESSION)


def _there(arena: Arena) -> bytes:
    return arena.folder.name.encode()


def _found(ring: int, name: bytes) -> bool:
    try:
        sys("keyctl", _SEARCH, ring, b"user", name, 0)
    except OSError:
        return False
    return True


def _told(operation: int, look: Callable[[bytes], bool]) -> Callable[[Arena], bool]:
    """What is read of the key, or said of it, looks like this; empty: it cannot be."""

    def seen(arena: Arena) -> bool:
        got = ctypes.create_string_buffer(128)
        try:
            length = sys("keyctl", operation, arena.held["key"], got, 128)
        except OSError:
            return look(b"")
        return look(got.raw[:length])

    return seen


def _updated(arena: Arena) -> bool:
    return _told(_READ, lambda read: read == arena.mark)(arena)


_lost = _told(_READ, lambda read: not read)

WAYS = (
    raw(
        KIND,
        "add_key",
        lambda a: (b"user", a.mark, b"x", 1, _SESSION),
        lambda a: _found(_SESSION, a.mark),
    ),
    raw(
        KIND,
        "request_key",
        lambda a: (b"user", _there(a), None, a.held["ring"]),
        lambda a: _found(a.held["ring"], _there(a)),
        ready=_key,
    ),
    raw(
        KIND,
        "keyctl",
        lambda a: (_UPDATE, a.held["key"], a.mark, 16),
        _updated,
        name="keyctl update",
        ready=_key,
    ),
    raw(
        KIND,
        "keyctl",
        lambda a: (_SETPERM, a.held["key"], _RIGHTS),
        _told(_DESCRIBE, lambda told: b"3f3f0000" in told),
        name="keyctl setperm",
        ready=_key,
    ),
    raw(
        KIND,
        "keyctl",
        lambda a: (_LINK, a.held["key"], a.held["ring"]),
        lambda a: _found(a.held["ring"], _there(a)),
        name="keyctl link",
        ready=_key,
    ),
    raw(
        KIND,
        "keyctl",
        lambda a: (_UNLINK, a.held["key"], _SESSION),
        lambda a: not _found(_SESSION, _there(a)),
        name="keyctl unlink",
        ready=_key,
    ),
    raw(
        KIND,
        "keyctl",
        lambda a: (_REVOKE, a.held["key"]),
        _lost,
        name="keyctl revoke",
        ready=_key,
    ),
    raw(
        KIND,
        "keyctl",
        lambda a: (_INVALIDATE, a.held["key"]),
        _lost,
        name="keyctl invalidate",
        ready=_key,
    ),
)
