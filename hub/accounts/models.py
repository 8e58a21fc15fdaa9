"""The tables of people and sign-ins, and what a sign-in tells about a person."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import uuid4

from msgspec import Meta, Struct
from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

Language = Literal["fi", "sv", "en"]


class Identity(Struct, frozen=True):
    """What a provider has proved about who signs in. No personal identity code."""

    subject: str
    """Opaque, the same at each sign-in: issuer and the provider's own id."""
    name: str
    language: Language = "fi"
    phone: str | None = None
    roles: tuple[str, ...] | None = None
    """`None`: the provider knows no roles; the person keeps theirs."""
    adult: bool | None = None
    """`None`: the provider does not say."""


class Persona(Struct, frozen=True, forbid_unknown_fields=True):
    """A made-up person of the built-in sign-in page: `[[persona]]`."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}$")]
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    language: Language
    phone: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
    roles: tuple[str, ...]
    adult: bool


class PersonaFile(Struct, frozen=True):
    """A world's file, of which only the personas are read here."""

    persona: tuple[Persona, ...] = ()


class Person(SQLModel, table=True):
    """A person, by an opaque id."""

    id: str = Field(default_factory=lambda: uuid4().hex, primary_key=True)
    subject: str = Field(unique=True, repr=False)
    name: str = Field(repr=False)
    language: str = "fi"
    phone: str | None = Field(default=None, repr=False)
    roles: list[str] = Field(default_factory=list, sa_type=JSON)
    adult: bool = False
    adult_since: datetime | None = None
    """When it was first proved; a date of birth is not kept."""


class SignIn(SQLModel, table=True):
    """One signed-in browser. The token itself is only in the browser's cookie."""

    __tablename__ = "sign_in"

    token_sha256: str = Field(primary_key=True, repr=False)
    person_id: str = Field(foreign_key="person.id", index=True)
    created_at: datetime
    expires_at: datetime = Field(index=True)


class PendingSignIn(SQLModel, table=True):
    """A sign-in that is away at the provider; taken once."""

    __tablename__ = "pending_sign_in"

    state_sha256: str = Field(primary_key=True, repr=False)
    verifier: str = Field(repr=False)
    nonce: str = Field(repr=False)
    next_page: str
    expires_at: datetime
