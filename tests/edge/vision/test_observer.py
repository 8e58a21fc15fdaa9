from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from contracts.records import WeatherFlag
from edge.vision.frames import Frame
from edge.vision.framing import ByteArray
from edge.vision.lines import Crossings
from edge.vision.observer import Observer
from edge.vision.settings import VisionSettings
from edge.vision.windows import Observation
from edge.vision.zones import NO_STAYS
from tests.edge.vision.nets import PaintedNet
from tests.edge.vision.places import SIZE, TALL, noisy, place, with_people

TEN = datetime(2026, 1, 12, 8, 0, tzinfo=UTC)
WIDE, HIGH = SIZE
# Seen from above, so to say: a metre is as long everywhere, and the bodies are children.
METRE = TALL / 1.2
PLAN = [[0, 0], [WIDE, 0], [WIDE, HIGH], [0, HIGH]]
MIDDLE = WIDE // 2
SETTINGS: dict[str, Any] = {
    "camera": "yard",
    "source": "0",
    "fps": 5,
    "zones": [
        {"name": "left", "corners": [[0, 0], [MIDDLE, 0], [MIDDLE, HIGH], [0, HIGH]]},
        {"name": "right", "corners": [[MIDDLE, 0], *PLAN[1:3], [MIDDLE, HIGH]]},
    ],
    "lines": [{"name": "middle", "start": [MIDDLE, HIGH], "end": [MIDDLE, 0]}],
    "ground": {
        "pixels": PLAN,
        "people_m": 1.2,
        "metres": [[x / METRE, y / METRE] for x, y in PLAN],
        "size_m": [WIDE / METRE, HIGH / METRE],
    },
}


class Eye:
    """An observer that is shown pictures, a fifth of a second apart."""

    def __init__(self, **changes: Any) -> None:
        settings = VisionSettings.parse({**SETTINGS, **changes})
        self._observer = Observer(settings, PaintedNet())
        self._rng = np.random.default_rng(1)
        self.at = TEN

    def show(self, picture: ByteArray, seconds: float = 0.2) -> Observation | None:
        for _ in range(round(seconds * 5)):
            self.at += timedelta(seconds=0.2)
            frame = Frame(self.at, noisy(picture, self._rng))
            seen = self._observer.observe(frame)
        return seen

    def see(self, picture: ByteArray, seconds: float = 0.2) -> Observation:
        seen = self.show(picture, seconds)
        assert seen is not None
        return seen

    def watch(self, *feet: tuple[int, int]) -> list[Observation]:
        """See somebody walk."""
        return [self.see(with_people(place(), step)) for step in feet]


def walk(start: int, end: int, step: int = 6) -> list[tuple[int, int]]:
    return [(x, 200) for x in range(start, end, step)]


@pytest.fixture
def eye() -> Eye:
    eye = Eye()
    eye.see(place(), 12)
    return eye


def test_nothing_is_claimed_while_the_yard_is_being_learned() -> None:
    assert Eye().show(place(), 2) is None


def test_people_are_counted_in_view_zone_and_cell(eye: Eye) -> None:
    seen = eye.see(with_people(place(), (80, 200), (120, 120), (250, 200)), 1)
    assert seen.everywhere.people == 3
    assert [zone.presence.people for zone in seen.zones] == [2, 1]
    assert seen.cells is not None
    assert seen.cells.sum() == 3
    assert seen.cells[9:11, 12].sum() == 1
    assert seen.trust > 0.9


def test_whoever_crosses_a_line_is_counted_once_with_the_direction(eye: Eye) -> None:
    seen = eye.watch(*walk(80, 250))
    seen += [eye.see(place()) for _ in range(40)]
    crossed = [s.crossings[0] for s in seen]
    assert sum(c.forward[0] for c in crossed) == 1
    assert not any(any(c.backward) for c in crossed)


def test_a_knot_in_a_crowd_counts_as_all_of_it_in_view_zone_and_cell(eye: Eye) -> None:
    apart = [(x, 120) for x in range(12, 156, 24)] + [
        (x, 230) for x in range(12, 156, 24)
    ]
    knot = [(x, 200) for x in (250, 264, 278, 292)]
    eye.show(with_people(place(), *apart, *knot), 2)
    seen = eye.see(with_people(place(), *apart, *knot))
    left, right = (use.presence.people for use in seen.zones)
    assert (left, right) == (12, pytest.approx(4))
    assert seen.everywhere.people == pytest.approx(16)
    assert seen.cells is not None
    assert seen.cells.sum() == pytest.approx(16)


def test_whoever_runs_is_active_and_livelier_than_whoever_stands(eye: Eye) -> None:
    standing = eye.see(with_people(place(), (80, 200)), 4).everywhere
    running = eye.watch(*walk(80, 240, 12))[-1].everywhere
    assert (standing.people, standing.active) == (1, 0)
    assert (running.people, running.active) == (1, 1)
    assert standing.activity < 0.1
    assert running.activity > 0.4


def test_a_stay_is_told_by_the_zone_when_it_has_ended(eye: Eye) -> None:
    stay = [eye.see(with_people(place(), (80, 200))) for _ in range(50)]
    assert all(use.ended == NO_STAYS for seen in stay for use in seen.zones)
    seen = eye.watch(*walk(80, 250, 10))
    left = [s.zones[0].ended for s in seen if s.zones[0].ended != NO_STAYS]
    assert [stays.visits for stays in left] == [1]
    assert left[0].dwell_s == pytest.approx(11, abs=1)


def test_a_lamp_shows_nobody_and_is_flagged(eye: Eye) -> None:
    seen = eye.see(place(light=0.5), 1)
    assert WeatherFlag.WHOLE_FRAME_CHANGE in seen.flags
    assert seen.everywhere.people == 0
    assert seen.trust < 0.6


def test_a_black_picture_is_an_observation_of_nothing(eye: Eye) -> None:
    eye.see(with_people(place(), (80, 200)), 1)
    seen = eye.see(np.zeros_like(place()), 1)
    assert (seen.seen, seen.trust) == (False, 0.0)
    assert seen.flags == WeatherFlag.LENS_COVERED
    assert (seen.everywhere.people, len(seen.zones), len(seen.crossings)) == (0, 2, 1)


def test_a_camera_that_is_black_from_the_start_is_told_too() -> None:
    assert Eye().see(np.zeros_like(place())).flags == WeatherFlag.LENS_COVERED


@pytest.mark.parametrize("seconds", [60.0, -3600.0], ids=["gap", "clock put back"])
def test_nobody_is_followed_across_a_gap(eye: Eye, seconds: float) -> None:
    eye.watch(*walk(100, 150))
    eye.at += timedelta(seconds=seconds)
    first, second, *_ = eye.watch(*walk(170, 200))
    assert first.everywhere.people == 0
    assert first.zones[0].ended == NO_STAYS
    assert second.everywhere.people == 1
    assert second.crossings == (Crossings(),)


def test_a_gap_ends_every_stay(eye: Eye) -> None:
    eye.see(with_people(place(), (80, 200)), 5)
    eye.at += timedelta(seconds=60)
    (seen, *_) = eye.watch((80, 200))
    assert seen.zones[0].ended.visits == 1
    assert seen.zones[0].ended.dwell_s == pytest.approx(4.6, abs=0.5)


def test_without_a_ground_there_are_counts_but_no_cells() -> None:
    eye = Eye(ground=None)
    eye.see(place(), 12)
    seen = eye.see(with_people(place(), (80, 200)), 1)
    assert (seen.everywhere.people, seen.cells) == (1, None)


def test_a_camera_of_a_frame_in_five_seconds_sees() -> None:
    settings = VisionSettings.parse({**SETTINGS, "fps": 0.2})
    observer = Observer(settings, PaintedNet())
    moments = [TEN + timedelta(seconds=5 * number) for number in range(10)]
    rng = np.random.default_rng(1)
    seen = [observer.observe(Frame(at, noisy(place(), rng))) for at in moments]
    assert seen[-1] is not None
    assert seen[-1].seen


def test_of_sixty_frames_a_second_no_more_than_wanted_are_looked_at() -> None:
    net, rng = PaintedNet(), np.random.default_rng(1)
    observer = Observer(VisionSettings.parse(SETTINGS), net)
    walkers = [with_people(place(), (100 + n // 4, 200)) for n in range(240)]
    for number, picture in enumerate(walkers):
        at = TEN + timedelta(seconds=number / 60)
        observer.observe(Frame(at, noisy(picture, rng)))
    assert 18 <= net.looks <= 27
