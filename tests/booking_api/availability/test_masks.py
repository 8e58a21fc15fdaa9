"""The search says that a start is free if and only if the booking rule accepts it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_api.availability.masks import Masks
from booking_api.availability.rules import (
    QUANTUM,
    Claim,
    Hours,
    Span,
    UnitRule,
    collides,
    refusal,
)

NIGHTS = [date(2026, 10, 24), date(2027, 3, 27), date(2026, 6, 1)]


def quanta(low: int, high: int) -> st.SearchStrategy[timedelta]:
    return st.integers(low, high).map(lambda n: n * QUANTUM)


@st.composite
def unit_rules(draw: st.DrawFn, night: date) -> UnitRule:
    days = [(n, None) for n in range(7)]
    days += [(None, night + timedelta(days=n)) for n in range(3)]
    ends = st.lists(st.integers(0, 96), min_size=2, max_size=2, unique=True)
    hours = []
    for weekday, day in draw(st.lists(st.sampled_from(days), max_size=12)):
        opens, closes = sorted(draw(ends))
        hours.append(Hours(weekday, day, opens * 15, closes * 15))
    if draw(st.booleans()):
        hours += [Hours(n, None, 0, 1440) for n in range(7)]
    return UnitRule(
        zone="Europe/Helsinki",
        hours=tuple(hours),
        before=draw(quanta(0, 5) | st.just(96 * QUANTUM)),
        after=draw(quanta(0, 5) | st.just(96 * QUANTUM)),
        min_length=draw(quanta(1, 3)),
        max_length=draw(quanta(3, 200)),
        start_interval=draw(quanta(1, 8)),
        notice=draw(st.sampled_from([timedelta(0), timedelta(hours=7, minutes=5)])),
        horizon=draw(st.sampled_from([timedelta(days=2), timedelta(days=90)])),
    )


@st.composite
def claims(draw: st.DrawFn, begin: datetime) -> Claim:
    # Other paths may claim any millisecond.
    shift = st.sampled_from([timedelta(0), timedelta(milliseconds=1)])
    start = begin + draw(quanta(-100, 300)) + draw(shift)
    length = draw(quanta(1, 12)) - draw(shift)
    return Claim(Span(start, start + length), draw(quanta(0, 6)), draw(quanta(0, 96)))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_search_equals_the_booking_rule(data: st.DataObject) -> None:
    night = data.draw(st.sampled_from(NIGHTS))
    begin = datetime(night.year, night.month, night.day, 20, tzinfo=UTC)
    rules = data.draw(st.lists(unit_rules(night), min_size=1, max_size=3))
    taken = [data.draw(st.lists(claims(begin), max_size=4)) for _ in rules]
    now = begin + data.draw(st.sampled_from([-1, 3])) * timedelta(hours=1, minutes=7)
    within = Span(begin, begin + data.draw(quanta(97, 140)))
    length = data.draw(quanta(1, 96))

    masks = Masks(rules, within)
    for row, row_claims in enumerate(taken):
        for claim in row_claims:
            masks.take(row, claim)
    found = masks.starts(masks.free(length, within, now))

    starts = [
        begin + n * QUANTUM for n in range((within.length - length) // QUANTUM + 1)
    ]
    assert [(hit.row, hit.start) for hit in found] == [
        (row, start)
        for row, rule in enumerate(rules)
        for start in starts
        if refusal(rule, Span(start, start + length), now) is None
        and not collides(rule, Span(start, start + length), taken[row])
    ]


@pytest.mark.parametrize("minutes", [0, 1, 14])
def test_a_period_may_begin_at_any_minute(minutes: int) -> None:
    begin = datetime(2026, 3, 2, 12, minutes, tzinfo=UTC)
    rule = UnitRule(
        "Europe/Helsinki",
        tuple(Hours(day, None, 0, 1440) for day in range(7)),
        *[timedelta(0)] * 2,
        QUANTUM,
        timedelta(days=1),
        QUANTUM,
        timedelta(0),
        timedelta(days=90),
    )
    within = Span(begin, begin + timedelta(hours=1))
    masks = Masks([rule], within)
    found = masks.starts(masks.free(QUANTUM, within, begin))
    expected = [0, 15, 30, 45] if minutes == 0 else [15, 30, 45]
    assert [hit.start.minute for hit in found] == expected
