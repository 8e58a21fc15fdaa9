"""A node without its record refuses to go live; with it, it goes live; withdrawn, it stops.

Node and broker are real processes; the hub's rounds, ingest and pages run here.
"""

from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session, select

from contracts.clock import open_clock
from contracts.paho_bus import Broker as Address
from contracts.paho_bus import PahoBus
from firmware_sim.clock import WorldClock
from hub.activity.models import Window
from hub.broker import Account, Broker, free_port
from hub.children import Child, write_settings
from hub.compliance import cameras, permits
from hub.compliance.rules import Light
from hub.ingest.loop import Ingest
from hub.messages.rules import Guards
from hub.messages.sender import Outlet
from hub.migrations import migrate
from hub.places.service import import_site
from hub.rounds import Rounds
from kit import loops
from kit.db import open_database
from tests.brokers import HUB
from tests.conditions import until
from tests.conftest import EVENING
from tests.edge.vision.stations import workers_of
from tests.hub.compliance.conftest import CAMERA, FORM, NODE, SITE, Office
from tests.hub.conftest import Phone
from tests.permits import public_hex
from tests.scenarios.conftest import story

pytestmark = pytest.mark.scenario
SLOW_S = 90.0
SOON_S = 15.0
RATE = 20.0
LOGIN = Account(NODE, "node-secret", (SITE, NODE))


class School:
    """A hub with its officer, and a camera at a yard."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        world = WorldClock.create(folder / "clock", EVENING, rate=RATE)
        stack.callback(world.close)
        self.clock = f"simulated:{folder / 'clock'}"
        clock, key = open_clock(self.clock), Ed25519PrivateKey.generate()
        self.engine = open_database(f"sqlite:///{folder / 'hub.db'}")
        stack.callback(self.engine.dispose)
        migrate(self.engine)
        with Session(self.engine) as session, session.begin():
            import_site(session, Path("firmware_sim/world.toml").read_text())
        self.office = Office(self.engine, clock)  # type: ignore[arg-type]
        port = free_port()
        stack.callback(Broker(folder / "broker", port, [HUB, LOGIN]).stop)
        bus = PahoBus(Address("127.0.0.1", port, HUB.name, HUB.password), "hub")
        ingest = Ingest(self.engine, clock, screen=permits.screen)
        ingest.attach(bus)
        outlet = Outlet(Phone(), Guards(b"n" * 32))
        loops.start(stack, Rounds(self.engine, clock, bus, outlet, key).run, ingest.run)
        bus.start()
        stack.callback(bus.stop)
        self.node = self._node(folder, port, public_hex(key))
        stack.callback(self.node.end)
        self.log = folder / "logs" / f"{NODE}.log"

    def workers(self) -> list[int]:
        return workers_of(self.node.process.pid)

    def windows(self) -> int:
        with Session(self.engine) as session:
            return len(session.exec(select(Window.id)).all())

    def shows(self, light: Light) -> bool:
        with Session(self.engine) as session:
            now = self.office.clock.utc()
            return cameras.camera(session, SITE, CAMERA, now).light is light

    def _node(self, folder: Path, port: int, hub_key: str) -> Child:
        film = str(folder / "clip.avi")
        video = cv2.VideoWriter(film, cv2.VideoWriter.fourcc(*"FFV1"), 2, (64, 48))
        for _ in range(40):
            video.write(np.full((48, 64, 3), 90, np.uint8))
        video.release()
        camera = {"camera": CAMERA, "source": film, "fps": 1, "width": 64, "height": 48}
        login = {"username": LOGIN.name, "password": LOGIN.password}
        told = {"site": SITE, "node": NODE, "data": str(folder / "data")}
        told |= {"clock": self.clock, "hub_key": hub_key}
        broker = {"host": "127.0.0.1", "port": port} | login
        file = folder / "eye.toml"
        write_settings(file, told | {"broker": broker, "camera": camera})
        return Child(NODE, ["edge", "sense", "--config", str(file)], folder / "logs")


@story
def test_a_node_goes_live_with_its_record_and_not_without(folder: Path) -> None:
    with ExitStack() as stack:
        school = School(folder, stack)
        until(lambda: school.shows(Light.OFF), SLOW_S)
        until(lambda: "no permit" in school.log.read_text(), SLOW_S)

        school.office.send(**(FORM | {"pupils_on": ""}))
        assert "Pupils informed, on" in school.office.page("/cameras")
        assert school.workers() == [], "a record that is not whole opens nothing"

        school.office.complete()
        until(school.workers, SLOW_S)
        until(lambda: school.shows(Light.COUNTING), SLOW_S)
        until(school.windows, SLOW_S)

        school.office.send("/withdraw", why="Kyltti on pudonnut")
        until(lambda: school.workers() == [], SOON_S)
        until(lambda: school.shows(Light.OFF), SOON_S)
        assert "the hub has withdrawn it" in school.log.read_text()

        school.office.send("/restore")
        until(school.workers, SLOW_S)
