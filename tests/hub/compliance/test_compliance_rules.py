"""What the sign shows, and when a camera may see."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from contracts.clock import to_ms
from hub.compliance import rules
from hub.compliance.models import DAYS, TEXTS, CameraRecord, Kind, SwitchedOn
from hub.compliance.rules import Light, Seen
from tests.hub.compliance.conftest import MORNING

NOW = to_ms(MORNING)
HOUR = 3_600_000


def record(kind: Kind = Kind.YARD, **change: object) -> CameraRecord:
    parts = dict.fromkeys(TEXTS, "x") | dict.fromkeys(DAYS, date(2026, 11, 1))
    whole = parts | {"sign_sha256": "ab", "is_whole": True} | change
    return CameraRecord(site="s", camera="c", kind=kind, **whole)


def on(start_h: float, end_h: float) -> SwitchedOn:
    times = {"from_ms": NOW + int(start_h * HOUR), "until_ms": NOW + int(end_h * HOUR)}
    return SwitchedOn(id=uuid4(), site="s", camera="c", by="x", **times)


@pytest.mark.parametrize("part", [*TEXTS, *DAYS, "sign_sha256"])
def test_a_record_that_lacks_any_part_is_not_whole(part: str) -> None:
    assert rules.is_whole(record())
    lacking = record(**{part: None if part in DAYS else ""})
    assert rules.missing(lacking) == (part,)
    assert not rules.is_whole(lacking)


def test_a_withdrawn_record_is_not_whole_though_nothing_is_missing() -> None:
    assert not rules.is_whole(record(withdrawn_ms=NOW))


def test_a_yard_may_see_all_the_time_and_a_gym_never_by_itself() -> None:
    (always,) = rules.spans(record(), (), NOW)
    assert always[0] <= NOW < always[1]
    assert rules.spans(record(Kind.GYM), (), NOW) == ()


def test_a_gym_may_see_in_its_hours_only() -> None:
    hours = (on(5, 6), on(1, 2), on(-2, -1), on(50, 51), on(3, 3))
    wanted = rules.spans(record(Kind.GYM), hours, NOW)
    assert [(a - NOW, b - NOW) for a, b in wanted] == [
        (HOUR, 2 * HOUR),
        (5 * HOUR, 6 * HOUR),
    ]


def test_nothing_may_see_without_a_whole_record() -> None:
    assert rules.spans(None, (on(0, 1),), NOW) == ()
    assert rules.spans(record(Kind.GYM, is_whole=False), (on(0, 1),), NOW) == ()
    assert rules.spans(record(is_whole=False), (), NOW) == ()


def test_a_permit_is_short_and_renewed_before_it_ends() -> None:
    ((start, end),) = rules.periods(rules.spans(record(), (), NOW), NOW)
    assert start == NOW - 60_000
    assert end == NOW + 48 * HOUR
    assert timedelta(hours=24) <= rules.LASTS - rules.AGAIN


def test_hours_that_go_beyond_a_permit_are_cut_to_it() -> None:
    assert rules.periods([(NOW + HOUR, NOW + 60 * HOUR)], NOW) == [
        [NOW + HOUR, NOW + 48 * HOUR]
    ]


@pytest.mark.parametrize(
    ("may_see", "might", "says_so", "online", "shown"),
    [
        (True, True, True, True, Light.COUNTING),
        (False, True, True, True, Light.COUNTING),
        (True, True, True, False, Light.MAYBE),
        (True, True, False, True, Light.MAYBE),
        (True, True, False, False, Light.MAYBE),
        (False, True, True, False, Light.MAYBE),
        (False, True, False, False, Light.MAYBE),
        (False, True, False, True, Light.OFF),
        (False, False, True, False, Light.OFF),
        (False, False, False, True, Light.OFF),
        (False, False, False, False, Light.OFF),
    ],
)
def test_the_sign_never_says_off_while_the_camera_may_see(
    *, may_see: bool, might: bool, says_so: bool, online: bool, shown: Light
) -> None:
    """Also not while a node has yet to say, or cannot say, that it heard a withdrawal."""
    assert rules.light(Seen(may_see, might, says_so, online)) is shown
