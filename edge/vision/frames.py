"""Where frames come from: camera, file, folder or RTSP address, paced by the clock.

A camera's frame is stamped when it arrives. A file's frames are due one after another on
the given clock, and the file starts again at its end. When the clock leaps forward, at
most `catch_up_s` of frames are caught up; older ones are dropped, so that the windows
say honestly how few seconds were seen. When it is put back, frames go on from there.

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
_SILENT_MS: Final = 5000
"""How long an address may keep us waiting: less than a minute is silent, and reported."""
_FASTEST_FPS: Final = 240.0
_SUPPOSED_FPS: Final = 10.0


class FrameSourceError(Exception):
    """The camera or the video is gone; it must be opened again."""


class DamagedFrameError(FrameSourceError):
    """A part of the source cannot be read; it goes on after it."""


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
            DamagedFrameError: This frame is lost; the next call gives a later one.
            FrameSourceError: The source is gone.
        """

    def close(self) -> None:
        """Let the source go."""


def open_source(settings: VisionSettings, clock: Clock) -> FrameSource:
    """Open what the settings name.

    Raises:
        FrameSourceError: There is nothing to open.
    """
    source = settings.source
    if source.isdecimal() or settings.remote:
        return LiveSource(source, settings, clock)
    path = Path(source)
    reel = Folder(path) if path.is_dir() else Video(path)
    return PacedSource(reel, settings, clock)


class LiveSource:
    """A camera or an RTSP address; its frames are stamped as they arrive."""

    def __init__(self, source: str, settings: VisionSettings, clock: Clock) -> None:
        self._clock = clock
        self._step = timedelta(seconds=1 / settings.fps)
        self._due = clock.utc()
        if source.isdecimal():
            self._capture = cv2.VideoCapture(int(source))
        else:
            limits = (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, cv2.CAP_PROP_READ_TIMEOUT_MSEC)
            pairs = [value for limit in limits for value in (limit, _SILENT_MS)]
            self._capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, pairs)
        if not self._capture.isOpened():
            raise FrameSourceError("the camera does not answer")

    def read(self) -> Frame | None:
        """Wait for the camera's next frame; `None` if it comes before one is due."""
        if not self._capture.grab():
            raise FrameSourceError("the camera gives no more frames")
        now = self._clock.utc()
        if now < self._due <= now + self._step:
            return None
        # Keep the beat, but do not run after frames that never came.
        on_beat = self._due <= now < self._due + self._step
        self._due = (self._due if on_beat else now) + self._step
        good, picture = self._capture.retrieve()
        if not good:
            raise DamagedFrameError("a frame of the camera is damaged")
        return Frame(now, np.asarray(picture, np.uint8))

    def close(self) -> None:
        """Let the camera go."""
        self._capture.release()


class Reel(Protocol):
    """Pictures in a row, at a rate."""

    fps: float

    def next(self) -> Picture | None:
        """Return the next picture; `None` once at each end.

        Raises:
            DamagedFrameError: One or some pictures are lost; it goes on after them.
            FrameSourceError: It is gone.
        """

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
        if not self._path.is_file():
            raise FrameSourceError("there is no such video")
        self._capture = cv2.VideoCapture(str(self._path))
        if not self._capture.isOpened():
            raise FrameSourceError("the video is damaged from its start")
        self._promised = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        told = float(self._capture.get(cv2.CAP_PROP_FPS))
        self.fps = told if 0 < told <= _FASTEST_FPS else _SUPPOSED_FPS
        self._seen = 0

    def next(self) -> Picture | None:
        """Return the next picture; `None` at the end."""
        good, picture = self._capture.read()
        if good:
            self._seen += 1
            return np.asarray(picture, dtype=np.uint8)
        seen, promised = self._seen, self._promised
        self._capture.release()
        self._open()
        if not seen:
            raise FrameSourceError("the video holds no frame")
        if seen < promised * _WHOLE:
            raise DamagedFrameError(f"the video is damaged after {seen} frames")
        return None

    def skip(self) -> None:
        """Pass over one picture without decoding it."""
        self._seen += bool(self._capture.grab())

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


class Folder:
    """A folder of pictures in the order of their names."""

    fps = _SUPPOSED_FPS

    def __init__(self, path: Path) -> None:
        try:
            self._files = sorted(
                file for file in path.iterdir() if file.suffix.lower() in _PICTURES
            )
        except OSError as error:
            raise FrameSourceError("the folder cannot be read") from error
        if not self._files:
            raise FrameSourceError("the folder holds no pictures")
        self._next = 0

    def next(self) -> Picture | None:
        """Return the next picture; `None` at the end."""
        if self._next >= len(self._files):
            self._next = 0
            return None
        file = self._files[self._next]
        self._next += 1
        picture = cv2.imread(str(file))
        if picture is None:
            if not file.parent.is_dir():
                raise FrameSourceError("the folder is gone")
            raise DamagedFrameError(f"picture {self._next} of the folder is damaged")
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
        self._clock = clock
        self._every = max(1, round(reel.fps / settings.fps))
        self._step = timedelta(seconds=self._every / reel.fps)
        self._longest = timedelta(seconds=settings.catch_up_s)
        self._due = clock.utc()

    def read(self) -> Frame | None:
        """Return the frame that is due."""
        now = self._clock.utc()
        if self._due > now + self._step:
            self._due = now
        if now < self._due:
            return None
        due = max(self._due, now - self._longest)
        self._due = due + self._step
        picture = self._reel.next()
        if picture is None:
            picture = self._reel.next()
        if picture is None:
            raise FrameSourceError("the source is empty")
        for _ in range(self._every - 1):
            self._reel.skip()
        return Frame(due, picture)

    def close(self) -> None:
        """Let the reel go."""
        self._reel.close()
