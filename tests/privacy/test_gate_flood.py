"""A worker that speaks in how it says its counts is not heard; without the rules it is.

The worker is a process of its own at the other end of a real pipe; the clock stands still
between its seconds. A secret is a picture of 7 x 10 pixels in black and white.
"""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from contracts.messages import GridEvent, NodeEvent, WindowEvent
from contracts.records import RECORD_BYTES, RecordError
from edge.vision.faults import WORKERS
from edge.vision.gate import SEND_AT_S, Gate, Sent
from edge.vision.settings import VisionSettings
from tests.privacy import unruly

ROOT = Path(__file__).parents[2]
MONDAY_TEN = datetime(2026, 1, 12, 8, tzinfo=UTC)
PIXELS = 7 * 10
SECONDS = (0, 2, 5, 10, 20, 32, SEND_AT_S, SEND_AT_S + 1, 45, 59)
SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]
SETTINGS = VisionSettings.parse(
    {
        "camera": "yard",
        "source": "0",
        "zones": [{"name": "swings", "corners": SQUARE}],
        "lines": [{"name": "path", "start": [0, 0], "end": [9, 0]}],
        "ground": {"pixels": SQUARE, "metres": SQUARE, "size_m": [20, 20]},
        "release": [{"days": [0], "from": "08:00", "until": "15:00"}],
    }
)
UNHEARD = ["moments", "order", "repetition", "padding", "flood", "damage", "dribble"]
"""What is said is right, however it is said."""
NOT_SAID = ["silence", "lateness", "omission"]
"""What is not said in time, or not in full."""


@dataclass
class Heard:
    """What left: the second and the event; of faults a worker can cause, apart."""

    told: list[tuple[int, Sent]] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)


def picture(seed: int) -> str:
    dice = random.Random(seed)
    return "".join(dice.choice("01") for _ in range(PIXELS))


@contextmanager
def worker(way: str, secret: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "tests.privacy.unruly", way, secret]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def heard(way: str, secret: str, *, ruled: bool = True) -> Heard:
    """Let a worker speak for as long as its secret takes, and collect what leaves."""
    gate, found, rest = Gate(SETTINGS, hurried=not ruled), Heard(), b""
    with worker(way, secret) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        os.set_blocking(process.stdout.fileno(), False)
        for number in range((PIXELS + 1) * len(SECONDS)):
            minutes, index = divmod(number, len(SECONDS))
            now = MONDAY_TEN + timedelta(minutes=minutes, seconds=SECONDS[index])
            process.stdin.write(b"%d\n" % now.timestamp())
            process.stdin.flush()
            assert process.stderr.readline() == b"\n"
            rest += process.stdout.read() or b""
            rest = taken(gate, rest, now)
            listen(gate, now, found)
    return found


def taken(gate: Gate, data: bytes, now: datetime) -> bytes:
    """Give whole records to the gate, as the node does; return the rest."""
    whole = len(data) - len(data) % RECORD_BYTES
    for at in range(0, whole, RECORD_BYTES):
        try:
            gate.receive(data[at : at + RECORD_BYTES], now)
        except RecordError as error:
            gate.fault(f"record refused: {str(error).partition(':')[0]}", now)
    return data[whole:]


def listen(gate: Gate, now: datetime, found: Heard) -> None:
    second = round((now - MONDAY_TEN).total_seconds())
    for sent in gate.tick(now):
        value = sent.value
        if isinstance(value, NodeEvent) and str(value.why).partition(":")[0] in WORKERS:
            found.faults.append((second, str(value.why)))
        else:
            found.told.append((second, sent))


@pytest.fixture(scope="module")
def plain() -> Heard:
    return heard("honest", "0")


def test_an_honest_worker_is_heard(plain: Heard) -> None:
    events = [sent.value for _, sent in plain.told]
    assert sum(isinstance(event, WindowEvent) for event in events) == PIXELS + 1
    assert sum(isinstance(event, GridEvent) for event in events) == 5
    assert {second % 60 for second, _ in plain.told} == {SEND_AT_S}
    assert plain.faults == []


@pytest.mark.parametrize("way", UNHEARD)
def test_how_it_is_said_changes_nothing_that_leaves(way: str, plain: Heard) -> None:
    first, second = (heard(way, picture(seed)) for seed in (1, 2))
    assert first.told == second.told == plain.told
    assert first.faults == second.faults


@pytest.mark.parametrize("way", NOT_SAID)
def test_what_is_not_said_is_told_as_a_minute_without_frames(way: str) -> None:
    secret = picture(3)
    assert heard(way, secret).told == heard("blind", secret).told


@pytest.mark.parametrize("way", ["flood", "damage", "omission"])
def test_of_faults_one_word_an_hour_leaves_when_a_quarter_begins(way: str) -> None:
    found = heard(way, picture(4)).faults
    assert found
    moments = [second for second, _ in found]
    assert {moment // 60 % 15 for moment in moments} == {0}
    assert all(b - a >= 3600 for a, b in pairwise(moments))
    assert {word for _, word in found} <= WORKERS


def spelt(found: Heard) -> str:
    """The secret, read from how long after its end each minute leaves."""
    bits = ["?"] * PIXELS
    for second, sent in found.told:
        if isinstance(sent.value, WindowEvent):
            minute = sent.value.starts_ms // 60_000
            after_s = int(MONDAY_TEN.timestamp()) + second - 60 * (minute + 1)
            bits[minute % PIXELS] = str(int(after_s > 60))
    return "".join(bits)


def test_without_the_rules_the_moments_spell_the_picture() -> None:
    secret = picture(5)
    leaked = heard("moments", secret, ruled=False)
    assert spelt(leaked) == secret


@pytest.mark.parametrize("way", ["damage", "silence", "lateness"])
def test_without_the_rules_the_picture_can_be_told_from_another(way: str) -> None:
    first, second = (heard(way, picture(seed), ruled=False) for seed in (1, 2))
    assert first != second


def test_every_way_is_tried() -> None:
    assert {*UNHEARD, *NOT_SAID, "honest", "blind"} == {*unruly.WAYS, unruly.DRIBBLE}
