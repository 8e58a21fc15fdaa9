"""What the hub does by itself, over and over: manifests, permits, messages out, old things away.

Each step is a transaction of its own, and a step that fails is tried again at the next
round without stopping the others. The order is the life of a grant: requested by a fact,
signed, sent, acknowledged by every edge, and only then told to its holder.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlmodel import Session

from contracts.bus import Bus
from contracts.clock import Clock, to_ms
from hub.access import manifests
from hub.access import service as access
from hub.accounts import service as accounts
from hub.compliance import permits
from hub.facts import service as facts
from hub.messages import sender
from hub.messages import service as messages
from hub.messages.gateway import GatewayError
from hub.messages.sender import Outlet
from kit.loops import Attempts

log = logging.getLogger(__name__)

PAUSE_S = 0.1
SWEEP_EVERY = timedelta(minutes=1)


class Rounds:
    """The hub's own work. `step` does one round; `run` does so until told to stop."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        bus: Bus,
        outlet: Outlet,
        key: Ed25519PrivateKey,
    ) -> None:
        """Prepare.

        Args:
            engine: The hub's database.
            clock: Domain time.
            bus: Where manifests and permits go.
            outlet: Where text messages go.
            key: Signs manifests and permits.
        """
        self._engine, self._clock, self._bus = engine, clock, bus
        self._outlet, self._key = outlet, key
        self._swept: datetime | None = None
        self._reached = True
        self._attempt = Attempts()
        self._connections, self._published, self._permitted = 0, 0, 0
        """How often the bus has come back, and how often of that all was published."""
        bus.on_connect(self._connected)

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        while not stop.wait(PAUSE_S):
            self.step()

    def step(self) -> None:
        """Do one round; once a minute, put away what is over."""
        for work in (
            *(self._issue_permits, self._publish_permits),
            *(self._issue, self._publish, self._send, self._take_receipts),
        ):
            self._attempt(work)
        now = self._clock.utc()
        if self._swept is None or now - self._swept >= SWEEP_EVERY:
            for work in (self._end_grants, self._end_messages, self._end_sign_ins):
                self._attempt(work)
            self._swept = now

    def _connected(self) -> None:
        self._connections += 1

    def _issue(self) -> None:
        with self._transaction() as session:
            manifests.issue_manifests(session, self._key, self._clock.utc())

    def _publish(self) -> None:
        connections = self._connections
        with self._transaction() as session:
            again = connections != self._published
            manifests.publish_manifests(session, self._bus, again=again)
        self._published = connections

    def _issue_permits(self) -> None:
        with self._transaction() as session:
            permits.issue(session, self._key, to_ms(self._clock.utc()))

    def _publish_permits(self) -> None:
        connections = self._connections
        with self._transaction() as session:
            again = connections != self._permitted
            permits.publish(session, self._bus, again=again)
        self._permitted = connections

    def _send(self) -> None:
        sender.send_queued(self._transaction, self._outlet, self._clock)

    def _take_receipts(self) -> None:
        try:
            sender.take_receipts(self._transaction, self._outlet.gateway, self._clock)
        except GatewayError as error:
            if self._reached:
                log.warning("gateway not reached", extra={"why": type(error).__name__})
            self._reached = False
        else:
            if not self._reached:
                log.warning("gateway reached again")
            self._reached = True

    def _end_grants(self) -> None:
        now = self._clock.utc()
        with self._transaction() as session:
            for grant in access.sweep(session, now):
                facts.tell_state(session, grant, now=now)

    def _end_messages(self) -> None:
        with self._transaction() as session:
            messages.expire(session, now=self._clock.utc())

    def _end_sign_ins(self) -> None:
        with self._transaction() as session:
            accounts.sweep(session, self._clock.utc())

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with Session(self._engine) as session, session.begin():
            yield session
