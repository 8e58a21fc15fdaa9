"""The ingest's loop: messages of the bus are committed in short batches, then acknowledged.

A batch is one transaction; only after it the nodes hear how far they may delete. What
cannot be read is refused and counted, and stops nothing. Several ingests may run, each
with sites of its own.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from contracts import messages as m
from contracts import topics
from contracts.bus import Bus
from contracts.clock import Clock, to_ms
from contracts.topics import Topic
from hub.doors import service as doors
from hub.doors.models import Change, Place
from hub.ingest import ledger
from hub.ingest.chain import Chain
from hub.ingest.ledger import Boot
from hub.ingest.work import OnEvent, Screen, Work
from kit.db import reading
from kit.loops import Attempts

log = logging.getLogger(__name__)

BATCH_EVENTS: Final = 500
AWAY_S: Final = 1.0
"""A database that is away is asked again after this."""
QUEUE_MESSAGES: Final = 10_000
"""When it is full the bus waits; the nodes keep what is not acknowledged."""

Ids = Mapping[str, str]
Handler = Callable[[Session, Ids, Any, int], Iterable[Change] | None]
"""Called in the transaction with the ids of the topic, the message and the time in ms."""


def _state(session: Session, ids: Ids, said: Any, now_ms: int) -> list[Change]:
    return doors.record_state(session, _place(ids), ids["door"], said, now_ms)


def _place(ids: Ids) -> Place:
    return Place(ids["site"], ids["node"])


def _of_node(
    record: Callable[[Session, Place, Any, int], list[Change]],
) -> Handler:
    return lambda session, ids, said, now_ms: record(session, _place(ids), said, now_ms)


_OWN: Final[tuple[tuple[Topic, Handler], ...]] = (
    (topics.STATUS, _of_node(doors.record_status)),
    (topics.BIRTH, _of_node(doors.record_birth)),
    (topics.HEALTH, _of_node(doors.record_health)),
    (topics.REPLY, _of_node(doors.record_reply)),
    (topics.DOOR_STATE, _state),
)


@lru_cache(10_000)
def _ids(topic: Topic, name: str) -> Ids:
    """Read the ids out of a topic name, once for each name of our nodes."""
    ids = topic.ids(name)
    topic.name(**ids)
    return ids


@dataclass(frozen=True)
class _Arrived:
    topic: Topic
    ids: Ids
    message: Any


@dataclass
class Counts:
    """What has become of the messages since the start."""

    events: int = 0
    broken: int = 0
    refused: int = 0
    failed: int = 0


class Ingest:
    """Listens on the bus; `run` or `step` does the work, on one thread."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        handlers: tuple[tuple[Topic, Handler], ...] = (),
        on_change: Callable[[Change], None] = lambda _: None,
        on_event: OnEvent | None = None,
        screen: Screen | None = None,
    ) -> None:
        """Prepare.

        Args:
            engine: The hub's database.
            clock: Dates what carries no moment of its own.
            handlers: What other slices want to hear, after our own handlers.
            on_change: Told of each change once it is committed.
            on_event: Told of each new event of a door, in its transaction.
            screen: Tells of each other new event whether it may be stored.
        """
        self.counts = Counts()
        self._engine, self._clock, self._on_change = engine, clock, on_change
        self._handlers = (*_OWN, *handlers)
        self._on_event, self._screen = on_event, screen
        self._queue: queue.Queue[tuple[Topic, str, bytes]] = queue.Queue(QUEUE_MESSAGES)
        self._chains: dict[Place, Chain] = {}
        """Of each node the boot that it spoke of last; what is held is bounded by this."""
        self._bus: Bus | None = None
        self._attempt = Attempts()
        self._waiting: list[_Arrived] = []
        """What a database that was away could not store; it goes before anything newer."""

    def attach(self, bus: Bus, sites: tuple[str, ...] = ("+",)) -> None:
        """Subscribe for these sites, and say the acknowledgements again on connecting."""
        self._bus = bus
        heard = {topics.EVENTS, topics.GRID, *(topic for topic, _ in self._handlers)}
        for topic in sorted(heard, key=lambda one: one.pattern):
            for site in sites:
                # The first `+` of every filter is the site.
                pattern = topic.filter.replace("+", site, 1)
                bus.subscribe(pattern, partial(self.receive, topic))
        bus.on_connect(self.acknowledge_again)

    def receive(self, topic: Topic, name: str, payload: bytes) -> None:
        """Put a message in the queue; waits while the queue is full."""
        self._queue.put((topic, name, payload))

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        while not stop.is_set():
            self.step(wait_s=0.2)
            if self._waiting:
                stop.wait(AWAY_S)

    def step(self, wait_s: float = 0.0) -> int:
        """Commit what is waiting, at most a short batch; return how many messages."""
        taken, waiting = 0, self._waiting
        self._waiting = []
        if not waiting:
            taken, waiting = self._arrivals(wait_s)
        if waiting and not self._commit(waiting) and not self._waiting:
            # One of them may be the trouble: the others must not wait for it.
            for number, one in enumerate(waiting if len(waiting) > 1 else ()):
                if not self._commit([one]) and self._waiting:
                    self._waiting = waiting[number:]
                    break
        return taken

    def _arrivals(self, wait_s: float) -> tuple[int, list[_Arrived]]:
        arrived: list[_Arrived] = []
        taken = events = 0
        while events < BATCH_EVENTS:
            try:
                first = not taken and wait_s > 0
                item = self._queue.get(first, wait_s if first else None)
            except queue.Empty:
                break
            taken += 1
            message = self._read(*item)
            if message is not None:
                arrived.append(message)
                events += len(getattr(message.message, "ev", "1"))
        return taken, arrived

    def acknowledge_again(self) -> None:
        """Publish the last watermark of every node, as after each connection."""
        with Session(reading(self._engine)) as session:
            for boot, last in ledger.newest(session).items():
                self._acknowledge(boot, last)

    def _read(self, topic: Topic, name: str, payload: bytes) -> _Arrived | None:
        try:
            ids = _ids(topic, name)
            message = m.decode(payload, topic.message)
        except (m.MessageError, ValueError) as error:
            # Not the error's text: it may quote the message.
            self._refuse(topic, type(error).__name__)
            return None
        # An envelope says its node again, and a reply its command.
        node, command = ids["node"], ids.get("command")
        if getattr(message, "node", node) != node or (
            isinstance(message, m.Reply) and message.id != command
        ):
            self._refuse(topic, "not what its topic says")
            return None
        return _Arrived(topic, ids, message)

    def _refuse(self, topic: Topic, why: str) -> None:
        self.counts.refused += 1
        log.warning("message refused", extra={"family": topic.pattern, "why": why})

    def _commit(self, arrived: list[_Arrived]) -> bool:
        if self._attempt(self._store, arrived):
            return True
        # What was counted in has been rolled back, so it is read again.
        self._chains.clear()
        self.counts.failed += 1
        return False

    def _store(self, arrived: list[_Arrived]) -> None:
        try:
            with Session(self._engine) as session, session.begin():
                work = self._gather(session, arrived)
                work.write()
        except OperationalError:
            # The database is away, locked or full: no message is to blame, none is lost.
            self._waiting = arrived
            raise
        self.counts.events += work.events
        self.counts.broken += work.broken
        for boot, chain in work.boots.items():
            self._acknowledge(boot, chain.last)
        for change in work.changes:
            self._on_change(change)

    def _gather(self, session: Session, arrived: list[_Arrived]) -> Work:
        now_ms = to_ms(self._clock.utc())
        work = Work(session, now_ms, self._on_event, self._screen)
        for one in arrived:
            said = one.message
            if isinstance(said, m.Envelope):
                boot = Boot(one.ids["site"], said.node, said.boot)
                work.take(boot, self._chain(session, work, boot, said.oldest), said)
                continue
            for topic, handler in self._handlers:
                if topic is one.topic:
                    work.note(handler(session, one.ids, said, now_ms))
        return work

    def _chain(self, session: Session, work: Work, boot: Boot, oldest: int) -> Chain:
        chain = work.boots.get(boot)
        if chain is not None:
            return chain
        place = Place(boot.site, boot.node)
        chain = self._chains.get(place)
        # Another ingest may have stored what the node no longer has.
        if chain is None or chain.boot != boot.boot or chain.last + 1 < oldest:
            chain = self._chains[place] = ledger.load(session, boot)
        return chain

    def _acknowledge(self, boot: Boot, last: int) -> None:
        if self._bus is None or not last:
            return
        name = topics.ACK.name(site=boot.site, node=boot.node)
        self._bus.publish(name, m.encode(m.Ack(boot.boot, last)), retain=True)
