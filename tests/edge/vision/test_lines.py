import numpy as np
import pytest

from edge.vision.lines import Crossings, LineCounter, Walker
from edge.vision.settings import Line
from edge.vision.tracker import Track, Tracker
from tests.edge.vision.walkers import frames, walks

UP = Line("gate", (50.0, 100.0), (50.0, 0.0))
MIDDLE = Line("middle", (160.0, 240.0), (160.0, 0.0))
STEP_S = 0.1


def walk(
    counter: LineCounter, xs: list[float], y: float = 50, kind: int = 0, track: int = 1
) -> None:
    """Walk at the speed of the first step, not seen but known before and after."""
    speed = (xs[1] - xs[0]) / STEP_S if len(xs) > 1 else 0.0
    for x in xs:
        walker = Walker((x, y), (speed, 0.0), kind)
        counter.update({track: walker}, STEP_S, {track})


def told(counter: LineCounter) -> Crossings:
    """Take what was crossed once no class is open any more."""
    counter.update({}, 10.0, range(100))
    return counter.take()


def test_left_to_right_is_forward_and_the_way_back_is_backward() -> None:
    counter = LineCounter(UP)
    walk(counter, [20, 40, 60, 80])
    assert told(counter) == Crossings(forward=(1, 0, 0))

    walk(counter, [60, 40, 20])
    assert told(counter) == Crossings(backward=(1, 0, 0))


def test_each_class_is_counted_by_itself() -> None:
    counter = LineCounter(UP)
    for kind in range(3):
        walk(counter, [40, 60], kind=kind, track=kind)
    walk(counter, [60, 40], kind=2, track=9)
    assert told(counter) == Crossings(forward=(1, 1, 1), backward=(0, 0, 1))


def test_a_crossing_is_told_late_as_what_the_track_turned_out_to_be() -> None:
    counter = LineCounter(UP)
    walk(counter, [40, 60], kind=0)
    assert counter.take() == Crossings()
    walk(counter, [70, 80], kind=1)
    assert told(counter) == Crossings(forward=(0, 1, 0))


def test_who_is_gone_changes_no_more_and_is_told_at_once() -> None:
    counter = LineCounter(UP)
    walk(counter, [40, 60, 80], kind=1)
    counter.update({}, STEP_S)
    assert counter.take() == Crossings(forward=(0, 1, 0))


def test_what_was_taken_is_not_counted_again() -> None:
    counter = LineCounter(UP)
    walk(counter, [40, 60])
    told(counter)
    assert told(counter) == Crossings()


def test_trembling_on_the_line_is_no_crossing() -> None:
    counter = LineCounter(UP, margin=3)
    walk(counter, [40, 49, 52, 48, 52, 49, 51, 40])
    assert told(counter) == Crossings()


def test_somebody_tall_trembles_further_than_somebody_small() -> None:
    tall, small = LineCounter(UP, margin=3), LineCounter(UP, margin=3)
    for x in (40, 56, 40):
        tall.update({1: Walker((x, 50), height=60)}, STEP_S)
        small.update({1: Walker((x, 50), height=20)}, STEP_S)
    assert told(tall) == Crossings()
    assert told(small) == Crossings(forward=(1, 0, 0), backward=(1, 0, 0))


def test_a_crossing_in_small_steps_counts_once() -> None:
    counter = LineCounter(UP, margin=3)
    walk(counter, [40 + 0.5 * n for n in range(40)])
    assert told(counter) == Crossings(forward=(1, 0, 0))


def test_passing_beyond_the_end_is_no_crossing() -> None:
    counter = LineCounter(UP)
    walk(counter, [40, 60], y=120)
    walk(counter, [60, 40], y=-5)
    assert told(counter) == Crossings()


def test_a_long_slanting_step_counts_where_it_meets_the_line() -> None:
    counter = LineCounter(UP)
    counter.update({1: Walker((30, 90)), 2: Walker((40, 90))}, 1.0)
    counter.update({1: Walker((60, 112)), 2: Walker((100, 130))}, 1.0)
    assert told(counter) == Crossings(forward=(1, 0, 0))


def test_whoever_is_out_of_sight_on_the_line_is_counted_once() -> None:
    counter = LineCounter(UP)
    walk(counter, [20 + 3 * n for n in range(9)])
    for _ in range(9):
        counter.update({}, STEP_S, {1})
    walk(counter, [70, 73, 76])
    counter.update({}, STEP_S)
    assert told(counter) == Crossings(forward=(1, 0, 0))


def test_whoever_goes_into_a_door_or_comes_out_of_it_has_crossed() -> None:
    counter = LineCounter(UP)
    walk(counter, [20 + 3 * n for n in range(9)])
    counter.update({}, STEP_S)
    assert told(counter) == Crossings(forward=(1, 0, 0))

    walk(counter, [44 - 3 * n for n in range(9)], track=2)
    assert told(counter) == Crossings(backward=(1, 0, 0))


def test_whoever_loses_the_id_on_the_line_is_counted_once() -> None:
    counter = LineCounter(UP)
    walk(counter, [20 + 3 * n for n in range(9)])
    for n in range(9):
        counter.update({2: Walker((56 + 3 * n, 50), (30, 0))}, STEP_S, {1, 2})
    counter.update({}, STEP_S)
    assert told(counter) == Crossings(forward=(1, 0, 0))


@pytest.mark.parametrize(
    "xs",
    [[20 - n for n in range(9)], [41.0] * 9, [41 - 3 * n for n in range(4)]],
    ids=["away", "standing", "for a moment only"],
)
def test_whoever_vanishes_otherwise_has_crossed_nothing(xs: list[float]) -> None:
    counter = LineCounter(UP)
    walk(counter, xs)
    counter.update({}, STEP_S)
    assert told(counter) == Crossings()


def walker(track: Track) -> Walker:
    x1, y1, x2, y2 = track.box.tolist()
    speed = float(track.velocity[2]), float(track.velocity[3])
    return Walker(((x1 + x2) / 2, y2), speed, track.kind, y2 - y1)


@pytest.mark.parametrize(
    ("parties", "people", "fps"),
    [(50, 1, 5), (50, 1, 10), (25, 2, 5), (20, 4, 5), (20, 4, 10)],
)
def test_of_a_hundred_at_most_two_are_miscounted(
    parties: int, people: int, fps: int
) -> None:
    draw = np.random.default_rng(7)
    sent = walks(draw, parties, people)
    tracker, counter = Tracker(), LineCounter(MIDDLE)
    forward = backward = 0

    for found in frames(draw, sent, fps):
        tracks = tracker.update(found, 1 / fps)
        there = {track.id: walker(track) for track in tracks}
        counter.update(there, 1 / fps, {track.id for track in tracker.tracks})
        taken = counter.take()
        forward, backward = forward + taken.forward[0], backward + taken.backward[0]

    to_right = sum(walk.speed > 0 for walk in sent)
    to_left = len(sent) - to_right
    assert abs(forward - to_right) + abs(backward - to_left) <= 0.02 * len(sent)
