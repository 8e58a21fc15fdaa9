r"""One minute of observations becomes the records of that minute.

    frame  frame  frame  ...  frame | first frame of the next minute
    \_______________________________/  -> zones, lines, grid rows, then the window

The window comes last: who has read it has the whole minute. Seconds seen are the whole
seconds in which there was a frame that showed the place; person-seconds are the mean
count times those. A frame that showed nothing lowers the trust, not the count. When
the clock is put back, the open minute is dropped: nobody can say how long it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from contracts.clock import from_ms, to_ms
from contracts.records import (
    GRID_COLUMNS,
    GRID_ROWS,
    MAX_CELL_PERSON_S,
    MAX_DWELL_S,
    MAX_PEOPLE,
    NO_FLAGS,
    GridRecord,
    LineRecord,
    Record,
    WeatherFlag,
    WindowRecord,
    ZoneRecord,
)
from edge.vision.lines import Crossings
from edge.vision.zones import NO_STAYS, Stays

MINUTE_MS: Final = 60_000
_Curve = tuple[tuple[float, float], ...]
_COUNTED: Final[_Curve] = ((0, 1.0), (7.5, 0.92), (15, 0.71))
"""How many are counted, and the share of those there that this is, in the simulated
recesses, `models.evaluate report --only recess`, where the ground is not known. Below ten
counted it rests on 3 windows of 10 s, above on 81, whose share lies between .61 and .80."""
_COUNTED_ON_GROUND: Final[_Curve] = ((0, 1.0), (10, 0.95))
"""The same with `edge.vision.knots`; above ten it lies between .95 and 1.0."""


@dataclass(frozen=True)
class Presence:
    """How many people are somewhere in one frame, and how lively they are together."""

    people: float
    activity: float
    """Sum over the people."""
    active: float = 0.0
    """How many of them are active."""


@dataclass(frozen=True)
class Use:
    """What happens in a zone in one frame."""

    presence: Presence
    ended: Stays = NO_STAYS
    """Stays that have ended since the frame before."""


@dataclass(frozen=True)
class Observation:
    """What one frame showed."""

    at: datetime
    everywhere: Presence
    zones: tuple[Use, ...]
    crossings: tuple[Crossings, ...]
    """Since the frame before, one for each line."""
    cells: npt.NDArray[np.float64] | None
    trust: float
    flags: WeatherFlag
    seen: bool = True
    """The frame showed the place; else nothing but trust and flags is told."""


@dataclass
class Windows:
    """Collects observations and closes each minute."""

    _minute: int | None = None
    _seen: list[Observation] = field(default_factory=list)
    _flags: WeatherFlag = NO_FLAGS

    def add(self, observation: Observation) -> list[Record]:
        """Take an observation; return the records of the minute it closed, if any."""
        closed = self._turn(minute_of(observation.at))
        self._seen.append(observation)
        return closed

    def missed(self, now: datetime) -> list[Record]:
        """Note that a frame failed to come; return the records of what has ended.

        A whole minute without a frame gives an empty window that says so; of a longer
        time only the last minute does.
        """
        minute, before = minute_of(now), self._minute
        closed = self._turn(minute)
        self._flags = WeatherFlag.NO_FRAMES
        if before is not None and (
            minute - before > 1 or (minute > before and not closed)
        ):
            empty = WindowRecord(minute - 1, 0, 0, 0, 0, 0, WeatherFlag.NO_FRAMES)
            closed.append(empty)
        return closed

    def _turn(self, minute: int) -> list[Record]:
        """Open a minute; return the records of the one before if it has ended."""
        before = minute if self._minute is None else self._minute
        if minute == before:
            self._minute = minute
            return []
        ended = minute > before and len(self._seen) > 0
        closed = summarise(before, self._seen, self._flags) if ended else []
        self._minute, self._seen, self._flags = minute, [], NO_FLAGS
        return closed


def undercount(people: float, *, on_ground: bool) -> float:
    """Return the share of the people there that is missed when so many are counted.

    Whoever stands behind others is not seen, and a crowd hides more than snow does.

    Args:
        people: Counted.
        on_ground: Whether the ground is known.
    """
    curve = _COUNTED_ON_GROUND if on_ground else _COUNTED
    counts, shares = zip(*curve, strict=True)
    return 1 - float(np.interp(people, counts, shares))


def minute_of(moment: datetime) -> int:
    """Return the minutes since 1970."""
    return to_ms(moment) // MINUTE_MS


def start_of(minute: int) -> datetime:
    """Return when a minute starts."""
    return from_ms(minute * MINUTE_MS)


def summarise(
    minute: int, observed: Sequence[Observation], flags: WeatherFlag = NO_FLAGS
) -> list[Record]:
    """Return the records of one minute: its parts, and the window."""
    trust = _percent(sum(o.trust for o in observed) / len(observed))
    for observation in observed:
        flags |= observation.flags
    seen = [observation for observation in observed if observation.seen]
    if not seen:
        return [WindowRecord(minute, 0, trust, 0, 0, 0, flags)]
    seen_s = len({observation.at.second for observation in seen})
    records: list[Record] = []
    for zone in range(len(seen[0].zones)):
        uses = [o.zones[zone] for o in seen]
        used = {o.at.second for o in seen if o.zones[zone].presence.people}
        sums = _summed([use.presence for use in uses], seen_s)
        stays = _stays([use.ended for use in uses])
        records.append(
            ZoneRecord(minute, zone, seen_s, trust, *sums, *stays, len(used))
        )
    for line in range(len(seen[0].crossings)):
        crossed = [o.crossings[line] for o in seen]
        ways = (
            _counts([c.forward for c in crossed]),
            _counts([c.backward for c in crossed]),
        )
        records.append(LineRecord(minute, line, seen_s, trust, *ways))
    records += _grid(minute, seen, seen_s, trust)
    everywhere = [o.everywhere for o in seen]
    sums = _summed(everywhere, seen_s)
    active_s = round(
        sum(min(MAX_PEOPLE, p.active) for p in everywhere) / len(seen) * seen_s
    )
    active_s = min(active_s, sums[0])
    on_ground = seen[0].cells is not None
    share = _percent(undercount(sums[0] / seen_s, on_ground=on_ground))
    window = WindowRecord(minute, seen_s, trust, *sums, flags, active_s, share)
    return [*records, window]


def _summed(presences: Sequence[Presence], seen_s: int) -> tuple[int, int, int]:
    """Return person-seconds, the most people and the activity in percent."""
    counts = [min(float(MAX_PEOPLE), presence.people) for presence in presences]
    everyone = sum(presence.people for presence in presences)
    lively = sum(presence.activity for presence in presences) / max(1.0, everyone)
    mean = sum(counts) / len(counts)
    return round(mean * seen_s), round(max(counts)), _percent(lively)


def _stays(ended: Sequence[Stays]) -> tuple[int, int]:
    """Return how many stays have ended, and their seconds."""
    visits = min(MAX_PEOPLE, sum(stays.visits for stays in ended))
    return visits, min(MAX_DWELL_S, round(sum(stays.dwell_s for stays in ended)))


def _counts(crossed: Sequence[tuple[int, ...]]) -> tuple[int, int, int]:
    """Return the sums over a minute: people, cyclists, cars."""
    people, cyclists, cars = (
        min(MAX_PEOPLE, sum(kind)) for kind in zip(*crossed, strict=True)
    )
    return people, cyclists, cars


def _grid(
    minute: int, seen: Sequence[Observation], seen_s: int, trust: int
) -> list[Record]:
    counted = [o.cells for o in seen if o.cells is not None]
    if not counted:
        return []
    total = np.zeros((GRID_ROWS, GRID_COLUMNS))
    for cells in counted:
        total += cells
    person_s = np.rint(total / len(counted) * seen_s).astype(int)
    rows = np.minimum(person_s, MAX_CELL_PERSON_S).tolist()
    return [
        GridRecord(minute, row, seen_s, trust, tuple(cells))
        for row, cells in enumerate(rows)
    ]


def _percent(share: float) -> int:
    return max(0, min(100, round(100 * share)))
