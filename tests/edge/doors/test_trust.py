from datetime import UTC, datetime, timedelta

from edge.doors.trust import TimeTrust

TEN = datetime(2026, 11, 27, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_clock_that_runs_evenly_is_believed() -> None:
    trust = TimeTrust(TEN, TEN, 0.0)
    assert trust.moments(TEN + HOUR, 3600.0) == (TEN + HOUR,)


def test_a_small_backward_step_does_not_reopen_what_has_ended() -> None:
    trust = TimeTrust(TEN, TEN, 0.0)
    trust.moments(TEN + HOUR, 3600.0)
    back = TEN + HOUR - timedelta(seconds=30)
    assert trust.moments(back, 3600.0) == (TEN + HOUR,)


def test_after_a_step_both_clocks_count() -> None:
    trust = TimeTrust(TEN, TEN, 0.0)
    stepped = TEN + HOUR
    assert trust.moments(stepped, 1.0) == (stepped, TEN + timedelta(seconds=1))
    assert trust.high == TEN


def test_a_moment_far_before_one_already_seen_is_not_believed() -> None:
    trust = TimeTrust(TEN, datetime(1970, 1, 1, tzinfo=UTC), 0.0)
    assert trust.moments(datetime(1970, 1, 1, tzinfo=UTC), 0.0) == ()


def test_a_simulated_world_that_moves_both_clocks_makes_no_step() -> None:
    trust = TimeTrust(TEN, TEN, 0.0)
    assert trust.moments(TEN + 9 * HOUR, 9 * 3600.0) == (TEN + 9 * HOUR,)
