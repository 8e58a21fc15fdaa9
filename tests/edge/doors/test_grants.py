from datetime import UTC, datetime, timedelta

import pytest

from contracts.clock import to_ms
from contracts.doors import Refusal
from contracts.messages import DoorWindow, Grant, Manifest
from contracts.signing import code_digest
from edge.doors.grants import Decision, decide, digest_for_day

CODE = "48271635"
SALTS = {"2026-11-27": "5a" * 16, "2026-11-28": "a5" * 16}


def at(hour: int, minute: int, day: int = 27) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def window(door: str, start: datetime, end: datetime) -> DoorWindow:
    return DoorWindow(door, to_ms(start), to_ms(end))


def grant(*windows: DoorWindow, name: str = "g", max_opens: int | None = None) -> Grant:
    digests = {d: code_digest(CODE, bytes.fromhex(s)) for d, s in SALTS.items()}
    return Grant(name, digests, windows, max_opens)


def ask(
    *grants: Grant,
    now: datetime,
    door: str = "a",
    code: str = CODE,
    opens: int = 0,
) -> Decision:
    manifest = Manifest("s", "n", 1, 0, 0, SALTS, grants)
    digest = digest_for_day(code, manifest, now)
    return decide(digest, manifest, door, now, {"g": opens})


EVENING = grant(window("a", at(17, 45), at(19, 5)), window("b", at(18, 0), at(19, 5)))


@pytest.mark.parametrize(
    ("now", "door", "refusal"),
    [
        (at(17, 44), "a", Refusal.TOO_EARLY),
        (at(17, 45) - timedelta(milliseconds=1), "a", Refusal.TOO_EARLY),
        (at(17, 45), "a", None),
        (at(19, 4), "a", None),
        (at(19, 5), "a", Refusal.TOO_LATE),
        (at(17, 45), "b", Refusal.TOO_EARLY),
        (at(18, 0), "b", None),
        (at(18, 0), "c", Refusal.OTHER_DOOR),
    ],
)
def test_a_window_holds_its_first_moment_and_not_its_last(
    now: datetime, door: str, refusal: Refusal | None
) -> None:
    assert ask(EVENING, now=now, door=door).refusal is refusal


def test_a_granted_code_comes_with_its_grant_and_window() -> None:
    decision = ask(EVENING, now=at(18, 0))
    assert decision == Decision(EVENING, EVENING.doors[0])


def test_a_code_of_no_grant_is_unknown() -> None:
    decision = ask(EVENING, now=at(18, 0), code="00000000")
    assert decision == Decision(refusal=Refusal.UNKNOWN)


def test_a_day_without_salt_knows_no_code() -> None:
    assert ask(EVENING, now=at(18, 0, day=29)).refusal is Refusal.UNKNOWN


def test_a_window_over_midnight_of_utc_opens_on_both_days() -> None:
    night = grant(window("a", at(23, 0), at(1, 0, day=28)))
    assert ask(night, now=at(23, 59)).refusal is None
    assert ask(night, now=at(0, 0, day=28)).refusal is None


def test_a_used_up_grant_opens_no_more() -> None:
    once = grant(window("a", at(17, 0), at(18, 0)), max_opens=1)
    assert ask(once, now=at(17, 0), opens=0).refusal is None
    assert ask(once, now=at(17, 0), opens=1).refusal is Refusal.USED_UP


def test_of_two_grants_with_one_code_the_one_that_opens_counts() -> None:
    past = grant(window("a", at(9, 0), at(10, 0)), name="past")
    decision = ask(past, EVENING, now=at(18, 0))
    assert decision.grant is EVENING
    assert decision.refusal is None


def test_back_to_back_grants_never_share_a_moment() -> None:
    first = grant(window("a", at(17, 0), at(18, 0)), name="first")
    second = grant(window("a", at(18, 0), at(19, 0)), name="second")
    decision = ask(first, second, now=at(18, 0))
    assert decision.grant is second
