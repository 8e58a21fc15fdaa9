"""What the page's work comes to: what is judged, what is saved, and as which series."""

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.clock import ManualClock
from edge.setup.codes import TRIES
from edge.setup.desk import MANY_WRONG, Desk, Node
from edge.setup.session import Ending
from edge.setup.view import Showing, Shown
from edge.vision.framing import Framing

FRAMING = Framing.of((640, 480), (320, 240))
FLAT = {
    "pixels": [[60, 60], [260, 60], [300, 220], [20, 220]],
    "metres": [[0, 0], [8, 0], [8, 6], [0, 6]],
    "size_m": [8, 6],
}
FAR = FLAT | {"metres": [[0, 0], [24, 0], [24, 18], [0, 18]], "size_m": [40, 18]}


class View:
    """A view that shows an empty place, or does not yet."""

    def __init__(self) -> None:
        self.drawn_on: Framing | None = FRAMING
        place = np.zeros((240, 320), np.uint8)
        self.shown = Shown(Showing.SHOWN, place, FRAMING)


class Office:
    """A desk, its node's file, and what is around it."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.file, self.view, self.clock = folder / "eye.toml", View(), clock
        self.file.write_text(
            f'site = "s"\nnode = "n"\ndata = "{folder}"\n'
            '[camera]\ncamera = "yard"\nsource = "0"\n'
        )
        self.ending = Ending(clock, 900)
        self.saved = 0
        self.sit()

    def sit(self) -> None:
        """Begin a set-up with the file as it is."""
        node = Node(self.file, self.camera, {}, 12.0)
        self.desk = Desk(node, self.view, self.ending, self.clock)  # type: ignore[arg-type]
        self.desk.on_saved = self.count

    def count(self) -> None:
        self.saved += 1

    @property
    def camera(self) -> dict[str, Any]:
        return dict(tomllib.loads(self.file.read_text())["camera"])

    def save(self, ground: Any = FLAT, **more: Any) -> dict[str, Any]:
        drawn = {"zones": [], "lines": [], "ground": ground} | more
        return dict(self.desk.save(json.dumps(drawn).encode()))


@pytest.fixture
def office(tmp_path: Path, clock: ManualClock) -> Office:
    return Office(tmp_path, clock)


def test_what_is_saved_is_counted_with_and_told(office: Office) -> None:
    assert office.save()["saves"]
    assert office.saved == 1
    assert office.camera["least_px"] == 12.0
    assert (office.camera["width"], office.camera["height"]) == (320, 240)
    assert office.camera["ground"]["pixels"] == FLAT["pixels"]


def test_a_large_yard_takes_larger_frames_and_the_drawing_moves_along(
    office: Office,
) -> None:
    judged = office.save(FAR)
    assert judged["saves"]
    assert judged["size"][0] > 320
    factor = office.camera["width"] / 320
    x, y = FAR["pixels"][2]  # type: ignore[index]
    assert office.camera["ground"]["pixels"][2] == pytest.approx(
        [x * factor, y * factor], abs=0.02
    )
    assert any(cell["unseen"] for cell in judged["cells"])


def test_another_view_begins_a_new_series_and_another_name_does_not(
    office: Office,
) -> None:
    office.save()
    first = office.camera["series"]
    assert first
    office.sit()
    office.save(lines=[{"name": "gate", "start": [0, 0], "end": [90, 90]}])
    assert office.camera["series"] == first
    office.sit()
    moved = FLAT | {"pixels": [[61, 60], [260, 60], [300, 220], [20, 220]]}
    office.save(moved)
    assert office.camera["series"] != first


def test_a_drawing_with_a_problem_changes_nothing(office: Office) -> None:
    before = office.file.read_text()
    said = office.save(lines=[{"name": "", "start": [0, 0], "end": [90, 90]}])
    assert [(p.where, p.wrong) for p in said["problems"]] == [("lines/0", "name")]
    assert "saves" not in said
    assert (office.file.read_text(), office.saved) == (before, 0)


@pytest.mark.parametrize("payload", [b"", b"{", b'{"zones": 1}'])
def test_what_is_no_drawing_is_refused(office: Office, payload: bytes) -> None:
    assert office.desk.save(payload)["refused"]
    assert office.desk.check(payload)["refused"]


def test_before_anything_was_shown_nothing_is_saved(office: Office) -> None:
    office.view.drawn_on = None
    assert "saves" not in office.save()
    assert office.saved == 0


def test_a_file_that_cannot_be_written_is_told_and_the_drawing_stays(
    office: Office,
) -> None:
    before = office.file.read_text()
    office.file.with_name("eye.toml.new").mkdir()
    assert "cannot be saved" in office.save()["refused"]
    assert office.file.read_text() == before
    assert office.saved == 0


def test_many_wrong_codes_end_the_set_up(office: Office) -> None:
    for _ in range(TRIES):
        office.desk.enter("nonsense")
    assert (office.ending.left_s, office.ending.why) == (0, MANY_WRONG)
    assert not office.desk.admits("")


def test_when_the_time_is_over_nobody_is_admitted_and_nothing_shown(
    office: Office, clock: ManualClock
) -> None:
    _, token, _ = office.desk.enter(office.desk.entry.code)
    assert office.desk.admits(token)
    assert office.desk.picture()
    clock.advance(900)
    assert not office.desk.admits(token)
    assert office.desk.picture() is None
