"""The whole chain against ground truth: a real film, and the rendered recess.

The figures of `bench sensing`, with room for a change of OpenCV, not for a mistake.
"""

import os
from pathlib import Path

import pytest

from bench.sensing import measure, pets, yard
from firmware_sim.scenes.render import SceneOrder
from tests.conditions import require


def test_people_of_the_fields_standard_film_are_counted_and_placed(
    tmp_path: Path,
) -> None:
    data = os.environ.get("KYNNYS_DATA", "")
    folder = Path(data) / "sensing" / "pets09"
    require(data and folder.is_dir(), "KYNNYS_DATA holds no sensing/pets09")
    row = measure(pets(folder, tmp_path), fps=5)
    assert row.mae < 0.6
    assert row.mean_counted == pytest.approx(row.mean_true, abs=0.3)
    assert row.heat_r > 0.9


@pytest.mark.xfail(
    reason="issue 3: 23 of 24 are counted, but the heat map's likeness is .72 of .8"
)
def test_the_heat_map_of_a_rendered_recess_shows_where_the_children_were(
    tmp_path: Path,
) -> None:
    row = measure(yard(SceneOrder(seconds=40, fps=5, seed=3), tmp_path), fps=5)
    assert row.mean_counted == pytest.approx(row.mean_true, rel=0.2)
    assert row.heat_r > 0.8
