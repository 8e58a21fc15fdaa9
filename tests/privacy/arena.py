"""What a way out is, and what it is given: a place, a mark, somebody who looks on.

    ready        arm             (lock)         fire             seen
    onlooker     child           child          child            onlooker

What leads to the call is prepared before the lock, so that it is the call that is tried.
Whether anything came out is seen from the outside, by its effect, never told by the child.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.privacy.calls import sys

Fire = Callable[[], object]


@dataclass
class Arena:
    """Where one way is tried once."""

    folder: Path
    """Empty but for the file `there`; both sides reach it."""
    mark: bytes
    """16 letters and digits that nothing else knows."""
    pid: int = 0
    """Of the child; 0 before there is one."""
    onlooker: int = field(default_factory=os.getpid)
    frames: int = -1
    """The onlooker's end of the child's descriptor 0."""
    records: int = -1
    """The onlooker's end of the child's descriptor 1."""
    came: bytes = b""
    """What came through descriptor 1 before the child said that it is done."""
    status: int | None = None
    """How the child ended, as `waitpid` says it; `None` while it lives."""
    held: dict[str, object] = field(default_factory=dict)
    """What `ready` made for `arm` and `seen`."""

    @property
    def there(self) -> bytes:
        """The path of a file that is there."""
        return bytes(self.folder / "there")

    @property
    def new(self) -> bytes:
        """A path that is not there; its name is the mark."""
        return bytes(self.folder / self.mark.decode())

    def open(self, flags: int = os.O_RDWR) -> int:
        """Open the file that is there, as a library might have before the lock."""
        return os.open(self.there, flags)


def nothing(_: Arena) -> None:
    """Need nothing."""


@dataclass(frozen=True)
class Way:
    """One way out."""

    kind: str
    name: str
    arm: Callable[[Arena], Fire]
    seen: Callable[[Arena], bool]
    ready: Callable[[Arena], None] = nothing
    call: str = ""
    """If one call is all it takes: its name."""
    variant: str = ""
    """Ways of one name differ only in an argument, and count as one."""


def raw(  # noqa: PLR0913 - a row of a table
    kind: str,
    call: str,
    arguments: Callable[[Arena], tuple[object, ...]],
    seen: Callable[[Arena], bool],
    *,
    name: str = "",
    ready: Callable[[Arena], None] = nothing,
    variant: str = "",
) -> Way:
    """Return the way that is one call."""

    def arm(arena: Arena) -> Fire:
        given = arguments(arena)
        return lambda: sys(call, *given)

    return Way(kind, name or call, arm, seen, ready, call, variant)
