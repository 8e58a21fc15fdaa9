"""What the monitor page is shown, and how alarms come and go."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlmodel import Session, SQLModel

from contracts import messages as m
from contracts.doors import DoorEventKind as Kind
from contracts.doors import DoorMode, DoorState
from hub.doors import service
from hub.doors.feed import ChangeFeed
from hub.doors.models import (
    AlarmRecord,
    Change,
    CommandReply,
    DoorEvent,
    DoorNow,
    NodeStatus,
    Place,
    Topic,
)
from hub.doors.rules import Alarm
from kit.db import open_database

PLACE = Place("haapaniemi", "edge-1")
NOW = 1_795_000_000_000
TABLES = (AlarmRecord, CommandReply, DoorEvent, DoorNow, NodeStatus)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = open_database("sqlite://")
    tables = [SQLModel.metadata.tables[str(t.__tablename__)] for t in TABLES]
    SQLModel.metadata.create_all(engine, tables)
    with Session(engine) as session:
        yield session
    engine.dispose()


def happen(
    session: Session, what: Kind, at_ms: int = NOW, door: str = "main"
) -> list[Change]:
    event = m.Event(1, at_ms, 0, door, m.DoorEvent(what), "", "")
    return service.record_event(session, PLACE, event)


def say(session: Session, state: DoorState, door: str = "main") -> None:
    said = m.DoorStateMessage(state, DoorMode.NORMAL, NOW - 60_000, 1)
    service.record_state(session, PLACE, door, said, NOW)


def node(session: Session, *, online: bool, name: str = "s1", at_ms: int = NOW) -> None:
    service.record_status(session, PLACE, m.Status(name, online=online), at_ms)


def kinds(session: Session, now_ms: int = NOW) -> list[Alarm]:
    return [alarm.kind for alarm in service.monitor(session, now_ms).alarms]


def test_twelve_doors_behind_one_offline_edge_are_one_alarm(session: Session) -> None:
    node(session, online=True)
    doors = [f"door-{number}" for number in range(12)]
    for door in doors:
        say(session, DoorState.LOCKED_CLOSED, door)
    node(session, online=False)
    for door in doors:
        say(session, DoorState.OFFLINE, door)

    view = service.monitor(session, NOW)
    assert [alarm.kind for alarm in view.alarms] == [Alarm.NODE_OFFLINE]
    assert {door.state for door in view.doors} == {DoorState.OFFLINE}
    assert len(view.doors) == 12


def test_an_alarm_is_raised_once(session: Session) -> None:
    happen(session, Kind.FORCED)
    happen(session, Kind.FORCED, NOW + 1000)

    (alarm,) = service.monitor(session, NOW).alarms
    assert (alarm.kind, alarm.raised_ms) == (Alarm.FORCED, NOW)


def test_an_alarm_can_be_raised_again_after_it_was_cleared(session: Session) -> None:
    for what in (Kind.FORCED, Kind.CLOSED, Kind.FORCED):
        happen(session, what)
    assert kinds(session) == [Alarm.FORCED, Alarm.FORCED]


def test_a_cleared_alarm_stays_until_somebody_has_seen_it(session: Session) -> None:
    happen(session, Kind.FORCED)
    happen(session, Kind.CLOSED, NOW + 5000)
    (alarm,) = service.monitor(session, NOW).alarms
    assert alarm.cleared_ms == NOW + 5000

    service.acknowledge(session, alarm.id, "staff-1", NOW + 9000)
    assert kinds(session) == []


def test_an_acknowledged_alarm_stays_until_it_is_cleared(session: Session) -> None:
    happen(session, Kind.TAMPER)
    (alarm,) = service.monitor(session, NOW).alarms
    service.acknowledge(session, alarm.id, "staff-1", NOW)
    service.acknowledge(session, alarm.id, "staff-2", NOW)

    (alarm,) = service.monitor(session, NOW).alarms
    assert alarm.acknowledged_by == "staff-1"
    happen(session, Kind.TAMPER_ENDED)
    assert kinds(session) == []


def test_an_alarm_that_is_not_there_cannot_be_acknowledged(session: Session) -> None:
    with pytest.raises(service.UnknownAlarmError):
        service.acknowledge(session, uuid4(), "staff-1", NOW)


def test_a_state_clears_what_a_lost_event_would_have(session: Session) -> None:
    node(session, online=True)
    happen(session, Kind.HELD_OPEN)
    say(session, DoorState.LOCKED_CLOSED)

    (alarm,) = service.monitor(session, NOW).alarms
    assert alarm.cleared_ms == NOW


def test_a_late_last_will_does_not_take_the_node_away(session: Session) -> None:
    node(session, online=True, name="s1")
    node(session, online=True, name="s2")
    node(session, online=False, name="s1")

    assert kinds(session) == []


def test_every_door_is_shown_with_its_age(session: Session) -> None:
    node(session, online=True)
    say(session, DoorState.OPEN_OK)

    (door,) = service.monitor(session, NOW + 200_000).doors
    assert (door.state, door.since_ms) == (DoorState.OPEN_OK, NOW - 60_000)
    assert (door.age_s, door.stale) == (200, True)


def test_a_health_report_makes_the_doors_of_its_node_fresh(session: Session) -> None:
    node(session, online=True)
    say(session, DoorState.OPEN_OK)
    health = m.Health(NOW, 0, 9000, clock_trusted=False)
    service.record_health(session, PLACE, health, NOW + 190_000)

    (door,) = service.monitor(session, NOW + 200_000).doors
    assert (door.age_s, door.stale) == (10, False)
    assert kinds(session) == [Alarm.CLOCK]


def test_the_feed_tells_those_who_listen_until_they_stop() -> None:
    feed, heard = ChangeFeed(), list[Change]()
    cancel = feed.listen(heard.append)
    change = Change(Topic.DOOR, "haapaniemi", "main")
    feed(change)
    cancel()
    feed(change)

    assert heard == [change]
