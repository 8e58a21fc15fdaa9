"""The hand that sets the clock of the simulated world.

Writes the file that `contracts.clock.SimulatedClock` reads; its layout is drawn there.
`version` is odd while the rest is being written, so that a reader in another process
never takes half a move for a moment. One writer at a time.

A move carries the wall clock and the monotonic clock together. Only `step`, a fault,
moves the wall clock alone.
"""

import argparse
import mmap
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from pathlib import Path
from zoneinfo import ZoneInfo

from contracts.clock import LAYOUT, MAGIC, SystemClock

HELSINKI = ZoneInfo("Europe/Helsinki")
EVENING = wall_time(16, 30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_S = 1_000_000_000
_VERSION = slice(4, 8)


class BackwardsError(ValueError):
    """Time would run backwards, which only a fault may do."""


@dataclass(frozen=True)
class _Reading:
    anchor_ns: int
    utc_ns: int
    monotonic_ns: int
    rate: float


class WorldClock:
    """The clock file, open for writing."""

    def __init__(self, path: Path) -> None:
        """Open a clock that `create` has made.

        Raises:
            OSError: There is no such file.
            ValueError: It is not a clock.
        """
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), LAYOUT.size)
        if self._map[:4] != MAGIC:
            raise ValueError(f"{path} is not a clock of the simulated world")

    @classmethod
    def create(cls, path: Path, start: datetime, *, rate: float = 1.0) -> "WorldClock":
        """Make the file, in one step, and open it.

        A process that has mapped an older file of that name stays with the older one.
        """
        utc_ns = _ns(start)
        fresh = path.with_name(path.name + ".new")
        fresh.write_bytes(
            LAYOUT.pack(MAGIC, 0, time.monotonic_ns(), utc_ns, 0, _forward(rate))
        )
        fresh.replace(path)
        return cls(path)

    def utc(self) -> datetime:
        """Return the world's wall clock."""
        return _EPOCH + timedelta(microseconds=self._now().utc_ns // 1000)

    def advance(self, seconds: float) -> None:
        """Let time pass at once.

        Raises:
            BackwardsError: `seconds` is negative.
        """
        if seconds < 0:
            raise BackwardsError("time only passes")
        self._move(round(seconds * _S))

    def move_to(self, moment: datetime) -> None:
        """Move to an aware moment.

        Raises:
            BackwardsError: It has passed.
        """
        now = self._now()
        if _ns(moment) < now.utc_ns:
            raise BackwardsError("the moment has passed")
        self._move(_ns(moment) - now.utc_ns)

    def move_to_wall(self, wall: wall_time) -> None:
        """Move to a wall time in Finland, today or, when it has passed, tomorrow."""
        today = self.utc().astimezone(HELSINKI).date()
        moment = datetime.combine(today, wall, HELSINKI)
        if _ns(moment) < self._now().utc_ns:
            moment = datetime.combine(today + timedelta(days=1), wall, HELSINKI)
        self.move_to(moment)

    def set_rate(self, rate: float) -> None:
        """Let time run faster, slower or, at 0, stand still.

        Raises:
            BackwardsError: `rate` is negative.
        """
        self._write(replace(self._now(), rate=_forward(rate)))

    def step(self, seconds: float) -> None:
        """As a fault, step the wall clock alone, backwards too."""
        now = self._now()
        self._write(replace(now, utc_ns=now.utc_ns + round(seconds * _S)))

    def close(self) -> None:
        """Let go of the file; the world's time runs on."""
        self._map.close()

    def _now(self) -> _Reading:
        _, _, anchor, utc_ns, monotonic_ns, rate = LAYOUT.unpack(self._map[:])
        here = time.monotonic_ns()
        elapsed = round((here - anchor) * rate)
        return _Reading(here, utc_ns + elapsed, monotonic_ns + elapsed, rate)

    def _move(self, by_ns: int) -> None:
        now = self._now()
        self._write(
            replace(
                now, utc_ns=now.utc_ns + by_ns, monotonic_ns=now.monotonic_ns + by_ns
            )
        )

    def _write(self, new: _Reading) -> None:
        version = int.from_bytes(self._map[_VERSION], "little")
        # An odd version that is already there is of a writer that died half-way.
        busy = (version | 1) & 0xFFFFFFFF
        done = (busy + 1) & 0xFFFFFFFF
        self._map[_VERSION] = busy.to_bytes(4, "little")
        whole = LAYOUT.pack(
            MAGIC, busy, new.anchor_ns, new.utc_ns, new.monotonic_ns, new.rate
        )
        self._map[8:] = whole[8:]
        self._map[_VERSION] = done.to_bytes(4, "little")


def evening(now: datetime) -> datetime:
    """Return half past four of the afternoon, in Finland, on the day of `now`."""
    return datetime.combine(now.astimezone(HELSINKI).date(), EVENING, HELSINKI)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done with a clock file."""
    parser.add_argument("file", type=Path)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--create", action="store_true", help="at 16.30 today")
    what.add_argument("--advance", type=float, metavar="SECONDS")
    what.add_argument("--move-to", type=wall_time.fromisoformat, metavar="HH:MM")
    what.add_argument("--rate", type=float)
    what.add_argument("--fault-step", type=float, metavar="SECONDS")


def run(options: argparse.Namespace) -> None:
    """Do one thing with a clock file and print what time it then is."""
    if options.create:
        clock = WorldClock.create(options.file, evening(SystemClock().utc()))
    else:
        clock = WorldClock(options.file)
    if options.advance is not None:
        clock.advance(options.advance)
    if options.move_to is not None:
        clock.move_to_wall(options.move_to)
    if options.rate is not None:
        clock.set_rate(options.rate)
    if options.fault_step is not None:
        clock.step(options.fault_step)
    print(clock.utc().astimezone(HELSINKI).isoformat())
    clock.close()


def main(argv: Sequence[str] | None = None) -> int:
    """Set a clock file from the command line."""
    parser = argparse.ArgumentParser(prog="firmware_sim clock", description=__doc__)
    add_arguments(parser)
    run(parser.parse_args(argv))
    return 0


def _ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def _forward(rate: float) -> float:
    if rate < 0:
        raise BackwardsError("time only passes")
    return rate


if __name__ == "__main__":
    raise SystemExit(main())
