"""What may leave: records are validated, coarsened, and sent on the gate's own clock.

    worker --32 bytes--> receive() -> by minute -> tick() -> window, zone, line events
                                          +-> quarter of an hour -> grid event

The gate has no camera. Whatever the worker could choose freely is dropped: order and
moment of sending are the gate's, and each minute is told once, when it is due. A minute
that is not there by then, or whose records contradict each other, is told as one without
frames, which is a figure like any other: silence says nothing more. Faults are told as
`edge.vision.faults` allows. A grid leaves each quarter of an hour, in release hours only;
minutes with fewer than five people present add nothing to it. Outside of school and booked
hours a minute says no more than whether anybody was there. When the clock is put back,
what is open is dropped and the new time begins with its next whole minute.

What a worker that was taken over could still say by its figures, and by faults, is
computed by `edge.vision.bandwidth`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from contracts.messages import EventValue, NodeEvent
from contracts.records import (
    GRID_ROWS,
    GridRecord,
    LineRecord,
    Record,
    RecordError,
    WeatherFlag,
    WindowRecord,
    ZoneRecord,
    unpack,
)
from edge.vision import faults
from edge.vision.events import line_event, presence_event, window_event, zone_event
from edge.vision.grids import QUARTER_MIN, Quarter
from edge.vision.settings import VisionSettings
from edge.vision.windows import minute_of, start_of

OLDEST_MIN: Final = 40
"""How old a minute may be where time is hurried: the longest catch-up and some."""
SEND_AT_S: Final = 35
"""Into the next minute; a camera that is opened again is told of after 30 s at most."""
_HURRIED_SEND_AT_S: Final = 5


@dataclass(frozen=True)
class Sent:
    """An event for the spool."""

    subject: str
    value: EventValue


@dataclass
class Minute:
    """What has been said about one minute."""

    parts: dict[tuple[type, int], Record] = field(default_factory=dict)

    @property
    def window(self) -> WindowRecord | None:
        """The window, which closes the minute."""
        record = self.parts.get((WindowRecord, 0))
        return record if isinstance(record, WindowRecord) else None


class Gate:
    """The rules of one camera; no process, no I/O."""

    def __init__(self, settings: VisionSettings, *, hurried: bool = False) -> None:
        """Start with nothing said.

        Args:
            settings: Of the camera.
            hurried: Time is simulated: minutes may come late and are told as they come.
        """
        self._settings, self._hurried = settings, hurried
        self._send_at_s = _HURRIED_SEND_AT_S if hurried else SEND_AT_S
        self._minutes: dict[int, Minute] = {}
        self._released: int | None = None
        """The last minute that was told; `None` until the worker has said something."""
        self._slot: int | None = None
        """The minute that is told next."""
        self._latest = self._begins = 0
        self._quarter: Quarter | None = None
        self._faults = faults.Faults(hurried=hurried)
        self._out: list[Sent] = []
        self._blind = False

    def receive(self, data: bytes, now: datetime) -> bool:
        """Take one record; tell whether it is news, and not history.

        Raises:
            RecordError: Damaged, about the future or an unknown place, or said twice.
        """
        record = unpack(data)
        slot = self._follow(now)
        present = minute_of(now)
        if record.minute >= present:
            raise RecordError("minute: has not ended")
        oldest = present - OLDEST_MIN if self._hurried else slot
        if record.minute < max(oldest, self._begins):
            # Its moment is over, or the clock was moved while it was open: no damage.
            return False
        if self._released is None:
            self._released = record.minute - 1
        if record.minute <= self._released:
            raise RecordError("minute: already released")
        key = (type(record), self._index(record))
        minute = self._minutes.setdefault(record.minute, Minute())
        if key in minute.parts or minute.window is not None:
            raise RecordError("minute: said twice")
        minute.parts[key] = record
        return True

    def fault(self, why: str, now: datetime) -> None:
        """Report a fault, in fixed words; it is told when `edge.vision.faults` allows."""
        self._faults.note(why, minute_of(now))

    def tick(self, now: datetime) -> list[Sent]:
        """Return what leaves now: nothing, or once a minute everything that is due."""
        before = self._slot
        slot = self._follow(now)
        begins = before is not None and slot > before
        if begins:
            self._slot = slot
            for number in self._due(slot):
                self._release(number, now)
            if self._quarter and slot >= self._quarter.start + QUARTER_MIN + 2:
                self._close_quarter(now)
        for why in self._faults.take(slot if begins else None):
            self._out.append(Sent(self._settings.camera, NodeEvent("fault", why)))
        out, self._out = self._out, []
        return out

    def _follow(self, now: datetime) -> int:
        """Return which minute is next; begin anew when the clock has been put back."""
        minute = minute_of(now)
        slot = minute_of(now - timedelta(seconds=self._send_at_s))
        if minute < self._latest:
            self._minutes.clear()
            self._faults.forget()
            self._quarter = self._slot = None
            self._begins, self._released = minute + 1, minute
            self.fault(faults.CLOCK, now)
        self._latest = minute
        if self._slot is None:
            self._slot = slot
        return slot

    def _due(self, slot: int) -> list[int]:
        """Return the minutes to tell: each once, said or not.

        Where time is hurried, those that are complete: nobody waits for the others.
        """
        if self._hurried:
            old = [n for n in self._minutes if n < slot - OLDEST_MIN]
            for number in old:
                del self._minutes[number]
            return sorted(n for n, minute in self._minutes.items() if minute.window)
        if self._released is None:
            return []
        # After a leap of the clock there is nothing to tell about what was leapt over.
        leapt = slot - self._released > OLDEST_MIN
        return list(range(slot - 1 if leapt else self._released + 1, slot))

    def _index(self, record: Record) -> int:
        match record:
            case ZoneRecord(zone=zone) if zone < len(self._settings.zones):
                return zone
            case LineRecord(line=line) if line < len(self._settings.lines):
                return line
            case GridRecord(row=row) if self._settings.ground is not None:
                return row
            case WindowRecord():
                return 0
        raise RecordError("index: the settings know no such zone, line or grid")

    def _release(self, number: int, now: datetime) -> None:
        """Tell a minute: its records if they are all there and agree, else that it is not.

        What is told then could have come from the worker as well.
        """
        self._released = number
        minute = self._minutes.pop(number, Minute())
        window = minute.window
        if minute.parts and not (window and self._agree(window, minute.parts)):
            self.fault(faults.CONTRADICTION, now)
            window = None
        if window is None:
            window = WindowRecord(number, 0, 0, 0, 0, 0, WeatherFlag.NO_FRAMES)
            minute = Minute()
        self._watch(window, now)
        camera = self._settings.camera
        if not self._is_counted(number):
            self._out.append(Sent(camera, presence_event(window)))
            return
        self._out.append(Sent(camera, window_event(window)))
        for index, zone in enumerate(self._settings.zones):
            record = minute.parts.get((ZoneRecord, index))
            if isinstance(record, ZoneRecord):
                self._out.append(Sent(f"{camera}/{zone.name}", zone_event(record)))
        for index, line in enumerate(self._settings.lines):
            record = minute.parts.get((LineRecord, index))
            if isinstance(record, LineRecord):
                self._out.append(Sent(f"{camera}/{line.name}", line_event(record)))
        self._add_to_quarter(minute, window, now)

    def _is_counted(self, number: int) -> bool:
        hours = self._settings.hours
        local = start_of(number).astimezone(self._settings.timezone)
        return not hours or any(h.cover(local) for h in hours)

    def _agree(
        self, window: WindowRecord, parts: dict[tuple[type, int], Record]
    ) -> bool:
        """Tell whether a minute is whole: every part of it, or none if nothing was seen."""
        settings = self._settings
        expected: set[tuple[type, int]] = {(WindowRecord, 0)}
        if window.seen_s:
            expected |= {(ZoneRecord, index) for index in range(len(settings.zones))}
            expected |= {(LineRecord, index) for index in range(len(settings.lines))}
            rows = GRID_ROWS if settings.ground is not None else 0
            expected |= {(GridRecord, row) for row in range(rows)}
        told = (window.seen_s, window.trust_pct)
        return parts.keys() == expected and all(
            (part.seen_s, part.trust_pct) == told
            and (not isinstance(part, ZoneRecord) or part.person_s <= window.person_s)
            for part in parts.values()
        )

    def _watch(self, window: WindowRecord, now: datetime) -> None:
        blind = WeatherFlag.NO_FRAMES in window.flags
        if blind and not self._blind:
            self.fault(faults.NO_FRAMES, now)
        self._blind = blind

    def _add_to_quarter(
        self, minute: Minute, window: WindowRecord, now: datetime
    ) -> None:
        if self._settings.ground is None:
            return
        start = window.minute - window.minute % QUARTER_MIN
        if self._quarter and self._quarter.start != start:
            self._close_quarter(now)
        if self._quarter is None:
            self._quarter = Quarter(start)
        rows = [minute.parts.get((GridRecord, row)) for row in range(GRID_ROWS)]
        self._quarter.add(window, [r for r in rows if isinstance(r, GridRecord)])

    def _close_quarter(self, now: datetime) -> None:
        quarter, self._quarter = self._quarter, None
        if quarter is None:
            return
        local = start_of(quarter.start).astimezone(self._settings.timezone)
        last = local + timedelta(minutes=QUARTER_MIN) - timedelta(microseconds=1)
        if not any(h.cover(local) and h.cover(last) for h in self._settings.release):
            return
        if quarter.contradicts:
            self.fault(faults.CONTRADICTION, now)
            quarter = Quarter(quarter.start)
        self._out.append(Sent(self._settings.camera, quarter.event()))
