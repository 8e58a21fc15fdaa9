"""A school whose yard is watched, and people who look at the page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, delete, select

from contracts import messages as m
from contracts.clock import ManualClock, to_ms
from contracts.records import NO_FLAGS, WeatherFlag
from hub.accounts.providers import DemoProvider
from hub.activity import rules, service
from hub.activity.models import Grid, Line, Quarter, View, Window, Zone
from hub.app import Parts, create_app
from hub.doors.feed import ChangeFeed
from hub.migrations import migrate
from kit.identity import Person
from tests.databases import BACKENDS, Server, empty_database

SITE, NODE, CAMERA = "haapaniemi", "yard-1", "yard"
NOON = datetime(2026, 11, 27, 10, tzinfo=UTC)
"""A Friday, 12 in Helsinki."""
MINUTE = timedelta(minutes=1)
QUARTER = 15 * MINUTE


@dataclass
class Yard:
    """Counts as they arrive from a sensing node."""

    session: Session
    seq: int = 0

    def minute(
        self,
        at: datetime,
        people: int,
        *,
        zones: dict[str, int] | None = None,
        crossed: tuple[int, int] = (0, 0),
        trust: float = 0.9,
        flags: WeatherFlag = NO_FLAGS,
        **window: float,
    ) -> None:
        """Store one minute with so many people, in the zones and over the line."""
        self.session.add(
            Window(
                **self._row(at, CAMERA, trust),
                seen_s=60,
                people_mean=people,
                people_max=people,
                activity=0.5,
                flags=flags,
                **window,
            )
        )
        for name, inside in (zones or {}).items():
            self.session.add(
                Zone(
                    **self._row(at, f"{CAMERA}/{name}", trust),
                    person_s=60 * inside,
                    people_max=inside,
                    activity=0.5,
                )
            )
        none: dict[str, Any] = {"cyclists_forward": 0, "cars_forward": 0}
        none |= {"cyclists_backward": 0, "cars_backward": 0}
        self.session.add(
            Line(
                **self._row(at, f"{CAMERA}/school-door", trust),
                people_forward=crossed[0],
                people_backward=crossed[1],
                **none,
            )
        )
        self.session.flush()
        quarter = service.Touched(SITE, CAMERA, rules.quarter_of(to_ms(at)))
        service.roll_up(self.session, [quarter])

    def view(self, at: datetime, unseen: set[int], series: str = "a") -> None:
        """Let the node say which cells its camera never sees."""
        bits = sum(1 << index for index in unseen).to_bytes(24, "little")
        view = m.CameraView(CAMERA, 16, 12, bits, series)
        birth = m.Birth("b", "1", "sensing", (), (CAMERA,), (view,))
        ids = {"site": SITE, "node": NODE}
        service.record_birth(self.session, ids, birth, to_ms(at))
        self.session.flush()

    def tell(
        self, at: datetime, zone: str, *, used_s: int, visits: int, dwell_s: float
    ) -> None:
        """Add what a newer node says of a zone in a stored minute."""
        query = select(Zone).where(
            Zone.starts_ms == to_ms(at), Zone.subject == f"{CAMERA}/{zone}"
        )
        row = self.session.exec(query).one()
        row.seen_s, row.used_s, row.visits, row.dwell_s = 60, used_s, visits, dwell_s
        self.session.flush()

    def grid(
        self,
        at: datetime,
        cells: dict[int, int],
        *,
        seen_s: int = 900,
        trust: float = 0.9,
        size: tuple[int, int] = (16, 12),
    ) -> None:
        """Store a quarter in which only these cells were used."""
        levels = bytearray(size[0] * size[1])
        for index, level in cells.items():
            levels[index] = level
        self.session.add(
            Grid(
                **self._row(at, CAMERA, trust, length_s=900),
                seen_s=seen_s,
                columns=size[0],
                rows=size[1],
                levels=4,
                unit_person_s=60.0,
                cells=bytes(levels),
            )
        )
        self.session.flush()

    def _row(
        self, at: datetime, subject: str, trust: float, length_s: int = 60
    ) -> dict[str, Any]:
        self.seq += 1
        return {
            "site": SITE,
            "node": NODE,
            "boot": "b",
            "seq": self.seq,
            "subject": subject,
            "prev": "",
            "hash": "",
            "intact": True,
            "starts_ms": to_ms(at),
            "length_s": length_s,
            "trust": trust,
        }


@pytest.fixture(scope="module", params=BACKENDS)
def database(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres: Server,
) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("activity")
    with empty_database(request.param, folder, postgres) as engine:
        migrate(engine)
        yield engine


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    with Session(database) as session:
        for table in (Window, Zone, Line, Grid, Quarter, View):
            session.exec(delete(table))
        yield session


@pytest.fixture
def yard(session: Session) -> Yard:
    return Yard(session)


class Visitor:
    """Who sends every request; the port's fake."""

    def __init__(self) -> None:
        self.roles = frozenset({"head teacher"})
        self.signed_in = True

    def person(self, _request: Request) -> Person | None:
        return Person("p", "Matti", "fi", self.roles) if self.signed_in else None


@dataclass
class School:
    """The hub's app over a database of its own."""

    yard: Yard
    visitor: Visitor
    clock: ManualClock
    client: TestClient

    def page(self, query: str = "", camera: str = CAMERA, status: int = 200) -> str:
        """Return the school page as the visitor sees it."""
        self.yard.session.commit()
        answer = self.client.get(f"/yards/{SITE}/{camera}{query}")
        assert answer.status_code == status, answer.text
        return answer.text


@pytest.fixture
def school(with_school: Engine) -> Iterator[School]:
    visitor, clock = Visitor(), ManualClock(NOON)
    provider = DemoProvider((), "127.0.0.1", clock)
    app = create_app(Parts(with_school, clock, visitor, provider, ChangeFeed()))
    with Session(with_school) as session:
        client = TestClient(
            app, headers={"accept": "text/html"}, follow_redirects=False
        )
        yield School(Yard(session), visitor, clock, client)
