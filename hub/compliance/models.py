"""Tables of what the hub must hold before a camera may see, and of who changed what.

A record is whole or it is not: the database itself refuses to call one whole in which a
part is missing. Moments are milliseconds since 1970 UTC (`_ms`), days are the town's.
"""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, CheckConstraint
from sqlmodel import Field, ForeignKeyConstraint, SQLModel

from kit.db import words

TEXTS = ("controller", "processor", "legal_basis", "dpia_by")
DAYS = ("dpia_on", "co_determination_on", "guardians_on", "pupils_on")
PHOTO_BYTES = 1 << 20
"""The most that the photo of a sign may take once it is made anew."""
_WHOLE = " AND ".join(
    [f"{name} <> ''" for name in (*TEXTS, "sign_sha256")]
    + [f"{name} IS NOT NULL" for name in DAYS]
    + ["withdrawn_ms IS NULL"]
)


class Kind(StrEnum):
    """What kind of place a camera looks at."""

    YARD = "yard"
    GYM = "gym"
    """Off by default: its camera sees only in hours that staff has switched on."""


class What(StrEnum):
    """What somebody did to a record."""

    SAVED = "record changed"
    SIGN = "photo of the sign changed"
    WITHDRAWN = "record withdrawn"
    RESTORED = "record in force again"
    SWITCHED_ON = "gym switched on"
    SWITCHED_OFF = "gym switched off"


class CameraRecord(SQLModel, table=True):
    """What the law wants to stand before a camera may see."""

    __tablename__ = "camera_record"
    __table_args__ = (
        CheckConstraint("kind IN ('yard', 'gym')", name="camera_record_kind"),
        CheckConstraint(f"NOT is_whole OR ({_WHOLE})", name="camera_record_whole"),
        CheckConstraint(
            "(withdrawn_ms IS NULL) = (withdrawn_why = '')",
            name="camera_record_withdrawn",
        ),
    )

    site: str = Field(primary_key=True, foreign_key="site.id")
    camera: str = Field(primary_key=True)
    kind: Kind = Field(default=Kind.YARD, sa_type=words(Kind))
    controller: str = ""
    processor: str = ""
    legal_basis: str = ""
    dpia_by: str = ""
    """Who approved the impact assessment."""
    dpia_on: date | None = None
    co_determination_on: date | None = None
    guardians_on: date | None = None
    pupils_on: date | None = None
    sign_sha256: str = ""
    """Of the photo of the sign in its place."""
    withdrawn_ms: int | None = Field(default=None, sa_type=BigInteger)
    withdrawn_why: str = ""
    is_whole: bool = False


def _of_a_record() -> ForeignKeyConstraint:
    own, its = ["site", "camera"], ["camera_record.site", "camera_record.camera"]
    return ForeignKeyConstraint(own, its)


class CameraSign(SQLModel, table=True):
    """The photo of the sign in its place: a JPEG that we made, without metadata."""

    __tablename__ = "camera_sign"
    __table_args__ = (
        _of_a_record(),
        CheckConstraint(
            f"length(photo) BETWEEN 1 AND {PHOTO_BYTES}", name="camera_sign_size"
        ),
    )

    site: str = Field(primary_key=True)
    camera: str = Field(primary_key=True)
    photo: bytes = Field(repr=False)


class SwitchedOn(SQLModel, table=True):
    """Hours in which staff lets the camera of a gym see, `[from_ms, until_ms)`."""

    __tablename__ = "camera_switched_on"
    __table_args__ = (
        _of_a_record(),
        CheckConstraint("from_ms <= until_ms", name="camera_switched_on_order"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    site: str
    camera: str
    from_ms: int = Field(sa_type=BigInteger)
    until_ms: int = Field(sa_type=BigInteger)
    by: str
    """The person's opaque id."""


class RecordChange(SQLModel, table=True):
    """Who did what to a record, and when; never altered."""

    __tablename__ = "camera_record_change"
    __table_args__ = (_of_a_record(),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    site: str
    camera: str
    at_ms: int = Field(sa_type=BigInteger)
    by: str
    """The person's opaque id."""
    what: What = Field(sa_type=words(What))
    about: dict[str, Any] = Field(sa_type=JSON)


class IssuedPermit(SQLModel, table=True):
    """The newest permit of a camera of a node, as it was signed."""

    __tablename__ = "camera_permit"

    site: str = Field(primary_key=True, foreign_key="site.id")
    node: str = Field(primary_key=True)
    camera: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInteger)
    issued_ms: int = Field(sa_type=BigInteger)
    spans: list[list[int]] = Field(sa_type=JSON)
    """What it was made from: pairs of moments, not yet cut to how long a permit lasts."""
    periods: list[list[int]] = Field(sa_type=JSON)
    payload: bytes = Field(repr=False)
    sent: bool = False
    until_ms: int = Field(sa_type=BigInteger)
    """When the last permit ends that the node may still have: also after a withdrawal,
    until the node says that it has heard of it."""


class CameraWord(SQLModel, table=True):
    """What a node said last of its permit."""

    __tablename__ = "camera_word"

    site: str = Field(primary_key=True)
    camera: str = Field(primary_key=True)
    node: str
    is_permitted: bool
    why: str
    at_ms: int = Field(sa_type=BigInteger)


class RefusedCounts(SQLModel, table=True):
    """How many counts of a camera without a whole record were not stored."""

    __tablename__ = "camera_refused"

    site: str = Field(primary_key=True)
    camera: str = Field(primary_key=True)
    node: str
    events: int = Field(sa_type=BigInteger)
    last_ms: int = Field(sa_type=BigInteger)
