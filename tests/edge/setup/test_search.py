"""What is thrown away before anybody sees it."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from edge.setup.search import LEAST_PX, person_like
from edge.vision.framing import ByteArray
from edge.vision.net import Detections

PLACE = np.full((240, 320), 90, np.uint8)


@dataclass
class Seer:
    """A net that finds one body."""

    height: float
    kind: int = 0
    sure: bool = True
    asked: list[ByteArray] = field(default_factory=list)

    def see(
        self, frame: ByteArray, background: ByteArray, previous: ByteArray
    ) -> Detections:
        self.asked = [frame, background, previous]
        return Detections(
            np.array([[100.0, 100.0, 110.0, 100.0 + self.height]]),
            np.array([0.9]),
            np.array([self.kind]),
            np.array([self.sure]),
            np.zeros(frame.shape, np.bool_),
        )


@pytest.mark.parametrize(
    ("seer", "thrown"),
    [
        (Seer(LEAST_PX), True),
        (Seer(LEAST_PX - 1), False),
        (Seer(80, kind=1), True),
        (Seer(80, kind=2), False),
        (Seer(80, sure=False), False),
    ],
    ids=["person", "three pixels of head", "cyclist", "car", "unsure"],
)
def test_a_person_that_could_be_known_is_thrown_away(
    seer: Seer, *, thrown: bool
) -> None:
    assert person_like(seer, PLACE).any() == thrown


def test_the_place_it_is_compared_with_has_nothing_narrow_in_it() -> None:
    picture = PLACE.copy()
    picture[80:140, 150:170] = 200
    seer = Seer(60)
    person_like(seer, picture)
    frame, place, _ = seer.asked
    assert frame.max() == 200, "control"
    assert place.max() == 90


def test_with_somebody_all_of_the_body_is_found_and_a_rim() -> None:
    where = person_like(Seer(50), PLACE)
    rows, columns = np.nonzero(where)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (90, 159, 98, 111)
