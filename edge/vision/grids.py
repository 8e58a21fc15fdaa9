"""A quarter of an hour of heat cells, added up by the gate and coarsened to 4 levels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.messages import GridEvent
from contracts.records import (
    GRID_COLUMNS,
    GRID_ROWS,
    MINUTE_S,
    GridRecord,
    WindowRecord,
)
from edge.vision.windows import MINUTE_MS

QUARTER_MIN: Final = 15
LEVELS: Final = 4
LEAST_PEOPLE: Final = 5
UNITS_PERSON_S: Final = (30, 60, 120, 240, 480, 960, 1920, 3840, 7680)
"""What one level may stand for; few choices, so that the choice says little."""
_LEAST_SHARE: Final = 0.25
"""Of the people present, how many must stand on the plan."""
_ROUNDING_PERSON_S: Final = GRID_ROWS * GRID_COLUMNS // 2
"""Each cell of a minute is rounded by up to half a person-second."""


@dataclass
class Quarter:
    """The minutes of one quarter with enough people in them."""

    start: int
    """Its first minute since 1970."""
    cells: list[int] = field(default_factory=lambda: [0] * (GRID_ROWS * GRID_COLUMNS))
    person_s: int = 0
    seen_s: int = 0
    minutes: int = 0
    trust: int = 0
    contradicts: bool = False
    """The cells of some minute and its occupancy cannot both be true."""

    def add(self, window: WindowRecord, rows: Sequence[GridRecord]) -> None:
        """Add a minute, if at least five people were present on average."""
        if len(rows) != GRID_ROWS or window.person_s < LEAST_PEOPLE * window.seen_s:
            return
        if not window.seen_s:
            return
        cells = [cell for row in rows for cell in row.cells]
        most = window.person_s + _ROUNDING_PERSON_S
        least = _LEAST_SHARE * window.person_s - _ROUNDING_PERSON_S
        if not least <= sum(cells) <= most:
            self.contradicts = True
        self.cells = [a + b for a, b in zip(self.cells, cells, strict=True)]
        self.person_s += window.person_s
        self.seen_s += window.seen_s
        self.minutes += 1
        self.trust += window.trust_pct

    def event(self) -> GridEvent:
        """Return the coarse grid; empty when there were never five people."""
        unit = unit_for(max(self.cells))
        trust = self.trust / max(1, self.minutes)
        return GridEvent(
            starts_ms=self.start * MINUTE_MS,
            length_s=QUARTER_MIN * MINUTE_S,
            seen_s=self.seen_s,
            columns=GRID_COLUMNS,
            rows=GRID_ROWS,
            levels=LEVELS,
            unit_person_s=float(unit),
            cells=quantised(self.cells, unit),
            trust=round(trust / 5) * 5 / 100,
        )


def unit_for(most: int) -> int:
    """Return the smallest unit in which the fullest cell fits into the levels."""
    for unit in UNITS_PERSON_S:
        if most <= unit * (LEVELS - 1):
            return unit
    return UNITS_PERSON_S[-1]


def quantised(cells: Sequence[int], unit: int) -> bytes:
    """Return each cell as 0 .. 3, rounded to the nearest."""
    return bytes(min(LEVELS - 1, (2 * cell + unit) // (2 * unit)) for cell in cells)
