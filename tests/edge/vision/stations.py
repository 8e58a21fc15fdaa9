"""A supervisor in a thread of the test, with its worker as a real process."""

import queue
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.clock import open_clock
from contracts.messages import EventValue
from edge.vision.oslock import RECORDS_OUT
from edge.vision.supervisor import SILENT_S, Supervisor

DEADLINE_S = 60.0


class Station:
    """What it emitted, and its worker."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        clock: str,
        silent_s: float = SILENT_S,
        records: Path | None = None,
    ) -> None:
        self.clock = open_clock(clock)
        self.events: queue.Queue[tuple[str, EventValue]] = queue.Queue()
        self.seen: list[tuple[str, EventValue]] = []
        self._stop = threading.Event()
        supervisor = Supervisor(
            settings,
            clock,
            lambda s, v: self.events.put((s, v)),
            silent_s,
            records=records,
        )
        self._thread = threading.Thread(target=supervisor.run, args=(self._stop,))
        self._thread.start()

    def wait_for(self, kind: type, **least: Any) -> Any:
        """Wait for an event of a kind whose fields are at least these."""
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until:
            try:
                subject, value = self.events.get(timeout=0.2)
            except queue.Empty:
                continue
            self.seen.append((subject, value))
            if isinstance(value, kind) and all(
                getattr(value, name) >= most for name, most in least.items()
            ):
                return value
        raise AssertionError(f"no {kind.__name__} in {DEADLINE_S} s: {self.seen}")

    @property
    def worker(self) -> int:
        """The worker's process id."""
        (pid,) = workers_of("self")
        return pid

    @property
    def feeder(self) -> int:
        """The feeder's process id."""
        (pid,) = children_of("self", "edge.vision.feeder")
        return pid

    def inject(self, data: bytes) -> None:
        """Write into the pipe that the worker's records go through."""
        out = Path(f"/proc/{self.worker}/fd/{RECORDS_OUT}")
        with out.open("wb", buffering=0) as pipe:
            pipe.write(data)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(10)


def workers_of(process: int | str) -> list[int]:
    """Return the ids of the workers that a process has started."""
    return children_of(process, "edge.vision.worker")


def children_of(process: int | str, program: str) -> list[int]:
    """Return the ids of what a process has started of a program."""
    lists = Path(f"/proc/{process}/task").glob("*/children")
    pids = [int(pid) for file in lists for pid in file.read_text().split()]
    return [
        pid
        for pid in pids
        if program.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
