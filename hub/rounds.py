"""What the hub does by itself, again and again: facts in, manifests and messages out.

Each step is a transaction of its own, and a step that fails is tried again at the next
round without stopping the others. The order is the life of a grant: requested by a fact,
signed, sent, acknowledged by every edge, and only then told to its holder.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Engine
from sqlmodel import Session

from contracts.bus import Bus
from contracts.clock import Clock, from_ms
from contracts.messages import GrantsAck
from hub.access import manifests, notices
from hub.access import service as access
from hub.access.codes import CodeOffice
from hub.messages import sender
from hub.messages import service as messages
from hub.messages.gateway import Gateway, GatewayError
from hub.messages.rules import Guards
from kit.outbox import Fact
from kit.problems import ServiceError

log = logging.getLogger(__name__)

PAUSE_S = 0.1
SWEEP_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Keys:
    """The hub's secrets: for manifests, for marks of used codes, for counted numbers."""

    signing: Ed25519PrivateKey
    codes: bytes
    numbers: bytes


class Rounds:
    """The hub's own work. `step` does one round; `run` does so until told to stop."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        bus: Bus,
        gateway: Gateway,
        keys: Keys,
        collect: Callable[["Rounds"], int] = lambda _: 0,
    ) -> None:
        """Prepare.

        Args:
            engine: The hub's database.
            clock: Domain time.
            bus: Where manifests go.
            gateway: Where text messages go.
            keys: The hub's secrets.
            collect: Drains the outbox of booking in one box; elsewhere booking posts.
        """
        self.clock = clock
        self._engine, self._bus = engine, bus
        self._gateway, self._keys, self._collect = gateway, keys, collect
        self._office = CodeOffice(keys.codes)
        self._again = threading.Event()
        self._swept: datetime | None = None
        bus.on_connect(self._again.set)

    @property
    def public_key(self) -> str:
        """The key, hex, under which edges check manifests and commands."""
        public = self._keys.signing.public_key()
        return public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        while not stop.wait(PAUSE_S):
            self.step()

    def step(self) -> None:
        """Do one round."""
        for work in (self._facts, self._issue, self._publish, self._send, self._sweep):
            try:
                work()
            except Exception as error:  # noqa: BLE001 # the outermost loop: logs, goes on
                # Not the error's text: it may quote a row.
                log.error(  # noqa: TRY400
                    "round failed",
                    extra={"step": work.__name__, "why": type(error).__name__},
                )

    def deliver(self, fact: Fact) -> int:
        """Take a fact of booking, in a transaction; the port is `kit.outbox.Courier`."""
        try:
            with self._transaction() as session:
                wanted = access.read_fact(fact)
                access.request_grant(
                    session, wanted, self._office, now=self.clock.utc()
                )
        except ServiceError as error:
            log.warning("fact refused", extra={"urn": fact.urn, "why": error.title})
            return int(error.status)
        return int(HTTPStatus.NO_CONTENT)

    def hear_ack(
        self, session: Session, ids: Mapping[str, str], ack: GrantsAck, now_ms: int
    ) -> None:
        """Take an edge's word on its manifest; a handler of `hub.ingest`."""
        guards = Guards(self._keys.numbers)
        send = notices.text_messages(guards, now=from_ms(now_ms))
        manifests.record_ack(
            session,
            ids,
            ack,
            tell=lambda s, grant: _tell(s, grant, send),
        )

    def _facts(self) -> None:
        self._collect(self)

    def _issue(self) -> None:
        with self._transaction() as session:
            manifests.issue_manifests(session, self._keys.signing, self.clock.utc())

    def _publish(self) -> None:
        again = self._again.is_set()
        self._again.clear()
        with self._transaction() as session:
            manifests.publish_manifests(session, self._bus, again=again)

    def _send(self) -> None:
        sender.send_queued(self._transaction, self._gateway, self.clock)
        try:
            sender.take_receipts(self._transaction, self._gateway, self.clock)
        except GatewayError as error:
            log.warning("gateway not reached", extra={"why": type(error).__name__})

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with Session(self._engine) as session, session.begin():
            yield session

    def _sweep(self) -> None:
        now = self.clock.utc()
        if self._swept is not None and now - self._swept < SWEEP_EVERY:
            return
        with self._transaction() as session:
            access.sweep(session, now)
            messages.expire(session, now=now)
        self._swept = now


def _tell(session: Session, grant: Any, send: notices.Send) -> None:
    notices.tell_holders(session, grant, send)
