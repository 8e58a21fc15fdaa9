"""Spaces, reservation units and opening hours as they are stored and sent.

A space is a tree; only its leaves can be claimed. A hall that divides in thirds is three
leaves, and whoever reserves the hall claims all three. `leaf_no` is the small integer
by which a leaf is locked and excluded.
"""

from datetime import date
from typing import Self
from uuid import UUID, uuid4

from pydantic import model_validator
from sqlalchemy import JSON, CheckConstraint, MetaData
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from booking_api.units.rules import DAY_MIN, QUANTUM_MIN, fits_in_sms, names_camera

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class BookingTable(SQLModel, registry=registry(metadata=MetaData(None, None, NAMES))):
    """Base of booking's tables: its own metadata, apart from the hub's."""


class Space(BookingTable, table=True):
    """A part of the city that people can be in, or a group of such parts."""

    __tablename__ = "space"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    parent_id: UUID | None = Field(default=None, foreign_key="space.id", index=True)
    name: str = Field(max_length=200)
    place_urn: str = Field(max_length=200, description="The hub's place")
    leaf_no: int | None = Field(default=None, unique=True, description="None: a group")


class UnitBase(SQLModel):
    """What an administrator says about a reservation unit."""

    name_fi: str = Field(min_length=1, max_length=200)
    name_sv: str = Field(min_length=1, max_length=200)
    name_en: str = Field(min_length=1, max_length=200)
    place_urn: str = Field(min_length=1, max_length=200)
    zone: str = Field(default="Europe/Helsinki", max_length=50)
    buffer_before_min: int = Field(default=0, ge=0, le=DAY_MIN)
    buffer_after_min: int = Field(default=0, ge=0, le=DAY_MIN)
    min_length_min: int = Field(default=QUANTUM_MIN, gt=0)
    max_length_min: int = Field(default=DAY_MIN, gt=0, le=7 * DAY_MIN)
    start_interval_min: int = Field(default=QUANTUM_MIN, gt=0, le=DAY_MIN)
    notice_min: int = Field(default=0, ge=0, description="Book at least this early")
    days_ahead: int = Field(default=365, gt=0, le=1000)
    max_persons: int = Field(default=1, gt=0)
    direction_hint: str = Field(default="", max_length=40, description="Ends an SMS")
    camera: str = Field(
        default="",
        max_length=120,
        description="`SITE/CAMERA` of the hub that may count people there",
    )


class ReservationUnit(UnitBase, BookingTable, table=True):
    """Something that a resident can reserve."""

    __tablename__ = "reservation_unit"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    purposes: list[str] = Field(sa_type=JSON)

    def name(self, language: str) -> str:
        """Return the name in a language, in Finnish if it is not one of ours."""
        names = {"sv": self.name_sv, "en": self.name_en}
        return names.get(language, self.name_fi)


class UnitSpace(BookingTable, table=True):
    """A unit takes up a space, with all that is in it."""

    __tablename__ = "unit_space"

    unit_id: UUID = Field(foreign_key="reservation_unit.id", primary_key=True)
    space_id: UUID = Field(foreign_key="space.id", primary_key=True, index=True)


class HoursBase(SQLModel):
    """Opening hours of one weekday (0 is Monday), or of one date instead of it.

    Minutes of the wall clock since midnight, in the unit's zone; 1440 closes at the
    next midnight. A date that opens and closes at 0 is closed all day.
    """

    weekday: int | None = Field(default=None, ge=0, le=6)
    day: date | None = None
    opens_min: int = Field(ge=0, le=DAY_MIN, multiple_of=QUANTUM_MIN)
    closes_min: int = Field(ge=0, le=DAY_MIN, multiple_of=QUANTUM_MIN)


class OpeningHours(HoursBase, BookingTable, table=True):
    """Stored opening hours."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        CheckConstraint("(weekday IS NULL) <> (day IS NULL)", name="one_kind"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    unit_id: UUID = Field(foreign_key="reservation_unit.id", index=True)


class HoursCreate(HoursBase):
    """Opening hours as they are sent."""

    @model_validator(mode="after")
    def _is_one_kind(self) -> Self:
        if (self.weekday is None) == (self.day is None):
            raise ValueError("give either a weekday or a day")
        if self.opens_min > self.closes_min:
            raise ValueError("hours over midnight are two entries")
        return self


class UnitCreate(UnitBase):
    """A new unit, its spaces and its opening hours."""

    purposes: list[str] = []
    spaces: list[UUID] = Field(min_length=1)
    opening: list[HoursCreate] = []

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        lengths = (
            self.buffer_before_min,
            self.buffer_after_min,
            self.min_length_min,
            self.max_length_min,
            self.start_interval_min,
        )
        if any(length % QUANTUM_MIN for length in lengths):
            raise ValueError(f"lengths are whole {QUANTUM_MIN} minutes")
        if self.min_length_min > self.max_length_min:
            raise ValueError("the shortest length is longer than the longest")
        if not fits_in_sms(self.direction_hint):
            raise ValueError("the direction hint has letters that no SMS carries")
        if self.camera and not names_camera(self.camera):
            raise ValueError("the camera is not SITE/CAMERA")
        return self
