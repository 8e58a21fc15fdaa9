"""Which faults are told, in which words, and when.

A worker that was taken over could speak in faults: by which one it causes, and when. So
of those that a worker can cause there are few words, at most one is told in an hour, and
only when a quarter of an hour begins. What the gate notices by itself, or what follows
from figures that leave anyhow, is told at once.
"""

from typing import Final

from edge.vision.grids import QUARTER_MIN

CLOCK: Final = "clock was put back"
NO_FRAMES: Final = "camera gives no frames"
CONTRADICTION: Final = "figures contradict each other"
REFUSED: Final = "record refused"
_OTHER: Final = "worker fails"
WORKERS: Final = frozenset(
    {
        CONTRADICTION,
        REFUSED,
        "feeder ended",
        "worker cannot be locked",
        "worker cannot start",
        "worker ended",
        "worker silent",
        "worker stopped by its lock",
        "worker talks nonsense",
        _OTHER,
    }
)
"""What a worker can cause."""
HOUR_MIN: Final = 60
_QUIET_MIN: Final = 10
"""What is told at once is told again only after this long."""


class Faults:
    """The faults of one camera."""

    def __init__(self, *, hurried: bool) -> None:
        """Start with none.

        Args:
            hurried: Time is simulated: every fault is told at once, with its detail.
        """
        self._hurried = hurried
        self._told: dict[str, int] = {}
        self._now: list[str] = []
        self._waiting = ""
        self._last_min: int | None = None

    def note(self, why: str, minute: int) -> None:
        """Take a fault, in fixed words; a detail may follow after a colon."""
        if self._hurried or why in (CLOCK, NO_FRAMES):
            last = self._told.get(why)
            if last is None or minute - last >= _QUIET_MIN:
                self._told[why] = minute
                self._now.append(why)
            return
        word, _, _ = why.partition(":")
        # The first of an hour: what comes after it is mostly its consequence.
        self._waiting = self._waiting or (word if word in WORKERS else _OTHER)

    def take(self, slot: int | None = None) -> list[str]:
        """Return what is to be told now.

        Args:
            slot: The minute that begins, when one does.
        """
        told, self._now = self._now, []
        if self._waiting and slot is not None and slot % QUARTER_MIN == 0:
            if self._last_min is None or slot - self._last_min >= HOUR_MIN:
                told.append(self._waiting)
                self._last_min = slot
            self._waiting = ""
        return told

    def forget(self) -> None:
        """Begin anew: the clock was put back."""
        self._told.clear()
        self._waiting, self._last_min = "", None
