"""Where frames come from: camera, file, folder or RTSP address, paced by the clock.

A camera's frame is stamped when it arrives. A file's frames are due one after another on
the given clock, and the file starts again at its end. When the clock leaps forward, at
most `catch_up_s` of frames are caught up; older ones are dropped, so that the windows
say honestly how few seconds were seen.

    due    |....|....|....|....|....|      read at `now`: everything due up to now,
                               now          one frame a call; None when nothing is due
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from contracts.clock import Clock
from edge.vision.settings import VisionSettings

Picture = npt.NDArray[np.uint8]
_PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp"})
_WHOLE: Final = 0.9
"""A file that ends before this share of its promised frames is damaged."""


class FrameSourceError(Exception):
    """The camera is gone, or the video is missing or damaged."""


@dataclass(frozen=True)
class Frame:
    """One picture, in colour (blue, green, red), and when it was taken."""

    at: datetime
    picture: Picture


class FrameSource(Protocol):
    """What gives frames."""

    def read(self) -> Frame | None:
        """Return the next frame; `None` when none is due yet.

        Raises:
            FrameSourceError: The source is gone or damaged.
        """

    def close(self) -> None:
        """Let the source go."""


def open_source(settings: VisionSettings, clock: Clock) -> FrameSource:
    """Open what the settings name.

    Raises:
        FrameSourceError: There is nothing to open.
    """
    source = settings.source
    size = (settings.width, settings.height)
    if source.isdecimal():
        return LiveSource(int(source), size, clock)
    if "://" in source:
        return LiveSource(source, size, clock)
    path = Path(source)
    reel = Folder(path) if path.is_dir() else Video(path)
    return PacedSource(reel, settings, clock)


class LiveSource:
    """A camera or an RTSP address; its frames are stamped as they arrive."""

    def __init__(self, source: int | str, size: tuple[int, int], clock: Clock) -> None:
        self._size = size
        self._clock = clock
        self._capture = cv2.VideoCapture(source)
        if not self._capture.isOpened():
            raise FrameSourceError("the camera does not answer")

    def read(self) -> Frame | None:
        """Wait for the camera's next frame."""
        good, picture = self._capture.read()
        if not good:
            raise FrameSourceError("the camera gives no more frames")
        return Frame(self._clock.utc(), _fitted(picture, self._size))

    def close(self) -> None:
        """Let the camera go."""
        self._capture.release()


class Reel(Protocol):
    """Pictures in a row, at a rate."""

    fps: float

    def next(self) -> Picture | None:
        """Return the next picture; `None` once at each end."""

    def skip(self) -> None:
        """Pass over one picture."""

    def close(self) -> None:
        """Let it go."""


class Video:
    """A video file, again from its start after its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open()

    def _open(self) -> None:
        self._capture = cv2.VideoCapture(str(self._path))
        if not self._path.is_file() or not self._capture.isOpened():
            raise FrameSourceError("the video is missing or damaged")
        self._promised = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.fps = float(self._capture.get(cv2.CAP_PROP_FPS)) or 10.0
        self._seen = 0

    def next(self) -> Picture | None:
        """Return the next picture; `None` at the end."""
        good, picture = self._capture.read()
        if good:
            self._seen += 1
            return np.asarray(picture, dtype=np.uint8)
        if self._seen < max(1.0, self._promised * _WHOLE):
            raise FrameSourceError(f"the video is damaged after {self._seen} frames")
        self._capture.release()
        self._open()
        return None

    def skip(self) -> None:
        """Pass over one picture without decoding it."""
        self._seen += bool(self._capture.grab())

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


class Folder:
    """A folder of pictures in the order of their names."""

    fps = 10.0

    def __init__(self, path: Path) -> None:
        self._files = sorted(
            file for file in path.iterdir() if file.suffix.lower() in _PICTURES
        )
        if not self._files:
            raise FrameSourceError("the folder holds no pictures")
        self._next = 0

    def next(self) -> Picture | None:
        """Return the next picture; `None` at the end."""
        if self._next >= len(self._files):
            self._next = 0
            return None
        picture = cv2.imread(str(self._files[self._next]))
        if picture is None:
            raise FrameSourceError(f"picture {self._next + 1} of the folder is damaged")
        self._next += 1
        return np.asarray(picture, dtype=np.uint8)

    def skip(self) -> None:
        """Pass over one picture."""
        self._next += 1

    def close(self) -> None:
        """Nothing is open."""


class PacedSource:
    """A reel whose pictures are due on the clock."""

    def __init__(self, reel: Reel, settings: VisionSettings, clock: Clock) -> None:
        self._reel = reel
        self._size = (settings.width, settings.height)
        self._clock = clock
        self._every = max(1, round(reel.fps / settings.fps))
        self._step = timedelta(seconds=self._every / reel.fps)
        self._longest = timedelta(seconds=settings.catch_up_s)
        self._due = clock.utc()

    def read(self) -> Frame | None:
        """Return the frame that is due."""
        now = self._clock.utc()
        if now < self._due:
            return None
        if now - self._due > self._longest:
            self._due = now - self._longest
        picture = self._reel.next()
        if picture is None:
            picture = self._reel.next()
        if picture is None:
            raise FrameSourceError("the source is empty")
        for _ in range(self._every - 1):
            self._reel.skip()
        frame = Frame(self._due, _fitted(picture, self._size))
        self._due += self._step
        return frame

    def close(self) -> None:
        """Let the reel go."""
        self._reel.close()


def _fitted(picture: npt.ArrayLike, size: tuple[int, int]) -> Picture:
    fitted = cv2.resize(np.asarray(picture), size, interpolation=cv2.INTER_AREA)
    return np.asarray(fitted, dtype=np.uint8)
