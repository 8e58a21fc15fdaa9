"""Keep the records of cameras and what is done to them. Nothing here commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from contracts.clock import to_ms
from hub.accounts.models import Person
from hub.compliance import cameras, rules
from hub.compliance.models import (
    CameraRecord,
    CameraSign,
    Kind,
    RecordChange,
    SwitchedOn,
    What,
)
from hub.compliance.rules import Span, WrongEntryError
from hub.places import service as places
from kit.problems import NotFoundError

LATEST = 50


@dataclass(frozen=True)
class Author:
    """Who changes a camera's record, and when."""

    site: str
    camera: str
    person: str
    now: datetime


@dataclass(frozen=True)
class Entry:
    """A record as it is typed, checked."""

    kind: Kind
    texts: Mapping[str, str]
    days: Mapping[str, date | None]


def save(session: Session, author: Author, entry: Entry) -> None:
    """Write what was typed into the record, and what it was before into its changes."""
    record = _record(session, author)
    new = {"kind": entry.kind, **entry.texts, **entry.days}
    about = {
        name: [_plain(getattr(record, name)), _plain(value)]
        for name, value in new.items()
        if getattr(record, name) != value
    }
    if about:
        record.sqlmodel_update(new)
        _note(session, author, record, What.SAVED, about)


def put_sign(session: Session, author: Author, photo: bytes) -> None:
    """Put a photo of the sign, made anew, in the place of the one there is."""
    record = _record(session, author)
    before, record.sign_sha256 = record.sign_sha256, sha256(photo).hexdigest()
    session.merge(CameraSign(site=author.site, camera=author.camera, photo=photo))
    about = {"sign_sha256": [before, record.sign_sha256]}
    _note(session, author, record, What.SIGN, about)


def sign(session: Session, site: str, name: str) -> bytes:
    """Return the photo of a camera's sign.

    Raises:
        NotFoundError: There is none.
    """
    found = session.get(CameraSign, (site, name))
    if found is None:
        raise NotFoundError(f"there is no photo of the sign of {site}/{name}")
    return found.photo


def withdraw(session: Session, author: Author, why: str) -> None:
    """Stop a camera. The reason is kept with the record.

    Raises:
        WrongEntryError: No reason is given.
    """
    why = rules.read_text(why, "why")
    if not why:
        raise WrongEntryError("why", "Write why.")
    record = _record(session, author)
    if record.withdrawn_ms is None:
        record.withdrawn_ms, record.withdrawn_why = to_ms(author.now), why
        _note(session, author, record, What.WITHDRAWN, {"why": why})


def restore(session: Session, author: Author) -> None:
    """Take a record that was withdrawn into force again."""
    record = _record(session, author)
    if record.withdrawn_ms is not None:
        about = {"why": record.withdrawn_why}
        record.withdrawn_ms, record.withdrawn_why = None, ""
        _note(session, author, record, What.RESTORED, about)


def switch_on(session: Session, author: Author, hours: Span) -> None:
    """Let the camera of a gym see for some hours.

    Raises:
        WrongEntryError: It is no gym's, its record is not whole, or there are too many.
    """
    record = _record(session, author)
    if record.kind is not Kind.GYM or not record.is_whole:
        raise WrongEntryError("day", "Only a gym with a whole record is switched on.")
    ahead = switched_on(session, author.site, author.camera, author.now)
    if len(ahead) >= rules.MOST_SPANS:
        raise WrongEntryError("day", "There are too many hours already.")
    new = SwitchedOn(
        site=author.site,
        camera=author.camera,
        from_ms=hours[0],
        until_ms=hours[1],
        by=author.person,
    )
    session.add(new)
    _note(session, author, record, What.SWITCHED_ON, {"hours": list(hours)})


def switch_off(session: Session, author: Author, hours_id: UUID) -> None:
    """End hours of a gym now, or before they begin.

    Raises:
        NotFoundError: There are no such hours.
    """
    found = session.get(SwitchedOn, hours_id)
    if found is None or (found.site, found.camera) != (author.site, author.camera):
        raise NotFoundError("there are no such hours")
    about = {"hours": [found.from_ms, found.until_ms]}
    now_ms = to_ms(author.now)
    if found.until_ms > now_ms:
        found.until_ms = max(found.from_ms, now_ms)
        _note(session, author, _record(session, author), What.SWITCHED_OFF, about)


def switched_on(
    session: Session, site: str, name: str, now: datetime
) -> Sequence[SwitchedOn]:
    """Return the hours of a gym that are not over, in order."""
    query = select(SwitchedOn).where(
        SwitchedOn.site == site,
        SwitchedOn.camera == name,
        SwitchedOn.until_ms > to_ms(now),
        col(SwitchedOn.from_ms) < col(SwitchedOn.until_ms),
    )
    return session.exec(query.order_by(col(SwitchedOn.from_ms))).all()


def changes(session: Session, site: str, name: str) -> Sequence[RecordChange]:
    """Return what was done to a record lately, the newest first."""
    query = select(RecordChange).where(
        RecordChange.site == site, RecordChange.camera == name
    )
    return session.exec(
        query.order_by(col(RecordChange.at_ms).desc()).limit(LATEST)
    ).all()


def names(session: Session, people: set[str]) -> dict[str, str]:
    """Return what people are called, where anybody still knows it."""
    query = select(Person).where(col(Person.id).in_(people))
    return {person.id: person.name for person in session.exec(query)}


def zone_of(session: Session, site: str) -> ZoneInfo:
    """Return the time zone of a site."""
    return ZoneInfo(places.site(session, site).timezone)


def _record(session: Session, author: Author) -> CameraRecord:
    """Return the record, locked where there is one, else a new one.

    Raises:
        NoSuchCameraError: There is no such camera.
    """
    cameras.camera(session, author.site, author.camera, author.now)
    key = (author.site, author.camera)
    found = session.get(CameraRecord, key, with_for_update=True, populate_existing=True)
    if found is None:
        found = CameraRecord(site=author.site, camera=author.camera)
        session.add(found)
        session.flush()
    return found


def _note(
    session: Session,
    author: Author,
    record: CameraRecord,
    what: What,
    about: dict[str, Any],
) -> None:
    record.is_whole = rules.is_whole(record)
    session.add(record)
    session.add(
        RecordChange(
            site=author.site,
            camera=author.camera,
            at_ms=to_ms(author.now),
            by=author.person,
            what=what,
            about=about,
        )
    )
    session.flush()


def _plain(value: str | date | None) -> str:
    return rules.written(value) if isinstance(value, date) else str(value or "")
