import numpy as np
import pytest

from edge.vision.zones import Zone, feet, inside

LEFT = Zone("left", ((0, 0), (10, 0), (10, 10), (0, 10)))
RIGHT = Zone("right", ((10, 0), (20, 0), (20, 10), (10, 10)))


def test_a_person_is_where_their_feet_are() -> None:
    assert feet(np.array([[10.0, 20.0, 30.0, 80.0]])).tolist() == [[20.0, 80.0]]


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
