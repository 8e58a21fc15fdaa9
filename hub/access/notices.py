"""Telling holders their codes: one message for each holder, window and code."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session

from hub.access.codes import active_holders, doors_of
from hub.access.models import CodeHolder, CodeNotice, Grant
from hub.accounts.models import Person
from hub.messages.models import NewMessage, Purpose
from hub.messages.rules import (
    CodeText,
    Guards,
    Language,
    PhoneError,
    TextError,
    code_text,
)
from hub.messages.service import QueueRefusedError, queue
from hub.places.service import WayIn, way_in

log = logging.getLogger(__name__)
RECEIPT_BY = timedelta(minutes=60)

Send = Callable[[Session, CodeNotice], bool]
"""Queues a message; false when it could not be, so that staff must be asked."""


def tell_holders(session: Session, grant: Grant, send: Send) -> int:
    """Queue each holder's code once for this window; return how many were queued."""
    way = way_in(session, grant.place)
    told = 0
    for holder in active_holders(session, grant):
        if holder.told_revision == grant.revision:
            continue
        person = session.get(Person, holder.person)
        where = {"grant": str(grant.id), "holder": str(holder.id)}
        if person is None or person.phone is None:
            log.warning("holder cannot be written to", extra=where)
            continue
        if send(session, _notice(session, grant, holder, person, way)):
            holder.told_revision = grant.revision
            told += 1
    session.flush()
    return told


def text_messages(guards: Guards, *, now: datetime) -> Send:
    """Return what queues a notice as a text message."""

    def send(session: Session, notice: CodeNotice) -> bool:
        try:
            queue(session, _message(notice, now), guards, now=now)
        except (PhoneError, QueueRefusedError, TextError) as error:
            why = {"key": notice.key, "why": type(error).__name__}
            log.warning("code message refused", extra=why)
            return False
        return True

    return send


def _notice(
    session: Session, grant: Grant, holder: CodeHolder, person: Person, way: WayIn
) -> CodeNotice:
    language = person.language
    return CodeNotice(
        key=f"{grant.reservation}/{holder.id}",
        reservation=grant.reservation,
        revision=grant.revision,
        person=person.id,
        city=way.site.city,
        place=way.site.name[language],
        room=way.place.name[language],
        door=doors_of(session, grant)[0].door,
        hint=way.hint[language],
        language=language,
        starts_at=grant.first_at,
        ends_at=grant.until_at,
        help_phone=way.site.help_phone,
        phone=str(person.phone),
        code=str(holder.code),
    )


def _message(notice: CodeNotice, now: datetime) -> NewMessage:
    what = CodeText(
        city=notice.city,
        code=notice.code,
        place=notice.place,
        room=notice.room,
        door=notice.door,
        hint=notice.hint,
        starts_at=notice.starts_at,
        ends_at=notice.ends_at,
        help_phone=notice.help_phone,
    )
    language = Language(notice.language)
    return NewMessage(
        purpose=Purpose.CODE,
        booking=notice.key,
        revision=notice.revision,
        language=language,
        phone=notice.phone,
        text=code_text(what, language),
        due_at=max(now, notice.starts_at - RECEIPT_BY),
        valid_until=notice.ends_at,
    )
