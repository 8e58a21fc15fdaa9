"""Everything in one box: broker, hub with booking, simulated world, edges.

The composition root: the one place that builds real parts and hands them around. What it
keeps stands in one folder, `var/` by default, so that a second start goes on where the
first one ended.
"""

import json
import logging
import secrets
import signal
import socket
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlmodel import Session
from typing_extensions import override

from contracts import topics
from contracts.clock import Clock, open_clock
from contracts.paho_bus import Broker as Address
from contracts.paho_bus import PahoBus
from hub import migrations
from hub.access.keys import open_code_key, open_signing_key
from hub.accounts.providers import DemoProvider, read_personas
from hub.accounts.sessions import SessionAuthenticator
from hub.app import Parts
from hub.broker import Account, Broker, free_port
from hub.children import Child, write_settings
from hub.doors.feed import ChangeFeed
from hub.ingest import Ingest
from hub.messages.modem import GsmModem
from hub.places import service as places
from hub.rounds import Keys, Rounds
from hub.sensing import SimulatedYard
from kit.db import open_database
from kit.pages import Link

log = logging.getLogger(__name__)

WORLD = Path("firmware_sim") / "world.toml"
MENU = (
    Link("/spaces/", "Spaces"),
    Link("/doors", "Doors"),
    Link("/yards/haapaniemi/yard", "Yard"),
    Link("/account", "Sign in"),
)


@dataclass(frozen=True)
class Box:
    """A running box."""

    parts: Parts
    rounds: Rounds
    world: str
    """Address of the simulated world's page."""


@dataclass(frozen=True)
class _Ground:
    """What is there before the hub is."""

    folder: Path
    site: dict[str, Any]
    ready: dict[str, Any]
    logins: dict[str, Account]
    broker: Broker
    clock: Clock


@contextmanager
def box(folder: Path, collect: Callable[[Rounds], int]) -> Iterator[Box]:
    """Start everything but the web server, and end it all again.

    Args:
        folder: Where everything is kept.
        collect: Drains booking's outbox into the hub; called at every round.
    """
    with ExitStack() as stack:
        ground = _ground(stack, folder.absolute())
        parts = _parts(stack, ground)
        bus = _bus(ground)
        rounds = _hub(stack, ground, parts, bus, collect)
        bus.start()
        stack.callback(bus.stop)
        _edges(stack, ground, rounds.public_key)
        _eyes(stack, ground)
        yield Box(parts, rounds, ground.ready["page"])


def _ground(stack: ExitStack, folder: Path) -> _Ground:
    arguments = ["firmware_sim.world", "--folder", str(folder / "world")]
    world = Child("world", [*arguments, "--toml", str(WORLD)], folder / "logs")
    stack.callback(world.end)
    ready = world.first()
    site = tomllib.loads(WORLD.read_text(encoding="utf-8"))
    logins = _accounts(folder / "accounts.json", site)
    broker = Broker(folder / "broker", free_port(), logins.values())
    stack.callback(broker.stop)
    world.listen(lambda said: _obey(said, broker))
    clock = open_clock(f"simulated:{ready['clock']}")
    return _Ground(folder, site, ready, logins, broker, clock)


def _parts(stack: ExitStack, ground: _Ground) -> Parts:
    text = WORLD.read_text(encoding="utf-8")
    engine = open_database(f"sqlite:///{ground.folder / 'hub.db'}")
    stack.callback(engine.dispose)
    migrations.migrate(engine)
    with Session(engine) as session, session.begin():
        places.import_site(session, text)
    clock = ground.clock
    return Parts(
        engine,
        clock,
        SessionAuthenticator(engine, clock),
        DemoProvider(read_personas(text), "127.0.0.1", clock),
        ChangeFeed(),
    )


def _bus(ground: _Ground) -> PahoBus:
    hub = ground.logins["hub"]
    address = Address("127.0.0.1", ground.broker.port, hub.name, hub.password)
    return PahoBus(address, "hub")


def _hub(
    stack: ExitStack,
    ground: _Ground,
    parts: Parts,
    bus: PahoBus,
    collect: Callable[[Rounds], int],
) -> Rounds:
    keys = ground.folder / "keys"
    modem = GsmModem(ground.ready["modem"], ground.clock)
    stack.callback(modem.close)
    rounds = Rounds(
        parts.engine,
        ground.clock,
        bus,
        modem,
        Keys(
            open_signing_key(keys / "signing.pem"),
            open_code_key(keys / "codes"),
            open_code_key(keys / "numbers"),
        ),
        collect,
    )
    ingest = Ingest(
        parts.engine,
        ground.clock,
        ((topics.GRANTS_ACK, rounds.hear_ack),),
        on_change=parts.changes,
    )
    ingest.attach(bus)
    stop = threading.Event()
    for loop in (ingest.run, rounds.run):
        thread = threading.Thread(target=loop, args=(stop,), name=loop.__qualname__)
        thread.start()
        stack.callback(thread.join)
    stack.callback(stop.set)
    return rounds


def _edges(stack: ExitStack, ground: _Ground, hub_key: str) -> None:
    for node in (n["id"] for n in ground.site["node"] if n["kind"] == "door"):
        file = ground.folder / "edges" / f"{node}.toml"
        told = _edge(ground.folder, node, ground.site, ground.ready)
        write_settings(
            file, told | {"hub_key": hub_key, "broker": _login(ground, node)}
        )
        arguments = ["edge", "run", "--config", str(file)]
        edge = Child(node, arguments, ground.folder / "logs")
        stack.callback(edge.end)


def _eyes(stack: ExitStack, ground: _Ground) -> None:
    for node in (n["id"] for n in ground.site["node"] if n["kind"] == "sensing"):
        told = {
            "site": ground.site["site"]["id"],
            "node": node,
            "data": str(ground.folder / "edges" / node),
            "clock": f"simulated:{ground.ready['clock']}",
            "broker": _login(ground, node),
        }
        yard = SimulatedYard(ground.folder, node, told)
        yard.start()
        stack.callback(yard.end)


def _login(ground: _Ground, node: str) -> dict[str, Any]:
    login = ground.logins[node]
    return {
        "host": "127.0.0.1",
        "port": ground.broker.port,
        "username": login.name,
        "password": login.password,
    }


def _edge(
    folder: Path, node: str, site: dict[str, Any], ready: dict[str, Any]
) -> dict[str, Any]:
    """Return the settings of one edge of the simulated building."""
    keys = json.loads(Path(ready["keys"]).read_text())
    lines: dict[str, list[dict[str, Any]]] = {}
    for door in site["door"]:
        if door["node"] == node:
            lines.setdefault(door["line"], []).append(_door(door, keys[door["id"]]))
    return {
        "site": site["site"]["id"],
        "node": node,
        "data": str(folder / "edges" / node),
        "clock": f"simulated:{ready['clock']}",
        "lines": [
            {"name": name, "port": ready["lines"][f"{node}/{name}"], "doors": doors}
            for name, doors in lines.items()
        ],
    }


def _door(door: dict[str, Any], scbk: str) -> dict[str, Any]:
    kept = ("address", "held_open_s", "egress_sensed", "key_sensed", "fire_door")
    return {
        "name": door["id"],
        "scbk": scbk,
        "position": 0,
        "rex": 1,
        "release_s": door["pulse_ms"] / 1000,
    } | {key: door[key] for key in kept}


def _accounts(file: Path, site: dict[str, Any]) -> dict[str, Account]:
    """Return who may join the broker; passwords are made once and kept."""
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    nodes = {node["id"]: (site["site"]["id"], node["id"]) for node in site["node"]}
    names = {"hub": None, **nodes}
    passwords = {name: kept.get(name) or secrets.token_urlsafe(24) for name in names}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(passwords))
    return {name: Account(name, passwords[name], node) for name, node in names.items()}


def _obey(said: dict[str, Any], broker: Broker) -> None:
    """Do to the broker what somebody did to its switch in the world."""
    if said.get("event") != "broker":
        return
    if said.get("on"):
        broker.start()
    else:
        broker.stop()


class _Server(uvicorn.Server):
    """Says when it can be reached, and not before."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def serve(app: FastAPI, host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve the pages until Ctrl-C or SIGTERM; call `ready` once they can be asked."""
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=2
    )
    # uvicorn raises the signal again once it has ended: by then it has been obeyed, and
    # what we started must still be ended.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    _Server(config, ready).run()
