from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking_api.availability.rules import (
    QUANTUM,
    Claim,
    Hours,
    Refusal,
    Span,
    UnitRule,
    collides,
    is_open,
    moment,
    opening_of_day,
    refusal,
    starts_on_interval,
)

HELSINKI = ZoneInfo("Europe/Helsinki")
AUTUMN = date(2026, 10, 25)
SPRING = date(2027, 3, 28)
HOUR = timedelta(hours=1)
NONE = timedelta(0)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


def rule(*hours: Hours, **changes: timedelta) -> UnitRule:
    values = {
        "before": NONE,
        "after": NONE,
        "min_length": QUANTUM,
        "max_length": 24 * HOUR,
        "start_interval": QUANTUM,
        "notice": NONE,
        "horizon": timedelta(days=1000),
    }
    return UnitRule(zone="Europe/Helsinki", hours=hours, **(values | changes))


def always() -> UnitRule:
    return rule(*(Hours(day, None, 0, 1440) for day in range(7)))


@pytest.mark.parametrize(
    ("start", "end", "overlaps"),
    [
        (7, 9, False),
        (8, 10, False),
        (9, 11, True),
        (11, 12, True),
        (13, 15, True),
        (14, 16, False),
    ],
)
def test_spans_overlap_when_they_share_a_moment(
    start: int, end: int, *, overlaps: bool
) -> None:
    assert Span(at(start), at(end)).overlaps(Span(at(10), at(14))) is overlaps


def test_a_span_that_does_not_last_is_refused() -> None:
    with pytest.raises(ValueError, match="must last"):
        Span(at(8), at(8))


@pytest.mark.parametrize(
    ("day", "hours"), [(AUTUMN, 25), (SPRING, 23), (date(2026, 3, 2), 24)]
)
def test_an_open_day_lasts_as_long_as_the_day(day: date, hours: int) -> None:
    (span,) = opening_of_day(always(), day)
    assert span.length == hours * HOUR


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        ((2, 45), (0, 45)),
        ((3, 0), (1, 0)),
        ((3, 30), (1, 0)),
        ((4, 0), (1, 0)),
        ((4, 15), (1, 15)),
    ],
)
def test_a_time_in_the_missing_hour_is_the_first_moment_after_it(
    wall: tuple[int, int], utc: tuple[int, int]
) -> None:
    found = moment(SPRING, wall[0] * 60 + wall[1], HELSINKI)
    assert found == datetime(2027, 3, 28, *utc, tzinfo=UTC)


def test_a_time_in_the_repeated_hour_is_the_first_of_the_two() -> None:
    found = moment(AUTUMN, 3 * 60 + 30, HELSINKI)
    assert found == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_spring_night_has_no_room_for_its_length_on_the_wall() -> None:
    night = rule(Hours(None, SPRING, 0, 4 * 60))
    (span,) = opening_of_day(night, SPRING)
    assert span.length == 3 * HOUR
    start = datetime(2027, 3, 27, 22, tzinfo=UTC)
    assert is_open(night, Span(start, start + 3 * HOUR))
    assert not is_open(night, Span(start, start + 3 * HOUR + QUANTUM))


def test_hours_inside_the_missing_hour_are_no_hours() -> None:
    assert opening_of_day(rule(Hours(None, SPRING, 180, 240)), SPRING) == ()


def test_the_hours_of_a_date_replace_those_of_its_weekday() -> None:
    monday = date(2026, 3, 2)
    closed = rule(Hours(0, None, 480, 960), Hours(None, monday, 0, 0))
    assert opening_of_day(closed, monday) == ()


def test_a_reservation_may_last_over_midnight_where_the_hours_touch() -> None:
    late = rule(Hours(0, None, 1200, 1440), Hours(1, None, 0, 120))
    assert is_open(late, Span(at(20), at(23)))


def test_starts_are_counted_from_the_opening() -> None:
    every_90 = rule(Hours(0, None, 600, 1320), start_interval=timedelta(minutes=90))
    assert starts_on_interval(every_90, at(9, 30))
    assert not starts_on_interval(every_90, at(9))


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (at(5), at(8), Refusal.PAST),
        (at(6), at(8), Refusal.TOO_LATE),
        (at(7), at(7, 15), Refusal.TOO_SHORT),
        (at(7), at(12), Refusal.TOO_LONG),
        (at(7), at(8, 10), Refusal.OFF_INTERVAL),
        (at(18), at(21), Refusal.CLOSED),
        (at(7, 30), at(9), Refusal.OFF_INTERVAL),
        (at(7) + timedelta(days=14), at(8) + timedelta(days=14), Refusal.TOO_EARLY),
        (at(7), at(9), None),
    ],
)
def test_a_refusal_names_its_reason(
    start: datetime, end: datetime, reason: Refusal | None
) -> None:
    strict = rule(
        *(Hours(day, None, 480, 1320) for day in range(7)),
        min_length=HOUR,
        max_length=4 * HOUR,
        start_interval=HOUR,
        notice=HOUR,
        horizon=timedelta(days=13),
    )
    assert refusal(strict, Span(start, end), at(5, 30)) is reason


@pytest.mark.parametrize(
    ("before", "after", "theirs", "collide"),
    [
        (NONE, NONE, NONE, False),
        (HOUR, NONE, NONE, True),
        (NONE, HOUR, NONE, False),
        (NONE, NONE, HOUR, True),
        (HOUR / 2, NONE, HOUR / 2, False),
    ],
)
def test_two_buffers_may_share_a_time_but_keep_reservations_out(
    before: timedelta, after: timedelta, theirs: timedelta, *, collide: bool
) -> None:
    claim = Claim(Span(at(8), at(10)), NONE, theirs)
    ours = rule(before=before, after=after)
    assert collides(ours, Span(at(10, 30), at(12)), [claim]) is collide
