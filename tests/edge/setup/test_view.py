"""What may be shown: the empty place, and nothing that ever stood still in it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pytest

from contracts.clock import ManualClock
from contracts.records import NO_FLAGS, WeatherFlag
from edge.setup.view import (
    BUSY_S,
    COVER,
    LEARN_S,
    OTHER_S,
    STOOD_S,
    TROUBLE_S,
    Showing,
    View,
)
from edge.vision.background import LEARN_S as KNOWN_S
from edge.vision.background import Background, at_gain
from edge.vision.frames import Frame
from edge.vision.framing import BoolArray, ByteArray, Framing
from tests.conftest import EVENING

SIZE = (64, 48)
GROUND, PERSON = 90, 200
FRAME_S = 0.2
EMPTY_S = KNOWN_S + LEARN_S


@dataclass
class Person:
    standing: bool


@dataclass
class Looked:
    dt: float
    tracks: list[Person]
    flags: WeatherFlag
    learned: bool
    framing: Framing = field(default_factory=lambda: Framing.of(SIZE, SIZE))

    @property
    def seen(self) -> bool:
        return not self.flags


@dataclass
class Line:
    """The worker's background, and a tracker that is told who stands there."""

    standing: list[Person]
    wrong: WeatherFlag = NO_FLAGS
    background: Background = field(default_factory=Background)
    last: datetime | None = None

    def look(self, frame: Frame) -> Looked:
        dt = (frame.at - self.last).total_seconds() if self.last else 0.0
        self.last = frame.at
        if self.wrong:
            if self.wrong == WeatherFlag.MOVED:
                self.background.restart()
            return Looked(0.0, [], self.wrong, self.background.ready)
        gain = self.background.gain(frame.picture)
        self.background.learn(at_gain(frame.picture, gain), gain, dt)
        ready = self.background.ready
        return Looked(dt, list(self.standing), NO_FLAGS, ready)


class Yard:
    """A yard with a person in it or not, and what a set-up is shown of it."""

    def __init__(self) -> None:
        self.there: list[Person] = []
        self.lines = 0
        self.searched: list[ByteArray] = []
        self.near = False
        self.clock = ManualClock(EVENING)
        self.view = View(self.line, self.search, self.clock)
        self.now = EVENING

    def line(self) -> Line:
        self.lines += 1
        self.its = Line(self.there)
        return self.its

    def search(self, picture: ByteArray) -> BoolArray:
        self.searched.append(picture.copy())
        found = np.abs(picture.astype(int) - GROUND) > 12
        return found | (self.near and found.any())

    def passes(
        self, seconds: float, *, person: bool = False, seen: bool = True
    ) -> None:
        """Let time pass; a person stands there, whom the tracker sees or not."""
        for _ in range(round(seconds / FRAME_S)):
            self.now += timedelta(seconds=FRAME_S)
            self.clock.advance(FRAME_S)
            picture = np.full(SIZE[::-1], GROUND, np.uint8)
            if person:
                picture[10:40, 20:34] = PERSON
            self.there[:] = [Person(standing=True)] if person and seen else []
            self.view.take(Frame(self.now, picture))
            shown = self.view.shown.picture
            if shown is not None:
                apart = np.abs(shown.astype(int) - GROUND)[shown != COVER]
                assert apart.max() <= 12, "a person shows"

    @property
    def why(self) -> Showing:
        return self.view.shown.why


@pytest.fixture
def yard() -> Yard:
    return Yard()


def test_nothing_is_shown_before_the_place_is_known(yard: Yard) -> None:
    yard.passes(EMPTY_S - 1)
    assert yard.why is Showing.LEARNING
    assert yard.view.shown.picture is None
    yard.passes(2)
    assert yard.why is Showing.SHOWN
    assert yard.view.shown.picture is not None


def test_whoever_was_there_at_first_has_faded_before_anything_is_shown(
    yard: Yard,
) -> None:
    yard.passes(2, person=True)
    yard.passes(EMPTY_S + 1)
    assert yard.why is Showing.SHOWN


def test_while_somebody_stands_there_nothing_is_shown(yard: Yard) -> None:
    yard.passes(EMPTY_S + 1)
    yard.passes(STOOD_S + 2, person=True)
    assert yard.why is Showing.STANDS
    assert yard.view.shown.picture is None


def test_after_they_have_gone_it_takes_as_long_as_they_stood(yard: Yard) -> None:
    yard.passes(EMPTY_S + 1)
    yard.passes(30, person=True)
    yard.passes(30 - STOOD_S - 2)
    assert yard.why is Showing.STANDS
    yard.passes(6)
    assert yard.why is Showing.SHOWN


def test_a_person_whom_the_tracker_missed_is_found_and_all_is_thrown_away(
    yard: Yard,
) -> None:
    yard.passes(EMPTY_S + 1)
    yard.passes(BUSY_S - 5, person=True, seen=False)
    assert yard.lines > 1, "it began anew"
    assert yard.why is Showing.PERSON
    assert yard.view.shown.picture is None
    yard.passes(2 * EMPTY_S + 5)
    assert yard.why is Showing.SHOWN


def test_what_is_shown_is_searched_again_and_again(yard: Yard) -> None:
    yard.passes(EMPTY_S + 21)
    assert 9 <= len(yard.searched) <= 12


def test_a_camera_that_is_gone_shows_nothing(yard: Yard) -> None:
    yard.passes(EMPTY_S + 1)
    yard.view.missed()
    assert yard.why is Showing.SHOWN, "one lost frame is no news"
    yard.clock.advance(TROUBLE_S + 0.1)
    assert yard.why is Showing.NO_PICTURE
    assert yard.view.shown.picture is None
    yard.passes(1)
    assert yard.why is Showing.SHOWN


def test_a_camera_that_hangs_is_told_though_it_says_nothing(yard: Yard) -> None:
    yard.passes(1)
    yard.clock.advance(TROUBLE_S + 0.1)
    assert yard.why is Showing.NO_PICTURE


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (WeatherFlag.FROZEN, Showing.FROZEN),
        (WeatherFlag.LENS_COVERED, Showing.DARK),
        (WeatherFlag.NO_FRAMES, Showing.TORN),
        (WeatherFlag.WHOLE_FRAME_CHANGE, Showing.MOVED),
    ],
)
def test_what_is_wrong_with_the_camera_is_told_within_seconds(
    yard: Yard, wrong: WeatherFlag, why: Showing
) -> None:
    yard.passes(EMPTY_S + 1)
    yard.its.wrong = wrong
    yard.passes(TROUBLE_S + 0.3)
    assert yard.why is why
    assert yard.view.shown.picture is None


def test_a_camera_that_was_moved_is_learned_anew_before_anything_is_shown(
    yard: Yard,
) -> None:
    yard.passes(EMPTY_S + 1)
    yard.its.wrong = WeatherFlag.MOVED
    yard.passes(FRAME_S)
    yard.its.wrong = NO_FLAGS
    yard.passes(2, person=True, seen=False)
    assert yard.why is Showing.MOVED
    yard.passes(EMPTY_S - 3)
    assert yard.view.shown.picture is None, "whoever was there may be in it"
    yard.passes(2)
    assert yard.why is Showing.SHOWN


def test_what_stays_unlike_the_place_is_learned_as_another_place(yard: Yard) -> None:
    yard.passes(EMPTY_S + 1)
    yard.its.wrong = WeatherFlag.NO_FRAMES
    yard.passes(OTHER_S + 1)
    assert yard.lines == 2
    yard.passes(EMPTY_S - 1)
    assert yard.view.shown.picture is None
    yard.passes(2)
    assert yard.why is Showing.SHOWN


def test_a_place_where_somebody_stands_for_ever_is_told(yard: Yard) -> None:
    yard.passes(BUSY_S - 2, person=True)
    assert yard.why is Showing.STANDS
    yard.passes(4, person=True)
    assert yard.why is Showing.BUSY


def test_what_looks_like_a_person_for_ever_is_painted_over(yard: Yard) -> None:
    yard.passes(BUSY_S - 2, person=True, seen=False)
    assert yard.why is Showing.PERSON
    yard.passes(EMPTY_S + 4, person=True, seen=False)
    assert yard.why is Showing.IN_PART
    shown = yard.view.shown.picture
    assert shown is not None
    assert (shown[10:40, 20:34] == COVER).all()
    assert (shown[:, 40:] != COVER).all()


def test_where_too_much_would_be_painted_over_nothing_is_shown(yard: Yard) -> None:
    yard.near = True
    yard.passes(2 * BUSY_S, person=True, seen=False)
    assert yard.why is Showing.BUSY
    assert yard.view.shown.picture is None


def test_a_picture_that_is_held_does_not_change(yard: Yard) -> None:
    yard.passes(EMPTY_S + 1)
    held = yard.view.shown.picture
    assert held is not None
    before = held.copy()
    yard.passes(STOOD_S + 10, person=True)
    assert np.array_equal(held, before)
