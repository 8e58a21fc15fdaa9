"""The table of messages and the shapes that are asked for."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Dialect, Index, TypeDecorator, UniqueConstraint
from sqlmodel import Field, SQLModel
from typing_extensions import override

from hub.messages.rules import Language
from kit.db import words


class Purpose(StrEnum):
    """Why the city writes."""

    CODE = "code"
    CONFIRMATION = "confirmation"
    CANCELLED = "cancelled"
    HINT = "hint"
    ALARM = "alarm"


class State(StrEnum):
    """How far a message has come."""

    QUEUED = "queued"
    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"


OPEN_STATES = (State.QUEUED, State.SUBMITTED)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, also from databases that forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Refuse naive moments and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(UTC)

    @override
    def process_result_value(
        self, value: Any | None, dialect: Dialect
    ) -> datetime | None:
        """Return an aware moment."""
        if value is None:
            return None
        moment: datetime = value
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)


@dataclass(frozen=True)
class NewMessage:
    """A message to queue.

    Attributes:
        revision: Counts up when the content for the same purpose changes.
        due_at: When the receipt should be here; after it, other means are tried.
        valid_until: End of the slot; the message is worthless from then on.
    """

    purpose: Purpose
    booking: str
    revision: int
    language: Language
    phone: str = field(repr=False)
    text: str = field(repr=False)
    due_at: datetime
    valid_until: datetime


class Message(SQLModel, table=True):
    """A text message. `phone` and `text` are removed once it has ended."""

    __table_args__ = (
        UniqueConstraint("booking", "purpose", "revision", name="message_once"),
        Index("message_state", "state", "valid_until"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    purpose: Purpose = Field(sa_type=words(Purpose))
    booking: str = Field(index=True)
    revision: int
    language: Language = Field(sa_type=words(Language))
    state: State = Field(default=State.QUEUED, sa_type=words(State))
    phone: str | None = Field(default=None, repr=False)
    text: str | None = Field(default=None, repr=False)
    number_mark: str = Field(index=True, repr=False)
    reference: str | None = Field(default=None, index=True)
    attempts: int = 0
    failure: int | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    valid_until: datetime = Field(sa_type=UtcDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
