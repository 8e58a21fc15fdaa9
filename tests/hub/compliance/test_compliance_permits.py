"""Permits out and words in, on both databases; what the databases refuse by themselves."""

from collections.abc import Iterator
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from contracts import messages as m
from contracts import topics
from contracts.bus import InMemoryBus
from contracts.clock import ManualClock, to_ms
from contracts.permits import Permit
from contracts.signing import event_hash, verify
from edge.permit import Standing
from hub.activity.models import Window
from hub.activity.models import Zone as ZoneRow
from hub.compliance import cameras, permits, service
from hub.compliance.models import DAYS, TEXTS, Kind, RefusedCounts
from hub.compliance.rules import Light
from hub.compliance.service import Author, Entry
from hub.doors.models import DoorEvent, NodeStatus
from hub.ingest.loop import Ingest
from hub.places.models import Node
from tests.hub.compliance.conftest import CAMERA, MORNING, NODE, SITE

KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
HOUR = 3600.0
HOUR_MS = 3_600_000


class Hub:
    """Rounds and ingest by the step; what goes out on the bus is read back."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.clock, self.bus = engine, ManualClock(MORNING), InMemoryBus()
        self.ingest = Ingest(engine, self.clock, screen=permits.screen)
        self._chains: dict[str, tuple[int, str]] = {}

    @property
    def now_ms(self) -> int:
        return to_ms(self.clock.utc())

    def author(self) -> Author:
        return Author(SITE, CAMERA, "tuula", self.clock.utc())

    def complete(self, kind: Kind = Kind.YARD, **change: object) -> None:
        texts = dict.fromkeys(TEXTS, "x")
        days = dict.fromkeys(DAYS, date(2026, 11, 2)) | change
        with Session(self.engine) as session, session.begin():
            service.save(session, self.author(), Entry(kind, texts, days))
            service.put_sign(session, self.author(), b"\xff\xd8\xff a sign")

    def withdraw(self) -> None:
        with Session(self.engine) as session, session.begin():
            service.withdraw(session, self.author(), "the sign has fallen")

    def step(self, *, again: bool = False) -> list[Permit]:
        """Do a round; return the permits that it published."""
        before = len(self.bus.sent)
        with Session(self.engine) as session, session.begin():
            permits.issue(session, KEY, self.now_ms)
        with Session(self.engine) as session, session.begin():
            permits.publish(session, self.bus, again=again)
        return [
            verify(payload, Permit, KEY.public_key())
            for name, payload in self.bus.sent[before:]
            if name.split("/")[-2] == "permit"
        ]

    def hear(
        self, *events: tuple[str, m.EventValue], node: str = NODE, boot: str = "b1"
    ) -> None:
        """Take in events of a node, the next ones of its chain."""
        said, (seq, prev) = [], self._chains.get(boot, (0, ""))
        for subject, value in events:
            seq += 1
            at = (self.now_ms, 1000 * seq)
            digest = event_hash(prev, (node, boot, seq), at, subject, value)
            said.append(m.Event(seq, *at, subject, value, prev, digest))
            prev = digest
        self._chains[boot] = (seq, prev)
        name = topics.EVENTS.name(site=SITE, node=node)
        envelope = m.Envelope(node=node, boot=boot, ev=tuple(said))
        self.ingest.receive(topics.EVENTS, name, m.encode(envelope))
        self.ingest.step()

    def connect(self, *, online: bool = True) -> None:
        with Session(self.engine) as session, session.begin():
            status = {"online": online, "since_ms": 0, "heard_ms": 0}
            session.merge(NodeStatus(site=SITE, node=NODE, **status))

    def rows(self, table: type) -> list[object]:
        with Session(self.engine) as session:
            return list(session.exec(select(table)).all())

    def light(self) -> Light:
        with Session(self.engine) as session:
            return cameras.camera(session, SITE, CAMERA, self.clock.utc()).light


@pytest.fixture
def hub(database: Engine) -> Iterator[Hub]:
    return Hub(database)


def window() -> m.WindowEvent:
    return m.WindowEvent(to_ms(MORNING), 60, 60, 3.0, 4, 0.5, 0.9)


def zone() -> m.ZoneEvent:
    return m.ZoneEvent(to_ms(MORNING), 60, 30.0, 2, 0.1, 0.9)


def test_no_camera_gets_a_permit_before_its_record_is_whole(hub: Hub) -> None:
    assert hub.step() == []
    hub.complete(pupils_on=None)
    assert hub.step() == []
    hub.complete()
    (permit,) = hub.step()
    assert (permit.site, permit.node, permit.camera) == (SITE, NODE, CAMERA)
    assert permit.covers(hub.now_ms)
    assert not permit.covers(hub.now_ms + 48 * HOUR_MS)


def test_it_is_issued_each_day_and_not_oftener(hub: Hub) -> None:
    hub.complete()
    (first,) = hub.step()
    hub.clock.advance(23 * HOUR)
    assert hub.step() == []
    hub.clock.advance(HOUR)
    (second,) = hub.step()
    assert second.number > first.number
    assert second.covers(hub.now_ms + 47 * HOUR_MS)


def test_it_is_withdrawn_at_once_and_then_said_no_more(hub: Hub) -> None:
    hub.complete()
    (first,) = hub.step()
    hub.withdraw()
    (withdrawn,) = hub.step()
    assert withdrawn.periods == ()
    assert withdrawn.number > first.number
    hub.clock.advance(100 * HOUR)
    assert hub.step() == []


def test_a_part_that_is_taken_out_withdraws_it(hub: Hub) -> None:
    hub.complete()
    hub.step()
    hub.complete(dpia_on=None)
    (withdrawn,) = hub.step()
    assert withdrawn.periods == ()


def test_after_a_connection_the_newest_is_said_again(hub: Hub) -> None:
    hub.complete()
    said = hub.step()
    assert hub.step() == []
    assert hub.step(again=True) == said


def test_a_permit_is_retained_and_one_that_the_bus_refuses_is_sent_later(
    hub: Hub,
) -> None:
    hub.complete()
    hub.bus.connected = False
    assert hub.step() == []
    hub.bus.connected = True
    assert len(hub.step()) == 1
    assert topics.PERMIT.retained


def test_a_clock_that_goes_back_still_gives_larger_numbers_and_no_torrent(
    hub: Hub,
) -> None:
    hub.clock.advance(400 * 24 * HOUR)
    hub.complete()
    (ahead,) = hub.step()
    hub.clock.advance(-400 * 24 * HOUR)
    (right,) = hub.step()
    assert right.number > ahead.number
    assert right.covers(hub.now_ms)
    assert hub.step() == []


def test_a_camera_that_moves_to_another_node_is_withdrawn_at_the_first(
    hub: Hub,
) -> None:
    hub.complete()
    hub.step()
    with Session(hub.engine) as session, session.begin():
        session.get_one(Node, (SITE, NODE)).cameras = []
        session.add(Node(site=SITE, id="yard-2", kind="sensing", cameras=[CAMERA]))
    said = {permit.node: permit for permit in hub.step()}
    assert said[NODE].periods == ()
    assert said["yard-2"].covers(hub.now_ms)


def test_a_gym_may_see_only_while_it_is_switched_on(hub: Hub) -> None:
    hub.complete(Kind.GYM)
    assert hub.step() == []
    start, end = hub.now_ms + HOUR_MS, hub.now_ms + 2 * HOUR_MS
    with Session(hub.engine) as session, session.begin():
        service.switch_on(session, hub.author(), (start, end))
    (permit,) = hub.step()
    assert [permit.covers(at) for at in (start - 1, start, end - 1, end)] == [
        *(False, True, True, False)
    ]
    with Session(hub.engine) as session, session.begin():
        (hours,) = service.switched_on(session, SITE, CAMERA, hub.clock.utc())
        service.switch_off(session, hub.author(), hours.id)
    (withdrawn,) = hub.step()
    assert withdrawn.periods == ()


def test_counts_without_a_record_are_acknowledged_and_not_stored(hub: Hub) -> None:
    hub.ingest.attach(hub.bus)
    hub.hear((CAMERA, window()), (f"{CAMERA}/ring", zone()))
    assert hub.rows(Window) == hub.rows(ZoneRow) == []
    (refused,) = hub.rows(RefusedCounts)
    assert isinstance(refused, RefusedCounts)
    assert (refused.camera, refused.events) == (CAMERA, 2)
    acks = [p for name, p in hub.bus.sent if name.endswith("/ack")]
    assert m.decode(acks[-1], m.Ack).seq == 2


def test_counts_with_a_whole_record_are_stored(hub: Hub) -> None:
    hub.complete()
    hub.hear((CAMERA, window()), (f"{CAMERA}/ring", zone()))
    assert len(hub.rows(Window)) == len(hub.rows(ZoneRow)) == 1
    assert hub.rows(RefusedCounts) == []


def test_counts_after_a_withdrawal_are_not_stored(hub: Hub) -> None:
    hub.complete()
    hub.hear((CAMERA, window()))
    hub.withdraw()
    hub.hear((CAMERA, window()))
    assert len(hub.rows(Window)) == 1
    assert len(hub.rows(RefusedCounts)) == 1


def test_the_counts_of_one_camera_do_not_pass_with_the_record_of_another(
    hub: Hub,
) -> None:
    hub.complete()
    hub.hear(("gym", window()), (f"gym/{CAMERA}", zone()))
    assert hub.rows(Window) == hub.rows(ZoneRow) == []
    with Session(hub.engine) as session:
        assert [one.camera for one in cameras.strangers(session)] == ["gym"]


def test_what_else_a_node_says_is_kept_also_without_a_record(hub: Hub) -> None:
    hub.hear((NODE, m.NodeEvent("started")))
    assert len(hub.rows(DoorEvent)) == 1


def test_the_sign_follows_the_nodes_word(hub: Hub) -> None:
    assert hub.light() is Light.OFF
    hub.complete()
    hub.step()
    assert hub.light() is Light.MAYBE, "permitted, and not heard of yet"
    hub.connect()
    hub.hear((CAMERA, m.NodeEvent("permit in force")))
    assert hub.light() is Light.COUNTING
    hub.withdraw()
    hub.step()
    assert hub.light() is Light.COUNTING, "withdrawn, and the node has not said so yet"
    hub.hear((CAMERA, m.NodeEvent("no permit", why=Standing.WITHDRAWN.value)))
    assert hub.light() is Light.OFF
    hub.connect(online=False)
    assert hub.light() is Light.OFF, "it has said that it let go"


def test_a_node_that_a_withdrawal_does_not_reach_may_be_on_until_its_permit_ends(
    hub: Hub,
) -> None:
    hub.complete()
    hub.step()
    hub.hear((CAMERA, m.NodeEvent("permit in force")))
    hub.withdraw()
    hub.step()
    assert hub.light() is Light.MAYBE
    hub.clock.advance(47 * HOUR)
    assert hub.light() is Light.MAYBE
    hub.clock.advance(HOUR)
    assert hub.light() is Light.OFF


def test_no_other_node_speaks_or_counts_for_a_camera(hub: Hub) -> None:
    hub.complete()
    hub.step()
    hub.connect()
    hub.hear((CAMERA, m.NodeEvent("permit in force")))
    stranger = {"node": "edge-1", "boot": "other"}
    hub.hear((CAMERA, m.NodeEvent("no permit")), **stranger)
    hub.hear((CAMERA, window()), **stranger)
    assert hub.light() is Light.COUNTING
    assert hub.rows(Window) == []


@pytest.mark.parametrize("name", ["", "\0", "x" * 5000, "ya\0rd", "\ud7ff/\U0010ffff"])
def test_no_name_of_a_camera_holds_a_node_up(hub: Hub, name: str) -> None:
    hub.ingest.attach(hub.bus)
    hub.hear((name, window()), (name, m.NodeEvent("no permit", why="\0" * 200)))
    assert hub.ingest.counts.failed == 0
    acks = [p for topic, p in hub.bus.sent if topic.endswith("/ack")]
    assert m.decode(acks[-1], m.Ack).seq == 2


@pytest.mark.parametrize("part", [*TEXTS, *DAYS, "sign_sha256"])
def test_the_database_calls_no_record_whole_that_lacks_a_part(
    hub: Hub, part: str
) -> None:
    hub.complete()
    nothing = "NULL" if part in DAYS else "''"
    statement = f"UPDATE camera_record SET {part} = {nothing}"  # noqa: S608 - ours
    refused(hub.engine, statement, "whole")


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE camera_record SET withdrawn_ms = 1, withdrawn_why = 'x'", "whole"),
        ("UPDATE camera_record SET kind = 'changing room'", "kind"),
        ("UPDATE camera_record SET is_whole = false, withdrawn_why = 'x'", "withdrawn"),
        ("UPDATE camera_record SET is_whole = false, withdrawn_ms = 1", "withdrawn"),
        ("UPDATE camera_record_change SET by = 'nobody'", "never altered"),
        ("DELETE FROM camera_record_change", "never altered"),
        ("DELETE FROM camera_record", "(?i)foreign key"),
    ],
)
def test_the_database_refuses_what_would_hide_something(
    hub: Hub, statement: str, why: str
) -> None:
    hub.complete()
    refused(hub.engine, statement, why)


@pytest.mark.parametrize("size", [0, (1 << 20) + 1])
def test_the_database_bounds_a_photo(hub: Hub, size: int) -> None:
    hub.complete()
    statement = text("UPDATE camera_sign SET photo = :photo")
    with hub.engine.connect() as connection, pytest.raises(DBAPIError, match="size"):
        connection.execute(statement, {"photo": bytes(size)})


def refused(engine: Engine, statement: str, why: str) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError, match=why):
        connection.execute(text(statement))
