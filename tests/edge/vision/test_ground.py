import numpy as np
import pytest

from edge.vision.ground import Ground
from edge.vision.settings import GroundPlan

# A camera that looks along y: far things are higher up and smaller.
PLAN = GroundPlan(
    pixels=((100, 60), (220, 60), (320, 240), (0, 240)),
    metres=((0, 0), (32, 0), (32, 24), (0, 24)),
    width_m=32,
    depth_m=24,
)


def test_the_four_points_are_where_they_were_measured() -> None:
    found = Ground(PLAN).metres(np.array(PLAN.pixels, dtype=np.float64))
    assert found == pytest.approx(np.array(PLAN.metres), abs=1e-3)


def test_nothing_stands_above_the_horizon() -> None:
    ground = Ground(PLAN)
    sky = np.array([[160.0, -500.0]])
    assert not np.isfinite(ground.metres(sky)).any()
    assert ground.cells(sky).sum() == 0
    assert ground.pixels_per_metre(sky).tolist() == [0.0]


def test_a_metre_is_wider_near_the_camera() -> None:
    scale = Ground(PLAN).pixels_per_metre(np.array([[160.0, 60.0], [160.0, 239.0]]))
    assert scale == pytest.approx([120 / 32, 320 / 32], rel=0.05)


def test_each_person_on_the_plan_is_in_one_cell() -> None:
    ground = Ground(PLAN)
    grid = ground.cells(np.array([[105.0, 61.0], [105.0, 61.0], [310.0, 239.0]]))
    assert grid.shape == (12, 16)
    assert grid[0, 0] == 2
    assert grid[11, 15] == 1
    assert grid.sum() == 3
