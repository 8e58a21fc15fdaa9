"""The hub's parts, built from its settings; the box and the single processes share them."""

import secrets
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from contracts import topics
from contracts.clock import Clock, open_clock
from contracts.paho_bus import Broker, PahoBus, open_tls
from hub import migrations
from hub.access.codes import CodeOffice
from hub.access.keys import open_code_key, open_signing_key
from hub.accounts.oidc import OidcClient, OidcProvider
from hub.accounts.providers import DemoProvider, Provider, read_personas
from hub.accounts.sessions import SessionAuthenticator
from hub.activity import service as activity
from hub.app import Parts
from hub.compliance import permits
from hub.doors.feed import ChangeFeed
from hub.doors.watch import Tell
from hub.facts.service import inbox
from hub.hearing import Hearing
from hub.ingest.loop import Ingest
from hub.messages.modem import GsmModem
from hub.messages.rules import Guards
from hub.messages.sender import Outlet
from hub.rounds import Rounds
from hub.settings import Settings
from kit import loops
from kit.db import open_database
from kit.inbox import Inbox
from kit.settings import SettingsError


@dataclass(frozen=True)
class Hub:
    """What every process of the hub has."""

    settings: Settings
    parts: Parts

    def key(self, name: str) -> Path:
        """Return the file of one of the hub's keys."""
        return self.settings.folder / "keys" / name


def open_hub(stack: ExitStack, settings: Settings) -> Hub:
    """Open the database, brought up to date, and whoever proves who signs in.

    Raises:
        ClockFileError: The clock is none.
        SettingsError: The file of personas is none.
        DemoRefusedError: Made-up people could be reached by others.
    """
    clock = open_clock(settings.clock)
    engine = open_database(settings.database)
    stack.callback(engine.dispose)
    migrations.migrate(engine)
    authenticator = SessionAuthenticator(engine, clock)
    provider = _provider(settings, clock)
    return Hub(settings, Parts(engine, clock, authenticator, provider, ChangeFeed()))


def open_inbox(hub: Hub) -> Inbox:
    """Return what takes booking's facts."""
    office = CodeOffice(open_code_key(hub.key("codes")))
    return inbox(hub.parts.engine, hub.parts.clock, office)


def open_bus(settings: Settings) -> PahoBus:
    """Return a bus that is not started yet.

    Raises:
        SettingsError: A certificate cannot be read.
    """
    tls = None
    if settings.broker_ca:
        given = (settings.broker_ca, settings.broker_certificate, settings.broker_key)
        try:
            tls = open_tls(*given)
        except OSError as error:
            why = f"broker_ca, broker_certificate or broker_key: {error}"
            raise SettingsError(why) from error
    address = Broker(
        settings.broker_host,
        settings.broker_port,
        settings.broker_name,
        settings.broker_password,
        tls,
    )
    # Brokers end an older connection of the same name, and several hubs may run.
    return PahoBus(address, f"hub-{secrets.token_hex(4)}")


def start_rounds(stack: ExitStack, hub: Hub, bus: PahoBus) -> None:
    """Begin to sign, to publish, to send messages and to put away what is over."""
    engine, clock = hub.parts.engine, hub.parts.clock
    modem = GsmModem(hub.settings.modem, clock)
    stack.callback(modem.close)
    key = open_signing_key(hub.key("signing.pem"))
    outlet = Outlet(modem, Guards(open_code_key(hub.key("numbers"))))
    loops.start(stack, Rounds(engine, clock, bus, outlet, key).run)


def start_ingest(stack: ExitStack, hub: Hub, bus: PahoBus, tell: Tell) -> None:
    """Begin to take in what nodes say, and to tell pages of it."""
    hearing = Hearing()
    ingest = Ingest(
        hub.parts.engine,
        hub.parts.clock,
        ((topics.GRANTS_ACK, hearing.ack), (topics.BIRTH, activity.record_birth)),
        on_change=tell,
        on_event=hearing.event,
        screen=permits.screen,
    )
    ingest.attach(bus, hub.settings.sites or ("+",))
    loops.start(stack, ingest.run)


def _provider(settings: Settings, clock: Clock) -> Provider:
    if settings.sign_in == "oidc":
        client = OidcClient(
            settings.oidc_client,
            f"{settings.public_url.rstrip('/')}/sign-in/back",
            settings.oidc_secret or None,
        )
        return OidcProvider(settings.oidc_issuer, client)
    file = Path(settings.personas)
    try:
        personas = read_personas(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"personas: {file} is no site's file: {error}") from error
    return DemoProvider(personas, settings.listen_host, clock)
