"""What one transaction gathers: rows to write, alarms and roll-ups that events touch.

An event becomes one row of the table that its kind asks for. What it means is for the
slices below; here is only who is asked.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from sqlmodel import Session

from contracts import messages as m
from hub.activity import service as activity
from hub.activity.models import Grid, Line, Window, Zone
from hub.doors import rules, service
from hub.doors.models import Change, DoorEvent, Place, Topic
from hub.ingest import ledger
from hub.ingest.chain import Chain
from hub.ingest.ledger import Boot
from hub.ingest.writer import Row, Writer
from hub.tickets import service as tickets

log = logging.getLogger(__name__)

_DOOR_EVENTS: Final = Writer(DoorEvent)
_ROUTES: Final[Mapping[type, tuple[Writer, Callable[..., Row]]]] = {
    m.DoorEvent: (_DOOR_EVENTS, service.event_row),
    m.NodeEvent: (_DOOR_EVENTS, service.event_row),
    m.WindowEvent: (Writer(Window), activity.window_row),
    m.ZoneEvent: (Writer(Zone), activity.zone_row),
    m.LineEvent: (Writer(Line), activity.line_row),
    m.GridEvent: (Writer(Grid), activity.grid_row),
}

OnEvent = Callable[[Session, m.Event, int], None]
"""Called in the transaction with each new event of a door, and the time in ms."""


Screen = Callable[[Session, Place, m.Event, int], bool]
"""Called in the transaction with each new event that is no door's, and the time in ms.

Tells whether it may be stored; what it may not is acknowledged all the same.
"""


class Work:
    """The events of one transaction; nothing is written before `write`."""

    def __init__(
        self,
        session: Session,
        now_ms: int,
        on_event: OnEvent | None = None,
        screen: Screen | None = None,
    ) -> None:
        self.boots: dict[Boot, Chain] = {}
        self.changes: dict[Change, None] = {}
        self.events = self.broken = 0
        self._session, self._now_ms = session, now_ms
        self._on_event, self._screen = on_event, screen
        self._rows: dict[Writer, list[Row]] = defaultdict(list)
        self._cells: set[activity.Touched] = set()

    def take(self, boot: Boot, chain: Chain, envelope: m.Envelope) -> None:
        """Gather the events that may be stored now."""
        self.boots[boot] = chain
        place = Place(boot.site, boot.node)
        links, heard = chain.take(envelope), set()
        self.events += len(links)
        for event, intact in links:
            if self._may_keep(place, event):
                self._keep(boot, event, intact=intact)
            if isinstance(event.value, m.DoorEvent):
                heard.add(event.subject)
                self._hear_door(place, event, event.value)
            if not intact:
                self._break(place)
        self.note(Change(Topic.EVENT, boot.site, subject) for subject in sorted(heard))

    def note(self, changes: Iterable[Change] | None) -> None:
        """Gather what live pages are to be told."""
        self.changes.update(dict.fromkeys(changes or ()))

    def write(self) -> None:
        """Write everything, in the session's transaction."""
        connection = self._session.connection()
        for writer, rows in self._rows.items():
            writer.write(connection, rows)
        activity.roll_up(self._session, self._cells)
        self._session.flush()
        ledger.save(self._session, self.boots, self._now_ms)

    def _may_keep(self, place: Place, event: m.Event) -> bool:
        if self._screen is None or isinstance(event.value, m.DoorEvent):
            return True
        return self._screen(self._session, place, event, self._now_ms)

    def _keep(self, boot: Boot, event: m.Event, *, intact: bool) -> None:
        value, place = event.value, Place(boot.site, boot.node)
        writer, row = _ROUTES[type(value)]
        head = (boot.site, boot.node, boot.boot)
        self._rows[writer].append(row(head, event, value, intact=intact))
        if isinstance(value, m.WindowEvent):
            self._cells.add(activity.touched(boot.site, event, value))
            self.note(tickets.record_window(self._session, place, event.subject, value))
        elif not isinstance(value, m.DoorEvent):
            self.note(tickets.record_node(self._session, place, event))

    def _hear_door(self, place: Place, event: m.Event, value: m.DoorEvent) -> None:
        if value.what in rules.EVENTS:
            self.note(service.record_event(self._session, place, event))
        if self._on_event is not None:
            self._on_event(self._session, event, self._now_ms)

    def _break(self, place: Place) -> None:
        self.broken += 1
        log.warning("event chain broken", extra={"node": place.node})
        self.note(service.record_break(self._session, place, self._now_ms))
