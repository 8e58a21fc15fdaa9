"""Which size of frames a set-up takes."""

import pytest

from edge.setup.reach import size_for
from edge.vision.framing import Framing
from edge.vision.settings import Size
from tests.edge.vision.test_coverage import SIZE, flat


@pytest.mark.parametrize(
    ("least_px", "size"),
    [(8, (320, 240)), (25, (416, 320)), (34, (640, 480)), (500, (320, 240))],
)
def test_the_frame_is_as_small_as_coverage_allows(least_px: float, size: Size) -> None:
    framing = Framing.of((640, 480), SIZE)
    assert size_for(flat(20), framing, least_px) == size


def test_a_picture_is_not_blown_up_to_see_more() -> None:
    assert size_for(flat(20), Framing.of(SIZE, SIZE), 34) == SIZE
