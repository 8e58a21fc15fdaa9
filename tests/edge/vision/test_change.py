import numpy as np
import pytest
from numpy.random import Generator

from edge.vision.change import Gate, WholeFrame
from tests.edge.vision.places import SIZE, noisy, place, with_people


def opened(sigma: float, *feet: tuple[int, int]) -> bool:
    rng, gate = np.random.default_rng(1), Gate()
    assert gate.opens(noisy(place(), rng, sigma), 0.1, moving=False)
    frame = noisy(with_people(place(), *feet), rng, sigma)
    return gate.opens(frame, 0.1, moving=False)


@pytest.mark.parametrize("sigma", [0, 3, 10], ids="noise {}".format)
def test_noise_opens_nothing_and_somebody_does(sigma: float) -> None:
    assert not opened(sigma)
    assert opened(sigma, (160, 200))


def test_a_child_twelve_pixels_high_and_faint_opens_it() -> None:
    rng, gate = np.random.default_rng(1), Gate()
    ground = np.full(SIZE[::-1], 150, np.uint8)
    assert gate.opens(noisy(ground, rng), 0.1, moving=False)
    ground[100:112, 50:54] = 110
    assert gate.opens(noisy(ground, rng), 0.1, moving=False)


def test_while_somebody_moves_and_each_two_seconds_it_is_open() -> None:
    gate = Gate()
    assert gate.opens(place(), 0.1, moving=False)
    assert not gate.opens(place(), 0.1, moving=False)
    assert gate.opens(place(), 0.1, moving=True)
    opened = [gate.opens(place(), 0.5, moving=False) for _ in range(8)]
    assert opened == [False, False, False, True] * 2


def test_somebody_who_creeps_opens_it_in_the_end() -> None:
    rng, gate = np.random.default_rng(1), Gate()
    steps = [with_people(place(), (160 + x // 5, 200)) for x in range(20)]
    opened = [gate.opens(noisy(step, rng), 0.05, moving=False) for step in steps]
    assert 3 < sum(opened) < 12


def test_another_size_opens_it() -> None:
    gate = Gate()
    gate.opens(place(), 0.1, moving=False)
    assert gate.opens(place()[:96, :96], 0.1, moving=False)


def test_people_do_not_change_the_whole_frame_however_near(rng: Generator) -> None:
    whole = WholeFrame()
    near = place()
    near[:, 80:240] = 20
    for picture in (place(), near, place(), near):
        assert not whole.watch(noisy(picture, rng), place(), 1.0, 0.1).changed
    assert whole.watch(near, place(), 1.0, 0.1).share > 0.4


def test_another_gain_is_a_change_for_two_seconds_and_dusk_is_none() -> None:
    whole = WholeFrame()
    assert not whole.watch(place(), place(), 1.0, 0.1).changed
    jumps = [whole.watch(place(), place(), 1.6, 0.5).changed for _ in range(8)]
    assert jumps == [True] * 4 + [False] * 4
    gains = [1.6 * 0.99**number for number in range(100)]
    assert not any(whole.watch(place(), place(), g, 0.1).changed for g in gains)


def test_lamps_change_the_whole_frame_though_unevenly(rng: Generator) -> None:
    whole = WholeFrame()
    pools = np.linspace(1.3, 3, SIZE[0])
    lit = np.asarray(np.clip(place(light=0.3) * pools, 0, 255), np.uint8)
    dark = [noisy(place(light=0.3), rng) for _ in range(3)]
    assert not any(whole.watch(d, dark[0], 1.0, 0.1).changed for d in dark)
    assert whole.watch(noisy(lit, rng), dark[0], 1.0, 0.1).changed


def test_a_cloud_shadow_that_drifts_across_is_no_change(rng: Generator) -> None:
    whole = WholeFrame()
    across = np.arange(SIZE[0])
    for edge in range(-40, SIZE[0] + 40, 8):
        shade = 1 - 0.5 / (1 + np.exp((across - edge) / 10))
        frame = noisy(np.asarray(place() * shade, np.uint8), rng)
        assert not whole.watch(frame, place(), 1.0, 0.2).changed
    assert whole.watch(frame, place(), 1.0, 0.2).share > 0.8


def test_after_a_gap_another_light_is_the_usual_one() -> None:
    whole = WholeFrame()
    whole.watch(place(), place(), 1.0, 0.1)
    assert not whole.watch(place(), place(), 2.0, 0.0).changed


def test_another_picture_is_a_change_of_the_whole_frame_until_it_is_learned() -> None:
    here, there = place(1), np.ascontiguousarray(255 - place(2))
    whole = WholeFrame()
    assert not whole.watch(here, here, 1.0, 0.2).changed
    seen = [whole.watch(there, here, 1.0, 0.2).changed for _ in range(25)]
    assert all(seen)
    learned = [whole.watch(there, there, 1.0, 0.2).changed for _ in range(15)]
    assert not learned[-1]
