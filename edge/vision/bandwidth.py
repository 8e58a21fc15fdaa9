"""How much a worker that was taken over could say in an hour: the statement of `docs/privacy.md`.

    python -m edge.vision.bandwidth [--zones N] [--lines N]

Counts are what a camera is for, so they must leave; whoever had the worker in their hands
could make up counts that spell a picture. Here is how long a picture would take, as an
upper bound: every figure is taken to be free of the others. How many values a figure can
have is found by sending every one of them through the gate's own rounding. (A) is counts
alone, (B) counts and the grid. Apart from them stands what is left beside the figures:
faults. Order, padding and moment carry nothing: `tests/privacy/test_gate_flood.py`.
"""

import argparse
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from contracts.messages import EventValue
from contracts.records import (
    CLASSES,
    GRID_COLUMNS,
    GRID_ROWS,
    MAX_DWELL_S,
    MAX_PEOPLE,
    MINUTE_S,
    LineRecord,
    WeatherFlag,
    WindowRecord,
    ZoneRecord,
)
from edge.vision.events import line_event, share, window_event, zone_event
from edge.vision.faults import HOUR_MIN, WORKERS
from edge.vision.grids import LEVELS, QUARTER_MIN, UNITS_PERSON_S
from edge.vision.settings import MAX_NAMED

TYPICAL: Final = 6, 2
"""Zones and lines of a yard as the statement takes it."""
PICTURES: Final = {"7x10": 7 * 10, "64x64": 64 * 64}
DEPTHS: Final = 1, 8
"""Bits a pixel: black and white, and grey."""
_QUARTERS: Final = HOUR_MIN // QUARTER_MIN


@dataclass(frozen=True)
class Bound:
    """An upper bound on what leaves, in bits an hour."""

    window: float
    zone: float
    line: float
    grid: float
    beside: float

    def counts(self, zones: int, lines: int) -> float:
        """Return what counts can carry: (A)."""
        return self.window + zones * self.zone + lines * self.line


def bound() -> Bound:
    """Compute the bounds from the layout of the records and the rules of the gate."""
    return Bound(
        HOUR_MIN * _window(),
        HOUR_MIN * _zone(),
        HOUR_MIN * _line(),
        _QUARTERS * _grid(),
        # At most one word an hour, at the beginning of one of its quarters, or none.
        math.log2(1 + _QUARTERS * len(WORKERS)),
    )


def hours(bits_an_hour: float, pixels: int, depth: int) -> float:
    """Return how long a picture takes."""
    return pixels * depth / bits_an_hour


_PERCENT: Final = range(101)
_PEOPLE: Final = range(MAX_PEOPLE + 1)
_SECONDS: Final = range(MINUTE_S + 1)
_PERSON_S: Final = range(MAX_PEOPLE * MINUTE_S + 1)
WINDOW: Final = {
    "seen_s": _SECONDS,
    "trust_pct": _PERCENT,
    "person_s": _PERSON_S,
    "people_max": _PEOPLE,
    "activity_pct": _PERCENT,
    "flags": range(sum(WeatherFlag) + 1),
    "active_s": _PERSON_S,
    "undercount_pct": _PERCENT,
}
"""The figures of a record that a worker can choose, and every value of them."""
ZONE: Final = {
    "person_s": _PERSON_S,
    "people_max": _PEOPLE,
    "activity_pct": _PERCENT,
    "visits": _PEOPLE,
    "dwell_s": range(MAX_DWELL_S + 1),
    "used_s": _SECONDS,
}
"""Of a zone: its seconds seen and trust are the window's, or the minute is none."""


def _window() -> float:
    empty = WindowRecord(0, MINUTE_S, 0, 0, 0, 0)
    return _bits(lambda v: window_event(replace(empty, **v)), WINDOW)


def _zone() -> float:
    empty = ZoneRecord(0, 0, MINUTE_S, 0, 0, 0, 0)
    return _bits(lambda v: zone_event(replace(empty, **v)), ZONE)


def _line() -> float:
    empty = LineRecord(0, 0, MINUTE_S, 0, (0, 0, 0), (0, 0, 0))
    one = _bits(
        lambda v: line_event(replace(empty, forward=(v["forward"], 0, 0))),
        {"forward": _PEOPLE},
    )
    return 2 * CLASSES * one


def _bits(
    tell: Callable[[dict[str, Any]], EventValue], figures: Mapping[str, range]
) -> float:
    """Send every value of every figure through the gate's rounding; count what comes."""
    return sum(
        math.log2(len({tell({name: value}) for value in values}))
        for name, values in figures.items()
    )


def _grid() -> float:
    """Return the bits of one grid: its cells, their unit, seconds seen and trust."""
    cells = GRID_ROWS * GRID_COLUMNS * math.log2(LEVELS)
    seen = math.log2(QUARTER_MIN * MINUTE_S + 1)
    trusts = len({share(percent) for percent in _PERCENT})
    return cells + math.log2(len(UNITS_PERSON_S)) + seen + math.log2(trusts)


def statement(zones: int, lines: int) -> str:
    """Return the statement as a table of Markdown."""
    found = bound()
    counts = found.counts(zones, lines)
    rows = {
        "(A) counts alone, of the view": found.window,
        f"(A) counts alone, {zones} zones and {lines} lines": counts,
        "(B) counts and the grid": counts + found.grid,
        "beside the figures: faults": found.beside,
    }
    pictures = [(name, depth) for name in PICTURES for depth in DEPTHS]
    titles = [f"{name} at {depth} bit" for name, depth in pictures]
    table = [
        ["what leaves", "bits an hour", *titles],
        ["---"] * (2 + len(titles)),
        *(
            [what, f"{bits:,.1f}"]
            + [span(hours(bits, PICTURES[name], depth)) for name, depth in pictures]
            for what, bits in rows.items()
        ),
    ]
    parts = (
        f"A minute of the view holds {found.window / HOUR_MIN:.1f} bits at most, of a zone"
        f" {found.zone / HOUR_MIN:.1f}, of a line {found.line / HOUR_MIN:.1f}; a grid"
        f" {found.grid / _QUARTERS:.1f}. A camera has at most {MAX_NAMED} zones and"
        f" {MAX_NAMED} lines: {found.counts(MAX_NAMED, MAX_NAMED):,.0f} bits an hour."
    )
    return "\n".join([*("| " + " | ".join(row) + " |" for row in table), "", parts, ""])


def span(length_h: float) -> str:
    """Return a length of time in the unit that suits it."""
    for most, unit, seconds in ((120, "s", 1), (120, "min", 60), (72, "h", 3600)):
        if length_h * 3600 / seconds < most:
            return f"{length_h * 3600 / seconds:.1f} {unit}"
    return f"{length_h / 24:.1f} days"


def main() -> int:
    """Print the statement for a camera."""
    parser = argparse.ArgumentParser(prog="bandwidth")
    parser.add_argument("--zones", type=int, default=TYPICAL[0])
    parser.add_argument("--lines", type=int, default=TYPICAL[1])
    told = parser.parse_args()
    sys.stdout.write(statement(told.zones, told.lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
