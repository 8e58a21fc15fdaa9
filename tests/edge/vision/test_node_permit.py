"""A node opens nothing of its camera without a permit, and lets go of it when that is lost."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts import topics
from contracts.bus import InMemoryBus
from contracts.clock import open_clock, to_ms
from contracts.messages import Envelope, NodeEvent, decode
from edge.settings import SensingSettings, SettingsError
from edge.vision.node import SensingNode, identity_of
from tests.conditions import until
from tests.permits import EYE, HOUR_MS, public_hex, signed_permit

pytestmark = pytest.mark.scenario
KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
SLOW_S = 60.0
SOON_S = 10.0
"""A permit that is lost ends feeder and worker within seconds."""


class Node:
    """A sensing node of this process, with a film for a camera."""

    def __init__(
        self, folder: Path, clock: str, key: str, records: Path | None = None
    ) -> None:
        self.folder, self.clock, self.bus = folder, open_clock(clock), InMemoryBus()
        self.told: list[NodeEvent] = []
        self.bus.subscribe(topics.EVENTS.filter, self._hear)
        self.settings = SensingSettings(
            site=EYE.site,
            node=EYE.node,
            data=str(folder),
            camera=CAMERA | {"source": str(folder / "clip.avi")},
            hub_key=key,
            clock=clock,
        )
        self._stop = threading.Event()
        self._records = records
        self.start()

    def start(self) -> None:
        identity = identity_of(self.settings)
        node = SensingNode(
            self.settings, identity, self.bus, self.clock, (), self._records
        )
        self._stop.clear()
        self._thread = threading.Thread(target=node.run, args=(self._stop,))
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def send(self, payload: bytes) -> None:
        name = topics.PERMIT.name(site=EYE.site, node=EYE.node, camera=EYE.camera)
        self.bus.publish(name, payload, retain=True)

    def permit(self, number: int, *, hours: int = 24) -> None:
        now = to_ms(self.clock.utc())
        span = (now - HOUR_MS, now + hours * HOUR_MS)
        self.send(signed_permit(KEY, now + number, span))

    def withdraw(self, number: int) -> None:
        self.send(signed_permit(KEY, to_ms(self.clock.utc()) + number))

    def says(self, what: str, why: str | None = None) -> bool:
        return NodeEvent(what, why) in self.told

    def _hear(self, _name: str, payload: bytes) -> None:
        for event in decode(payload, Envelope).ev:
            if isinstance(event.value, NodeEvent) and event.value not in self.told:
                self.told.append(event.value)


CAMERA = {"camera": EYE.camera, "width": 64, "height": 48, "fps": 1}


def family() -> list[int]:
    """Return the feeders and workers that this process has started."""
    found = []
    for pid in (int(p.name) for p in Path("/proc").iterdir() if p.name.isdecimal()):
        with suppress(OSError):
            told = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
            parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid() and b"-m edge.vision." in told:
                found.append(pid)
    return found


def has_film(pids: list[int]) -> bool:
    """Tell whether any of these processes has the camera open."""
    for pid in pids:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if entry.readlink().name == "clip.avi":
                    return True
    return False


@pytest.fixture
def rate() -> float:
    return 1.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "data"
    place.mkdir()
    file = str(place / "clip.avi")
    video = cv2.VideoWriter(file, cv2.VideoWriter.fourcc(*"FFV1"), 2, (64, 48))
    for _ in range(40):
        video.write(np.full((48, 64, 3), 90, np.uint8))
    video.release()
    return place


@pytest.fixture
def node(folder: Path, hurried: str) -> Iterator[Node]:
    node = Node(folder, hurried, public_hex(KEY))
    yield node
    node.stop()


def test_without_a_permit_nothing_is_started_and_it_is_said_so(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    until(lambda: node.says("no permit", "none has come from the hub"), SLOW_S)
    assert family() == []


def test_with_a_permit_it_sees_and_when_it_is_withdrawn_it_stops_within_seconds(
    node: Node,
) -> None:
    node.permit(1)
    until(lambda: has_film(family()), SLOW_S)
    assert node.says("permit in force")

    node.withdraw(2)
    until(lambda: family() == [], SOON_S)
    until(lambda: node.says("no permit", "the hub has withdrawn it"), SOON_S)

    node.permit(3)
    until(lambda: has_film(family()), SLOW_S)


def test_a_permit_is_remembered_over_a_restart_without_the_hub(node: Node) -> None:
    node.permit(1)
    until(lambda: has_film(family()), SLOW_S)
    node.stop()
    assert family() == []
    node.bus = InMemoryBus()
    node.start()
    until(lambda: has_film(family()), SLOW_S)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"{", "damaged, or no permit"),
        (
            signed_permit(Ed25519PrivateKey.generate(), 1, (0, 10**14)),
            "signed by another key, or altered",
        ),
        (signed_permit(KEY, 1, (0, 1)), "has ended"),
    ],
    ids=["damaged", "foreign", "ended"],
)
def test_a_permit_that_is_refused_is_named_and_opens_nothing(
    node: Node, payload: bytes, why: str
) -> None:
    node.send(payload)
    until(lambda: node.says("permit refused", why), SLOW_S)
    assert family() == []


def test_a_node_that_was_told_no_key_opens_nothing(folder: Path, hurried: str) -> None:
    node = Node(folder, hurried, "")
    try:
        node.permit(1)
        until(lambda: node.says("no permit", "this node trusts no hub key"), SLOW_S)
        assert family() == []
    finally:
        node.stop()


def test_where_units_run_the_worker_its_pipe_is_opened_only_with_a_permit(
    folder: Path, hurried: str
) -> None:
    """Nobody can begin to write to a pipe that has no reader: the worker waits."""
    records = folder / "records"
    os.mkfifo(records)

    def has_reader() -> bool:
        try:
            os.close(os.open(records, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            return False
        return True

    node = Node(folder, hurried, public_hex(KEY), records)
    try:
        until(lambda: node.says("no permit", "none has come from the hub"), SLOW_S)
        assert not has_reader()
        node.permit(1)
        until(has_reader, SLOW_S)
        node.withdraw(2)
        until(lambda: node.says("no permit", "the hub has withdrawn it"), SLOW_S)
        until(lambda: not has_reader(), SOON_S)
    finally:
        node.stop()


def test_a_camera_whose_name_cannot_be_a_topic_stops_the_start(
    folder: Path, hurried: str
) -> None:
    camera = CAMERA | {"camera": "the yard", "source": str(folder / "clip.avi")}
    settings = SensingSettings("s", "n", str(folder), camera, clock=hurried)
    with pytest.raises(SettingsError, match="camera"):
        SensingNode(settings, identity_of(settings), InMemoryBus(), open_clock(hurried))
