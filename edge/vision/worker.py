"""The process that sees: frames in, records of 32 bytes out, locked before the first.

    feeder --frames--> 0 [worker] 1 --records--> gate

It takes no argument and opens no file but the net's. What comes first on the pipe are the
settings; then it does all there is to do once, with pictures of noise, so that nothing is
left to be loaded, and locks itself for good. Its status is 0 at the end, 2 if the
settings or the net are wrong, 3 if there is no lock.
"""

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import cv2
import numpy as np

from contracts.records import Record, pack
from edge.vision import oslock
from edge.vision.feed import FeedError, Missed, read_frame, read_settings
from edge.vision.frames import Frame
from edge.vision.net import Net, NetError
from edge.vision.observer import Observer
from edge.vision.settings import VisionSettings, VisionSettingsError
from edge.vision.windows import Windows

_SIZE: Final = (480, 640)
_REHEARSAL: Final = 40
"""Frames: more than a minute of two frames a second, and none is black."""


class Worker:
    """One camera: from frames to records."""

    def __init__(self, settings: VisionSettings, net: Net) -> None:
        self._observer = Observer(settings, net)
        self._windows = Windows()

    def take(self, told: Frame | Missed) -> list[Record]:
        """Take what the feeder says; return the records that it finishes."""
        if isinstance(told, Missed):
            return self._windows.missed(told.at)
        observation = self._observer.observe(told)
        return [] if observation is None else self._windows.add(observation)


def prepared(settings: VisionSettings) -> Worker:
    """Return a worker that has nothing left to load.

    Raises:
        NetError: The net's file is missing or damaged.
    """
    net = Net()
    rehearsal = Worker(settings, net)
    for told in _noise(settings):
        for record in rehearsal.take(told):
            pack(record)
    return Worker(settings, net)


def _noise(settings: VisionSettings) -> Iterator[Frame | Missed]:
    """Frames of nothing, with something that moves, over the end of a minute."""
    size = settings.size[::-1] if settings.size else _SIZE
    random, moment = np.random.default_rng(1), datetime(2026, 1, 1, 12, tzinfo=UTC)
    still = random.integers(60, 200, (*size, 3), np.uint8)
    for n in range(_REHEARSAL):
        picture = still.copy()
        at, side = n * size[1] // _REHEARSAL, size[0] // 3
        picture[side : 2 * side, at : at + side // 2] = random.integers(0, 255)
        yield Frame(moment + timedelta(seconds=1.8 * n), picture)
    yield Missed(moment + timedelta(minutes=5))


def main() -> int:
    """Lock, then work until the feeder or the gate goes away."""
    cv2.setNumThreads(1)
    # Ctrl-C is for whoever started this; the end comes with the pipe.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    frames = io.FileIO(oslock.FRAMES_IN, closefd=False)
    try:
        worker = prepared(VisionSettings.parse(read_settings(frames)))
    except (FeedError, NetError, VisionSettingsError):
        return 2
    except EOFError:
        return 0
    try:
        oslock.lock(oslock.program())
    except oslock.LockError as error:
        with suppress(OSError):
            sys.stderr.write(f"worker: not locked, so nothing is looked at: {error}\n")
        os._exit(oslock.NOT_LOCKED)
    _work(worker, frames)
    return 0


def _work(worker: Worker, frames: io.RawIOBase) -> None:
    """Never return: a locked process cannot even tidy up."""
    try:
        while True:
            for record in worker.take(read_frame(frames)):
                os.write(oslock.RECORDS_OUT, pack(record))
    except (BrokenPipeError, EOFError, FeedError):
        os._exit(0)


if __name__ == "__main__":
    raise SystemExit(main())
