"""Time as every process means it: aware, in UTC, and handed in by the caller.

`SystemClock` reads the machine. `SimulatedClock` reads a mapped file that only the
simulated world writes, so that every process of a box shares one evening:

    magic    version  anchor_ns        utc_ns        monotonic_ns   rate
    "KYNC"   u32      u64 real mono    i64           i64            f64

`anchor_ns` is the machine's monotonic time at which `utc_ns` and `monotonic_ns` were
true; from there both run at `rate`. A move changes both by the same amount, so it is no
step to the clock rules. `version` is odd while the file is being written.
"""

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

LAYOUT = struct.Struct("<4sIQqqd")
MAGIC = b"KYNC"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ClockFileError(Exception):
    """The file is not a clock of the simulated world."""


class Clock(Protocol):
    """What tells the time."""

    simulated: bool

    def utc(self) -> datetime:
        """Return the present moment, aware, in UTC."""

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards, from an arbitrary start."""


class SystemClock:
    """The machine's clock. The only place that reads the real one."""

    simulated = False

    def utc(self) -> datetime:
        """Return the machine's wall clock in UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Return the machine's monotonic clock."""
        return time.monotonic()


class SimulatedClock:
    """The clock of the simulated world, read from its mapped file."""

    simulated = True

    def __init__(self, path: Path) -> None:
        """Map the file.

        Raises:
            ClockFileError: The file is missing, short or not a clock.
        """
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(
                    file.fileno(), LAYOUT.size, access=mmap.ACCESS_READ
                )
        except (OSError, ValueError) as error:
            raise ClockFileError(f"{path} cannot be mapped: {error}") from error
        if self._map[:4] != MAGIC:
            raise ClockFileError(f"{path} is not a clock of the simulated world")

    def utc(self) -> datetime:
        """Return the world's wall clock in UTC, to the microsecond."""
        anchor, utc_ns, _, rate = self._read()
        elapsed = (time.monotonic_ns() - anchor) * rate
        return _EPOCH + timedelta(microseconds=(utc_ns + elapsed) // 1000)

    def monotonic_s(self) -> float:
        """Return the world's monotonic clock."""
        anchor, _, monotonic_ns, rate = self._read()
        return (monotonic_ns + (time.monotonic_ns() - anchor) * rate) / 1e9

    def _read(self) -> tuple[int, int, int, float]:
        while True:
            _, before, anchor, utc_ns, monotonic_ns, rate = LAYOUT.unpack(self._map[:])
            version = int.from_bytes(self._map[4:8], "little")
            if before == version and not version % 2:
                return anchor, utc_ns, monotonic_ns, rate


class ManualClock:
    """A clock that stands still until it is moved; for tests."""

    simulated = True

    def __init__(self, start: datetime) -> None:
        self._utc = start
        self._monotonic_s = 0.0

    def utc(self) -> datetime:
        """Return the moment the clock was last moved to."""
        return self._utc

    def monotonic_s(self) -> float:
        """Return the seconds that have passed since the start."""
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._utc += timedelta(seconds=seconds)
        self._monotonic_s += seconds


def open_clock(setting: str) -> Clock:
    """Return the clock that a setting names: `system` or `simulated:FILE`.

    Raises:
        ClockFileError: The setting or its file is not a clock.
    """
    if setting == "system":
        return SystemClock()
    kind, _, name = setting.partition(":")
    if kind != "simulated" or not name:
        raise ClockFileError(f"clock is `system` or `simulated:FILE`, not {setting!r}")
    return SimulatedClock(Path(name))


def to_ms(moment: datetime) -> int:
    """Return an aware moment as milliseconds since 1970 UTC, as the wire carries it."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """Return milliseconds since 1970 UTC as an aware moment."""
    return _EPOCH + timedelta(milliseconds=ms)
