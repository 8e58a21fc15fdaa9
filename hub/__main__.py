"""The hub's command line: `up` starts everything in one box.

A city runs `serve` and `ingest` instead, as many as it needs, with settings in one TOML file
(`example-config` prints a complete one) and booking beside them. This is the only module
that knows both services: in a box it mounts booking below `/spaces`.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from booking_api import app as booking
from contracts.clock import Clock, ClockFileError
from hub import assembly
from hub.access.importing import import_site
from hub.access.keys import KeyFileError, open_code_key
from hub.accounts.officer import KEEPERS
from hub.accounts.providers import DemoRefusedError
from hub.accounts.school import READERS
from hub.app import create_app
from hub.box import up
from hub.box.certificate import addresses, open_certificate
from hub.box.ground import WORLD
from hub.broker import BrokerError, free_port
from hub.children import Child, ChildError
from hub.doors.watch import keep_watching, tell_others
from hub.facts.routes import open_to_booking
from hub.facts.service import keep_telling
from hub.places.rules import SiteFileError
from hub.settings import EXAMPLE, Settings
from kit import loops
from kit.commands import add_commands, run
from kit.db import open_database
from kit.outbox import HttpCourier
from kit.pages import Link
from kit.settings import SettingsError
from kit.web import EVERYWHERE, listen, serve

BOOKING_ANSWERS_WITHIN_S = 5.0
LOOPBACK = "127.0.0.1"
REFUSED = (
    BrokerError,
    ChildError,
    ClockFileError,
    DemoRefusedError,
    KeyFileError,
    SiteFileError,
)
MENU = (
    Link("/spaces/", "Spaces"),
    Link("/doors", "Doors"),
    Link("/messages", "Messages"),
    Link("/yards", "Schools", READERS),
    Link("/cameras", "Cameras", KEEPERS),
    Link("/account", "Your account"),
)
PERSONAS = """\
  Aino Korhonen      asukas / resident: varaa salin, saa koodin tekstiviestinä
  Emily Carter       facility staff: watches every door
  Matti Savolainen   rehtori / head teacher: sees how the yard is used
  Tuula Heikkinen    tietosuojavastaava / data protection officer: lets cameras see"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    # Nothing that we start phones home.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    return run(_parser(), arguments, REFUSED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hub", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    start = commands.add_parser("up", help="start everything in one box")
    start.add_argument("--folder", type=Path, default=Path("var"), help="what is kept")
    start.add_argument("--port", type=int, default=8000, help="of the pages")
    start.add_argument("--lan", action="store_true", help="HTTPS, for a phone nearby")
    start.add_argument("--film", type=Path, help="PETS 2009 S2.L1 for the camera")
    start.set_defaults(do=_up)
    demo = commands.add_parser("demo", help="live one evening in a box, and judge it")
    demo.add_argument("--once", action="store_true", required=True)
    demo.set_defaults(do=_demo)
    add_commands(
        commands,
        EXAMPLE,
        (
            ("serve", _serve, "show the pages, sign manifests, send messages"),
            ("ingest", _ingest, "take in what nodes say"),
            ("migrate", _migrate, "bring the database up to date"),
            ("import", _import, "add or change a site from its file"),
        ),
    )
    return parser


def _up(options: argparse.Namespace) -> None:
    host = EVERYWHERE if options.lan else LOOPBACK
    with ExitStack() as stack:
        taken = stack.enter_context(listen(host, options.port))
        options.folder.mkdir(parents=True, exist_ok=True)
        tls = open_certificate(options.folder / "lan") if options.lan else None
        engine = open_database(f"sqlite:///{options.folder.absolute() / 'booking.db'}")
        stack.callback(engine.dispose)
        booking.prepare(engine, WORLD.read_text(encoding="utf-8"))

        def meet(clock: Clock) -> up.Booking:
            return up.Booking(
                booking.inbox(engine, clock),
                lambda hub: booking.keep_telling(engine, clock, hub),
            )

        box = stack.enter_context(
            up.box(options.folder, host, options.port, meet, options.film)
        )
        app = create_app(box.parts, up.MENU)
        spaces = booking.create_app(
            engine=engine,
            clock=box.parts.clock,
            authenticator=box.parts.authenticator,
            menu=up.MENU,
        )
        app.mount("/spaces", spaces)
        _front_page(app)
        welcome = _welcome(options, box.world)
        serve(app, taken, lambda: print(welcome, flush=True), tls=tls)


def _demo(_options: argparse.Namespace) -> int:
    """Start a box in a folder of its own, let a simulated person live the evening."""
    port = free_port()
    pages = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="kynnys-") as folder:
        arguments = ["hub", "up", "--folder", folder, "--port", str(port)]
        film = Path(os.environ.get("KYNNYS_DATA", ""), "sensing/pets09/vtest.avi")
        if film.is_file():
            arguments += ["--film", str(film.absolute())]
        started = Child("hub", arguments, Path(folder) / "logs")
        try:
            world = started.find(r"(http://\S+)\s+the world")
            person = [sys.executable, "-m", "firmware_sim.evening"]
            return subprocess.run(
                [*person, "--pages", pages, "--world", world], check=False
            ).returncode
        finally:
            started.end()


def _serve(options: argparse.Namespace) -> None:
    settings = Settings.load(options.config, os.environ)
    with ExitStack() as stack:
        taken = stack.enter_context(listen(settings.listen_host, settings.listen_port))
        hub = assembly.open_hub(stack, settings)
        parts, key = hub.parts, open_code_key(hub.key("facts"))
        app = create_app(parts, MENU)
        open_to_booking(app, assembly.open_inbox(hub), key)
        _front_page(app)
        client = httpx.Client(
            base_url=settings.booking_url, timeout=BOOKING_ANSWERS_WITHIN_S
        )
        stack.callback(client.close)
        told = keep_telling(parts.engine, parts.clock, HttpCourier(client, key))
        loops.start(stack, told, keep_watching(parts.engine, parts.changes))
        bus = assembly.open_bus(settings)
        assembly.start_rounds(stack, hub, bus)
        bus.start()
        stack.callback(bus.stop)
        where = f"http://{settings.listen_host}:{settings.listen_port}/"
        serve(app, taken, lambda: print(f"The hub is up at {where}", flush=True))


def _ingest(options: argparse.Namespace) -> None:
    settings = Settings.load(options.config, os.environ)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with ExitStack() as stack:
        hub = assembly.open_hub(stack, settings)
        bus = assembly.open_bus(settings)
        tell = tell_others(hub.parts.engine)
        assembly.start_ingest(stack, hub, bus, tell)
        bus.on_connect(lambda: print("The ingest listens.", flush=True))
        bus.start()
        stack.callback(bus.stop)
        ended.wait()


def _migrate(options: argparse.Namespace) -> None:
    with ExitStack() as stack:
        assembly.open_hub(stack, Settings.load(options.config, os.environ))
    print("The database is up to date.")


def _import(options: argparse.Namespace) -> None:
    try:
        text = options.file.read_text("utf-8")
    except (OSError, ValueError) as error:
        why = f"{options.file} cannot be read: {type(error).__name__}"
        raise SettingsError(why) from error
    with ExitStack() as stack:
        hub = assembly.open_hub(stack, Settings.load(options.config, os.environ))
        with Session(hub.parts.engine) as session, session.begin():
            done = import_site(session, text)
    print(
        f"{done.added} rows were added, {done.changed} changed, {done.same} the same."
    )


def _front_page(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    def front() -> RedirectResponse:
        return RedirectResponse("/spaces/")


def _welcome(options: argparse.Namespace, world: str) -> str:
    pages = f"http://{LOOPBACK}:{options.port}"
    nearby = ""
    if options.lan:
        pages = f"https://{LOOPBACK}:{options.port}"
        found = [f"  https://{one}:{options.port}/spaces/" for one in addresses()]
        nearby = (
            "From a phone on the same network (its browser warns of the certificate, which\n"
            f"this box has made itself):\n\n{chr(10).join(found)}\n\n"
        )
    return f"""\
Kynnys is up. It is a simulated evening at Haapaniemen koulu, from 16.30.

  {pages}/spaces/     find and reserve a space
  {pages}/doors      every door, live (facility staff)
  {pages}/yards/haapaniemi/yard  use of the yard (head teacher)
  {world}     the world: phone, keypads, doors, clock

{nearby}Sign in as
{PERSONAS}

Try: reserve the gym for 18-19 as Aino. Read the code on the phone of the world's page,
move the clock to 17.45, type the code and # at door A. Ctrl-C ends everything.
"""


if __name__ == "__main__":
    sys.exit(main())
