from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.messages import GridEvent, LineEvent, NodeEvent, WindowEvent, ZoneEvent
from contracts.records import (
    GridRecord,
    LineRecord,
    Record,
    RecordError,
    WeatherFlag,
    WindowRecord,
    ZoneRecord,
    pack,
)
from edge.vision.faults import CLOCK, CONTRADICTION, NO_FRAMES, REFUSED, WORKERS
from edge.vision.gate import SEND_AT_S, Gate, Sent
from edge.vision.grids import LEVELS, quantised, unit_for
from edge.vision.settings import VisionSettings
from edge.vision.windows import minute_of

MONDAY_TEN = datetime(2026, 1, 12, 8, 0, tzinfo=UTC)  # 10:00 in Helsinki
SETTINGS: dict[str, Any] = {
    "camera": "yard",
    "source": "0",
    "zones": [{"name": "swings", "corners": [[0, 0], [9, 0], [9, 9]]}],
    "lines": [{"name": "path", "start": [0, 0], "end": [9, 0]}],
    "ground": {
        "pixels": [[0, 0], [10, 0], [10, 10], [0, 10]],
        "metres": [[0, 0], [20, 0], [20, 20], [0, 20]],
        "size_m": [20, 20],
    },
    "release": [{"days": [0, 1, 2, 3, 4], "from": "08:00", "until": "15:00"}],
}


def minute_records(
    minute: int, people: int, on_grid: int | None = None
) -> list[Record]:
    held = people if on_grid is None else on_grid
    cells = (held * 60, *[0] * 15)
    return [
        ZoneRecord(minute, 0, 60, 93, min(people, 1) * 60, people, 41, 2, 75, 9),
        LineRecord(minute, 0, 60, 93, (3, 0, 0), (1, 0, 0)),
        *[
            GridRecord(minute, row, 60, 93, cells if row == 2 else (0,) * 16)
            for row in range(12)
        ],
        WindowRecord(
            *(minute, 60, 93, people * 60, people, 41),
            active_s=people * 30,
            undercount_pct=12,
        ),
    ]


class Camera:
    """A gate, and a clock that feeds it whole minutes."""

    def __init__(
        self, start: datetime = MONDAY_TEN, *, hurried: bool = False, **changes: Any
    ) -> None:
        settings = VisionSettings.parse({**SETTINGS, **changes})
        self.gate = Gate(settings, hurried=hurried)
        self.now = start
        self.sent: list[Sent] = self.gate.tick(self.now)

    def minute(self, people: int, on_grid: int | None = None) -> list[Sent]:
        ended = minute_of(self.now)
        self.now += timedelta(minutes=1)
        for record in minute_records(ended, people, on_grid):
            self.gate.receive(pack(record), self.now)
        return self.tick(SEND_AT_S)

    def faults(self, hours: int) -> list[tuple[int, str]]:
        """What is told of faults from now on: at which minute, and the word."""
        begin, told = minute_of(self.now), []
        self.sent.clear()
        for _ in range(hours * 60):
            self.minute(7)
            told += [
                (minute_of(self.now) - begin, s.value.why or "")
                for s in self.sent
                if isinstance(s.value, NodeEvent)
            ]
            self.sent.clear()
        return told

    def tick(self, seconds: float) -> list[Sent]:
        sent = self.gate.tick(self.now + timedelta(seconds=seconds))
        self.sent += sent
        return sent

    def quarter(self, people: int, on_grid: int | None = None) -> list[GridEvent]:
        for _ in range(15):
            self.minute(people, on_grid)
        for _ in range(3):
            self.minute(0)
        return [s.value for s in self.sent if isinstance(s.value, GridEvent)]


def test_a_minute_becomes_window_zone_and_line_events() -> None:
    sent = Camera().minute(7)
    assert [s.subject for s in sent] == ["yard", "yard/swings", "yard/path"]
    window, zone, line = (s.value for s in sent)
    assert isinstance(window, WindowEvent)
    assert (window.people_mean, window.people_max, window.seen_s) == (7.0, 7, 60)
    assert isinstance(zone, ZoneEvent)
    assert zone.person_s == 60.0
    assert (window.active_mean, window.undercount) == (3.5, 0.1)
    assert (zone.seen_s, zone.visits, zone.dwell_s, zone.used_s) == (60, 2, 75.0, 9)
    assert isinstance(line, LineEvent)
    assert (line.forward, line.backward) == ((3, 0, 0), (1, 0, 0))


def test_activity_and_trust_leave_in_steps_of_a_twentieth() -> None:
    window = Camera().minute(7)[0].value
    assert isinstance(window, WindowEvent)
    assert (window.activity, window.trust) == (0.4, 0.95)


def test_the_gate_sends_on_its_own_clock_not_on_arrival() -> None:
    camera = Camera()
    ended = minute_of(camera.now)
    camera.now += timedelta(minutes=1)
    camera.tick(0)
    for record in minute_records(ended, 7):
        camera.gate.receive(pack(record), camera.now)
        assert camera.tick(1) == []
    assert camera.tick(SEND_AT_S - 0.1) == []
    assert len(camera.tick(SEND_AT_S)) == 3


@pytest.mark.parametrize("people", [5, 24, 34])
def test_a_grid_leaves_after_a_quarter_with_five_people(people: int) -> None:
    (grid,) = Camera().quarter(people)
    assert (grid.columns, grid.rows, grid.levels) == (16, 12, LEVELS)
    assert (grid.length_s, grid.seen_s) == (900, 900)
    assert max(grid.cells) == grid.cells[32] == 3 or grid.cells[32] == 2
    assert sum(map(bool, grid.cells)) == 1


def test_four_people_leave_an_empty_grid() -> None:
    (grid,) = Camera().quarter(4)
    assert not any(grid.cells)
    assert grid.seen_s == 0


def test_minutes_with_four_people_add_nothing_to_the_others() -> None:
    camera = Camera()
    for number in range(15):
        camera.minute(4 if number % 3 else 8)
    for _ in range(3):
        camera.minute(0)
    (grid,) = [s.value for s in camera.sent if isinstance(s.value, GridEvent)]
    assert grid.seen_s == 5 * 60


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 1, 12, 13, 0, tzinfo=UTC),
        datetime(2026, 1, 12, 5, 45, tzinfo=UTC),
        datetime(2026, 1, 17, 8, 0, tzinfo=UTC),
    ],
    ids=["15:00", "07:45", "Saturday"],
)
def test_no_grid_leaves_outside_release_hours(start: datetime) -> None:
    camera = Camera(start)
    assert camera.quarter(20) == []
    assert any(isinstance(s.value, WindowEvent) for s in camera.sent)


SCHOOL = {"days": [0, 1, 2, 3, 4], "from": "08:00", "until": "16:00"}
BOOKED = {"days": [0], "from": "18:00", "until": "20:00"}


@pytest.mark.parametrize("people", [0, 1, 24])
def test_outside_of_counting_hours_only_whether_anybody_is_there_is_told(
    people: int,
) -> None:
    night = Camera(MONDAY_TEN + timedelta(hours=6, minutes=2), hours=[SCHOOL, BOOKED])
    (sent,) = night.minute(people)
    assert isinstance(sent.value, WindowEvent)
    told = sent.value
    assert (told.seen_s, told.people_mean, told.active_mean) == (0, 0, 0)
    assert told.people_max == min(1, people)
    assert told.trust == 0.95


@pytest.mark.parametrize("hour", [0, 8, 9])
def test_in_school_and_booked_hours_counts_are_told(hour: int) -> None:
    day = Camera(MONDAY_TEN + timedelta(hours=hour), hours=[SCHOOL, BOOKED])
    kinds = [type(sent.value) for sent in day.minute(24)]
    assert kinds == [WindowEvent, ZoneEvent, LineEvent]


def test_no_grid_holds_a_minute_outside_of_counting_hours() -> None:
    always = [{"days": [0], "from": "00:00", "until": "23:59"}]
    for hours, grids in (([BOOKED], 0), ([SCHOOL], 1)):
        camera = Camera(hours=hours, release=always)
        for _ in range(18):
            camera.minute(24)
        assert sum(isinstance(s.value, GridEvent) for s in camera.sent) == grids


@pytest.mark.parametrize("on_grid", [0, 30], ids=["too few", "too many"])
def test_a_grid_that_contradicts_the_occupancy_leaves_empty(on_grid: int) -> None:
    camera = Camera()
    (grid,) = camera.quarter(20, on_grid)
    assert (any(grid.cells), grid.seen_s, grid.trust) == (False, 0, 0.0)
    assert camera.faults(1) == [(12, CONTRADICTION)]


def zone(records: list[Record], **changed: int) -> list[Record]:
    return [replace(records[0], **changed), *records[1:]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda records: zone(records, person_s=421, people_max=8),
        lambda records: zone(records, seen_s=59),
        lambda records: zone(records, trust_pct=94),
        lambda records: records[1:],
        lambda records: [records[0], *records[2:]],
        lambda records: [*records[:5], *records[6:]],
        lambda records: [
            *records[:-1],
            replace(records[-1], seen_s=0, person_s=0, active_s=0),
        ],
    ],
    ids=[
        "more people in a zone than in the view",
        "other seconds",
        "other trust",
        "no zone",
        "no line",
        "no row of the grid",
        "parts of what was not seen",
    ],
)
def test_a_minute_whose_records_disagree_is_told_as_one_without_frames(
    spoil: Callable[[list[Record]], list[Record]],
) -> None:
    spoilt, blind = Camera(), Camera()
    for camera in (spoilt, blind):
        camera.minute(7)
    ended = minute_of(spoilt.now)
    for camera in (spoilt, blind):
        camera.now += timedelta(minutes=1)
    for record in spoil(minute_records(ended, 7)):
        spoilt.gate.receive(pack(record), spoilt.now)
    nothing = WindowRecord(ended, 0, 0, 0, 0, 0, WeatherFlag.NO_FRAMES)
    blind.gate.receive(pack(nothing), blind.now)
    assert spoilt.tick(SEND_AT_S) == blind.tick(SEND_AT_S)
    assert CONTRADICTION in [word for _, word in spoilt.faults(1)]
    assert blind.faults(1) == []


def test_a_minute_that_is_not_said_is_told_when_it_is_due() -> None:
    camera = Camera()
    camera.minute(7)
    camera.now += timedelta(minutes=1)
    sent = camera.tick(SEND_AT_S)
    assert NodeEvent("fault", NO_FRAMES) in [s.value for s in sent]
    (window,) = [s.value for s in sent if isinstance(s.value, WindowEvent)]
    assert (window.seen_s, window.flags) == (0, WeatherFlag.NO_FRAMES)
    assert window.starts_ms == minute_of(camera.now - timedelta(minutes=1)) * 60_000


def test_what_comes_after_its_moment_changes_nothing() -> None:
    camera = Camera()
    camera.minute(7)
    late = minute_of(camera.now)
    camera.now += timedelta(minutes=1)
    camera.tick(SEND_AT_S)
    for record in minute_records(late, 9):
        moment = camera.now + timedelta(seconds=SEND_AT_S)
        assert not camera.gate.receive(pack(record), moment)
    assert [s.subject for s in camera.minute(7)] == ["yard", "yard/swings", "yard/path"]


def test_nothing_is_told_before_the_worker_has_said_something() -> None:
    camera = Camera()
    for _ in range(5):
        camera.now += timedelta(minutes=1)
        assert camera.tick(SEND_AT_S) == []
    assert len(camera.minute(7)) == 3


def test_a_gate_that_stood_still_tells_each_minute_it_missed() -> None:
    camera = Camera()
    camera.minute(7)
    camera.now += timedelta(minutes=6)
    windows = [
        s.value for s in camera.tick(SEND_AT_S) if isinstance(s.value, WindowEvent)
    ]
    assert [window.seen_s for window in windows] == [0] * 6


def test_where_time_is_hurried_a_late_minute_is_told_when_it_comes() -> None:
    camera = Camera(hurried=True)
    camera.minute(7)
    late = minute_of(camera.now)
    camera.now += timedelta(minutes=9)
    assert camera.tick(SEND_AT_S) == []
    for record in minute_records(late, 9):
        camera.gate.receive(pack(record), camera.now + timedelta(minutes=1))
    assert len(camera.tick(65)) == 3


def test_of_what_a_worker_can_cause_one_word_an_hour_leaves_at_a_quarter() -> None:
    camera = Camera(MONDAY_TEN + timedelta(minutes=3))
    for _ in range(7):
        camera.gate.fault("record refused: check", camera.now)
        camera.gate.fault("worker talks nonsense", camera.now)
        camera.minute(7)
    assert camera.faults(1) == [(5, REFUSED)]
    camera.gate.fault("worker ended", camera.now)
    assert camera.faults(1) == [(5, "worker ended")]
    for _ in range(30):
        camera.gate.fault("worker ended", camera.now)
        camera.minute(7)
    assert camera.faults(2) == []


def test_a_word_that_nobody_has_written_down_is_not_told() -> None:
    camera = Camera()
    camera.gate.fault("the third child from the left: waves", camera.now)
    ((_, word),) = camera.faults(1)
    assert word == "worker fails"
    assert word in WORKERS


def test_where_time_is_hurried_a_fault_is_told_at_once_with_its_detail() -> None:
    camera = Camera(hurried=True)
    camera.gate.fault("record refused: check", camera.now)
    assert camera.tick(0) == [
        Sent("yard", NodeEvent("fault", "record refused: check")),
    ]


@pytest.mark.parametrize(
    "record",
    [
        WindowRecord(minute_of(MONDAY_TEN) + 1, 60, 90, 0, 0, 0),
        ZoneRecord(minute_of(MONDAY_TEN) - 1, 1, 60, 90, 0, 0, 0),
        LineRecord(minute_of(MONDAY_TEN) - 1, 5, 60, 90, (0, 0, 0), (0, 0, 0)),
    ],
    ids=["future", "unknown zone", "unknown line"],
)
def test_an_impossible_record_is_refused(record: Record) -> None:
    with pytest.raises(RecordError):
        Camera().gate.receive(pack(record), MONDAY_TEN)


def test_a_flood_is_refused_at_the_first_repetition() -> None:
    camera = Camera(hurried=True)
    ended = minute_of(camera.now)
    camera.now += timedelta(minutes=1)
    first, *_, window = minute_records(ended, 5)
    camera.gate.receive(pack(first), camera.now)
    with pytest.raises(RecordError, match="twice"):
        camera.gate.receive(pack(first), camera.now)
    camera.gate.receive(pack(window), camera.now)
    camera.tick(SEND_AT_S)
    with pytest.raises(RecordError, match="released"):
        camera.gate.receive(pack(window), camera.now)


def test_minutes_from_before_a_leap_of_the_clock_are_history() -> None:
    camera = Camera()
    old = WindowRecord(minute_of(camera.now), 60, 90, 0, 0, 0)
    camera.now += timedelta(hours=9)
    camera.gate.receive(pack(old), camera.now)
    camera.now += timedelta(minutes=1)
    assert camera.tick(SEND_AT_S) == []


def test_a_vanished_camera_is_a_fault_once() -> None:
    camera = Camera()
    for _ in range(3):
        ended = minute_of(camera.now)
        camera.now += timedelta(minutes=1)
        blind = WindowRecord(ended, 0, 0, 0, 0, 0, WeatherFlag.NO_FRAMES)
        camera.gate.receive(pack(blind), camera.now)
        camera.tick(SEND_AT_S)
    faults = [s.value for s in camera.sent if isinstance(s.value, NodeEvent)]
    assert faults == [NodeEvent("fault", NO_FRAMES)]


@pytest.mark.parametrize(
    ("cells", "unit", "levels"),
    [
        ([0, 14, 15, 44, 45, 90], 30, [0, 0, 1, 1, 2, 3]),
        ([0, 99_999], 30, [0, 3]),
    ],
)
def test_cells_are_rounded_to_four_levels(
    cells: list[int], unit: int, levels: list[int]
) -> None:
    assert list(quantised(cells, unit)) == levels


def test_the_unit_is_the_smallest_that_holds_the_fullest_cell() -> None:
    assert [unit_for(most) for most in (0, 90, 91, 10**6)] == [30, 30, 60, 7680]


def test_a_clock_put_back_is_a_fault_and_counting_goes_on_from_there() -> None:
    camera = Camera()
    for _ in range(3):
        camera.minute(7)
    camera.now -= timedelta(minutes=30)
    assert NodeEvent("fault", CLOCK) in [s.value for s in camera.tick(0)]
    camera.now += timedelta(minutes=1)
    sent = [*camera.minute(7), *camera.minute(7)]
    windows = [s.value for s in sent if isinstance(s.value, WindowEvent)]
    assert [window.starts_ms // 60_000 for window in windows] == [
        minute_of(MONDAY_TEN) - 26,
        minute_of(MONDAY_TEN) - 25,
    ]


def test_what_was_counted_around_a_clock_put_back_is_history() -> None:
    camera = Camera()
    camera.minute(7)
    camera.now -= timedelta(seconds=50)
    landed = minute_of(camera.now)
    camera.tick(0)
    camera.now += timedelta(minutes=1)
    partial = pack(WindowRecord(landed, 10, 90, 0, 0, 0))
    assert not camera.gate.receive(partial, camera.now)
    assert camera.gate.receive(
        pack(WindowRecord(landed + 1, 60, 90, 0, 0, 0)),
        camera.now + timedelta(minutes=1),
    )
