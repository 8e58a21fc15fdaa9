from edge.vision.lines import Crossings, LineCounter
from edge.vision.settings import Line

UP = Line("gate", (50.0, 100.0), (50.0, 0.0))


def walk(counter: LineCounter, xs: list[float], y: float = 50, track: int = 1) -> None:
    for x in xs:
        counter.update({track: (x, y)})


def test_left_to_right_is_forward_and_the_way_back_is_backward() -> None:
    counter = LineCounter(UP)
    walk(counter, [20, 40, 60, 80])
    assert counter.take() == Crossings(forward=1)

    walk(counter, [60, 40, 20])
    assert counter.take() == Crossings(backward=1)


def test_what_was_taken_is_not_counted_again() -> None:
    counter = LineCounter(UP)
    walk(counter, [40, 60])
    counter.take()
    assert counter.take() == Crossings()


def test_trembling_on_the_line_is_no_crossing() -> None:
    counter = LineCounter(UP, margin=3)
    walk(counter, [40, 49, 52, 48, 52, 49, 51, 40])
    assert counter.take() == Crossings()


def test_a_crossing_in_small_steps_counts_once() -> None:
    counter = LineCounter(UP, margin=3)
    walk(counter, [40 + 0.5 * n for n in range(40)])
    assert counter.take() == Crossings(forward=1)


def test_passing_beyond_the_end_is_no_crossing() -> None:
    counter = LineCounter(UP)
    walk(counter, [40, 60], y=120)
    walk(counter, [60, 40], y=-5)
    assert counter.take() == Crossings()


def test_two_tracks_are_counted_apart_and_a_lost_one_is_forgotten() -> None:
    counter = LineCounter(UP)
    counter.update({1: (40, 50), 2: (60, 50)})
    counter.update({1: (60, 50), 2: (40, 50)})
    assert counter.take() == Crossings(forward=1, backward=1)

    counter.update({2: (40, 50)})
    counter.update({1: (40, 50), 2: (40, 50)})
    assert counter.take() == Crossings()
