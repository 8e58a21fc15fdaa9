"""Whether this node may open its camera: the hub's permit, kept over restarts.

    permit in force                                the camera may be opened
    none, ended, withdrawn, time or key unknown    nothing of it is opened

The hub sends a permit each day while it holds the whole record of the camera. A node goes
on without the hub until the last period ends. What is refused changes nothing, and a time
that goes back gives no ended permit a second life.

    permit(payload)   the newest permit, as it was received
    clock(high_ms)    the latest moment that was ever seen

A full disk does not keep a permit or its withdrawal from counting until the next restart;
a damaged file is put aside, and the hub's retained permit comes again.
"""

import logging
import sqlite3
import threading
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.clock import Clock, to_ms
from contracts.messages import MessageError
from contracts.permits import Permit
from contracts.signing import SignatureError, verify
from edge.database import connect, set_aside
from edge.spool import SpoolFullError

log = logging.getLogger(__name__)

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS permit (one INTEGER PRIMARY KEY, payload BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY, high_ms INTEGER NOT NULL);
"""
_STEP_MS: Final = 60_000
"""A clock may go back by this much, as one that is set right does."""
_NOTE: Final = timedelta(minutes=1)


class Standing(StrEnum):
    """Whether the camera may be opened, and if not, why."""

    IN_FORCE = "permit in force"
    NONE = "none has come from the hub"
    WITHDRAWN = "the hub has withdrawn it"
    OUTSIDE = "outside of its hours"
    ENDED = "it has ended"
    TIME_UNKNOWN = "time is not known"
    NO_KEY = "this node trusts no hub key"


class Refusal(StrEnum):
    """Why a permit that came is not taken."""

    DAMAGED = "damaged, or no permit"
    FOREIGN_KEY = "signed by another key, or altered"
    OTHER_CAMERA = "for another camera"
    OLDER = "older than the one there is"
    ENDED = "has ended"
    NO_KEY = "this node trusts no hub key"


class PermitRefusedError(Exception):
    """The permit is not taken; the one there is stays."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True)
class Eye:
    """The camera that a permit must name."""

    site: str
    node: str
    camera: str


class PermitBook:
    """The node's permit. Safe to use from several threads."""

    def __init__(
        self, path: Path, eye: Eye, hub_key: Ed25519PublicKey | None, clock: Clock
    ) -> None:
        """Read what was kept.

        Raises:
            SpoolFullError: The file cannot be opened.
        """
        self._eye, self._key, self._clock = eye, hub_key, clock
        self._lock = threading.Lock()
        self._db = _open(path)
        row = self._db.execute("SELECT high_ms FROM clock").fetchone()
        self._high_ms = self._noted_ms = int(row[0]) if row else 0
        self._permit: Permit | None = None
        row = self._db.execute("SELECT payload FROM permit").fetchone()
        if row is not None:
            try:
                self._permit = self._checked(row[0])
            except PermitRefusedError as error:
                log.warning("kept permit refused", extra={"why": str(error)})

    def take(self, payload: bytes) -> None:
        """Verify a permit and put it in the place of the one there is.

        The one there is already comes again after every connection, and is no news.

        Raises:
            PermitRefusedError: It is damaged, not ours, older, or has ended.
        """
        permit = self._checked(payload)
        with self._lock:
            if permit == self._permit:
                return
            if self._permit and permit.number <= self._permit.number:
                raise PermitRefusedError(Refusal.OLDER)
            if permit.is_over(to_ms(self._clock.utc())):
                raise PermitRefusedError(Refusal.ENDED)
            self._permit = permit
            # Signed and newer: its moment is the truth, also where ours once ran ahead.
            self._high_ms = permit.issued_ms
            self._keep("INSERT OR REPLACE INTO permit VALUES (1, ?)", payload)
            self._note(self._high_ms)

    def standing(self) -> Standing:
        """Tell whether the camera may be open now."""
        if self._key is None:
            return Standing.NO_KEY
        with self._lock:
            now_ms, permit = to_ms(self._clock.utc()), self._permit
            if now_ms < self._high_ms - _STEP_MS:
                return Standing.TIME_UNKNOWN
            self._high_ms = max(self._high_ms, now_ms)
            if self._high_ms - self._noted_ms >= _NOTE / timedelta(milliseconds=1):
                self._note(self._high_ms)
            return _standing(permit, self._high_ms)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _checked(self, payload: bytes) -> Permit:
        if self._key is None:
            raise PermitRefusedError(Refusal.NO_KEY)
        try:
            permit: Permit = verify(payload, Permit, self._key)
        except MessageError as error:
            raise PermitRefusedError(Refusal.DAMAGED) from error
        except SignatureError as error:
            raise PermitRefusedError(Refusal.FOREIGN_KEY) from error
        if Eye(permit.site, permit.node, permit.camera) != self._eye:
            raise PermitRefusedError(Refusal.OTHER_CAMERA)
        return permit

    def _note(self, high_ms: int) -> None:
        self._noted_ms = high_ms
        self._keep("INSERT OR REPLACE INTO clock VALUES (1, ?)", high_ms)

    def _keep(self, statement: str, value: bytes | int) -> None:
        try:
            with self._db:
                self._db.execute(statement, (value,))
        except sqlite3.Error as error:
            log.error("permit cannot be kept", extra={"why": str(error)})  # noqa: TRY400


def _standing(permit: Permit | None, now_ms: int) -> Standing:
    if permit is None:
        return Standing.NONE
    if permit.covers(now_ms):
        return Standing.IN_FORCE
    if not permit.periods:
        return Standing.WITHDRAWN
    return Standing.ENDED if permit.is_over(now_ms) else Standing.OUTSIDE


def _open(path: Path) -> sqlite3.Connection:
    try:
        return connect(path, _SCHEMA)
    except sqlite3.OperationalError as error:
        raise SpoolFullError(f"{path} cannot be opened: {error}") from error
    except sqlite3.DatabaseError:
        log.warning("permit file damaged", extra={"aside": set_aside(path)})
        return connect(path, _SCHEMA)
