"""What the edge's tests share: a clock that stands still and keys of a hub."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from contracts.bus import InMemoryBus
from contracts.clock import ManualClock, to_ms
from contracts.messages import (
    Ack,
    Action,
    Birth,
    Command,
    DoorStateMessage,
    DoorWindow,
    Envelope,
    Grant,
    Manifest,
    Reply,
    decode,
    encode,
)
from contracts.signing import code_digest, sign
from contracts.topics import ACK, BIRTH, COMMAND, DOOR_STATE, REPLY, Topic
from edge.doors.assembly import build, identity_of
from edge.doors.drivers import (
    Capabilities,
    Device,
    DeviceEvent,
    DoorReport,
    Inputs,
    Keys,
    LineGoneError,
    Online,
    Signal,
)
from edge.osdp import controller
from edge.settings import Settings, load

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
SALT = "5a" * 16
CODE = "48271635"

ONE_DOOR = """
site = "school"
node = "edge-1"
data = "{data}"
hub_key = "{key}"
[[lines]]
name = "line-1"
port = "/dev/pts/1"
[[lines.doors]]
name = "door-a"
address = 0
scbk = "00112233445566778899aabbccddeeff"
position = 0
rex = 1
egress_sensed = true
key_sensed = true
[[lines]]
name = "line-2"
port = "/dev/pts/2"
[[lines.doors]]
name = "door-b"
address = 0
scbk = "00112233445566778899aabbccddeeff"
position = 0
fire_door = true
"""


class FakeDoor:
    """A lock and pad that remember what they were told."""

    capabilities = Capabilities(
        codes=True, timed_output=True, position=True, signals=True
    )

    def __init__(self) -> None:
        self.pulses: list[int] = []
        self.locked = 0
        self.signals: list[Signal] = []
        self.reached = True

    def open(self, pulse_ms: int) -> bool:
        if self.reached:
            self.pulses.append(pulse_ms)
        return self.reached

    def lock(self) -> None:
        self.locked += 1

    def signal(self, signal: Signal) -> None:
        self.signals.append(signal)


class FakeLine:
    """A port that can be pulled out, with one door on it."""

    def __init__(self, door: str) -> None:
        self.door = FakeDoor()
        self.doors = {door: self.door}
        self.there = True
        self._name = door
        self._heard: list[DoorReport] = []

    def hear(self, *events: DeviceEvent, device: Device = Device.WHOLE) -> None:
        self._heard += [DoorReport(self._name, event, device) for event in events]

    def opened(self) -> "FakeLine":
        if not self.there:
            raise LineGoneError("no such port")
        return self

    def poll(self) -> list[DoorReport]:
        if not self.there:
            raise LineGoneError("the port has vanished")
        heard, self._heard = self._heard, []
        return heard

    def close(self) -> None:
        self._heard = []


class House:
    """A node with two doors on two lines, moved by hand."""

    def __init__(
        self,
        settings: Settings,
        bus: InMemoryBus,
        clock: ManualClock,
        hub_key: Ed25519PrivateKey,
    ) -> None:
        self.settings, self.bus, self.clock, self._key = settings, bus, clock, hub_key
        self.heard: list[tuple[str, Any]] = []
        self.hub_answers = True
        bus.subscribe("kynnys/v1/school/edge-1/ev", self._take_events)
        self.start()

    def start(self) -> None:
        """Start the node, again too: the one before is dropped as by a power cut."""
        self.a, self.b = FakeLine("door-a"), FakeLine("door-b")
        lines = {"line-1": self.a, "line-2": self.b}
        self.node = build(
            self.settings,
            identity_of(self.settings),
            self.bus,
            self.clock,
            lambda line: lines[line.name].opened(),
        )
        for line in (self.a, self.b):
            line.hear(Online(), Inputs((False, False)))
        self.wait(0.5)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.1)):
            self.clock.advance(0.1)
            for line in self.node.lines:
                line.step()
            self.node.step()

    def type(self, keys: str) -> None:
        self.a.hear(Keys(keys))
        self.wait(0.1)

    def events(self, subject: str = "door-a") -> list[Any]:
        return [value for who, value in self.heard if who == subject]

    def retained(self, topic: Topic, kind: Any, **ids: str) -> Any:
        found: list[bytes] = []
        name = topic.name(site="school", node="edge-1", **ids)
        self.bus.subscribe(name, lambda _, payload: found.append(payload))
        return decode(found[-1], kind) if found else None

    def state(self, door: str = "door-a") -> DoorStateMessage:
        state: DoorStateMessage = self.retained(DOOR_STATE, DoorStateMessage, door=door)
        return state

    def command(self, action: Action, door: str = "door-a", **changes: Any) -> Reply:
        """Send a signed command and return the last reply to it."""
        boot = self.retained(BIRTH, Birth).boot
        body = Command(
            id=f"c-{len(self.bus.sent)}",
            node="edge-1",
            door=door,
            action=action,
            expires_ms=to_ms(self.clock.utc()) + 10_000,
            boot=boot,
            by="staff-1",
        )
        body = replace(body, **changes)
        replies: list[Reply] = []
        where = {"site": "school", "node": "edge-1", "command": body.id}
        self.bus.subscribe(
            REPLY.name(**where), lambda _, raw: replies.append(decode(raw, Reply))
        )
        self.bus.publish(COMMAND.name(**where), encode(sign(body, self._key)))
        self.wait(0.1)
        return replies[-1]

    def _take_events(self, _name: str, payload: bytes) -> None:
        """Do as the hub: keep the events, and say so."""
        envelope: Envelope = decode(payload, Envelope)
        self.heard += [(event.subject, event.value) for event in envelope.ev]
        if not self.hub_answers:
            return
        ack = encode(Ack(envelope.boot, envelope.ev[-1].seq))
        self.bus.publish(ACK.name(site="school", node="edge-1"), ack, retain=True)


@pytest.fixture
def settings(tmp_path: Path, hub_key: Ed25519PrivateKey) -> Settings:
    key = hub_key.public_key().public_bytes_raw().hex()
    path = tmp_path / "edge.toml"
    path.write_text(ONE_DOOR.format(data=tmp_path / "data", key=key), "utf-8")
    return load(path, {})


@pytest.fixture
def house(
    settings: Settings,
    bus: InMemoryBus,
    clock: ManualClock,
    hub_key: Ed25519PrivateKey,
    signed: Callable[..., bytes],
) -> House:
    """A node that runs, with the manifest of `CODE` for `door-a` in force."""
    house = House(settings, bus, clock, hub_key)
    house.node.take_manifest(signed())
    house.heard.clear()
    return house


MakeManifest = Callable[..., Manifest]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def bus() -> InMemoryBus:
    return InMemoryBus()


@pytest.fixture
def hub_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


@pytest.fixture
def make_manifest() -> MakeManifest:
    """Build the manifest of one grant for `door-a`, an hour long, live at `NOW`."""
    day = NOW.strftime("%Y-%m-%d")
    digest = code_digest(CODE, bytes.fromhex(SALT))

    def make(
        epoch: int = 1,
        node: str = "edge-1",
        door: str = "door-a",
        max_opens: int | None = None,
        hours: int = 14 * 24,
    ) -> Manifest:
        from_ms = to_ms(NOW)
        window = DoorWindow(door, from_ms, to_ms(NOW + timedelta(hours=1)))
        grant = Grant("g-1", {day: digest}, (window,), max_opens)
        covers_ms = to_ms(NOW + timedelta(hours=hours))
        salts = {day: SALT}
        return Manifest("school", node, epoch, from_ms, covers_ms, salts, (grant,))

    return make


@pytest.fixture
def signed(
    make_manifest: MakeManifest, hub_key: Ed25519PrivateKey
) -> Callable[..., bytes]:
    def make(key: bytes | None = None, **changes: object) -> bytes:
        signer = Ed25519PrivateKey.from_private_bytes(key) if key else hub_key
        return encode(sign(make_manifest(**changes), signer))

    return make


@pytest.fixture
def soon_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let silence be offline after 2 s; that it is after 8 the panel's own tests say."""
    monkeypatch.setattr(controller, "OFFLINE_AFTER_S", 2.0)
