"""Record what nodes report, keep the alarms, and show every door.

Nothing here commits: the message, or the request, is the transaction. Functions return
the changes to tell live pages about once that is done.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from contracts import messages as m
from hub.doors import alarms, rules
from hub.doors.models import (
    AlarmRecord,
    AlarmView,
    Change,
    CommandReply,
    DoorEvent,
    DoorNow,
    DoorView,
    MonitorView,
    NodeStatus,
    Place,
    Topic,
)
from hub.doors.rules import Alarm, Effect

Row = tuple[object, ...]
"""Values for the driver. A `head` is `(site, node, boot)`."""


class UnknownAlarmError(Exception):
    """There is no such alarm."""


def event_row(
    head: Row, event: m.Event, value: m.DoorEvent | m.NodeEvent, *, intact: bool
) -> Row:
    """Return the `door_event` row of a door's or node's event, without its id."""
    # Drivers take plain text, not the members of an enumeration.
    grant = refusal = None
    if isinstance(value, m.DoorEvent):
        grant, refusal = value.grant, value.refusal and value.refusal.value
    return (
        *head,
        event.seq,
        event.utc_ms,
        event.mono_ms,
        event.subject,
        str(value.what),
        grant,
        refusal,
        value.why,
        event.prev,
        event.hash,
        intact,
    )


def record_event(session: Session, place: Place, event: m.Event) -> list[Change]:
    """Let one new event raise and clear the alarms of its door."""
    if not isinstance(event.value, m.DoorEvent):
        return []
    effect = rules.of_event(event.value.what)
    return alarms.apply(session, place, event.subject, effect, event.utc_ms)


def record_break(session: Session, place: Place, now_ms: int) -> list[Change]:
    """Raise the alarm that a node's events were removed or altered."""
    effect = Effect(raises=frozenset({Alarm.CHAIN_BROKEN}))
    return alarms.apply(session, place, place.node, effect, now_ms)


def record_state(
    session: Session, place: Place, door: str, said: m.DoorStateMessage, now_ms: int
) -> list[Change]:
    """Keep what a door is now."""
    known = session.get(DoorNow, (place.site, door))
    session.merge(
        DoorNow(
            site=place.site,
            door=door,
            node=place.node,
            state=said.state,
            mode=said.mode,
            since_ms=said.since_ms,
            seq=said.seq,
            heard_ms=max(now_ms, known.heard_ms if known else 0),
        )
    )
    node = session.get(NodeStatus, (place.site, place.node))
    online = node is not None and node.online
    effect = rules.of_state(said.state, node_online=online)
    return [
        Change(Topic.DOOR, place.site, door),
        *alarms.apply(session, place, door, effect, now_ms),
    ]


def record_status(
    session: Session, place: Place, said: m.Status, now_ms: int
) -> list[Change]:
    """Keep whether a node is there; an old session's last will is no news."""
    node = _node(session, place, now_ms)
    if not said.online and not rules.ends_session(node.session, said.session):
        return []
    if node.online != said.online or node.session != said.session:
        node.since_ms = now_ms
    node.session, node.online = said.session, said.online
    node.simulated_clock = said.simulated_clock
    if said.online:
        node.heard_ms = now_ms
    effect = rules.of_status(online=said.online)
    return [
        Change(Topic.NODE, place.site, place.node),
        *alarms.apply(session, place, place.node, effect, now_ms),
    ]


def record_birth(
    session: Session, place: Place, said: m.Birth, now_ms: int
) -> list[Change]:
    """Keep what a node is and drives."""
    node = _node(session, place, now_ms)
    node.boot, node.software, node.kind = said.boot, said.software, said.kind
    node.doors, node.cameras = list(said.doors), list(said.cameras)
    return [Change(Topic.NODE, place.site, place.node)]


def record_health(
    session: Session, place: Place, said: m.Health, now_ms: int
) -> list[Change]:
    """Keep how a node is."""
    node = _node(session, place, now_ms)
    node.heard_ms = now_ms
    node.queued, node.disk_free_mb = said.queued, said.disk_free_mb
    node.clock_trusted, node.temperature_c = said.clock_trusted, said.temperature_c
    effect = rules.of_health(
        clock_trusted=said.clock_trusted, disk_free_mb=said.disk_free_mb
    )
    return [
        Change(Topic.NODE, place.site, place.node),
        *alarms.apply(session, place, place.node, effect, now_ms),
    ]


def record_reply(
    session: Session, place: Place, said: m.Reply, now_ms: int
) -> list[Change]:
    """Keep what became of a command."""
    session.merge(
        CommandReply(
            command=said.id,
            site=place.site,
            node=place.node,
            done=said.done,
            why=said.why,
            at_ms=now_ms,
        )
    )
    return [Change(Topic.REPLY, place.site, said.id)]


def acknowledge(session: Session, alarm: UUID, by: str, now_ms: int) -> AlarmRecord:
    """Note that somebody has seen an alarm; the first who did stays noted.

    Raises:
        UnknownAlarmError: There is no such alarm.
    """
    record = session.get(AlarmRecord, alarm)
    if record is None:
        raise UnknownAlarmError(str(alarm))
    if record.acknowledged_ms is None:
        record.acknowledged_ms, record.acknowledged_by = now_ms, by
        session.add(record)
    return record


def monitor(session: Session, now_ms: int) -> MonitorView:
    """Return every door with its state, since when, how old that is, and its alarms."""
    open_ones = session.exec(
        select(AlarmRecord)
        .where(
            or_(
                col(AlarmRecord.cleared_ms).is_(None),
                col(AlarmRecord.acknowledged_ms).is_(None),
            )
        )
        .order_by(col(AlarmRecord.raised_ms))
    ).all()
    shown = tuple(_view(record) for record in open_ones)
    nodes = {(n.site, n.node): n for n in session.exec(select(NodeStatus))}
    doors = session.exec(select(DoorNow).order_by(col(DoorNow.site), col(DoorNow.door)))
    lines = tuple(
        _line(door, nodes.get((door.site, door.node)), shown, now_ms) for door in doors
    )
    return MonitorView(lines, shown)


def latest_events(session: Session, count: int = 30) -> Sequence[DoorEvent]:
    """Return what happened last at any door, newest first.

    By when it happened: what an outage held up stands at its own moment, not where it
    came in.
    """
    query = select(DoorEvent).order_by(col(DoorEvent.id).desc()).limit(10 * count)
    came = session.exec(query).all()
    return sorted(came, key=lambda e: (e.at_ms, e.seq), reverse=True)[:count]


def _line(
    door: DoorNow, node: NodeStatus | None, shown: Sequence[AlarmView], now_ms: int
) -> DoorView:
    online = node is not None and node.online
    heard = max(door.heard_ms, node.heard_ms if node else 0)
    return DoorView(
        site=door.site,
        door=door.door,
        node=door.node,
        state=rules.shown_state(door.state, node_online=online),
        mode=door.mode,
        since_ms=door.since_ms if online or node is None else node.since_ms,
        age_s=rules.age_s(now_ms, heard),
        stale=rules.stale(now_ms, heard),
        alarms=tuple(a for a in shown if (a.site, a.subject) == (door.site, door.door)),
    )


def _view(record: AlarmRecord) -> AlarmView:
    return AlarmView(
        id=record.id,
        site=record.site,
        subject=record.subject,
        kind=record.kind,
        raised_ms=record.raised_ms,
        cleared_ms=record.cleared_ms,
        acknowledged_by=record.acknowledged_by,
    )


def _node(session: Session, place: Place, now_ms: int) -> NodeStatus:
    node = session.get(NodeStatus, (place.site, place.node))
    if node is None:
        node = NodeStatus(
            site=place.site, node=place.node, since_ms=now_ms, heard_ms=now_ms
        )
    session.add(node)
    return node
