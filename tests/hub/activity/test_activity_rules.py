"""Heat maps and weekday means; what was not seen is not zero."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.clock import to_ms
from hub.activity import rules
from hub.activity.rules import SeenGrid, SeenQuarter

NOON = datetime(2026, 11, 27, 10, tzinfo=UTC)
SIZE = (2, 1)


def grid(cells: bytes, *, seen_s: int = 900, trust: float = 1.0) -> SeenGrid:
    return SeenGrid(to_ms(NOON), 900, seen_s, 2, 1, 30.0, cells, trust)


def test_cells_are_person_seconds_in_an_hour_that_was_seen() -> None:
    heat = rules.heat([grid(b"\x00\x03"), grid(b"\x01\x01")], 1800, size=SIZE)

    assert heat.person_s_per_hour == (60.0, 240.0)
    assert (heat.coverage, heat.trust) == (1.0, 1.0)


def test_nothing_seen_is_not_nobody() -> None:
    heat = rules.heat([], 1800, size=SIZE)
    assert heat.person_s_per_hour == (None, None)
    assert (heat.coverage, heat.trust) == (0.0, None)


def test_seen_and_empty_is_nobody() -> None:
    assert rules.heat([grid(b"\0\0")], 900, size=SIZE).person_s_per_hour == (0.0, 0.0)


def test_half_seen_counts_as_half_covered_and_is_not_made_smaller() -> None:
    heat = rules.heat([grid(b"\x01\x00", seen_s=450)], 900, size=SIZE)
    assert heat.person_s_per_hour == (240.0, 0.0)
    assert heat.coverage == 0.5


def test_an_iced_lens_has_seen_nothing() -> None:
    heat = rules.heat([grid(b"\x03\x03", trust=0.1)], 900, size=SIZE)
    assert heat.person_s_per_hour == (None, None)


def test_trust_is_weighted_by_the_seconds_seen() -> None:
    grids = [grid(b"\0\0", trust=1.0), grid(b"\0\0", seen_s=300, trust=0.6)]
    assert rules.heat(grids, 1800, size=SIZE).trust == pytest.approx(0.9)


def test_a_cell_too_far_away_is_not_seen() -> None:
    heat = rules.heat([grid(b"\x01\x01")], 900, size=SIZE, hidden=frozenset({1}))
    assert heat.person_s_per_hour == (120.0, None)


def test_grids_of_another_size_cannot_be_added() -> None:
    with pytest.raises(rules.GridError):
        rules.heat([grid(b"\0\0")], 900, size=(16, 12))


@pytest.mark.parametrize(
    ("columns", "rows", "levels", "cells", "fits"),
    [
        (2, 1, 4, b"\x00\x03", True),
        (2, 1, 4, b"\x00\x04", False),
        (2, 2, 4, b"\x00\x03", False),
        (0, 0, 4, b"", False),
    ],
)
def test_a_grid_is_what_it_says(
    *, columns: int, rows: int, levels: int, cells: bytes, fits: bool
) -> None:
    assert rules.grid_fits(columns, rows, levels, cells) is fits


def mean(
    start: datetime, end: datetime, *at: datetime, people: float = 2.0
) -> dict[tuple[int, int], rules.Mean]:
    quarters = [SeenQuarter(to_ms(m), 900, 900, people * 900) for m in at]
    means = rules.weekday_hours(quarters, start, end)
    return {(one.weekday, one.hour): one for one in means}


def test_hours_are_those_of_the_towns_clock_in_winter_and_in_summer() -> None:
    winter = datetime(2026, 1, 5, 10, tzinfo=UTC)  # a Monday, 12 in Helsinki
    summer = datetime(2026, 7, 6, 10, tzinfo=UTC)  # a Monday, 13 in Helsinki
    means = mean(winter, summer + timedelta(days=1), winter, summer)

    assert means[0, 12].people == 2.0
    assert means[0, 13].people == 2.0
    assert means[0, 10].people is None


def test_an_hour_that_was_never_seen_has_no_mean() -> None:
    means = mean(NOON, NOON + timedelta(hours=2), NOON)
    assert (means[4, 12].people, means[4, 12].coverage) == (2.0, 0.25)
    assert (means[4, 13].people, means[4, 13].coverage) == (None, 0.0)


def test_the_hour_that_autumn_shows_twice_is_asked_for_twice() -> None:
    start = datetime(2026, 10, 25, 0, tzinfo=UTC)  # 03:00 summer time, then again
    end = start + timedelta(hours=2)
    means = mean(start, end, *(start + n * timedelta(minutes=15) for n in range(4)))
    assert means[6, 3].coverage == 0.5


def test_the_hour_that_spring_leaves_out_was_not_asked_for() -> None:
    start = datetime(2026, 3, 29, 0, tzinfo=UTC)  # 02:00; 03:00 does not exist
    means = mean(start, start + timedelta(hours=2), start + timedelta(hours=1))
    assert means[6, 3].coverage == 0.0
    assert means[6, 4].coverage == 0.25
