from itertools import islice

import numpy as np
import pytest

from edge.vision.ground import Ground
from edge.vision.settings import VisionSettings
from models.evaluate import recess
from models.evaluate.recess import LEAD_S, Shot

FIELDS = {"camera": "yard", "source": "simulated"}


@pytest.fixture(scope="module")
def shots() -> list[Shot]:
    return list(recess.frames("near", seconds=1))


def test_there_are_scenes_enough_with_snow_dusk_and_bells() -> None:
    assert len(recess.scenes()) >= 8
    assert {"snowfall", "dusk", "bell-out", "far", "near"} <= set(recess.scenes())


def test_the_yard_is_empty_first_then_it_fills(shots: list[Shot]) -> None:
    waiting = [shot for shot in shots if shot.t_s < -LEAD_S / 2]
    playing = [shot for shot in shots if shot.t_s >= 0]

    assert all(not shot.people for shot in waiting)
    assert len(playing) == recess.FPS
    assert all(len(shot.people) >= 15 for shot in playing)


def test_a_shot_is_a_colour_picture_of_640_by_480(shots: list[Shot]) -> None:
    assert shots[-1].picture.shape == (480, 640, 3)
    assert shots[-1].picture.dtype == np.uint8


def test_where_somebody_is_the_picture_is_not_the_empty_yard(
    shots: list[Shot],
) -> None:
    empty, now = shots[5].picture.astype(int), shots[-1]
    changed = np.abs(now.picture - empty).max(axis=2) > 25

    for person in now.people:
        if person.visible > 0.9:
            x1, y1, x2, y2 = (max(round(v), 0) for v in person.box)
            assert changed[y1:y2, x1:x2].mean() > 0.2


def test_feet_are_at_the_bottom_of_the_box(shots: list[Shot]) -> None:
    for person in shots[-1].people:
        x1, y1, x2, _ = person.box
        assert x1 - 30 < person.feet[0] < x2 + 30
        assert y1 < person.feet[1]


def test_ids_stay_with_their_people(shots: list[Shot]) -> None:
    before = {person.id: person.feet for person in shots[-2].people}

    moved = [
        np.hypot(*np.subtract(person.feet, before[person.id]))
        for person in shots[-1].people
        if person.id in before
    ]

    assert len(moved) >= 15
    assert max(moved) < 40


def test_some_are_active_and_some_are_not(shots: list[Shot]) -> None:
    active = [person.active for person in shots[-1].people if person.counted]

    assert 0.2 < sum(active) / len(active) < 0.8


def test_nobody_is_counted_who_can_hardly_be_seen(shots: list[Shot]) -> None:
    everybody = [person for shot in shots for person in shot.people]
    hidden = [person for person in everybody if person.visible < recess.COUNTED]

    assert hidden
    assert not any(person.counted for person in hidden)


def test_a_scene_is_the_same_each_time(shots: list[Shot]) -> None:
    again = list(islice(recess.frames("near", seconds=1), 60))

    assert np.array_equal(again[-1].picture, shots[59].picture)
    assert again[-1].people == shots[59].people


@pytest.mark.parametrize("name", recess.scenes())
def test_a_camera_can_be_set_up_as_an_installer_would(name: str) -> None:
    settings = VisionSettings.parse(FIELDS | recess.camera(name))

    assert settings.ground is not None
    assert {zone.name for zone in settings.zones} == {"kentta", "keinut"}
    field = next(zone for zone in settings.zones if zone.name == "kentta")
    places = Ground(settings.ground).metres(np.array(field.corners))
    assert np.ptp(places, axis=0) == pytest.approx((8.0, 9.0), abs=0.1)


def test_a_scene_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        next(recess.frames("summer"))
    with pytest.raises(KeyError):
        recess.camera("summer")


def test_a_yard_is_analysed_at_the_size_that_set_up_would_choose() -> None:
    near, far = (recess.camera(name)["width"] for name in ("near", "far"))
    assert near < far == 640
