"""The process with the camera: frames in, records of 32 bytes out, nothing else.

Started by `edge.vision.supervisor` with the descriptor to write to and the clock as
arguments; the settings come on standard input, because an address in them may hold a
password. A source that fails is closed and opened again after 1, 2, 4, .. up to 30
seconds; meanwhile each minute is reported as one without frames.
"""

import json
import os
import select
import sys
import time
from typing import Final

import cv2

from contracts.clock import Clock, ClockFileError, open_clock
from contracts.records import Record, pack
from edge.vision.frames import (
    DamagedFrameError,
    FrameSource,
    FrameSourceError,
    open_source,
)
from edge.vision.net import Net, NetError
from edge.vision.observer import Observer
from edge.vision.settings import VisionSettings, VisionSettingsError
from edge.vision.windows import Windows

_NOT_DUE_S: Final = 0.01
_LONGEST_RETRY_S: Final = 30.0
"""Less than a minute, so that each minute without frames is reported."""


class Worker:
    """One camera, step by step."""

    def __init__(self, settings: VisionSettings, clock: Clock) -> None:
        """Load the net; the camera is opened with the first step.

        Raises:
            NetError: The net's file is missing or damaged.
        """
        self._settings = settings
        self._clock = clock
        self._source: FrameSource | None = None
        net = Net()
        self._observer = Observer(settings, net)
        self._windows = Windows()
        self._retry_s = 1.0

    def step(self) -> tuple[list[Record], float]:
        """Take one frame; return finished records and how long to wait then."""
        try:
            if self._source is None:
                self._source = open_source(self._settings, self._clock)
            frame = self._source.read()
        except DamagedFrameError:
            return self._windows.missed(self._clock.utc()), _NOT_DUE_S
        except FrameSourceError:
            self._let_go()
            wait_s, self._retry_s = (
                self._retry_s,
                min(2 * self._retry_s, _LONGEST_RETRY_S),
            )
            return self._windows.missed(self._clock.utc()), wait_s
        if frame is None:
            return [], _NOT_DUE_S
        self._retry_s = 1.0
        observation = self._observer.observe(frame)
        if observation is None:
            return [], 0.0
        return self._windows.add(observation), 0.0

    def _let_go(self) -> None:
        if self._source is not None:
            self._source.close()
        self._source = None


def main() -> int:
    """Run until the reader of the records goes away."""
    out, clock_setting = int(sys.argv[1]), sys.argv[2]
    cv2.setNumThreads(1)
    try:
        settings = VisionSettings.parse(json.load(sys.stdin))
        worker = Worker(settings, open_clock(clock_setting))
    except (VisionSettingsError, ClockFileError, NetError, ValueError):
        return 2
    try:
        while not _is_alone(out):
            records, wait_s = worker.step()
            for record in records:
                os.write(out, pack(record))
            if wait_s:
                time.sleep(wait_s)
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    return 0


def _is_alone(out: int) -> bool:
    """Tell whether nobody is there any more to read the records."""
    poll = select.poll()
    poll.register(out, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


if __name__ == "__main__":
    raise SystemExit(main())
