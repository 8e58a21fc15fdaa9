"""What can be done with messages: queue, send, take receipts, expire, find the lost.

    queued -> submitted -> delivered
       |          |
       +----------+-> failed | expired

Never commits: the request, or the round of the sender, is one transaction. Phone and
text are gone from the row once it has ended.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from hub.messages.gateway import Fate, GatewayError, Receipt, RefusedError, Sms
from hub.messages.models import OPEN_STATES, Message, NewMessage, Purpose, State
from hub.messages.rules import Guards, check_phone, number_mark

CLAIM = timedelta(minutes=5)
"""Longer than any gateway takes to answer."""
_END_STATES = {
    Fate.DELIVERED: State.DELIVERED,
    Fate.FAILED: State.FAILED,
    Fate.EXPIRED: State.EXPIRED,
}


class QueueRefusedError(Exception):
    """The message may not be queued."""


class TooManyForBookingError(QueueRefusedError):
    """The booking has had its messages of this purpose."""


class TooManyForNumberError(QueueRefusedError):
    """The number has had its messages for today."""


class CityLimitError(QueueRefusedError):
    """The whole city has sent more in an hour than it ever should."""


class TooLateError(QueueRefusedError):
    """The message would be worthless on arrival."""


def queue(
    session: Session, new: NewMessage, guards: Guards, *, now: datetime
) -> Message:
    """Queue a message once; the same booking, purpose and revision gives the first.

    Raises:
        PhoneError: The number may not be written to.
        QueueRefusedError: A limit is reached, or the slot has ended.
    """
    known = _same(session, new)
    if known is not None:
        return known
    if new.valid_until <= now:
        raise TooLateError
    phone = check_phone(new.phone, abroad=guards.abroad)
    mark = number_mark(phone, now, guards.key)
    _check_limits(session, new, mark, guards, now=now)
    message = Message(
        purpose=new.purpose,
        booking=new.booking,
        revision=new.revision,
        language=new.language,
        phone=phone,
        text=new.text,
        number_mark=mark,
        created_at=now,
        due_at=new.due_at,
        valid_until=new.valid_until,
    )
    try:
        with session.begin_nested():
            session.add(message)
            session.flush()
    except IntegrityError:
        # Another request has queued it between our look and our write.
        known = _same(session, new)
        if known is None:
            raise
        return known
    return message


def claim(session: Session, *, now: datetime) -> Sms | None:
    """Take the most urgent queued message for sending; none if nothing waits.

    Nobody else gets it until the claim runs out or `note_error` gives it back.
    """
    message = session.exec(
        select(Message)
        .where(
            Message.state == State.QUEUED,
            Message.valid_until > now,
            or_(
                col(Message.claimed_until).is_(None), col(Message.claimed_until) <= now
            ),
        )
        .order_by(col(Message.due_at), col(Message.created_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if message is None:
        return None
    if message.phone is None or message.text is None:
        raise ValueError("a queued message without number or text")
    message.attempts += 1
    message.claimed_until = now + CLAIM
    session.flush()
    return Sms(message.id, message.phone, message.text, message.valid_until - now)


def note_sent(
    session: Session, message_id: UUID, reference: str, *, now: datetime
) -> None:
    """Note that the gateway has taken a message, unless it has ended meanwhile."""
    message = session.get_one(Message, message_id)
    if message.state is not State.QUEUED:
        return
    message.state = State.SUBMITTED
    message.reference = reference
    message.submitted_at = now
    message.claimed_until = None
    message.failure = None
    session.flush()


def note_error(
    session: Session, message_id: UUID, error: GatewayError, *, now: datetime
) -> None:
    """Note that a message was not taken: failed if refused for good, else queued."""
    message = session.get_one(Message, message_id)
    if message.state is not State.QUEUED:
        return
    message.claimed_until = None
    if isinstance(error, RefusedError):
        message.failure = error.number
        if not error.temporary:
            _end(message, State.FAILED, now)
    session.flush()


def take_receipt(
    session: Session, receipt: Receipt, *, now: datetime
) -> Message | None:
    """Note what the network says; none if no open message waits for it.

    References come round again, so the newest message of that reference counts, and
    the number must be the same where the receipt has one.
    """
    waiting = (
        select(Message)
        .where(Message.state == State.SUBMITTED, Message.reference == receipt.reference)
        .order_by(col(Message.submitted_at).desc(), col(Message.revision).desc())
    )
    if receipt.to is not None:
        waiting = waiting.where(Message.phone == receipt.to)
    message = session.exec(waiting).first()
    end = _END_STATES.get(receipt.fate)
    if message is not None and end is not None:
        _end(message, end, now)
        session.flush()
    return message


def cancel(session: Session, booking: str, *, now: datetime) -> int:
    """Withdraw what has not been sent for a booking; return how many messages."""
    messages = session.exec(
        select(Message).where(Message.booking == booking, Message.state == State.QUEUED)
    ).all()
    for message in messages:
        _end(message, State.EXPIRED, now)
    session.flush()
    return len(messages)


def expire(session: Session, *, now: datetime) -> int:
    """End every open message whose slot has ended; return how many."""
    messages = session.exec(
        select(Message).where(
            col(Message.state).in_(OPEN_STATES), Message.valid_until <= now
        )
    ).all()
    for message in messages:
        _end(message, State.EXPIRED, now)
    session.flush()
    return len(messages)


def undelivered(session: Session, *, now: datetime) -> Sequence[Message]:
    """Return what needs another way, soonest end first: e-mail and the staff list.

    A failed message at once, an open one from the moment its receipt was due; neither
    once the slot has ended, nor when a later revision has been queued.
    """
    rows = session.exec(
        select(Message)
        .where(
            Message.valid_until > now,
            or_(
                col(Message.state) == State.FAILED,
                and_(col(Message.state).in_(OPEN_STATES), col(Message.due_at) <= now),
            ),
        )
        .order_by(col(Message.valid_until), col(Message.created_at))
    ).all()
    return [row for row in rows if not _superseded(session, row)]


def _same(session: Session, new: NewMessage) -> Message | None:
    return session.exec(
        select(Message).where(
            Message.booking == new.booking,
            Message.purpose == new.purpose,
            Message.revision == new.revision,
        )
    ).first()


def _superseded(session: Session, message: Message) -> bool:
    newest = session.exec(
        select(func.max(Message.revision)).where(
            Message.booking == message.booking, Message.purpose == message.purpose
        )
    ).one()
    return bool(newest > message.revision)


def _check_limits(
    session: Session, new: NewMessage, mark: str, guards: Guards, *, now: datetime
) -> None:
    count = select(func.count()).select_from(Message)
    booking = count.where(
        Message.booking == new.booking, Message.purpose == new.purpose
    )
    if session.exec(booking).one() >= guards.per_booking:
        raise TooManyForBookingError
    if session.exec(count.where(Message.number_mark == mark)).one() >= (
        guards.per_number
    ):
        raise TooManyForNumberError
    hour = count.where(Message.created_at > now - timedelta(hours=1))
    # An alarm is what the breaker must never hold back.
    if new.purpose is not Purpose.ALARM and session.exec(hour).one() >= guards.per_hour:
        raise CityLimitError


def _end(message: Message, state: State, now: datetime) -> None:
    message.state = state
    message.ended_at = now
    message.phone = None
    message.text = None
