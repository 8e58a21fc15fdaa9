"""Starts feeder and worker, reads the records into the gate, and starts them again.

    feeder --frames--> worker --records--> gate

The worker gets two pipes and nothing else. A damaged record is a fault and is passed over.
When one of the two ends, or the worker sends many such or falls silent, both are started
again after 1, 2, 4, ... up to 60 seconds.
"""

import os
import select
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.clock import Clock, SystemClock, open_clock
from contracts.messages import EventValue
from contracts.records import RECORD_BYTES, RecordError
from edge.vision.gate import Gate
from edge.vision.processes import Children, Fifo, Origin, Records
from edge.vision.settings import VisionSettings

Emit = Callable[[str, EventValue], None]
SILENT_S: Final = 180.0
_LONGEST_WAIT_S: Final = 60.0
_GOOD_S: Final = 120.0
"""A worker that ran this long earns a short wait again."""
_MOST_REFUSED: Final = 16
"""Of one worker: one flipped bit is passed over, a torrent is not."""


@dataclass
class _Running:
    records: Records
    heard_s: float
    heard_world_s: float
    rest: bytes = b""
    refused: int = 0


class Supervisor:
    """One camera's feeder, worker and gate. `run` belongs in a thread of its own."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        clock: str,
        emit: Emit,
        silent_s: float = SILENT_S,
        held: tuple[int, ...] = (),
        records: Path | None = None,
    ) -> None:
        """Check the settings.

        Args:
            settings: What `VisionSettings.parse` reads.
            clock: What `open_clock` reads; the feeder opens the same one.
            emit: Takes subject and value of every event; called in `run`'s thread.
            silent_s: How long a worker may have nothing new to say.
            held: Descriptors that a feeder inherits: what holds the camera for it.
            records: The named pipe of a worker that a unit runs; else one is started.

        Raises:
            VisionSettingsError: A key is wrong.
            ClockFileError: There is no such clock.
        """
        camera = VisionSettings.parse(settings)
        self._origin: Origin = (
            Fifo(records)
            if records
            else Children(settings, clock, held, remote=camera.remote)
        )
        self._clock: Clock = open_clock(clock)
        self._gate = Gate(camera, hurried=self._clock.simulated)
        # Real time: back-off is about the machine, not about the simulated world.
        self._real = SystemClock()
        self._emit = emit
        self._silent_s = silent_s
        self._wait_s = 1.0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            since_s = self._real.monotonic_s()
            why = self._live(stop)
            if why is None:
                return
            self._gate.fault(why, self._clock.utc())
            if self._real.monotonic_s() - since_s > _GOOD_S:
                self._wait_s = 1.0
            self._pause(stop)

    def _live(self, stop: threading.Event) -> str | None:
        """Follow one worker to its end; return why, or `None` when asked to stop."""
        try:
            records = self._origin.open()
        except OSError:
            return "worker cannot start"
        now = self._real.monotonic_s()
        try:
            running = _Running(records, now, self._clock.monotonic_s())
            return self._follow(running, stop)
        finally:
            records.close()

    def _follow(self, running: _Running, stop: threading.Event) -> str | None:
        while not stop.is_set():
            ready, _, _ = select.select([running.records.descriptor], [], [], 0.05)
            if ready:
                data = os.read(running.records.descriptor, 128 * RECORD_BYTES)
                if not data:
                    return running.records.why()
                self._take(running, data)
            if running.refused > _MOST_REFUSED:
                return "worker talks nonsense"
            if self._is_silent(running):
                return "worker silent"
            self._send()
        return None

    def _take(self, running: _Running, data: bytes) -> None:
        data = running.rest + data
        whole = len(data) - len(data) % RECORD_BYTES
        running.rest = data[whole:]
        for at in range(0, whole, RECORD_BYTES):
            now = self._clock.utc()
            try:
                news = self._gate.receive(data[at : at + RECORD_BYTES], now)
            except RecordError as error:
                running.refused += 1
                # Only the name of what is wrong: its value is the worker's choice.
                field, _, _ = str(error).partition(":")
                self._gate.fault(f"record refused: {field}", now)
                continue
            if news:
                running.heard_s = self._real.monotonic_s()
                running.heard_world_s = self._clock.monotonic_s()

    def _is_silent(self, running: _Running) -> bool:
        real = self._real.monotonic_s() - running.heard_s
        world = self._clock.monotonic_s() - running.heard_world_s
        return min(real, world) > self._silent_s

    def _send(self) -> None:
        for sent in self._gate.tick(self._clock.utc()):
            self._emit(sent.subject, sent.value)

    def _pause(self, stop: threading.Event) -> None:
        until = self._real.monotonic_s() + self._wait_s
        self._wait_s = min(_LONGEST_WAIT_S, 2 * self._wait_s)
        while self._real.monotonic_s() < until and not stop.wait(0.05):
            self._send()
