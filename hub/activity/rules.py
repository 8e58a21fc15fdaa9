"""Heat maps and weekday means from counts; what was not seen is not zero.

A quarter is fifteen minutes from the full hour, `[starts, starts + 15 min)`, in UTC;
Finland's offsets are whole hours, so it lies in one hour of the town's clock. Means are
over seconds that were seen. `coverage` is seen seconds over the seconds asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from contracts.clock import from_ms, to_ms

QUARTER_MS: Final = 15 * 60 * 1000
HOUR_S: Final = 3600
HELSINKI: Final = ZoneInfo("Europe/Helsinki")
LEAST_TRUST: Final = 0.3
"""Below it a grid is noise, such as from an iced lens: not seen."""


class GridError(Exception):
    """Grids that cannot be added up."""


@dataclass(frozen=True)
class SeenGrid:
    """Quantised person-seconds of one camera over one stretch of time."""

    starts_ms: int
    length_s: int
    seen_s: int
    columns: int
    rows: int
    unit_person_s: float
    cells: bytes
    trust: float


@dataclass(frozen=True)
class SeenQuarter:
    """A roll-up cell."""

    starts_ms: int
    length_s: int
    seen_s: int
    person_s: float


@dataclass(frozen=True)
class Heat:
    """A heat map as numbers; `None` is a cell that was not seen."""

    columns: int
    rows: int
    person_s_per_hour: tuple[float | None, ...]
    coverage: float
    trust: float | None


@dataclass(frozen=True)
class Mean:
    """Mean people of one hour of a weekday; `None` where it was never seen."""

    weekday: int
    hour: int
    people: float | None
    coverage: float


def quarter_of(ms: int) -> int:
    """Return the start of the quarter that holds a moment."""
    return ms - ms % QUARTER_MS


def grid_fits(columns: int, rows: int, levels: int, cells: bytes) -> bool:
    """Tell whether a grid is what it says: the right size, every level in range."""
    if columns < 1 or rows < 1 or len(cells) != columns * rows:
        return False
    return max(cells) < levels


def heat(
    grids: Sequence[SeenGrid],
    asked_s: int,
    *,
    size: tuple[int, int],
    hidden: frozenset[int] = frozenset(),
) -> Heat:
    """Add grids up to person-seconds in an hour that was seen.

    Args:
        grids: Of one camera, without overlaps.
        asked_s: Length of the asked time, in which the camera might have looked.
        size: `(columns, rows)` of the map.
        hidden: Indices of cells that the camera cannot see, such as too far away.

    Raises:
        GridError: A grid of another size.
    """
    columns, rows = size
    if any((grid.columns, grid.rows) != size for grid in grids):
        raise GridError(f"a grid is not of {columns} x {rows} cells")
    believed = [g for g in grids if g.seen_s > 0 and g.trust >= LEAST_TRUST]
    seen = sum(grid.seen_s for grid in believed)
    coverage = min(1.0, seen / asked_s) if asked_s > 0 else 0.0
    if not seen:
        return Heat(columns, rows, (None,) * (columns * rows), coverage, None)
    sums = [0.0] * (columns * rows)
    for grid in believed:
        for index, level in enumerate(grid.cells):
            sums[index] += level * grid.unit_person_s
    return Heat(
        columns,
        rows,
        tuple(
            None if index in hidden else total * HOUR_S / seen
            for index, total in enumerate(sums)
        ),
        coverage,
        sum(grid.trust * grid.seen_s for grid in believed) / seen,
    )


def weekday_hours(
    quarters: Iterable[SeenQuarter], start: datetime, end: datetime
) -> tuple[Mean, ...]:
    """Return the mean of each hour of each weekday of `[start, end)`, Monday 0 first.

    An hour that the autumn change shows twice is one hour with twice the seconds; the
    hour that spring leaves out was not asked for, so it does not lower the coverage.
    """
    asked: dict[tuple[int, int], int] = defaultdict(int)
    for moment in _quarter_starts(start, end):
        asked[_hour_of(moment)] += QUARTER_MS // 1000
    seen: dict[tuple[int, int], int] = defaultdict(int)
    people: dict[tuple[int, int], float] = defaultdict(float)
    for quarter in quarters:
        hour = _hour_of(from_ms(quarter.starts_ms))
        seen[hour] += quarter.seen_s
        people[hour] += quarter.person_s
    return tuple(
        Mean(
            weekday,
            hour,
            people[weekday, hour] / seconds
            if (seconds := seen[weekday, hour])
            else None,
            min(1.0, seconds / wanted) if (wanted := asked[weekday, hour]) else 0.0,
        )
        for weekday in range(7)
        for hour in range(24)
    )


def _quarter_starts(start: datetime, end: datetime) -> Iterable[datetime]:
    moment = from_ms(quarter_of(to_ms(start.astimezone(UTC))))
    while moment < end:
        yield moment
        moment += timedelta(milliseconds=QUARTER_MS)


def _hour_of(moment: datetime) -> tuple[int, int]:
    local = moment.astimezone(HELSINKI)
    return local.weekday(), local.hour
