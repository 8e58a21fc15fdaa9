"""A hub at work without its threads: rounds by the step, edges played by hand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, select

from contracts.bus import InMemoryBus
from contracts.clock import ManualClock, to_ms
from contracts.facts import Fact, GrantState
from contracts.messages import GrantsAck, Manifest
from contracts.signing import body_digest, verify
from contracts.topics import GRANTS
from hub.access.codes import CodeOffice
from hub.accounts.models import Person
from hub.facts.models import HubOutbox
from hub.facts.service import inbox
from hub.hearing import Hearing
from hub.messages.gateway import Receipt, Sms
from hub.messages.rules import Guards
from hub.messages.sender import Outlet
from hub.migrations import migrate
from hub.places.service import import_site
from hub.rounds import Rounds
from kit.db import open_database
from tests.conftest import EVENING

SITE = "haapaniemi"
GYM = f"urn:kynnys:place:{SITE}:gym"
URN = "urn:kynnys:reservation:1"
HOUR_MS = 3_600_000


@dataclass
class Phone:
    """A gateway that remembers what it sent, or is in trouble."""

    sent: list[Sms] = field(default_factory=list)
    trouble: Exception | None = None

    def submit(self, sms: Sms) -> str:
        if self.trouble is not None:
            raise self.trouble
        self.sent.append(sms)
        return str(len(self.sent))

    def receipts(self) -> list[Receipt]:
        if self.trouble is not None:
            raise self.trouble
        return []


@dataclass
class Town:
    """The hub, one school, Aino, and what reaches her phone."""

    engine: Engine
    clock: ManualClock
    bus: InMemoryBus = field(default_factory=InMemoryBus)
    phone: Phone = field(default_factory=Phone)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def __post_init__(self) -> None:
        outlet = Outlet(self.phone, Guards(b"n" * 32))
        self.rounds = Rounds(self.engine, self.clock, self.bus, outlet, self.key)
        self.inbox = inbox(self.engine, self.clock, CodeOffice(b"c" * 32))
        self.hearing = Hearing()

    def fact(self, revision: int = 1, **more: object) -> Fact:
        kind, urn = str(more.pop("kind", "reservation.confirmed")), URN
        if "urn" in more:
            urn = str(more.pop("urn"))
        starts = to_ms(EVENING) + HOUR_MS
        body = {"place": GYM, "starts_ms": starts, "ends_ms": starts + HOUR_MS}
        return Fact(kind, urn, revision, body | {"holders": ["aino"]} | more)

    def ack_of(self, node: str) -> GrantsAck:
        """Return what an edge says of the newest manifest that it was sent."""
        name = GRANTS.name(site=SITE, node=node)
        payload = [sent for topic, sent in self.bus.sent if topic == name][-1]
        manifest: Manifest = verify(payload, Manifest, self.key.public_key())
        return GrantsAck(manifest.epoch, body_digest(payload), len(manifest.grants))

    def acks(self, node: str) -> None:
        """Let an edge acknowledge it."""
        ids, now_ms = {"site": SITE, "node": node}, to_ms(self.clock.utc())
        with Session(self.engine) as session, session.begin():
            self.hearing.ack(session, ids, self.ack_of(node), now_ms)

    def told(self) -> list[GrantState]:
        """Return what booking is told of the reservation, in order."""
        with Session(self.engine) as session:
            query = select(HubOutbox).order_by(col(HubOutbox.revision))
            return [GrantState(row.body["state"]) for row in session.exec(query)]


def settle(engine: Engine) -> None:
    """Write the school and Aino into a database that has its tables."""
    with Session(engine) as session, session.begin():
        import_site(session, Path("firmware_sim/world.toml").read_text("utf-8"))
        session.add(Person(id="aino", subject="s", name="Aino", phone="+358400000100"))


@pytest.fixture
def town(clock: ManualClock) -> Iterator[Town]:
    engine = open_database("sqlite://")
    SQLModel.metadata.create_all(engine)
    settle(engine)
    yield Town(engine, clock)
    engine.dispose()


@cache
def _migrated() -> bytes:
    """Return a database that has its tables and the school, as the file that it is."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "hub.db")
        engine = open_database(f"sqlite:///{file}")
        migrate(engine)
        with Session(engine) as session, session.begin():
            import_site(session, Path("firmware_sim/world.toml").read_text("utf-8"))
        engine.dispose()
        return file.read_bytes()


@pytest.fixture
def with_school(tmp_path: Path) -> Iterator[Engine]:
    """A migrated database of one's own, with the school in it."""
    file = tmp_path / "hub.db"
    file.write_bytes(_migrated())
    engine = open_database(f"sqlite:///{file}")
    yield engine
    engine.dispose()
