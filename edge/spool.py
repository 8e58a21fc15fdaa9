"""The outbox: every event of this node until the hub says that it has it.

    events(boot, seq, body, grid)     key (boot, seq); `seq` counts 1, 2, 3 .. in a boot
    boots(n, boot)                    their order
    unreadable(boot, seq, body)       what was an event, kept for whoever can read it

The only queue there is: a broker's acknowledgement proves nothing, so rows go only on the
hub's watermark, and no boot is sent before the one before it is gone. WAL with FULL
synchronisation: with NORMAL a power cut loses what was committed. A file that is damaged
is renamed and kept, never deleted.
"""

import contextlib
import itertools
import secrets
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.clock import Clock, to_ms
from contracts.doors import DoorEventKind
from contracts.messages import (
    Ack,
    DoorEvent,
    Envelope,
    Event,
    EventValue,
    GridEvent,
    MessageError,
    NodeEvent,
    decode,
    encode,
)
from contracts.signing import event_hash
from edge.database import connect, set_aside

BATCH: Final = 50
WINDOW: Final = 1000
"""Events on their way at the same time; the hub holds so many until a lost one is there."""
ALARMS: Final = frozenset(
    {
        DoorEventKind.FORCED,
        DoorEventKind.HELD_OPEN,
        DoorEventKind.TAMPER,
        DoorEventKind.OFFLINE,
        DoorEventKind.FAULT,
        DoorEventKind.GUESSING,
    }
)
_LARGEST: Final = 2**63 - 1
"""SQLite counts no further; a message may."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS boots (n INTEGER PRIMARY KEY, boot TEXT UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    boot TEXT NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL, grid INTEGER NOT NULL,
    PRIMARY KEY (boot, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unreadable (boot TEXT, seq INTEGER, body BLOB);
"""
_OLDEST: Final = """
SELECT boot, (SELECT min(seq) FROM events WHERE events.boot = boots.boot) AS oldest
FROM boots WHERE oldest IS NOT NULL ORDER BY n LIMIT 1
"""


class SpoolFullError(Exception):
    """The disk takes no more. The events stay in memory and are tried again."""


@dataclass(frozen=True)
class Place:
    """An event of the outbox; for its reader, the last one that has been sent."""

    boot: str = ""
    seq: int = 0


@dataclass(frozen=True)
class Batch:
    """Events ready to publish: the bytes of an `Envelope` and the place after it."""

    payload: bytes
    grid: bool
    after: Place


class Spool:
    """The outbox of one node. Safe to use from several threads."""

    def __init__(self, path: Path, node: str, clock: Clock) -> None:
        self._path, self._node, self._clock = path, node, clock
        self._lock = threading.RLock()
        self._pending: list[Event] = []
        self._damaged: str | None = None
        self._hash = ""
        self._db = self._open()
        self._begin_boot()

    @property
    def boot(self) -> str:
        """The id of this run; a new one too after the file had to be replaced."""
        return self._boot

    @property
    def seq(self) -> int:
        """The number of the last event."""
        return self._seq

    @property
    def queued(self) -> int:
        """Events that the hub has not acknowledged."""
        with self._lock:
            (stored,) = self._db.execute("SELECT count(*) FROM events").fetchone()
            return int(stored) + len(self._pending)

    def append(self, subject: str, value: EventValue) -> int:
        """Take an event and return its number. An alarm is committed at once.

        Raises:
            SpoolFullError: An alarm could not be written; it is kept and tried again.
        """
        with self._lock:
            self._chain(self._moment(value), subject, value)
            seq = self._seq
            if isinstance(value, DoorEvent) and value.what in ALARMS:
                self.commit()
            return seq

    def _moment(self, value: EventValue) -> tuple[int, int]:
        """Return when an event is: a door's to the millisecond, another's to the second.

        What a camera's worker does could shift its node by some milliseconds, and so
        speak.
        """
        utc_ms = to_ms(self._clock.utc())
        if isinstance(value, DoorEvent):
            return utc_ms, int(self._clock.monotonic_s() * 1000)
        return utc_ms - utc_ms % 1000, 0

    def commit(self) -> None:
        """Write what is waiting, in one transaction.

        Raises:
            SpoolFullError: The disk is full; what is waiting is kept in memory.
        """
        with self._lock:
            if not self._pending:
                return
            try:
                self._write()
            except sqlite3.OperationalError as error:
                raise SpoolFullError(str(error)) from error
            except sqlite3.DatabaseError as error:
                self._replace(str(error))
                self._write()
            self._pending.clear()

    @property
    def oldest(self) -> Place | None:
        """The first event that is committed here and not acknowledged."""
        with self._lock:
            found = self._db.execute(_OLDEST).fetchone()
        return Place(*found) if found else None

    def next_batch(self, after: Place, window: int = WINDOW) -> Batch | None:
        """Return the events of the oldest boot after a place, at most `BATCH`.

        Args:
            after: Up to where they have been sent; of another boot, nothing has.
            window: Only events that are fewer than this after the oldest.
        """
        with self._lock:
            oldest = self.oldest
            if oldest is None:
                return None
            rows = self._db.execute(
                "SELECT seq, body, grid FROM events WHERE boot = ? AND seq > ?"
                " AND seq < ? ORDER BY seq LIMIT ?",
                (
                    oldest.boot,
                    after.seq if after.boot == oldest.boot else 0,
                    oldest.seq + window,
                    BATCH,
                ),
            ).fetchall()
            return self._batch(oldest, rows) if rows else None

    def acknowledge(self, ack: Ack) -> int:
        """Forget what the hub has committed: events of that boot up to that number.

        Returns:
            How many events that was; 0 too when a full disk refuses even this.
        """
        upto = min(ack.seq, _LARGEST)
        with self._lock, contextlib.suppress(sqlite3.OperationalError), self._db:
            gone = self._db.execute(
                "DELETE FROM events WHERE boot = ? AND seq <= ?", (ack.boot, upto)
            )
            self._db.execute(
                "DELETE FROM boots WHERE boot <> ? AND boot NOT IN"
                " (SELECT boot FROM events)",
                (self._boot,),
            )
            return gone.rowcount
        return 0

    def close(self) -> None:
        """Write what is waiting and let go of the file."""
        with self._lock:
            with contextlib.suppress(SpoolFullError):
                self.commit()
            self._db.close()

    def _batch(self, oldest: Place, rows: list[tuple[int, bytes, int]]) -> Batch:
        # Grids travel on a topic of their own, so a batch holds one sort.
        grid = rows[0][2]
        chosen = list(itertools.takewhile(lambda row: row[2] == grid, rows))
        read = [self._read(Place(oldest.boot, seq), body) for seq, body, _ in chosen]
        events = tuple(event for event in read if event is not None)
        envelope = Envelope(self._node, oldest.boot, events, oldest=oldest.seq)
        return Batch(encode(envelope), bool(grid), Place(oldest.boot, chosen[-1][0]))

    def _read(self, place: Place, body: bytes) -> Event | None:
        """Return an event, or put away what is none, so that the others can go."""
        with contextlib.suppress(MessageError):
            event: Event = decode(body, Event)
            if event.seq == place.seq:
                return event
        self._put_away(place, body)
        return None

    def _put_away(self, place: Place, body: bytes) -> None:
        key = (place.boot, place.seq)
        # A full disk: then it stays where it is for now.
        with contextlib.suppress(sqlite3.OperationalError):
            with self._db:
                self._db.execute(
                    "INSERT INTO unreadable VALUES (?, ?, ?)", (*key, body)
                )
                self._db.execute("DELETE FROM events WHERE boot = ? AND seq = ?", key)
            why = f"event {place.seq} of boot {place.boot}"
            self.append(self._node, NodeEvent("event unreadable", why=why))

    def _chain(self, at: tuple[int, int], subject: str, value: EventValue) -> None:
        self._seq += 1
        place = (self._node, self._boot, self._seq)
        digest = event_hash(self._hash, place, at, subject, value)
        self._pending.append(Event(self._seq, *at, subject, value, self._hash, digest))
        self._hash = digest

    def _begin_boot(self) -> None:
        self._boot, self._seq, self._hash = secrets.token_hex(8), 0, ""
        if self._damaged:
            self.append(self._node, NodeEvent("outbox damaged", why=self._damaged))
            self._damaged = None

    def _open(self) -> sqlite3.Connection:
        try:
            return connect(self._path, _SCHEMA)
        except sqlite3.OperationalError as error:
            raise SpoolFullError(f"{self._path} cannot be opened: {error}") from error
        except sqlite3.DatabaseError:
            self._damaged = set_aside(self._path)
            return connect(self._path, _SCHEMA)

    def _write(self) -> None:
        with self._db:
            self._db.execute(
                "INSERT OR IGNORE INTO boots (boot) VALUES (?)", (self._boot,)
            )
            self._db.executemany(
                "INSERT INTO events VALUES (?, ?, ?, ?)",
                [
                    (self._boot, e.seq, encode(e), isinstance(e.value, GridEvent))
                    for e in self._pending
                ],
            )

    def _replace(self, why: str) -> None:
        """Start a new file, and a new boot, since the old one's numbers have a hole."""
        self._db.close()
        waiting, self._pending = self._pending, []
        self._damaged = f"{set_aside(self._path)}: {why}"
        self._db = connect(self._path, _SCHEMA)
        self._begin_boot()
        for event in waiting:
            self._chain((event.utc_ms, event.mono_ms), event.subject, event.value)
