"""Starts the worker, reads its records into the gate, and starts it again.

The worker gets one descriptor to write to; its other outputs lead nowhere. When it ends,
damages a record or falls silent, that is a fault, and it is started again after 1, 2, 4,
... up to 60 seconds.
"""

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.clock import Clock, SystemClock, open_clock
from contracts.messages import EventValue
from contracts.records import RECORD_BYTES, RecordError
from edge.vision.gate import Gate
from edge.vision.settings import VisionSettings

Emit = Callable[[str, EventValue], None]
_LONGEST_WAIT_S: Final = 60.0
_SILENT_S: Final = 180.0
_GOOD_S: Final = 120.0
"""A worker that ran this long earns a short wait again."""


@dataclass
class _Running:
    process: subprocess.Popen[bytes]
    records: int
    since_s: float
    heard_s: float
    heard_world_s: float
    rest: bytes = b""


class Supervisor:
    """One camera's worker and gate. `run` belongs in a thread of its own."""

    def __init__(self, settings: Mapping[str, Any], clock: str, emit: Emit) -> None:
        """Check the settings.

        Args:
            settings: What `VisionSettings.parse` reads.
            clock: What `open_clock` reads; the worker opens the same one.
            emit: Takes subject and value of every event; called in `run`'s thread.

        Raises:
            VisionSettingsError: A key is wrong.
            ClockFileError: There is no such clock.
        """
        self._data = dict(settings)
        self._gate = Gate(VisionSettings.parse(settings))
        self._clock_setting = clock
        self._clock: Clock = open_clock(clock)
        # Real time: back-off is about the machine, not about the simulated world.
        self._real = SystemClock()
        self._emit = emit
        self._wait_s = 1.0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            running = self._start()
            try:
                why = self._follow(running, stop)
            finally:
                running.process.kill()
                running.process.wait()
                os.close(running.records)
            if why is None:
                return
            self._gate.fault(why, self._clock.utc())
            self._pause(running, stop)

    def _start(self) -> _Running:
        records, out = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "edge.vision.worker", str(out), self._clock_setting],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(out,),
        )
        os.close(out)
        if process.stdin is not None:
            process.stdin.write(json.dumps(self._data).encode())
            process.stdin.close()
        now = self._real.monotonic_s()
        return _Running(process, records, now, now, self._clock.monotonic_s())

    def _follow(self, running: _Running, stop: threading.Event) -> str | None:
        """Read until something is wrong; return what, or `None` when asked to stop."""
        while not stop.is_set():
            ready, _, _ = select.select([running.records], [], [], 0.05)
            if ready:
                data = os.read(running.records, RECORD_BYTES)
                if not data:
                    return "worker ended"
                try:
                    self._take(running, data)
                except RecordError:
                    return "record refused"
            elif self._is_silent(running):
                return "worker silent"
            self._send()
        return None

    def _take(self, running: _Running, data: bytes) -> None:
        running.heard_s = self._real.monotonic_s()
        running.heard_world_s = self._clock.monotonic_s()
        data = running.rest + data
        whole = len(data) - len(data) % RECORD_BYTES
        running.rest = data[whole:]
        for at in range(0, whole, RECORD_BYTES):
            self._gate.receive(data[at : at + RECORD_BYTES], self._clock.utc())

    def _is_silent(self, running: _Running) -> bool:
        real = self._real.monotonic_s() - running.heard_s
        world = self._clock.monotonic_s() - running.heard_world_s
        return min(real, world) > _SILENT_S

    def _send(self) -> None:
        for sent in self._gate.tick(self._clock.utc()):
            self._emit(sent.subject, sent.value)

    def _pause(self, running: _Running, stop: threading.Event) -> None:
        if self._real.monotonic_s() - running.since_s > _GOOD_S:
            self._wait_s = 1.0
        until = self._real.monotonic_s() + self._wait_s
        self._wait_s = min(_LONGEST_WAIT_S, 2 * self._wait_s)
        while self._real.monotonic_s() < until and not stop.wait(0.05):
            self._send()
