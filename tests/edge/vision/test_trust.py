from collections.abc import Callable

import cv2
import numpy as np
import pytest

from contracts.records import NO_FLAGS, WeatherFlag
from edge.vision.background import Background
from edge.vision.change import Whole
from edge.vision.framing import ByteArray
from edge.vision.trust import Falling, Trust, Visibility, worth
from tests.edge.vision.places import iced, noisy, place, snowing, with_people

DAY_S = 86_400.0
CALM = Whole(0.0, changed=False)
CLEAR = Trust(1.0, NO_FLAGS)


def seen(picture: ByteArray) -> Background:
    """Return a background that has become a picture."""
    background = Background()
    background.gain(picture)
    for _ in range(12):
        background.learn(picture, 1.0, 1.0)
    return background


def known() -> Visibility:
    """Return the visibility of a place that has been clear."""
    visibility = Visibility()
    watch(visibility, place(), 10)
    return visibility


def watch(visibility: Visibility, picture: ByteArray, seconds: int) -> Trust:
    background = seen(picture)
    for _ in range(seconds):
        trust = visibility.judge(background, picture, 1.0)
    return trust


def foggy(picture: ByteArray) -> ByteArray:
    """Take the far edges, above, and leave the near ones, below."""
    near = np.linspace(0, 0.9, len(picture))[:, None].clip(0.05, 1)
    return np.asarray(picture * near + 170 * (1 - near), np.uint8)


def snowed_under(picture: ByteArray) -> ByteArray:
    """Cover the ground with new snow; the wall stays."""
    ground = picture.copy()
    ground[100:] = 190
    return ground


def test_a_clear_view_is_trusted_wholly() -> None:
    assert watch(known(), place(), 5) == CLEAR


def test_while_the_place_is_being_learned_nothing_is_lost() -> None:
    background = Background()
    background.gain(place())
    visibility = Visibility()
    background.learn(place(), 1.0, 1.0)
    assert visibility.judge(background, place(), 1.0) == CLEAR


def test_trust_goes_down_as_the_lens_ices_over_and_comes_back() -> None:
    visibility, values = known(), []
    for much in np.linspace(0, 1, 20):
        trust = watch(visibility, iced(place(), float(much)), 10)
        values.append(trust.value)
    assert trust.flags == WeatherFlag.LENS_ICED
    assert np.diff(values).max() < 0.02, "never up again"
    assert values[-1] < 0.3
    assert watch(visibility, place(), 2) == CLEAR


def test_ice_is_called_so_after_a_minute() -> None:
    visibility = known()
    assert watch(visibility, iced(place()), 58).flags == NO_FLAGS
    assert watch(visibility, iced(place()), 5).flags == WeatherFlag.LENS_ICED


@pytest.mark.parametrize("weather", [foggy, snowed_under])
def test_fog_and_new_snow_are_no_ice_but_lower_trust_or_leave_it(
    weather: Callable[[ByteArray], ByteArray],
) -> None:
    trust = watch(known(), weather(place()), 300)
    assert trust.flags == NO_FLAGS
    assert trust.value <= 1


def test_dusk_is_low_light_and_neither_fog_nor_ice() -> None:
    visibility = known()
    assert watch(visibility, place(light=0.6), 120).value > 0.85
    night = watch(visibility, place(light=0.2), 300)
    assert night.flags == WeatherFlag.LOW_LIGHT


def test_a_camera_that_loses_its_colours_has_little_light_however_bright() -> None:
    grey = cv2.merge([place()] * 3)
    coloured = grey.copy()
    coloured[80:120, 40:80, 0] //= 2
    for picture, flags in ((coloured, NO_FLAGS), (grey, WeatherFlag.LOW_LIGHT)):
        told = known().judge(seen(place()), np.asarray(picture), 1.0)
        assert told.flags == flags


def test_a_week_of_fog_does_not_become_normal_and_half_a_year_does() -> None:
    visibility, fog = known(), foggy(place())
    visibility.judge(seen(fog), fog, 2 * DAY_S)
    assert visibility.judge(seen(fog), fog, 1).value < 0.8
    visibility.judge(seen(fog), fog, 180 * DAY_S)
    visibility.judge(seen(fog), fog, 1)
    assert visibility.judge(seen(fog), fog, 1).value == pytest.approx(1)


def test_one_clear_moment_does_not_make_the_days_after_it_dull() -> None:
    visibility = known()
    sharp = np.asarray(
        cv2.addWeighted(place(), 2.5, cv2.blur(place(), (5, 5)), -1.5, 0)
    )
    watch(visibility, sharp.astype(np.uint8), 1)
    assert watch(visibility, place(), 2).value > 0.9


@pytest.mark.parametrize("much", [0.4, 1.0])
def test_a_lens_that_was_iced_from_the_start_is_not_trusted_until_it_thaws(
    much: float,
) -> None:
    visibility, ice = Visibility(), iced(place(), much)
    assert watch(visibility, ice, 58) == Trust(0, NO_FLAGS)
    assert watch(visibility, ice, 5) == Trust(0, WeatherFlag.LENS_ICED)
    assert watch(visibility, place(), 20) == CLEAR


@pytest.mark.parametrize("weather", [foggy, snowed_under])
def test_fog_and_snow_from_the_start_are_no_ice(
    weather: Callable[[ByteArray], ByteArray],
) -> None:
    assert watch(Visibility(), weather(place()), 65) == CLEAR


def test_the_cameras_own_writing_is_no_clear_view() -> None:
    ice = iced(place())
    ice[4:16:2, 4:100] = ice[-16:-4:2, 270:316] = 255
    assert watch(Visibility(), ice, 65) == Trust(0, WeatherFlag.LENS_ICED)


def falls(frames: list[ByteArray], dt: float = 0.1, *, shakes: bool = False) -> bool:
    falling = Falling()
    return [falling.watch(frame, dt, shakes=shakes) for frame in frames][-1]


def test_snow_falls_and_people_walk(rng: np.random.Generator) -> None:
    snow = [noisy(snowing(place(), rng), rng) for _ in range(60)]
    walkers = [
        [(20 * p + 4 * n % 320, 100 + 9 * p) for p in range(15)] for n in range(60)
    ]
    crowd = [noisy(with_people(place(), *feet), rng) for feet in walkers]
    assert falls(snow)
    assert not falls(crowd)
    assert not falls([noisy(place(), rng, 12) for _ in range(60)])


def test_snow_that_has_ended_is_over_within_half_a_minute(
    rng: np.random.Generator,
) -> None:
    falling = Falling()
    for _ in range(60):
        falling.watch(snowing(place(), rng), 0.1, shakes=False)
    said = [falling.watch(noisy(place(), rng), 0.1, shakes=False) for _ in range(300)]
    assert said[0]
    assert not said[-1]


def test_a_shaken_picture_is_no_snow(rng: np.random.Generator) -> None:
    assert not falls([snowing(place(), rng) for _ in range(60)], shakes=True)


@pytest.mark.parametrize(
    ("whole", "weather", "flags"),
    [
        (Whole(0.0, changed=True), {}, WeatherFlag.WHOLE_FRAME_CHANGE),
        (CALM, {"falls": True}, WeatherFlag.PRECIPITATION),
        (CALM, {"shakes": True}, WeatherFlag.SHAKE),
        (
            CALM,
            {"falls": True, "shakes": True},
            WeatherFlag.PRECIPITATION | WeatherFlag.SHAKE,
        ),
    ],
)
def test_weather_is_flagged_and_lowers_trust(
    whole: Whole, weather: dict[str, bool], flags: WeatherFlag
) -> None:
    trust = worth(CLEAR, whole, **{"falls": False, "shakes": False, **weather})
    assert trust.flags == flags
    assert 0.3 < trust.value < 1
