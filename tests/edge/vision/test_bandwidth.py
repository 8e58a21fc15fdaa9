"""The statement on bandwidth is computed, says what the gate does, and stands in the page."""

import math
import random
import re
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.messages import EventValue, GridEvent, LineEvent, WindowEvent, ZoneEvent
from contracts.records import (
    GridRecord,
    LineRecord,
    Record,
    WeatherFlag,
    WindowRecord,
    ZoneRecord,
    pack,
)
from edge.vision.bandwidth import (
    PICTURES,
    TYPICAL,
    WINDOW,
    ZONE,
    bound,
    hours,
    span,
    statement,
)
from edge.vision.gate import SEND_AT_S, Gate
from edge.vision.settings import VisionSettings
from edge.vision.windows import minute_of

ROOT = Path(__file__).parents[3]
TEN = datetime(2026, 1, 12, 8, tzinfo=UTC)
FACE_H = 9
SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]
YARD = {
    "camera": "yard",
    "source": "0",
    "zones": [{"name": "swings", "corners": SQUARE}],
    "lines": [{"name": "path", "start": [0, 0], "end": [9, 0]}],
    "ground": {"pixels": SQUARE, "metres": SQUARE, "size_m": [20, 20]},
    "release": [{"days": [0], "from": "00:00", "until": "23:59"}],
}


def anything(dice: random.Random, minute: int) -> list[Record]:
    """The records of a minute that a worker has made up."""
    seen, trust, most = dice.randint(0, 60), dice.randint(0, 100), dice.randint(0, 120)
    people = dice.randint(0, most * seen)
    window = WindowRecord(
        *(minute, seen, trust, people, most, dice.randint(0, 100)),
        WeatherFlag(dice.getrandbits(9)),
        dice.randint(0, people),
        dice.randint(0, 100),
    )
    if not seen:
        return [window]
    held, visits = dice.randint(0, people), dice.randint(0, 120)
    dwell = dice.randint(0, 65535) * bool(visits)
    zone = ZoneRecord(
        *(minute, 0, seen, trust, held, most, dice.randint(0, 100)),
        *(visits, dwell, dice.randint(0, seen)),
    )
    ways = [tuple(dice.randint(0, 120) for _ in range(3)) for _ in range(2)]
    rows = [
        GridRecord(
            *(minute, row, seen, trust),
            tuple(dice.randint(0, people // 192 + 1) for _ in range(16)),
        )
        for row in range(12)
    ]
    return [zone, LineRecord(minute, 0, seen, trust, ways[0], ways[1]), *rows, window]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def told() -> list[EventValue]:
    """What leaves in a day of made-up records."""
    gate, dice, sent = Gate(VisionSettings.parse(YARD)), random.Random(3), []
    for number in range(24 * 60):
        now = TEN + timedelta(minutes=number)
        for record in anything(dice, minute_of(now) - 1):
            gate.receive(pack(record), now)
        sent += [s.value for s in gate.tick(now + timedelta(seconds=SEND_AT_S))]
    return sent


@pytest.mark.parametrize("kind", [WindowEvent, ZoneEvent, LineEvent, GridEvent])
def test_no_more_leaves_than_the_statement_counts(
    told: list[EventValue], kind: type
) -> None:
    events = [event for event in told if isinstance(event, kind)]
    assert len(events) > 40
    # A minute that is told says when it was, and that is no choice of the worker.
    free = set(kind.__struct_fields__) - {"starts_ms", "length_s"}  # type: ignore[attr-defined]
    bits = sum(math.log2(len({getattr(e, name) for e in events})) for name in free)
    found = bound()
    limits = {
        WindowEvent: found.window / 60,
        ZoneEvent: found.zone / 60 + math.log2(61 * 21),
        LineEvent: found.line / 60 + math.log2(21),
        GridEvent: found.grid / 4,
    }
    assert bits <= limits[kind]


def test_every_field_of_the_records_is_counted() -> None:
    place = {"minute", "zone"}
    assert {f.name for f in fields(WindowRecord)} - place == set(WINDOW)
    of_window = {"seen_s", "trust_pct"}
    assert {f.name for f in fields(ZoneRecord)} - place - of_window == set(ZONE)


def test_the_bounds_are_those_of_the_layout_worked_out_by_hand() -> None:
    found = bound()
    window = 61 * 21 * 1201 * 121 * 21 * 512 * 1201 * 21
    zone = 7201 * 121 * 21 * 121 * 65536 * 61
    assert found.window == pytest.approx(60 * math.log2(window))
    assert found.zone == pytest.approx(60 * math.log2(zone))
    assert found.line == pytest.approx(60 * 6 * math.log2(121))
    assert found.grid == pytest.approx(4 * (2 * 192 + math.log2(9 * 901 * 21)))
    assert found.counts(2, 3) == found.window + 2 * found.zone + 3 * found.line


def test_a_face_takes_longer_than_nine_hours_beside_the_figures() -> None:
    assert hours(bound().beside, PICTURES["7x10"], depth=1) > FACE_H


@pytest.mark.parametrize(
    ("length_h", "words"),
    [(0.02, "72.0 s"), (0.5, "30.0 min"), (13.04, "13.0 h"), (100, "4.2 days")],
)
def test_a_length_of_time_is_told_in_its_unit(length_h: float, words: str) -> None:
    assert span(length_h) == words


def test_the_page_holds_the_statement_as_it_is_computed() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text()
    (held,) = re.findall(
        r"<!-- bandwidth begins -->\n(.*?)<!-- bandwidth ends -->", page, re.DOTALL
    )
    assert held == statement(*TYPICAL)
    assert f"would take {round(hours(bound().beside, 70, 1))} hours" in " ".join(
        page.split()
    )
    assert f"{SEND_AT_S} seconds after it ended" in " ".join(page.split())


def test_the_program_prints_it_for_other_cameras() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "edge.vision.bandwidth", "--zones", "1", "--lines", "0"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert ran.stdout == statement(1, 0)
    assert f"{bound().counts(1, 0):,.1f}" in ran.stdout
