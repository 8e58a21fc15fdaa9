"""From the bus to the school page: what a newer node says of its camera and its minutes."""

import pytest

from contracts import messages as m
from contracts import topics
from contracts.bus import InMemoryBus
from contracts.clock import to_ms
from contracts.signing import event_hash
from hub.activity import service
from hub.ingest.loop import Ingest
from tests.hub.activity.conftest import CAMERA, NODE, QUARTER, SITE, School
from tests.hub.activity.test_routes import START, row, said

IDS = {"site": SITE, "node": NODE}


@pytest.fixture
def bus() -> InMemoryBus:
    return InMemoryBus()


@pytest.fixture
def ingest(school: School, bus: InMemoryBus) -> Ingest:
    engine = school.client.app.state.engine  # type: ignore[attr-defined]
    handlers = ((topics.BIRTH, service.record_birth),)
    ingest = Ingest(engine, school.clock, handlers)
    ingest.attach(bus)
    return ingest


def events(*values: tuple[str, m.EventValue]) -> m.Envelope:
    """Return the values as one chain."""
    chain: list[m.Event] = []
    prev = ""
    for seq, (subject, value) in enumerate(values, start=1):
        at = (to_ms(START), seq)
        digest = event_hash(prev, (NODE, "b", seq), at, subject, value)
        chain.append(m.Event(seq, *at, subject, value, prev, digest))
        prev = digest
    return m.Envelope(NODE, "b", tuple(chain))


def test_what_a_node_says_of_its_camera_is_hatched_on_the_page(
    school: School, ingest: Ingest, bus: InMemoryBus
) -> None:
    unseen = (1 << 4).to_bytes(24, "little")
    view = m.CameraView(CAMERA, 16, 12, unseen, "a")
    birth = m.Birth("b", "1", "sensing", (), (CAMERA,), (view,))
    school.clock.advance(-2 * QUARTER.total_seconds())
    school.yard.session.commit()

    bus.publish(topics.BIRTH.name(**IDS), b'{"boot":"b","views":[{"unseen":7}]}')
    bus.publish(topics.BIRTH.name(**IDS), m.encode(birth))
    ingest.step()

    assert (ingest.counts.refused, ingest.counts.failed) == (1, 0)
    school.clock.advance(2 * QUARTER.total_seconds())
    school.yard.grid(START, {3: 3, 4: 1})
    assert "E1 (Keinut): ei nähty" in school.page()


def test_who_is_active_what_is_used_and_what_is_missed_reach_the_page(
    school: School, ingest: Ingest, bus: InMemoryBus
) -> None:
    at = to_ms(START)
    window = m.WindowEvent(at, 60, 60, 20, 22, 0.5, 0.9, 0, 8.0, 0.25)
    zone = m.ZoneEvent(at, 60, 90.0, 3, 0.5, 0.9, 60, 4, 48.0, 30)
    school.yard.session.commit()

    envelope = events((CAMERA, window), (f"{CAMERA}/swings", zone))
    bus.publish(topics.EVENTS.name(**IDS), m.encode(envelope))
    ingest.step()

    page = school.page()
    assert "40 % ihmisistä" in said(page)
    assert "Luultavasti näkemättä jäi noin 25 % paikalla olevista" in said(page)
    equipment = row(page.split('id="equipment"')[1], "Keinut")
    assert equipment == ["Keinut", "50 %", "240,0", "12 s"]
