"""What the tests of sensing share: a camera's settings, and small clips."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from contracts.clock import LAYOUT, MAGIC
from edge.vision.settings import VisionSettings
from tests.edge.vision.stations import Station

MakeSettings = Callable[..., VisionSettings]
MakeClip = Callable[..., Path]
MakeStation = Callable[..., Station]
MakeShow = Callable[..., "NetworkCamera"]
RATE = 20.0
"""A minute of the simulated clock is three seconds, unless a file says otherwise."""
TEN = int(datetime(2026, 1, 12, 8, tzinfo=UTC).timestamp()) * 10**9


@pytest.fixture
def camera() -> MakeSettings:
    """Make settings of a camera of 64 x 48 pixels that looks at `source`."""

    def make(source: object = "0", **changes: Any) -> VisionSettings:
        small = {"camera": "yard", "width": 64, "height": 48, "fps": 5}
        return VisionSettings.parse({**small, "source": str(source), **changes})

    return make


@pytest.fixture
def clip(tmp_path: Path) -> MakeClip:
    """Write a clip whose frames are plain, or a chessboard, of the given grey levels."""

    def make(
        greys: Iterable[int],
        fps: float = 5,
        size: tuple[int, int] = (64, 48),
        contrast: int = 0,
    ) -> Path:
        path = tmp_path / "clip.avi"
        video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, size)
        assert video.isOpened()
        rows, columns = np.indices((size[1], size[0])) // 8
        board = contrast * ((rows + columns) % 2)[..., None] * np.ones(3, int)
        for grey in greys:
            video.write((board + grey).astype(np.uint8))
        video.release()
        return path

    return make


def start_clock(file: Path, rate: float = RATE) -> str:
    """Start a simulated clock at ten in the morning; return it as settings name it."""
    file.write_bytes(LAYOUT.pack(MAGIC, 0, time.monotonic_ns(), TEN, 0, rate))
    return f"simulated:{file}"


@pytest.fixture
def rate() -> float:
    return RATE


@pytest.fixture
def hurried(tmp_path: Path, rate: float) -> str:
    return start_clock(tmp_path / "clock", rate)


@pytest.fixture
def station(hurried: str) -> Iterator[MakeStation]:
    """Start supervisors that are stopped after the test."""
    running: list[Station] = []

    def start(settings: dict[str, Any], **changes: Any) -> Station:
        running.append(Station(settings, hurried, **changes))
        return running[-1]

    yield start
    for one in running:
        one.stop()


class NetworkCamera:
    """`python -m firmware_sim camera` as a process."""

    def __init__(self, film: Path, port: int) -> None:
        words = ["-m", "firmware_sim", "camera", str(film), "--port", str(port)]
        self.process = subprocess.Popen(
            [sys.executable, *words], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def show() -> Iterator[MakeShow]:
    """Start network cameras that are ended after the test."""
    running: list[NetworkCamera] = []

    def start(film: Path, port: int = 0) -> NetworkCamera:
        running.append(NetworkCamera(film, port))
        return running[-1]

    yield start
    for one in running:
        one.kill()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)
