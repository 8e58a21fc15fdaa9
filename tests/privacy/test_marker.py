"""A marker that stood in every frame is nowhere afterwards, and a build that leaks is found.

The real node runs over a layer that holds all that is written anywhere, with a broker and
every packet kept. What marks a CI is not in its environment: libraries behave as they do
in a school.
"""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.faults.evidence import Tally
from tests.privacy import leaks, pattern, private
from tests.privacy.marker import Told

pytestmark = pytest.mark.scenario
ALL, SOME, FEW = 10_000, 500, 60
CHANNELS = {"disk", "packets", "messages", "log"}
PATIENCE_S = 460.0
LEAST_BYTES = 60
"""Of the shortest channel, the log of a node that has nothing to tell."""


def told(place: Path, frames: int, *more: str) -> Told:
    private.require_namespaces()
    done = private.run(
        "tests.privacy.marker", place, frames, *more, within_s=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Told(**json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def ours(
    tmp_path_factory: pytest.TempPathFactory, config: pytest.Config, tally: Tally
) -> Told:
    frames = ALL if tally.full else SOME
    ours = told(tmp_path_factory.mktemp("marker"), frames)
    private.tell(
        config,
        [
            f"marker: {ours.frames} frames, found {ours.found}",
            f"  bytes searched {ours.searched}",
            f"  files made by libraries {ours.files}, opened to write {ours.written}",
            f"  sockets {ours.sockets}",
        ],
    )
    tally.tell(
        ours.frames,
        marker_found=sum(map(len, ours.found.values())),
        bytes_searched=sum(ours.searched.values()),
        files_of_libraries=len(ours.files) + len(ours.written),
        sockets_of_feeder_and_worker=ours.sockets["feeder"] + ours.sockets["worker"],
    )
    return ours


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory, tally: Tally) -> Told:
    leaking = told(tmp_path_factory.mktemp("leak"), FEW, "--leak")
    tally.tell(0, control_found_in=sum(map(bool, leaking.found.values())))
    return leaking


def test_the_marker_is_nowhere(ours: Told, tally: Tally) -> None:
    assert ours.frames >= (ALL if tally.full else SOME)
    assert ours.found == {channel: [] for channel in CHANNELS}
    assert min(ours.searched[channel] for channel in CHANNELS) >= LEAST_BYTES


def test_libraries_make_neither_files_nor_sockets(ours: Told) -> None:
    assert ours.files == []
    assert ours.written == []
    assert ours.sockets["feeder"] == ours.sockets["worker"] == 0
    assert ours.sockets["node"] > 0, "control: the gate speaks to the broker"


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_a_build_that_leaks_is_found(leaking: Told, channel: str) -> None:
    assert leaks.FOUND[channel] in leaking.found[channel]


def test_files_and_sockets_of_a_build_that_leaks_are_found(leaking: Told) -> None:
    assert [Path(file).name for file in leaking.files] == [leaks.FILE]
    assert leaking.sockets["worker"] > 0


def test_a_ci_does_not_show_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert not {"CI", "GITHUB_ACTIONS", "PYTEST_CURRENT_TEST"} & set(
        private.plain_environment()
    )


@pytest.mark.parametrize("form", sorted(pattern.needles(pattern.draw())))
def test_every_form_of_the_marker_is_found(form: str) -> None:
    row = pattern.draw()
    for piece in pattern.needles(row)[form]:
        assert form in pattern.forms(row, b"\0before" + piece + b"after")


def test_a_row_of_a_frame_is_the_marker() -> None:
    row = pattern.draw()
    frame = pattern.picture(row, 3)
    assert "raw" in pattern.forms(row, frame.tobytes())
    assert "inverted" in pattern.forms(row, (255 - frame).tobytes())
    assert "one colour" in pattern.forms(
        row, np.ascontiguousarray(frame[..., 0]).tobytes()
    )
    assert pattern.forms(row, pattern.picture(pattern.draw(), 3).tobytes()) == set()


@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_a_compressed_picture_is_found_by_how_it_begins(ending: str) -> None:
    row = pattern.draw()
    _, data = cv2.imencode(ending, pattern.picture(row, 3))
    assert pattern.forms(row, b"sent: " + data.tobytes()) == {"a picture"}
