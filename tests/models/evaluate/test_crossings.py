from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from edge.vision.settings import VisionSettings
from models.evaluate import crossings
from models.evaluate.recess import Shot
from models.evaluate.stage.lens import WIDTH
from models.evaluate.stage.street import travellers


def settings(name: str) -> VisionSettings:
    return VisionSettings.parse(crossings.camera(name))


@pytest.fixture(scope="module")
def shots() -> list[Shot]:
    return list(crossings.frames("clean-singles-2", seconds=15))


def walked_over(shots: list[Shot], name: str) -> Counter[tuple[str, int, bool]]:
    """Count who went over which line by their feet alone."""
    ways = defaultdict(list)
    for shot in shots:
        for person in shot.people:
            ways[person.id, person.kind].append(person.feet)
    counted: Counter[tuple[str, int, bool]] = Counter()
    for (_, kind), feet in ways.items():
        drawn = settings(name)
        assert drawn.size
        for line in drawn.lines:
            # The settings' pixels are those of the frames that are analysed.
            scale = WIDTH / drawn.size[0]
            (ax, ay), (bx, by) = np.multiply((line.start, line.end), scale)
            for (px, py), (qx, qy) in pairwise(feet):
                before = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
                after = (bx - ax) * (qy - ay) - (by - ay) * (qx - ax)
                if (before > 0) == (after > 0):
                    continue
                t = before / (before - after)
                x, y = px + t * (qx - px), py + t * (qy - py)
                along = (x - ax) * (bx - ax) + (y - ay) * (by - ay)
                if 0 <= along <= (bx - ax) ** 2 + (by - ay) ** 2:
                    counted[line.name, kind, after > 0] += 1
    return counted


def test_the_truth_is_what_the_feet_do(shots: list[Shot]) -> None:
    name = "clean-singles-2"

    true = Counter(
        (c.line, c.kind, c.forward) for c in crossings.truth(name) if c.t_s < 14.8
    )

    assert walked_over(shots, name) == true
    assert len(true) >= 5


def test_there_are_crossings_enough_of_all_kinds_and_both_ways() -> None:
    every = [c for name in crossings.scenes() for c in crossings.truth(name)]

    assert len(every) >= 300
    for kind in (0, 1, 2):
        for forward in (False, True):
            assert sum((c.kind, c.forward) == (kind, forward) for c in every) >= 20


@pytest.mark.parametrize("name", crossings.scenes())
def test_singles_come_alone_and_groups_together(name: str) -> None:
    sizes = {crossing.group for crossing in crossings.truth(name)}

    assert sizes == {1} if "singles" in name else min(sizes) >= 2


def test_some_turn_back_before_a_line() -> None:
    everybody = travellers(3, 75, grouped=False)
    turning = [one for one in everybody if one.turns]

    assert turning
    for one in turning:
        past = [one.way * one.along(t_s / 5)[0] for t_s in range(-100, 500)]
        assert max(past) == pytest.approx(-1.5)


def test_nobody_crosses_before_scoring_starts(shots: list[Shot]) -> None:
    assert shots[0].t_s < 0
    assert min(c.t_s for c in crossings.truth("clean-singles-2")) > 0


@pytest.mark.parametrize("name", crossings.scenes())
def test_each_line_can_be_set_up(name: str) -> None:
    lines = {line.name for line in settings(name).lines}

    assert lines == {c.line for c in crossings.truth(name)}


def test_a_scene_that_is_not_there_is_refused() -> None:
    for ask in (crossings.truth, crossings.camera):
        with pytest.raises(KeyError):
            ask("fog-singles-1")
    with pytest.raises(KeyError):
        next(crossings.frames("fog-singles-1"))
