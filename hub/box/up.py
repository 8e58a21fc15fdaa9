"""Everything in one box: broker, hub with booking, simulated world, edges.

The composition root: the one place that builds real parts and hands them around. What it
keeps stands in one folder, `var/` by default, so that a second start goes on where the
first one ended.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from contracts.clock import Clock
from hub import assembly
from hub.access.importing import import_site
from hub.access.keys import open_signing_key, public_hex
from hub.accounts.officer import KEEPERS
from hub.accounts.school import HEAD
from hub.app import Parts
from hub.assembly import Hub
from hub.box import law
from hub.box.ground import WORLD, Ground, lay_ground
from hub.box.nodes import start_edges, start_eyes
from hub.facts.service import keep_telling
from hub.settings import Settings
from kit import loops
from kit.loops import Loop
from kit.outbox import Courier
from kit.pages import Link

MENU = (
    Link("/spaces/", "Spaces"),
    Link("/doors", "Doors"),
    Link("/messages", "Messages"),
    Link("/yards/haapaniemi/yard", "Yard"),
    Link("/recesses/haapaniemi", "Recesses", frozenset({HEAD})),
    Link("/cameras", "Cameras", KEEPERS),
    Link("/account", "Your account"),
)


@dataclass(frozen=True)
class Booking:
    """The booking service of a box, met in process."""

    takes: Courier
    """Takes the hub's facts."""
    tells: Callable[[Courier], Loop]
    """Carries its own facts to the hub, which is the courier."""


@dataclass(frozen=True)
class Box:
    """A running box."""

    parts: Parts
    world: str
    """Address of the simulated world's page."""


@contextmanager
def box(
    folder: Path,
    host: str,
    port: int,
    booking: Callable[[Clock], Booking],
    film: Path | None = None,
) -> Iterator[Box]:
    """Start everything but the web server, and end it all again.

    Args:
        folder: Where everything is kept.
        host: Where the web server will listen.
        port: Its port.
        booking: Makes the booking service on the box's clock.
        film: What the camera sees; without one, a rendered yard.
    """
    with ExitStack() as stack:
        ground = lay_ground(stack, folder.absolute(), film)
        hub = assembly.open_hub(stack, _settings(ground, host, port))
        with Session(hub.parts.engine) as session, session.begin():
            import_site(session, WORLD.read_text(encoding="utf-8"))
            law.fill_in(session, hub.parts.clock.utc())
        _meet(stack, hub, booking(hub.parts.clock))
        bus = assembly.open_bus(hub.settings)
        assembly.start_rounds(stack, hub, bus)
        assembly.start_ingest(stack, hub, bus, hub.parts.changes)
        bus.start()
        stack.callback(bus.stop)
        hub_key = public_hex(open_signing_key(hub.key("signing.pem")))
        start_edges(stack, ground, hub_key)
        start_eyes(stack, ground, hub_key)
        yield Box(hub.parts, ground.ready["page"])


def _settings(ground: Ground, host: str, port: int) -> Settings:
    login = ground.logins["hub"]
    return Settings(
        database=f"sqlite:///{ground.folder / 'hub.db'}",
        clock=f"simulated:{ground.ready['clock']}",
        folder=ground.folder,
        listen_host=host,
        listen_port=port,
        broker_host="127.0.0.1",
        broker_port=ground.broker.port,
        broker_name=login.name,
        broker_password=login.password,
        sites=(),
        modem=ground.ready["modem"],
        booking_url="",
        sign_in="demo",
        personas=str(WORLD),
    )


def _meet(stack: ExitStack, hub: Hub, booking: Booking) -> None:
    """Let facts cross in both directions, in process."""
    parts = hub.parts
    told = keep_telling(parts.engine, parts.clock, booking.takes)
    loops.start(stack, told, booking.tells(assembly.open_inbox(hub)))
