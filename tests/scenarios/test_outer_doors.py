"""The outer door of the simulated building: a reader outside, a board inside, an edge.

World, broker and edges are processes, put together as in a box; the test is the hub.
"""

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts import topics
from contracts.clock import to_ms
from contracts.doors import DoorEventKind, DoorState
from contracts.messages import (
    Ack,
    Action,
    Birth,
    Command,
    DoorEvent,
    DoorStateMessage,
    DoorWindow,
    Envelope,
    Grant,
    GrantsAck,
    Manifest,
    Reply,
    Status,
    decode,
    encode,
)
from contracts.paho_bus import Broker as Address
from contracts.paho_bus import PahoBus
from contracts.signing import code_digest, sign
from firmware_sim.person import World
from hub.box.ground import lay_ground
from hub.box.nodes import start_edges
from tests.conditions import until
from tests.scenarios.conftest import story

pytestmark = pytest.mark.scenario

WITHIN_S = 60.0
CODE, SALT = "48271635", "5a" * 16
Kind = DoorEventKind


class Site:
    """A box without its hub, and what its first edge has said."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._key = Ed25519PrivateKey.generate()
        ground = self._ground = lay_ground(stack, folder)
        self.where = {"site": ground.site["site"]["id"], "node": "edge-1"}
        hub = ground.logins["hub"]
        address = Address("127.0.0.1", ground.broker.port, hub.name, hub.password)
        self.bus = PahoBus(address, "hub")
        self.said: dict[str, Any] = {}
        self.events: list[DoorEvent] = []
        self._listen()
        self.bus.start()
        stack.callback(self.bus.stop)
        until(lambda: self.bus.connected, WITHIN_S)
        self._grant()
        public = self._key.public_key().public_bytes_raw().hex()
        self.edge = start_edges(stack, ground, public)["edge-1"]
        self.world = World(ground.ready["page"])
        until(lambda: self.state("A") is DoorState.LOCKED_CLOSED, WITHIN_S)
        until(lambda: getattr(self.said.get("grants/ack"), "epoch", 0) == 1, WITHIN_S)

    def state(self, door: str) -> DoorState | None:
        said = self.said.get(f"state/{door}")
        return said.state if said else None

    def told(self, what: Kind) -> list[DoorEvent]:
        """Return what was told of door A, twice if it was told twice."""
        return [event for event in self.events if event.what is what]

    def hears(self, what: Kind, why: str) -> None:
        """Wait until it is told of door A for this reason."""
        until(lambda: DoorEvent(what, why=why) in self.events, WITHIN_S)

    def command(self, action: Action) -> Reply:
        """Order something of door A, and return the answer."""
        boot = self.said["birth"].boot
        soon_ms = to_ms(self._ground.clock.utc()) + 10_000
        order = Command("c-1", "edge-1", "A", action, soon_ms, boot, "staff")
        name = topics.COMMAND.name(**self.where, command="c-1")
        self.bus.publish(name, encode(sign(order, self._key)))
        return until(lambda: self.said.get("reply/c-1"), WITHIN_S)

    def _listen(self) -> None:
        for topic, kind in (
            (topics.STATUS, Status),
            (topics.BIRTH, Birth),
            (topics.DOOR_STATE, DoorStateMessage),
            (topics.GRANTS_ACK, GrantsAck),
            (topics.REPLY, Reply),
        ):
            self.bus.subscribe(topic.filter, self._keep(kind))
        self.bus.subscribe(topics.EVENTS.filter, self._take_events)

    def _keep(self, kind: Any) -> Callable[[str, bytes], None]:
        own = topics.BIRTH.name(**self.where).removesuffix("birth")

        def keep(name: str, payload: bytes) -> None:
            if name.startswith(own):
                self.said[name.removeprefix(own)] = decode(payload, kind)

        return keep

    def _take_events(self, name: str, payload: bytes) -> None:
        envelope: Envelope = decode(payload, Envelope)
        ack = encode(Ack(envelope.boot, envelope.ev[-1].seq))
        node = topics.EVENTS.ids(name)["node"]
        self.bus.publish(
            topics.ACK.name(**self.where | {"node": node}), ack, retain=True
        )
        self.events += [event.value for event in envelope.ev if event.subject == "A"]

    def _grant(self) -> None:
        """Publish a manifest: the code opens door A from now on."""
        now = self._ground.clock.utc()
        window = DoorWindow("A", to_ms(now), to_ms(now + timedelta(hours=2)))
        day = f"{now:%Y-%m-%d}"
        digest = code_digest(CODE, bytes.fromhex(SALT))
        grant = Grant("g-1", {day: digest}, (window,))
        covers_ms = to_ms(now + timedelta(days=14))
        site, node = self.where["site"], self.where["node"]
        wanted = Manifest(site, node, 1, to_ms(now), covers_ms, {day: SALT}, (grant,))
        payload = encode(sign(wanted, self._key))
        self.bus.publish(topics.GRANTS.name(**self.where), payload, retain=True)


@story
def test_with_the_network_cut_a_code_opens_and_is_told_once_afterwards(
    folder: Path,
) -> None:
    with ExitStack() as stack:
        site = Site(folder, stack)
        site.world.do("network", state="stop")
        until(lambda: not site.said["status"].online, WITHIN_S)
        mark = site.world.mark()
        site.world.do("press", door="A", keys=f"{CODE}#")
        site.world.see(mark, WITHIN_S, event="relay", door="A", on=True)
        site.world.do("pull", door="A")
        assert site.told(Kind.GRANTED) == []

        site.world.do("network", state="start")
        until(lambda: site.told(Kind.OPENED), WITHIN_S)
        assert site.told(Kind.GRANTED) == [DoorEvent(Kind.GRANTED, grant="g-1")]
        assert len(site.told(Kind.OPENED)) == 1
        assert not site.world.saw(0, event="idle relay")


@story
def test_without_its_board_the_door_stays_locked_and_both_are_told(
    folder: Path,
) -> None:
    with ExitStack() as stack:
        site = Site(folder, stack)
        site.world.do("cable", door="A", device="io", state="cut")
        until(lambda: site.state("A") is DoorState.OFFLINE, WITHIN_S)
        site.hears(Kind.OFFLINE, "io board: no answer")
        reply = site.command(Action.OPEN)
        assert (reply.done, reply.why) == (False, "the door is not reached")

        site.world.do("cable", door="A", device="io", state="mend")
        site.world.do("cable", door="A", device="reader", state="cut")
        until(lambda: site.state("A") is DoorState.FAULT, WITHIN_S)
        site.hears(Kind.FAULT, "reader: no answer")
        assert not site.world.saw(0, event="relay", door="A")


@story
def test_a_held_door_locks_by_itself_when_its_edge_dies(folder: Path) -> None:
    with ExitStack() as stack:
        lose_the_edge(Site(folder, stack), signal.SIGKILL)


@story
def test_a_held_door_locks_by_itself_when_its_edge_freezes(folder: Path) -> None:
    with ExitStack() as stack:
        site = Site(folder, stack)
        lose_the_edge(site, signal.SIGSTOP)

        mark = site.world.mark()
        os.kill(site.edge.process.pid, signal.SIGCONT)
        until(lambda: site.said["state/A"].mode == "normal", WITHIN_S)
        assert not site.world.saw(mark, event="relay", door="A", on=True)


def lose_the_edge(site: Site, death: signal.Signals) -> None:
    """Hold the door open, stop its edge, and see the door lock."""
    assert site.command(Action.HOLD).done
    mark = site.world.mark()
    site.world.see(0, WITHIN_S, event="relay", door="A", on=True)
    os.kill(site.edge.process.pid, death)

    site.world.see(mark, WITHIN_S, event="relay", door="A", on=False)
