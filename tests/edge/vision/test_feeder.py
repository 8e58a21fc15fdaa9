"""The process with the camera: what it feeds, when it ends, and what it cannot do."""

import fcntl
import json
import os
import subprocess
import sys
import termios
from array import array
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from contracts.clock import ManualClock
from edge.vision import feeder
from edge.vision.feed import Missed, read_frame, read_settings
from edge.vision.frames import DamagedFrameError, Frame, FrameSourceError
from tests.conditions import until
from tests.edge.vision.conftest import MakeClip, MakeSettings

AT = datetime(2026, 1, 12, 8, tzinfo=UTC)
Start = Callable[..., "subprocess.Popen[bytes]"]


class Source:
    """A camera that does what is next on its list."""

    def __init__(self, *steps: object) -> None:
        self._steps = list(steps)
        self.closed = False

    def read(self) -> Frame | None:
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        assert step is None or isinstance(step, Frame)
        return step

    def close(self) -> None:
        self.closed = True


FRAME = Frame(AT, np.zeros((48, 64, 3), np.uint8))


def test_a_camera_that_fails_is_opened_again_ever_later_and_missed_meanwhile(
    camera: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = FrameSourceError("gone")
    sources = [Source(gone) for _ in range(7)] + [Source(FRAME, gone), Source(gone)]
    opened = iter(sources)
    monkeypatch.setattr(feeder, "open_source", lambda *_: next(opened))
    fed = feeder.Feeder(camera(), ManualClock(AT))

    steps = [fed.step() for _ in range(10)]

    assert [told for told, _ in steps if isinstance(told, Frame)] == [FRAME]
    assert [told for told, _ in steps if told is not FRAME] == [Missed(AT)] * 9
    waits = [wait_s for _, wait_s in steps]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 0, 1, 2]
    assert all(source.closed for source in sources)


def test_a_damaged_frame_is_missed_and_the_camera_kept(
    camera: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(DamagedFrameError("half"), None, FRAME)
    monkeypatch.setattr(feeder, "open_source", lambda *_: source)
    fed = feeder.Feeder(camera(), ManualClock(AT))
    assert [fed.step()[0] for _ in range(3)] == [Missed(AT), None, FRAME]
    assert not source.closed


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a feeder as a node does."""
    started = []

    def run(source: object, program: str = "feeder") -> "subprocess.Popen[bytes]":
        order = {"camera": {"camera": "yard", "source": str(source)}, "clock": "system"}
        process = subprocess.Popen(
            (sys.executable, "-m", f"edge.vision.{program}"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        assert process.stdin
        process.stdin.write(json.dumps(order).encode() + b"\n")
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()


@pytest.mark.scenario
def test_settings_and_frames_come_until_nobody_reads(
    start: Start, clip: MakeClip
) -> None:
    process = start(clip(range(100, 140)))
    assert process.stdout
    assert read_settings(process.stdout)["source"] == "feeder"  # type: ignore[arg-type]
    told = read_frame(process.stdout)  # type: ignore[arg-type]
    assert isinstance(told, Frame)
    assert abs(int(told.picture.mean()) - 100) < 3
    process.stdout.close()
    assert process.wait(30) == 0


@pytest.mark.scenario
def test_the_camera_is_not_opened_before_a_worker_has_its_settings(
    start: Start, tmp_path: Path, clip: MakeClip
) -> None:
    film = tmp_path / "later.avi"
    process = start(film)
    assert process.stdout
    until(lambda: waiting(process.stdout), 30)
    # Had it looked, it would have missed the film and not looked again for a second.
    clip(range(100, 140)).rename(film)
    read_settings(process.stdout)  # type: ignore[arg-type]
    assert isinstance(read_frame(process.stdout), Frame)  # type: ignore[arg-type]


def waiting(pipe: IO[bytes] | None) -> int:
    """Return how many bytes wait to be read."""
    assert pipe
    told = array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, told)
    return told[0]


@pytest.mark.scenario
def test_the_end_of_whoever_started_it_is_its_end(start: Start, clip: MakeClip) -> None:
    process = start(clip([100]))
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    told = process.stdout.read()
    assert told.startswith(b"KYF")
    assert process.wait(30) == 0


@pytest.mark.scenario
@pytest.mark.parametrize(
    ("program", "source"),
    [("feeder", "rtsp://camera.example/1"), ("feeder_rtsp", "film.avi")],
)
def test_an_address_needs_the_feeder_for_it_and_nothing_else_does(
    start: Start, program: str, source: str
) -> None:
    told, why = start(source, program).communicate(timeout=30)
    assert told == b""
    assert b"feeder_rtsp" in why


FILES = (
    "open('made', 'w')",
    "open(MADE, 'a')",
    "open(MADE, 'r+').write('x'); ",
    "os.mkdir('folder')",
    "os.rename(MADE, 'other')",
    "os.truncate(MADE, 0)",
    "os.symlink(MADE, 'name')",
    "subprocess.run(['true'], check=True)",
)
NETWORK = (
    "socket.socket()",
    "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "socket.socketpair()",
)


@pytest.mark.parametrize("call", [*FILES, *NETWORK])
def test_a_confined_process_makes_nothing_and_reaches_nobody(
    tmp_path: Path, call: str
) -> None:
    assert tried(tmp_path / "free", call, "") == "done", "control"
    assert tried(tmp_path / "held", call, "confine(network=False)") == "PermissionError"


def test_the_feeder_of_an_address_has_the_network_and_no_file(tmp_path: Path) -> None:
    confined = "confine(network=True)"
    assert tried(tmp_path / "a", NETWORK[0], confined) == "done"
    assert tried(tmp_path / "b", FILES[0], confined) == "PermissionError"


def tried(folder: Path, call: str, confined: str) -> str:
    """Return what became of a call in a process of its own."""
    folder.mkdir()
    (folder / "MADE").write_text("before")
    code = (
        "import os, socket, subprocess\nfrom edge.vision.confine import confine\n"
        f"os.chdir({str(folder)!r})\nMADE = 'MADE'\n{confined}\n"
        f"try:\n    {call}\nexcept OSError as error:\n    print(type(error).__name__)\n"
        "else:\n    print('done')"
    )
    ended = subprocess.run(
        (sys.executable, "-c", code),
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    return ended.stdout.strip()
