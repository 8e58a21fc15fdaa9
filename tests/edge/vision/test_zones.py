import numpy as np
import pytest

from edge.vision.zones import NO_STAYS, StayCounter, Stays, Zone, feet, inside

LEFT = Zone("left", ((0, 0), (10, 0), (10, 10), (0, 10)))
RIGHT = Zone("right", ((10, 0), (20, 0), (20, 10), (10, 10)))


def test_a_person_is_where_their_feet_are() -> None:
    assert feet(np.array([[10.0, 20.0, 30.0, 80.0]])).tolist() == [[20.0, 80.0]]


def test_feet_are_where_the_silhouette_ends_if_the_box_ends_below() -> None:
    box, mask = np.array([[10.0, 20.0, 30.0, 80.0]]), np.zeros((100, 100), np.bool_)
    mask[20:72, 14:26] = True
    assert feet(box, mask).tolist() == [[20.0, 72.0]]


def test_who_is_hidden_from_the_waist_down_stands_near_the_end_of_the_box() -> None:
    box, mask = np.array([[10.0, 20.0, 30.0, 80.0]]), np.zeros((100, 100), np.bool_)
    mask[20:40, 14:26] = True
    assert feet(box, mask).tolist() == [[20.0, 65.0]]


def test_feet_without_a_silhouette_are_where_the_box_ends() -> None:
    nothing = np.zeros((100, 100), np.bool_)
    for box in ([10.0, 20.0, 30.0, 80.0], [-90.0, -80.0, -50.0, -20.0], [5, 5, 5, 5]):
        (place,) = feet(np.array([box]), nothing)
        assert place[1] == box[3]


@pytest.mark.parametrize(
    ("point", "left", "right"),
    [
        ((5, 5), True, False),
        ((0, 5), True, False),
        ((5, 0), True, False),
        ((10, 5), False, True),
        ((5, 10), False, False),
        ((20, 5), False, False),
    ],
    ids=["within", "left border", "top border", "shared border", "bottom", "right"],
)
def test_a_shared_border_belongs_to_one_zone(
    point: tuple[float, float], *, left: bool, right: bool
) -> None:
    points = np.array([point], dtype=np.float64)
    assert inside(LEFT, points)[0] == left
    assert inside(RIGHT, points)[0] == right


def test_a_hollow_of_the_polygon_is_outside() -> None:
    corners = ((0, 0), (10, 0), (10, 10), (8, 10), (8, 2), (2, 2), (2, 10), (0, 10))
    points = np.array([[5.0, 5.0], [1.0, 5.0], [9.0, 5.0]])
    assert inside(Zone("arch", corners), points).tolist() == [False, True, True]


def test_nobody_is_in_no_zone() -> None:
    assert inside(LEFT, np.empty((0, 2))).tolist() == []


def stays(*steps: set[int], dt: float = 0.5, known: set[int] | None = None) -> Stays:
    """Return the sum of what has ended after each step."""
    counter = StayCounter()
    everybody = {1, 2, 3} if known is None else known
    ended = [counter.update(step, everybody, dt) for step in steps]
    return Stays(sum(s.visits for s in ended), sum(s.dwell_s for s in ended))


def test_a_stay_ends_a_second_after_somebody_has_left() -> None:
    five_s = [{1}] * 11
    assert stays(*five_s) == NO_STAYS
    assert stays(*five_s, set(), set()) == NO_STAYS
    assert stays(*five_s, *[set()] * 3) == Stays(1, 5.0)


def test_whoever_is_out_for_a_moment_has_stayed() -> None:
    once = [{1}] * 6 + [set[int]()] + [{1}] * 6 + [set[int]()] * 3
    assert stays(*once) == Stays(1, 6.0)


def test_whoever_passes_through_has_not_stayed() -> None:
    assert stays(*[{1}] * 4, *[set()] * 4) == NO_STAYS


def test_people_stay_each_for_themselves() -> None:
    assert stays(*[{1, 2}] * 7, *[{2}] * 6, *[set()] * 4) == Stays(2, 3.0 + 6.0)


def test_whoever_is_forgotten_has_left() -> None:
    counter = StayCounter()
    for _ in range(9):
        counter.update({1}, {1}, 0.5)
    assert counter.update(set(), set(), 0.5) == Stays(1, 4.0)
    assert counter.update({1}, {1}, 0.5) == NO_STAYS
