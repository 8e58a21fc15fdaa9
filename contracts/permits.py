"""The hub's word that a camera may be opened: signed, short-lived, newest counts.

    number      of two permits the one with the larger number counts
    periods     [from, until)      [from, until)         the camera may see in these
    withdrawn   no periods                               it may not see at all

A permit that was withdrawn is replaced by a later one without periods, so that the
withdrawal is signed and survives a restart of the node as the permit does.
"""

from typing import Annotated

from msgspec import Meta, Struct

from contracts.messages import Number


class Period(Struct, frozen=True):
    """A time in which a camera may see, `[from_ms, until_ms)`."""

    from_ms: Number
    until_ms: Number


class Permit(Struct, frozen=True):
    """The signed body of a permit: when one camera may be opened."""

    site: str
    node: str
    camera: str
    number: Number
    issued_ms: Number
    periods: Annotated[tuple[Period, ...], Meta(max_length=64)]

    def covers(self, now_ms: int) -> bool:
        """Tell whether the camera may see at a moment."""
        return any(one.from_ms <= now_ms < one.until_ms for one in self.periods)

    def is_over(self, now_ms: int) -> bool:
        """Tell whether it had periods, and the last of them has ended."""
        return bool(self.periods) and all(p.until_ms <= now_ms for p in self.periods)
