import pytest

from edge.doors.tarpit import Tarpit, decayed, missed, ready_at_s, restored


def after(wrong: int, apart_s: float = 1.0) -> Tarpit:
    pit = Tarpit()
    for number in range(wrong):
        pit = missed(pit, number * apart_s).tarpit
    return pit


@pytest.mark.parametrize(
    ("wrong", "delay_s"),
    [
        (1, 0),
        (2, 0),
        (3, 0),
        (4, 2),
        (5, 4),
        (6, 8),
        (7, 16),
        (8, 32),
        (9, 60),
        (99, 60),
    ],
)
def test_each_wrong_code_delays_the_next_up_to_a_minute(
    wrong: int, delay_s: float
) -> None:
    assert ready_at_s(after(wrong)) == wrong - 1 + delay_s


def test_a_door_without_wrong_codes_is_ready() -> None:
    assert ready_at_s(Tarpit()) == 0


def test_the_fifth_wrong_code_in_ten_minutes_is_an_alarm_once() -> None:
    alarms, pit = [], Tarpit()
    for number in range(8):
        result = missed(pit, number * 60.0)
        pit = result.tarpit
        alarms.append(result.alarm)
    assert alarms == [False] * 4 + [True] + [False] * 3


def test_five_wrong_codes_over_a_longer_time_are_no_alarm() -> None:
    pit = after(4, apart_s=200.0)
    assert not missed(pit, 800.0).alarm


def test_ten_quiet_minutes_forget_everything() -> None:
    pit = after(5, apart_s=0)
    assert decayed(pit, 599.9) is pit
    assert decayed(pit, 600.0) == Tarpit()


def test_guessing_again_after_a_quiet_time_alarms_again() -> None:
    pit = after(5, apart_s=0)
    for _ in range(4):
        pit = missed(pit, 700.0).tarpit
    assert missed(pit, 700.0).alarm


def test_a_restart_keeps_the_delay() -> None:
    assert ready_at_s(restored(9, now_s=3.0)) == 63.0
    assert restored(0, now_s=3.0) == Tarpit()
