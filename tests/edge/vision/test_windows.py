from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from contracts.records import (
    GridRecord,
    LineRecord,
    Record,
    WeatherFlag,
    WindowRecord,
    ZoneRecord,
    pack,
)
from edge.vision.lines import Crossings
from edge.vision.windows import (
    Observation,
    Presence,
    Use,
    Windows,
    minute_of,
    undercount,
)
from edge.vision.zones import Stays

TEN = datetime(2026, 1, 12, 8, 0, tzinfo=UTC)
MINUTE = minute_of(TEN)


def seen(seconds: float, people: int = 0, **changes: Any) -> Observation:
    values: dict[str, Any] = {
        "at": TEN + timedelta(seconds=seconds),
        "everywhere": Presence(people, 0.5 * people),
        "zones": (),
        "crossings": (),
        "cells": None,
        "trust": 0.8,
        "flags": WeatherFlag(0),
    }
    return Observation(**{**values, **changes})


def minute(windows: Windows, start_s: float, fps: int = 1, **kind: Any) -> list[Record]:
    records: list[Record] = []
    for number in range(60 * fps):
        records += windows.add(seen(start_s + number / fps, **kind))
    return records


def told(minute: int, seen_s: int, trust_pct: int, person_s: int, *rest: Any) -> Record:
    share = undercount(person_s / seen_s, on_ground=False)
    window = WindowRecord(minute, seen_s, trust_pct, person_s, *rest)
    return replace(window, undercount_pct=round(100 * share))


def test_a_minute_closes_with_the_first_frame_of_the_next() -> None:
    windows = Windows()
    assert minute(windows, 0, people=6) == []
    assert windows.add(seen(60)) == [told(MINUTE, 60, 80, 360, 6, 50)]


def test_windows_are_half_open() -> None:
    windows = Windows()
    windows.add(seen(0, people=1))
    assert windows.add(seen(59.999, people=3)) == []
    (window,) = windows.add(seen(60, people=100))
    assert window == told(MINUTE, 2, 80, 4, 3, 50)


@pytest.mark.parametrize("fps", [1, 5])
def test_person_seconds_do_not_depend_on_the_rate_of_frames(fps: int) -> None:
    windows = Windows()
    minute(windows, 0, fps, people=4)
    (window,) = windows.add(seen(60))
    assert isinstance(window, WindowRecord)
    assert (window.person_s, window.seen_s) == (240, 60)


def test_a_gap_says_how_few_seconds_were_seen() -> None:
    windows = Windows()
    for second in (0, 1, 2, 50):
        windows.add(seen(second, people=2))
    (window,) = windows.add(seen(60))
    assert isinstance(window, WindowRecord)
    assert (window.person_s, window.seen_s) == (8, 4)


def test_minutes_that_are_caught_up_close_one_by_one() -> None:
    windows = Windows()
    closed: list[Record] = []
    for number in range(4):
        closed += minute(windows, 60 * number, people=number)
    assert [record.minute - MINUTE for record in closed] == [0, 1, 2]


def test_of_a_minute_everything_is_said_and_the_window_last() -> None:
    cells = np.zeros((12, 16), np.int64)
    cells[3, 4] = 2
    windows = Windows()
    there = {
        "zones": (Use(Presence(1, 1.0)), Use(Presence(0, 0.0))),
        "crossings": (Crossings((1, 0, 2), (0, 0, 0)),),
        "cells": cells,
    }
    for second in range(60):
        windows.add(seen(second, people=2, **there))
    records = windows.add(seen(60))
    kinds = [type(record) for record in records]
    assert kinds == [
        *[ZoneRecord] * 2,
        LineRecord,
        *[GridRecord] * 12,
        WindowRecord,
    ]
    assert records[0] == ZoneRecord(MINUTE, 0, 60, 80, 60, 1, 100, used_s=60)
    assert records[2] == LineRecord(MINUTE, 0, 60, 80, (60, 0, 120), (0, 0, 0))
    row = records[6]
    assert isinstance(row, GridRecord)
    assert (row.row, row.cells[4], sum(row.cells)) == (3, 120, 120)


def test_a_crowd_beyond_counting_still_fits_a_record() -> None:
    cells = np.full((12, 16), 200)
    windows = Windows()
    many = (999, 999, 999)
    crowd = {
        "everywhere": Presence(500, 500.0, 500),
        "zones": (Use(Presence(500, 500.0), Stays(400, 1e6)),),
        "crossings": (Crossings(many, many),),
    }
    minute(windows, 0, cells=cells, **crowd)
    for record in windows.add(seen(60)):
        assert len(pack(record)) == 32


def test_active_people_are_counted_apart() -> None:
    windows = Windows()
    for second in range(60):
        windows.add(seen(second, everywhere=Presence(4, 1.0, 1 + second % 2)))
    (window,) = windows.add(seen(60))
    assert isinstance(window, WindowRecord)
    assert (window.person_s, window.active_s) == (240, 90)


def test_of_a_zone_it_is_told_how_often_how_long_and_in_how_many_seconds() -> None:
    windows = Windows()
    nobody, somebody = Presence(0, 0.0), Presence(1, 0.0)
    uses = [Use(somebody)] * 20 + [Use(nobody, Stays(2, 31.4))] + [Use(nobody)] * 39
    for second, use in enumerate(uses):
        windows.add(seen(second, zones=(use,)))
    zone, _ = windows.add(seen(60))
    assert isinstance(zone, ZoneRecord)
    assert (zone.visits, zone.dwell_s, zone.used_s, zone.person_s) == (2, 31, 20, 20)


def test_a_frame_that_shows_nothing_lowers_the_trust_and_not_the_count() -> None:
    windows = Windows()
    nothing = {"seen": False, "trust": 0.0, "flags": WeatherFlag.FROZEN}
    minute(windows, 0, people=0, **nothing)
    for second in range(60, 105):
        windows.add(seen(second, people=4))
    for second in range(105, 120):
        windows.add(seen(second, **nothing))
    (window,) = windows.add(seen(120))
    frozen = WeatherFlag.FROZEN
    assert window == told(MINUTE + 1, 45, 60, 180, 4, 50, frozen)


def test_a_minute_in_which_nothing_was_seen_says_only_why() -> None:
    windows = Windows()
    nothing = {"seen": False, "trust": 0.0, "flags": WeatherFlag.LENS_COVERED}
    minute(windows, 0, zones=(Use(Presence(0, 0.0)),), **nothing)
    (window,) = windows.add(seen(60))
    assert window == WindowRecord(MINUTE, 0, 0, 0, 0, 0, WeatherFlag.LENS_COVERED)


def test_more_are_missed_in_a_crowd() -> None:
    windows = Windows()
    minute(windows, 0, people=4)
    (few,) = windows.add(seen(60, people=30))
    minute(windows, 61, people=30)
    (many,) = windows.add(seen(180))
    assert isinstance(few, WindowRecord)
    assert isinstance(many, WindowRecord)
    assert few.undercount_pct == round(100 * undercount(4, on_ground=False))
    assert few.undercount_pct < many.undercount_pct < 50


def test_fewer_are_missed_where_the_ground_is_known() -> None:
    windows = Windows()
    minute(windows, 0, people=30, cells=np.zeros((12, 16)))
    *_, known = windows.add(seen(60, people=30))
    minute(windows, 61, people=30)
    *_, unknown = windows.add(seen(180))
    assert isinstance(known, WindowRecord)
    assert isinstance(unknown, WindowRecord)
    assert known.undercount_pct < unknown.undercount_pct


def test_flags_of_any_frame_are_the_minutes() -> None:
    windows = Windows()
    windows.add(seen(0, flags=WeatherFlag.SHAKE))
    windows.add(seen(1, flags=WeatherFlag.LOW_LIGHT))
    (window,) = windows.add(seen(60))
    assert isinstance(window, WindowRecord)
    assert window.flags == WeatherFlag.SHAKE | WeatherFlag.LOW_LIGHT


def blind(number: int) -> WindowRecord:
    return WindowRecord(MINUTE + number, 0, 0, 0, 0, 0, WeatherFlag.NO_FRAMES)


def at(seconds: float) -> datetime:
    return TEN + timedelta(seconds=seconds)


def test_a_minute_without_frames_is_said_to_be_one() -> None:
    windows = Windows()
    assert windows.missed(at(0)) == []
    assert windows.missed(at(59)) == []
    assert windows.missed(at(60)) == [blind(0)]
    assert windows.missed(at(120)) == [blind(1)]


def test_of_a_long_time_without_frames_only_the_last_minute_is_said() -> None:
    windows = Windows()
    windows.missed(at(0))
    assert windows.missed(at(3600)) == [blind(59)]


def test_a_camera_that_fails_within_a_minute_is_flagged_not_forgotten() -> None:
    windows = Windows()
    windows.add(seen(0, people=3))
    assert windows.missed(at(1)) == []
    (window,) = windows.missed(at(60))
    assert isinstance(window, WindowRecord)
    assert (window.seen_s, window.people_max) == (1, 3)
    assert window.flags == WeatherFlag.NO_FRAMES

    windows.add(seen(61))
    (later,) = windows.add(seen(120))
    assert isinstance(later, WindowRecord)
    assert later.flags == WeatherFlag.NO_FRAMES, "the failure at 60 s is in this minute"


def test_when_the_clock_is_put_back_the_open_minute_is_dropped() -> None:
    windows = Windows()
    windows.add(seen(600, people=9))
    assert windows.add(seen(0, people=1)) == []
    (window,) = windows.add(seen(60))
    assert isinstance(window, WindowRecord)
    assert (window.minute, window.people_max) == (MINUTE, 1)


def test_a_blind_camera_says_nothing_about_a_clock_put_back() -> None:
    windows = Windows()
    windows.missed(at(600))
    assert windows.missed(at(0)) == []
    assert windows.missed(at(60)) == [blind(0)]
