"""Whether the time can be believed. Pure: both clocks are handed in.

    utc far behind the latest moment ever seen   no moment is believed
    utc and monotonic part by more than 60 s     both must lie inside a window
    utc a little behind the latest moment        that latest moment counts

So a backward step never opens a window that has ended.
"""

from datetime import datetime, timedelta

STEP = timedelta(seconds=60)


class TimeTrust:
    """Compares the wall clock with the monotonic one and with what was seen before."""

    def __init__(self, high: datetime, utc: datetime, mono_s: float) -> None:
        self._high = high
        self._utc, self._mono_s = utc, mono_s

    @property
    def high(self) -> datetime:
        """The latest moment that was believed."""
        return self._high

    def moments(self, utc: datetime, mono_s: float) -> tuple[datetime, ...]:
        """Return the moments that it may be; a grant must hold at each of them.

        Returns:
            One moment normally, two after a step, none when the time is not known.
        """
        if utc < self._high - STEP:
            return ()
        expected = self._utc + timedelta(seconds=mono_s - self._mono_s)
        if abs(utc - expected) > STEP:
            return (max(utc, self._high), expected)
        self._utc, self._mono_s = utc, mono_s
        self._high = max(self._high, utc)
        return (self._high,)
