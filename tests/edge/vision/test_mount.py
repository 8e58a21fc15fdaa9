import numpy as np
import pytest

from edge.vision.change import Whole, WholeFrame
from edge.vision.framing import ByteArray
from edge.vision.mount import Mount, differs, is_strange
from edge.vision.registration import Shift
from tests.edge.vision.places import iced, noisy, place, snowing


def still(x: float, y: float = 0) -> Shift:
    return Shift(x, y, sure=True)


def test_a_pole_in_the_wind_shakes_and_has_not_moved() -> None:
    mount = Mount()
    for number in range(600):
        assert not mount.watch(still(4 * np.sin(number)), 0.1)
    assert mount.shakes
    for _ in range(50):
        mount.watch(still(0), 0.1)
    assert not mount.shakes


@pytest.mark.parametrize(("shift", "moved"), [(2.0, False), (5.0, True)])
def test_a_pole_that_stays_turned_by_more_than_three_pixels_has_moved(
    shift: float, *, moved: bool
) -> None:
    mount = Mount()
    said = [mount.watch(still(shift, 0.1 * (n % 2)), 0.1) for n in range(250)]
    assert said[-1] is moved
    assert not any(said[:190])


def test_a_pole_that_nobody_can_see_moves_nowhere() -> None:
    mount = Mount()
    assert not any(mount.watch(Shift(), 0.1) for _ in range(300))
    assert not mount.shakes


def turned(frames: list[ByteArray]) -> bool:
    mount = Mount()
    pairs = zip(frames[1:], frames, strict=False)
    return [mount.turned(now, before, place(), 0.1) for now, before in pairs][-1]


def test_another_place_that_stays_means_that_the_camera_was_turned() -> None:
    rng = np.random.default_rng(1)
    assert not turned([noisy(place(2), rng) for _ in range(20)])
    assert turned([noisy(place(2), rng) for _ in range(40)])


def test_neither_ice_nor_a_blizzard_turns_a_camera() -> None:
    rng = np.random.default_rng(1)
    assert not turned([noisy(iced(place()), rng) for _ in range(40)])
    assert not turned([snowing(place(2), rng, 0.3) for _ in range(40)])


def test_a_turn_that_is_undone_is_forgotten() -> None:
    mount = Mount()
    for _ in range(20):
        mount.turned(place(2), place(2), place(), 0.1)
    assert mount.elsewhere
    mount.back()
    assert not mount.elsewhere


def test_a_lamp_changes_everything_but_the_view() -> None:
    assert differs(Whole(0.8, changed=False, spread=1), Shift())
    assert not differs(Whole(0.8, changed=True, spread=1), Shift(sure=True))
    assert not differs(Whole(0.3, changed=False, spread=1), Shift())


def test_people_who_fill_half_the_picture_are_no_other_place() -> None:
    near = place()
    near[:, 80:240] = 20
    whole = WholeFrame().watch(near, place(), 1.0, 0.1)
    assert whole.share > 0.4
    assert not differs(whole, Shift())
    assert differs(WholeFrame().watch(place(2), place(), 1.0, 0.1), Shift())


def test_shadows_over_a_place_that_is_known_again_are_not_strange() -> None:
    assert is_strange(Whole(0.5, changed=False), Shift())
    assert not is_strange(Whole(0.5, changed=False), Shift(sure=True))
    assert not is_strange(Whole(0.3, changed=False), Shift())
