"""What happened in the simulated world, in order.

    {"n": 7, "at": "2026-11-24T15:45:00.120Z", "event": "relay", "door": "A", "on": true}

`n` counts from 1 without gaps, `at` is the world's clock in UTC.
"""

import json
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC

from contracts.clock import Clock

_KEPT = 5000

Facts = dict[str, object]


class Journal:
    """What happened, numbered from 1; every client may read it from any number on."""

    def __init__(self, clock: Clock, write: Callable[[str], None]) -> None:
        """Tell `write` each event as a line of JSON."""
        self._clock = clock
        self._write = write
        self._events: deque[Facts] = deque(maxlen=_KEPT)
        self._changed = threading.Condition()
        self._last = 0

    @property
    def last(self) -> int:
        """The number of the latest event."""
        return self._last

    def now(self) -> str:
        """Return the world's time as events carry it."""
        at = self._clock.utc().astimezone(UTC).isoformat(timespec="milliseconds")
        return at.replace("+00:00", "Z")

    def report(self, event: str, **facts: object) -> None:
        """Note an event."""
        with self._changed:
            self._last += 1
            noted: Facts = {"n": self._last, "at": self.now(), "event": event}
            self._events.append(noted | facts)
            self._write(json.dumps(noted | facts, ensure_ascii=False))
            self._changed.notify_all()

    def after(self, number: int, wait_s: float = 0.0) -> list[Facts]:
        """Return the events after a number, waiting for one if there is none."""
        with self._changed:
            self._changed.wait_for(lambda: self._last > number, wait_s)
            return [event for event in self._events if self._number(event) > number]

    @staticmethod
    def _number(event: Facts) -> int:
        number = event["n"]
        return number if isinstance(number, int) else 0
