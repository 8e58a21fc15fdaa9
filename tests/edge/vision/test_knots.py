"""A metre is 40 pixels everywhere; a body is a column of 15 x 46, which is .43 m2."""

import numpy as np
import pytest

from edge.vision.framing import BoolArray
from edge.vision.ground import Ground
from edge.vision.knots import Knots
from edge.vision.settings import GroundPlan
from edge.vision.tracker import Track

WIDE, HIGH = 320, 240
PLAN = GroundPlan(
    ((0, 0), (WIDE, 0), (WIDE, HIGH), (0, HIGH)), ((0, 0), (8, 0), (8, 6), (0, 6)), 8, 6
)
Box = tuple[int, int, int, int]
BODY: Box = (100, 100, 115, 146)
PERSON, CYCLIST, CAR = range(3)


@pytest.fixture
def knots() -> Knots:
    return Knots(Ground(PLAN))


def silhouettes(*boxes: Box) -> BoolArray:
    mask = np.zeros((HIGH, WIDE), np.bool_)
    for x1, y1, x2, y2 in boxes:
        mask[y1:y2, x1:x2] = True
    return mask


def track(box: Box, kind: int = PERSON) -> Track:
    return Track(1, np.array(box, np.float64), np.zeros(4), kind=kind)


def crowd(*boxes: Box) -> list[Track]:
    """Return tracks at the boxes, and of twelve more who are alone and far off."""
    return [track(box) for box in (*boxes, *[(310, 230, 315, 239)] * 12)]


def beside(box: Box, columns: int) -> Box:
    x1, y1, x2, y2 = box
    return x1 + columns, y1, x2 + columns, y2


def test_whoever_stands_alone_is_one(knots: Knots) -> None:
    stout = (100, 100, 119, 150)
    for box in (BODY, stout):
        assert knots.people([track(box)], silhouettes(box)).tolist() == [1]


def test_four_who_stand_close_are_four_however_many_were_found(knots: Knots) -> None:
    row = [beside(BODY, 15 * n) for n in range(4)]
    mask = silhouettes(*row)
    for found in (1, 2, 4):
        many = knots.people(crowd(*row[:found]), mask)[:found]
        assert many.sum() == pytest.approx(4, abs=0.1)


def test_a_silhouette_apart_changes_nobody_elses_count(knots: Knots) -> None:
    row = [beside(BODY, 15 * n) for n in range(3)]
    alone = beside(BODY, 100)
    many = knots.people(crowd(row[1], alone), silhouettes(*row, alone))
    assert many[:2].tolist() == pytest.approx([3, 1], abs=0.1)


def test_what_nobody_was_found_in_is_nobody(knots: Knots) -> None:
    drift = silhouettes((0, 0, 300, 90))
    assert knots.people([], drift).tolist() == []
    assert knots.people(crowd(BODY), drift)[0] == 1


def test_a_shadow_over_the_yard_is_no_crowd(knots: Knots) -> None:
    everything = silhouettes((0, 0, WIDE, 160))
    assert knots.people(crowd(BODY), everything)[0] == 4


def test_who_rides_or_drives_stands_for_one_and_hides_no_crowd(knots: Knots) -> None:
    car = (90, 90, 200, 160)
    mask = silhouettes(car, beside(BODY, 120))
    tracks = [track(car, CAR), track(car, CYCLIST), *crowd(beside(BODY, 120))]
    assert knots.people(tracks, mask).tolist() == [1] * 15


def test_far_away_an_area_tells_nothing() -> None:
    far = GroundPlan(PLAN.pixels, ((0, 0), (80, 0), (80, 60), (0, 60)), 80, 60)
    many = Knots(Ground(far)).people(crowd(BODY), silhouettes((50, 50, 200, 200)))
    assert many[0] == 1


def test_a_plan_in_too_many_metres_is_found_out_by_who_stands_alone() -> None:
    """The plan says 12.8 m where there are 8, so that who stands alone covers 1.1 m2."""
    plan = GroundPlan(
        PLAN.pixels, ((0, 0), (12.8, 0), (12.8, 9.6), (0, 9.6)), 12.8, 9.6
    )
    knots, alone = Knots(Ground(plan)), silhouettes(BODY)
    assert knots.people(crowd(BODY), alone)[0] > 2
    for _ in range(300):
        knots.people(crowd(BODY), alone)
    assert knots.people(crowd(BODY), alone)[0] == 1
    row = [beside(BODY, 15 * n) for n in range(4)]
    assert knots.people(crowd(row[0]), silhouettes(*row))[0] == 4


def test_few_people_are_counted_as_found(knots: Knots) -> None:
    row = silhouettes(*[beside(BODY, 15 * n) for n in range(4)])
    few = [track(BODY)] + [track((310, 230, 315, 239))] * 5
    some = [track(BODY)] + [track((310, 230, 315, 239))] * 8
    assert knots.people(few, row)[0] == 1
    assert 1 < knots.people(some, row)[0] < 4


def test_a_box_outside_the_picture_is_one(knots: Knots) -> None:
    outside = track((-60, -80, -10, -5))
    beyond = track((400, 300, 420, 350))
    assert knots.people([outside, beyond], silhouettes(BODY)).tolist() == [1, 1]
