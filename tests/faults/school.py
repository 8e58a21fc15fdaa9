"""A school with one real edge, its readers and a broker, watched from the hub's side.

Edge and readers are processes; each reader has a line of its own, whose port can vanish
and come back as another device. The hub's side keeps what it hears and acknowledges it.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts import topics
from contracts.clock import SystemClock, open_clock, to_ms
from contracts.doors import DoorEventKind, DoorState
from contracts.messages import (
    Ack,
    DoorStateMessage,
    DoorWindow,
    Envelope,
    Event,
    Grant,
    GrantsAck,
    Manifest,
    decode,
    encode,
)
from contracts.paho_bus import Broker as Address
from contracts.paho_bus import PahoBus
from contracts.signing import code_digest, sign
from hub.broker import Broker, free_port
from hub.children import write_settings
from tests.brokers import EDGE, HUB
from tests.conditions import until
from tests.faults.processes import DEADLINE_S, Victim
from tests.permits import keep_permit, public_hex

SITE, NODE, SALT = "haapaniemi", "edge-1", "5a" * 16
CODE, COUNTED_CODE, MANY = "48271635", "59382746", 10_000
KEY, WRONG_KEY = "00112233445566778899aabbccddeeff", "ff" * 16
THERE = (DoorState.LOCKED_CLOSED, DoorState.UNLOCKED)
"""Of a door that is reached, and was not opened just now or was."""
DOORS = {"door-a": "line-a", "door-b": "line-b"}


@dataclass
class Hub:
    """What the hub's side has heard."""

    events: dict[tuple[str, int], Event] = field(default_factory=dict)
    states: dict[str, DoorState] = field(default_factory=dict)
    grants: GrantsAck | None = None

    def told(self, what: str, subject: str, **like: object) -> int:
        """Count the events of a kind at a door or node."""
        return sum(
            event.subject == subject
            and getattr(event.value, "what", None) == what
            and all(getattr(event.value, key) == like[key] for key in like)
            for event in list(self.events.values())
        )


class School:
    """Put together as wanted; everything ends with the stack."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.hub_key = Ed25519PrivateKey.generate()
        self.hub = Hub()
        self.port = free_port()
        self.broker = Broker(folder / "nats", self.port, [HUB, EDGE])
        stack.callback(lambda: self.broker.stop())  # noqa: PLW0108 - may be another one
        self.readers: dict[str, Victim] = {}
        self.bus = PahoBus(Address("127.0.0.1", self.port, "hub", "hub-secret"), "hub")
        for topic, hear in (
            (topics.EVENTS, self._heard_events),
            (topics.GRID, self._heard_events),
            (topics.DOOR_STATE, self._heard_state),
            (topics.GRANTS_ACK, self._heard_ack),
        ):
            self.bus.subscribe(topic.filter, hear)
        self.bus.start()
        stack.callback(self.bus.stop)
        until(lambda: self.bus.connected, DEADLINE_S)

    def start_edge(self, under: Sequence[str] = (), data: Path | None = None) -> Victim:
        """Start the edge, perhaps by another program, perhaps on another disk."""
        public = self.hub_key.public_key().public_bytes_raw().hex()
        lines = [self._line(door) for door in DOORS]
        told = {"hub_key": public, "lines": lines}
        return self._start("run", told, under, data or self.folder / "data")

    def open_doors(self, under: Sequence[str] = (), data: Path | None = None) -> Victim:
        """Start the edge with its readers and rights, and wait until all is in force."""
        for door in DOORS:
            self.plug(door)
        self.grant()
        edge = self.start_edge(under, data)
        for door in DOORS:
            self.sees(door, *THERE)
        until(lambda: self.hub.grants and self.hub.grants.count, DEADLINE_S)
        return edge

    def start_eye(self, camera: Mapping[str, Any], clock: str) -> Victim:
        """Start a sensing node in the edge's place."""
        data = self.folder / "data"
        keep_permit(data, self.hub_key, open_clock(clock))
        told = {"camera": camera, "clock": clock, "hub_key": public_hex(self.hub_key)}
        return self._start("sense", told, (), data)

    def plug(self, door: str, key: str = KEY) -> Victim:
        """Hang a reader on its line; the port comes back under the same name."""
        reader = Victim("firmware_sim", "reader", "--key", key)
        self._stack.callback(reader.kill)
        device = json.loads(reader.line())["path"]
        link = self._link(door)
        fresh = link.with_suffix(".new")
        fresh.symlink_to(device)
        fresh.replace(link)
        self.readers[door] = reader
        return reader

    def unplug(self, door: str) -> None:
        """Let a line vanish: its port and the device behind it."""
        self._link(door).unlink()
        self.readers.pop(door).kill()

    def grant(self, epoch: int = 1, key: Ed25519PrivateKey | None = None) -> None:
        """Publish a manifest, retained: both codes open every door from now on."""
        now = SystemClock().utc()
        from_ms, until_ms = to_ms(now), to_ms(now + timedelta(hours=2))
        days = {f"{day:%Y-%m-%d}" for day in (now, now + timedelta(hours=2))}
        windows = tuple(DoorWindow(door, from_ms, until_ms, 100) for door in DOORS)
        grants = tuple(
            Grant(f"g-{opens}", dict.fromkeys(days, _digest(code)), windows, opens)
            for code, opens in ((CODE, None), (COUNTED_CODE, MANY))
        )
        salts = dict.fromkeys(days, SALT)
        wanted = Manifest(SITE, NODE, epoch, from_ms, until_ms, salts, grants)
        payload = encode(sign(wanted, key or self.hub_key))
        self.bus.publish(topics.GRANTS.name(site=SITE, node=NODE), payload, retain=True)

    def opens(self, door: str, code: str = CODE) -> bool:
        """Type the code, and tell whether the lock was released."""
        self.readers[door].order(do="press", keys=f"{code}#")
        deadline = monotonic() + DEADLINE_S
        while monotonic() < deadline:
            told: dict[str, Any] = json.loads(self.readers[door].line())
            if told["event"] == "relay" and told["on"]:
                return True
            if told["event"] == "led" and told["colour"] == 1:
                return False
        pytest.fail("the pad says nothing")

    def sees(self, door: str, *states: DoorState) -> None:
        """Wait until the hub is told that the door is in one of these states."""
        until(lambda: self.hub.states.get(door) in states, DEADLINE_S)

    @property
    def epoch(self) -> int:
        """The epoch that the edge says it has in force."""
        return self.hub.grants.epoch if self.hub.grants else 0

    def granted(self, door: str) -> int:
        """Count how often the hub was told that a code opened the door."""
        return self.hub.told(DoorEventKind.GRANTED, door)

    def _link(self, door: str) -> Path:
        return self.folder / DOORS[door]

    def _start(
        self, what: str, told: Mapping[str, Any], under: Sequence[str], data: Path
    ) -> Victim:
        broker = {"host": "127.0.0.1", "port": self.port, "username": EDGE.name}
        broker["password"] = EDGE.password
        file = self.folder / "edge.toml"
        names = {"site": SITE, "node": NODE, "data": str(data)}
        write_settings(file, names | {"broker": broker} | dict(told))
        edge = Victim("edge", what, "--config", file, under=under)
        self._stack.callback(edge.kill)
        return edge

    def _line(self, door: str) -> dict[str, Any]:
        reader = {"name": door, "address": 0, "scbk": KEY, "position": 0, "rex": 1}
        port = str(self._link(door))
        return {"name": DOORS[door], "port": port, "baud": 115200, "doors": [reader]}

    def _heard_events(self, _name: str, payload: bytes) -> None:
        envelope: Envelope = decode(payload, Envelope)
        for event in envelope.ev:
            self.hub.events[envelope.boot, event.seq] = event
        seqs = {seq for boot, seq in self.hub.events if boot == envelope.boot}
        whole = next(seq for seq in range(1, len(seqs) + 2) if seq not in seqs) - 1
        ack = topics.ACK.name(site=SITE, node=NODE)
        self.bus.publish(ack, encode(Ack(envelope.boot, whole)), retain=True)

    def _heard_state(self, name: str, payload: bytes) -> None:
        message: DoorStateMessage = decode(payload, DoorStateMessage)
        self.hub.states[topics.DOOR_STATE.ids(name)["door"]] = message.state

    def _heard_ack(self, _name: str, payload: bytes) -> None:
        self.hub.grants = decode(payload, GrantsAck)


def _digest(code: str) -> str:
    return code_digest(code, bytes.fromhex(SALT))
