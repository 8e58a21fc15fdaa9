"""The only way a fact leaves a transaction.

A fact is written in the transaction that made it true, and delivered afterwards until
the receiver answers 2xx. It may arrive twice; the receiver keeps the first of each key
`urn` + `revision`. Facts of one urn are delivered in the order of their revisions.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol

from sqlalchemy import JSON, Engine
from sqlmodel import Field, Session, SQLModel, col, select

from kit.db import reading

log = logging.getLogger(__name__)

_LONGEST_WAIT_S = 300


@dataclass(frozen=True)
class Fact:
    """Something that is true since a transaction was committed."""

    kind: str
    urn: str
    revision: int
    body: dict[str, Any]


class OutboxRow(SQLModel):
    """Columns of an outbox; each database's own outbox table inherits them."""

    urn: str = Field(primary_key=True, max_length=200)
    revision: int = Field(primary_key=True)
    kind: str = Field(max_length=100)
    body: dict[str, Any] = Field(sa_type=JSON)
    written_at: datetime
    tries: int = 0
    next_try_at: datetime | None = Field(index=True, description="None: delivered")


class DeliveryError(Exception):
    """The receiver could not be reached."""


class Courier(Protocol):
    """What carries a fact to the other service."""

    def deliver(self, fact: Fact) -> int:
        """Return the receiver's HTTP status.

        Raises:
            DeliveryError: The receiver could not be reached.
        """


def write(
    session: Session, outbox: type[OutboxRow], fact: Fact, *, now: datetime
) -> None:
    """Put a fact into the caller's transaction."""
    session.add(
        outbox(
            urn=fact.urn,
            revision=fact.revision,
            kind=fact.kind,
            body=fact.body,
            written_at=now,
            next_try_at=now,
        )
    )


def drain(
    engine: Engine,
    outbox: type[OutboxRow],
    courier: Courier,
    *,
    now: datetime,
    limit: int = 100,
) -> int:
    """Deliver what is due, and return how many facts arrived.

    No transaction is open while a fact travels. A fact that is refused waits longer
    each time and holds up later facts of its own urn only.
    """
    delivered, held_up = 0, set[str]()
    for fact, due in _undelivered(engine, outbox, now=now, limit=limit):
        if not due or fact.urn in held_up:
            held_up.add(fact.urn)
            continue
        arrived = _carry(courier, fact)
        _note(engine, outbox, fact, arrived=arrived, now=now)
        delivered += arrived
        if not arrived:
            held_up.add(fact.urn)
    return delivered


def _undelivered(
    engine: Engine, outbox: type[OutboxRow], *, now: datetime, limit: int
) -> list[tuple[Fact, bool]]:
    # Waiting facts are read too: they hold up the later ones of their urn. They do
    # not count against the limit, or a broken receiver would starve the rest.
    due = select(outbox).where(col(outbox.next_try_at) <= now)
    due = due.order_by(col(outbox.written_at), col(outbox.revision)).limit(limit)
    with Session(reading(engine)) as session:
        rows = list(session.exec(due))
        waiting = select(outbox.urn).where(col(outbox.next_try_at) > now)
        early = set(session.exec(waiting))
    facts = [Fact(r.kind, r.urn, r.revision, r.body) for r in rows]
    return [(fact, fact.urn not in early) for fact in facts]


def _carry(courier: Courier, fact: Fact) -> bool:
    try:
        status = courier.deliver(fact)
    except DeliveryError as error:
        log.info("receiver not reached", extra={"urn": fact.urn, "why": str(error)})
        return False
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return True
    log.warning("fact refused", extra={"urn": fact.urn, "status": status})
    return False


def _note(
    engine: Engine,
    outbox: type[OutboxRow],
    fact: Fact,
    *,
    arrived: bool,
    now: datetime,
) -> None:
    with Session(engine) as session, session.begin():
        row = session.get_one(outbox, (fact.urn, fact.revision))
        row.tries += 1
        wait_s = min(2**row.tries, _LONGEST_WAIT_S)
        row.next_try_at = None if arrived else now + timedelta(seconds=wait_s)
