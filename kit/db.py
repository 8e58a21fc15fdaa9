"""What both services do alike with a database: one request is one transaction.

SQLite runs in WAL with `synchronous=FULL`, so that a committed fact survives a power
cut. A transaction takes SQLite's one write lock at its beginning (`BEGIN IMMEDIATE`),
unless it was opened with `reading()`: a reader never waits for a writer.
"""

import sqlite3
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine, Enum, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool
from sqlmodel import Session, create_engine

_READS = "kynnys_reads"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_BUSY_TIMEOUT_MS = 20_000
# FastAPI's pool runs 40 threads; each may hold one connection.
_POOL_SIZE, _POOL_OVERFLOW = 10, 40


def open_database(url: str) -> Engine:
    """Connect to `sqlite:///FILE` or `postgresql://...` (by psycopg).

    `sqlite://` is one connection in memory: good for one thread at a time only.
    """
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        return _open_sqlite(url, in_memory=not place.database)
    return create_engine(
        place.set(drivername="postgresql+psycopg"),
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
    )


def _open_sqlite(url: str, *, in_memory: bool) -> Engine:
    threads = {"check_same_thread": False}
    if in_memory:
        engine = create_engine(url, connect_args=threads, poolclass=StaticPool)
    else:
        engine = create_engine(
            url,
            connect_args=threads,
            pool_size=_POOL_SIZE,
            max_overflow=_POOL_OVERFLOW,
        )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # None stops the driver from beginning transactions at moments of its own.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def reading(engine: Engine) -> Engine:
    """Return the same database for transactions that only read."""
    return engine.execution_options(**{_READS: True})


def words(kind: type[StrEnum]) -> Enum:
    """Return a column type for an enumeration: its words as text.

    It may gain words later, and two of the same name never meet as one native type.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def get_session(request: Request) -> Iterator[Session]:
    """Open the request's one transaction; commit on return, roll back on error."""
    engine: Engine = request.app.state.engine
    if request.method in _SAFE_METHODS:
        engine = reading(engine)
    with Session(engine) as session, session.begin():
        yield session


# scope="function" makes the commit happen before the answer is sent; with the
# default scope a failed commit would come after the client has read "201 Created".
DbSession = Annotated[Session, Depends(get_session, scope="function")]


def get_writing_session(request: Request) -> Iterator[Session]:
    """Open the one transaction of a GET that must write, as a sign-in's way back."""
    with Session(request.app.state.engine) as session, session.begin():
        yield session


WritingSession = Annotated[Session, Depends(get_writing_session, scope="function")]
