"""Worker and gate as two real processes, on a rendered recess and a hurried clock."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.messages import NodeEvent, WindowEvent, ZoneEvent
from firmware_sim.scenes.camera import Camera
from firmware_sim.scenes.render import SceneOrder, write
from tests.edge.vision.conftest import MakeStation, start_clock
from tests.edge.vision.stations import Station

CHILDREN = 8
SMALL = Camera(width=320, height=240)


@pytest.fixture(scope="module")
def recess(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scene")
    order = SceneOrder(seconds=24, children=CHILDREN, seed=4, fps=5, camera=SMALL)
    write(order, folder / "yard.avi")
    return folder / "yard.avi"


@dataclass(frozen=True)
class Watched:
    """A station at the recess, and a whole minute that it has counted."""

    yard: Station
    window: WindowEvent


@pytest.fixture(scope="module")
def watched(recess: Path) -> Iterator[Watched]:
    camera = json.loads(recess.with_name("camera.json").read_text())
    told = {"camera": "yard", "source": str(recess), "fps": 5, **camera}
    yard = Station(told, start_clock(recess.with_name("clock")))
    try:
        yard.wait_for(WindowEvent, seen_s=55)
        yield Watched(yard, yard.wait_for(WindowEvent, seen_s=55))
    finally:
        yard.stop()


@pytest.mark.scenario
def test_a_recess_is_counted_as_a_whole_and_by_zone(watched: Watched) -> None:
    yard, window = watched.yard, watched.window
    assert CHILDREN / 2 < window.people_mean <= CHILDREN
    zone = yard.wait_for(ZoneEvent)
    assert zone.person_s <= window.people_max * 60
    subjects = {subject for subject, _ in yard.seen}
    assert {"yard", "yard/ball-field"} <= subjects


@pytest.mark.scenario
@pytest.mark.xfail(
    strict=False,
    reason="issue 3: the net counts 5.8 of 8, where 6 would do",
)
def test_the_counts_of_a_rendered_recess_are_near_the_truth(watched: Watched) -> None:
    window = watched.window
    print(f"people {window.people_mean} of {CHILDREN}, trust {window.trust}")  # noqa: T201 - the measured figure
    assert window.people_mean == pytest.approx(CHILDREN, abs=2)


@pytest.mark.scenario
def test_a_missing_video_is_reported_each_minute_and_as_a_fault(
    tmp_path: Path, station: MakeStation
) -> None:
    yard = station({"camera": "yard", "source": str(tmp_path / "gone.avi")})
    assert yard.wait_for(NodeEvent) == NodeEvent("fault", "camera gives no frames")
    assert yard.wait_for(WindowEvent).seen_s == 0
