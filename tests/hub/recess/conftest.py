"""A school with a head teacher who sets up its recesses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, delete, select

from contracts.clock import ManualClock
from hub.accounts.models import Person as Known
from hub.accounts.providers import DemoProvider
from hub.app import Parts, create_app
from hub.doors.feed import ChangeFeed
from hub.migrations import migrate
from hub.places.service import import_site
from hub.recess.models import Change, Mark, Recess
from kit.identity import Person
from tests.databases import BACKENDS, Server, empty_database

SITE = "haapaniemi"
WORLD = Path("firmware_sim/world.toml").read_text()
MORNING = datetime(2026, 11, 27, 6, 55, tzinfo=UTC)
"""A Friday, 8.55 in Helsinki."""
TODAY = date(2026, 11, 27)


@pytest.fixture(scope="module", params=BACKENDS)
def database(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres: Server,
) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("recess")
    with empty_database(request.param, folder, postgres) as engine:
        migrate(engine)
        with Session(engine) as session, session.begin():
            import_site(session, WORLD)
            session.add(Known(id="matti", subject="m", name="Matti Savolainen"))
        yield engine


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    with Session(database) as session:
        for table in (Mark, Change, Recess):
            session.exec(delete(table))
        yield session


@dataclass
class Office:
    """The head teacher's browser."""

    client: TestClient
    engine: Engine
    roles: frozenset[str] = frozenset({"head teacher"})

    def person(self, _request: Request) -> Person | None:
        return Person("matti", "Matti Savolainen", "fi", self.roles)

    def page(self, query: str = "", status: int = 200) -> str:
        answer = self.client.get(f"/recesses/{SITE}{query}")
        assert answer.status_code == status, answer.text
        return answer.text

    def send(self, path: str = "", status: int = 303, **form: object) -> str:
        """Send a form of the page; return where it leads, or the page with what is wrong."""
        self.client.get(f"/recesses/{SITE}")
        token = self.client.cookies["__Host-csrf"]
        answer = self.client.post(
            f"/recesses/{SITE}{path}", data={"csrf": token} | form
        )
        assert answer.status_code == status, answer.text
        return answer.headers.get("location", answer.text)

    def add(self, status: int = 303, **form: object) -> str:
        usual = {"band": "1-2", "weekday": [0, 1, 2, 3, 4], "first_day": "1.8.2026"}
        return self.send("", status, **(usual | form))

    def recesses(self) -> list[Recess]:
        with Session(self.engine) as session:
            return list(session.exec(select(Recess)).all())

    def marks(self) -> list[Mark]:
        with Session(self.engine) as session:
            return list(session.exec(select(Mark)).all())


@pytest.fixture
def office(with_school: Engine) -> Office:
    with Session(with_school) as session, session.begin():
        session.add(Known(id="matti", subject="m", name="Matti Savolainen"))
    clock = ManualClock(MORNING)
    office = Office.__new__(Office)
    provider = DemoProvider((), "127.0.0.1", clock)
    app = create_app(Parts(with_school, clock, office, provider, ChangeFeed()))
    client = TestClient(
        app,
        base_url="https://testserver",
        headers={"accept": "text/html"},
        follow_redirects=False,
    )
    office.__init__(client, with_school)  # type: ignore[misc]
    return office
