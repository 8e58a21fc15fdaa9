"""The process with the camera: it opens it, and has no way to anywhere but the worker.

    camera, video, folder --> [feeder] 1 --frames--> worker

Run by a unit, `--config` names the node's settings and the camera is held while it runs.
Run by the node, which holds the camera, settings and clock come on standard input, and
the end of that is the end. A source that fails is closed and opened again after 1, 2, 4,
.. up to 30 seconds; meanwhile the worker is told that frames are missing.

A camera at an address needs the network: only `edge.vision.feeder_rtsp` takes one.
"""

import argparse
import fcntl
import json
import os
import select
import sys
import termios
import time
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2

from contracts.clock import Clock, ClockFileError, open_clock
from edge.camera import CameraTakenError, camera_of
from edge.settings import SensingSettings, SettingsError, read
from edge.vision import confine, oslock
from edge.vision.feed import (
    FeedError,
    Missed,
    frame_message,
    missed_message,
    settings_message,
)
from edge.vision.frames import (
    DamagedFrameError,
    Frame,
    FrameSource,
    FrameSourceError,
    open_source,
)
from edge.vision.settings import VisionSettings, VisionSettingsError

_NOT_DUE_S: Final = 0.01
_LONGEST_RETRY_S: Final = 30.0
"""Less than a minute, so that each minute without frames is reported."""
_FRAMES: Final = oslock.RECORDS_OUT
"""As everywhere in the pipeline: what comes is 0, what goes is 1."""
_FRAMES_BYTES: Final = 1 << 20
"""Of their pipe: the most that a program without rights may ask for."""


class Feeder:
    """One camera, step by step."""

    def __init__(self, settings: VisionSettings, clock: Clock) -> None:
        """Open nothing: that is done with the first step."""
        self._settings = settings
        self._clock = clock
        self._source: FrameSource | None = None
        self._retry_s = 1.0

    def step(self) -> tuple[Frame | Missed | None, float]:
        """Take what is due; return it and how long to wait then."""
        try:
            if self._source is None:
                self._source = open_source(self._settings, self._clock)
            frame = self._source.read()
        except DamagedFrameError:
            return Missed(self._clock.utc()), _NOT_DUE_S
        except FrameSourceError:
            self._let_go()
            wait_s = self._retry_s
            self._retry_s = min(2 * wait_s, _LONGEST_RETRY_S)
            return Missed(self._clock.utc()), wait_s
        if frame is None:
            return None, _NOT_DUE_S
        self._retry_s = 1.0
        return frame, 0.0

    def _let_go(self) -> None:
        if self._source is not None:
            self._source.close()
        self._source = None


@dataclass(frozen=True)
class _Order:
    camera: Mapping[str, Any]
    clock: str


def main(*, addresses: bool = False) -> int:
    """Feed until nobody reads any more.

    Args:
        addresses: The source is one, and the network is left open; else it is none.
    """
    parser = argparse.ArgumentParser(prog="python -m edge.vision.feeder")
    parser.add_argument("--config", type=Path, metavar="FILE", help="of the node")
    config = parser.parse_args().config
    cv2.setNumThreads(1)
    try:
        with _ordered(config) as order:
            settings = _settings(order.camera, addresses=addresses)
            clock = open_clock(order.clock)
            confine.confine(network=addresses)
            _say(settings_message(order.camera))
            left = _alone if config else _left
            _wait_for_worker(left)
            _feed(Feeder(settings, clock), left)
    except (
        CameraTakenError,
        ClockFileError,
        SettingsError,
        VisionSettingsError,
        oslock.LockError,
    ) as error:
        sys.stderr.write(f"feeder: {error}\n")
        return 2
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    return 0


def _settings(camera: Mapping[str, Any], *, addresses: bool) -> VisionSettings:
    settings = VisionSettings.parse(camera)
    if settings.remote != addresses:
        raise VisionSettingsError(
            "source: an address, and only that, needs feeder_rtsp"
        )
    return settings


@contextmanager
def _ordered(config: Path | None) -> Iterator[_Order]:
    if config is None:
        order = json.loads(sys.stdin.buffer.readline())
        yield _Order(order["camera"], order["clock"])
        return
    settings = read(config, os.environ, SensingSettings)
    with camera_of(Path(settings.data)):
        yield _Order(settings.camera, settings.clock)


def _wait_for_worker(left: Callable[[], bool]) -> None:
    """Open no camera before a worker has read its settings: there may be none yet."""
    with suppress(OSError):
        fcntl.fcntl(_FRAMES, fcntl.F_SETPIPE_SZ, _FRAMES_BYTES)
    unread = array("i", [1])
    while unread[0] and not left():
        fcntl.ioctl(_FRAMES, termios.FIONREAD, unread)
        time.sleep(_NOT_DUE_S)


def _feed(feeder: Feeder, left: Callable[[], bool]) -> None:
    while not left():
        told, wait_s = feeder.step()
        match told:
            case Frame():
                try:
                    _say(*frame_message(told))
                except FeedError:
                    _say(missed_message(told.at))
            case Missed():
                _say(missed_message(told.at))
        if wait_s:
            time.sleep(wait_s)


def _say(*parts: bytes | memoryview) -> None:
    for part in parts:
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(_FRAMES, rest) :]


def _alone() -> bool:
    """Tell whether nobody reads the frames any more."""
    return _is(_FRAMES, select.POLLERR)


def _left() -> bool:
    """Tell whether whoever started this has gone."""
    return _alone() or _is(sys.stdin.fileno(), select.POLLHUP)


def _is(descriptor: int, event: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(seen & event for _, seen in poll.poll(0))


if __name__ == "__main__":
    raise SystemExit(main())
