"""A school whose camera's record the officer fills in."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from contracts.clock import ManualClock
from hub.accounts.models import Person as Known
from hub.accounts.providers import DemoProvider
from hub.app import Parts, create_app
from hub.compliance.models import CameraRecord, RecordChange
from hub.doors.feed import ChangeFeed
from hub.migrations import migrate
from hub.places.service import import_site
from kit.db import open_database
from kit.identity import Person
from tests.databases import BACKENDS, Server, empty_database

SITE, NODE, CAMERA = "haapaniemi", "yard-1", "yard"
MORNING = datetime(2026, 11, 27, 6, 55, tzinfo=UTC)
"""A Friday, 8.55 in Helsinki."""
FORM = {
    "kind": "yard",
    "controller": "Kuopion kaupunki, kasvun ja oppimisen palvelualue",
    "processor": "Kuopion kaupunki, tietohallinto",
    "legal_basis": "GDPR 6(1)(e), tietosuojalaki 4 §",
    "dpia_by": "Palvelualuejohtaja",
    "dpia_on": "2.11.2026",
    "co_determination_on": "4.11.2026",
    "guardians_on": "10.11.2026",
    "pupils_on": "11.11.2026",
}


def photo(extension: str = ".jpg", size: tuple[int, int] = (120, 160)) -> bytes:
    picture = np.full((*size, 3), 230, np.uint8)
    cv2.putText(picture, "KAMERA", (5, 60), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    return cv2.imencode(extension, picture)[1].tobytes()


@pytest.fixture(scope="module", params=BACKENDS)
def copy(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres: Server,
) -> Callable[[], str]:
    """Return what gives the address of a new database with the school in it."""
    folder = tmp_path_factory.mktemp("compliance")
    with empty_database(request.param, folder, postgres) as engine:
        migrate(engine)
        with Session(engine) as session, session.begin():
            import_site(session, Path("firmware_sim/world.toml").read_text())
        name = str(engine.url.database)
    number = count()

    def do() -> str:
        if request.param == "postgresql":
            return postgres().database(template=name)
        made = shutil.copy(name, folder / f"{next(number)}.sqlite")
        return f"sqlite:///{made}"

    return do


@pytest.fixture
def database(copy: Callable[[], str]) -> Iterator[Engine]:
    engine = open_database(copy())
    yield engine
    engine.dispose()


@dataclass
class Office:
    """The officer's browser."""

    engine: Engine
    clock: ManualClock = field(default_factory=lambda: ManualClock(MORNING))
    roles: frozenset[str] = frozenset({"data protection officer"})
    path: str = f"/cameras/{SITE}/{CAMERA}"

    def __post_init__(self) -> None:
        provider = DemoProvider((), "127.0.0.1", self.clock)
        app = create_app(Parts(self.engine, self.clock, self, provider, ChangeFeed()))
        self.client = TestClient(
            app,
            base_url="https://testserver",
            headers={"accept": "text/html"},
            follow_redirects=False,
        )

    def person(self, _request: Request) -> Person | None:
        return Person("tuula", "Tuula Heikkinen", "en", self.roles)

    def page(self, path: str = "", status: int = 200, language: str = "en") -> str:
        answer = self.client.get(path or self.path, params={"lang": language})
        assert answer.status_code == status, answer.text
        return answer.text

    def send(
        self,
        path: str = "",
        status: int = 303,
        files: dict[str, bytes] | None = None,
        **form: object,
    ) -> str:
        self.client.get(f"/cameras/{SITE}/{CAMERA}/now", params={"lang": "en"})
        token = {"csrf": self.client.cookies["__Host-csrf"]}
        answer = self.client.post(self.path + path, data=token | form, files=files)
        assert answer.status_code == status, answer.text
        return answer.text

    def complete(self, kind: str = "yard") -> None:
        self.send(**(FORM | {"kind": kind}))
        self.send("/sign", files={"photo": photo()})

    def record(self) -> CameraRecord:
        with Session(self.engine) as session:
            return session.get_one(CameraRecord, (SITE, CAMERA))

    def changes(self) -> list[RecordChange]:
        with Session(self.engine) as session:
            query = select(RecordChange).order_by(col(RecordChange.at_ms))
            return list(session.exec(query))


@pytest.fixture
def office(with_school: Engine) -> Office:
    with Session(with_school) as session, session.begin():
        session.add(Known(id="tuula", subject="t", name="Tuula Heikkinen"))
    return Office(with_school)
