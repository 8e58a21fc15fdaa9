"""Signing in and out. Takes a session of the database and never commits."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, delete, select

from hub.accounts import rules
from hub.accounts.models import Identity, PendingSignIn, Person, SignIn
from hub.accounts.providers import Away, Provider
from kit.problems import ForbiddenError


class SignInExpiredError(ForbiddenError):
    """The sign-in was begun elsewhere, long ago, or was finished before."""

    title = "Begin to sign in again"


@dataclass(frozen=True)
class Begun:
    """A begun sign-in: where to send the browser, and the state to bind it with."""

    address: str
    state: str = field(repr=False)


@dataclass(frozen=True)
class Browser:
    """What the browser brings in its cookies: session token and begun state."""

    token: str | None = field(repr=False)
    state: str | None = field(repr=False)


@dataclass(frozen=True)
class SignedIn:
    """A finished sign-in: who, where they go on to, and what their cookie holds."""

    person: Person
    next_page: str
    token: str = field(repr=False)


def begin(
    session: Session, provider: Provider, next_page: str | None, *, now: datetime
) -> Begun:
    """Remember that somebody goes to sign in; the caller sets the state as a cookie.

    Raises:
        IdentityError: The provider cannot be reached.
    """
    away = Away(rules.new_token(), rules.new_token(), rules.new_token())
    pending = PendingSignIn(
        state_sha256=rules.token_digest(away.state),
        verifier=away.verifier,
        nonce=away.nonce,
        next_page=rules.safe_next(next_page),
        expires_at=now + rules.PENDING_LASTS,
    )
    session.add(pending)
    session.flush()
    return Begun(provider.address(away), away.state)


def finish(
    session: Session,
    provider: Provider,
    answer: dict[str, str],
    *,
    browser: Browser,
    now: datetime,
) -> SignedIn:
    """Take the provider's answer and sign its person in.

    Args:
        session: The request's transaction.
        provider: The one that `begin` was given.
        answer: The query of the address that the browser came back to.
        browser: Its cookies; the session before ends here.
        now: The moment.

    Raises:
        SignInExpiredError: Unknown, used or expired state.
        IdentityError: The provider's answer proves nobody.
    """
    state = answer.get("state", "")
    pending = session.get(PendingSignIn, rules.token_digest(state))
    mine = hmac.compare_digest((browser.state or "").encode(), state.encode())
    if pending is None or pending.expires_at <= now or not mine:
        raise SignInExpiredError("This sign-in is not known here any more.")
    session.delete(pending)
    away = Away(state, pending.verifier, pending.nonce)
    person = remember(session, provider.identity(answer, away, now=now), now=now)
    token = sign_in(session, person, previous=browser.token, now=now)
    return SignedIn(person, pending.next_page, token)


def remember(session: Session, identity: Identity, *, now: datetime) -> Person:
    """Return the person of an identity with what their provider says today."""
    query = select(Person).where(Person.subject == identity.subject)
    person = session.exec(query).one_or_none()
    if person is None:
        person = Person(subject=identity.subject, name=identity.name)
        person.language = identity.language
        session.add(person)
    person.name = identity.name
    person.phone = identity.phone or person.phone
    if identity.roles is not None:
        person.roles = list(identity.roles)
    if identity.adult and not person.adult:
        person.adult, person.adult_since = True, now
    session.flush()
    return person


def sign_in(
    session: Session, person: Person, *, previous: str | None, now: datetime
) -> str:
    """Begin a session under a new token; the one before ends. Returns the token."""
    if previous is not None:
        sign_out(session, previous)
    token = rules.new_token()
    row = SignIn(
        token_sha256=rules.token_digest(token),
        person_id=person.id,
        created_at=now,
        expires_at=now + rules.SESSION_LASTS,
    )
    session.add(row)
    session.flush()
    return token


def person_of(session: Session, token: str | None, *, now: datetime) -> Person | None:
    """Return who holds a token that is still good."""
    if not token:
        return None
    row = session.get(SignIn, rules.token_digest(token))
    if row is None or row.expires_at <= now:
        return None
    return session.get(Person, row.person_id)


def sign_out(session: Session, token: str) -> None:
    """End the session of a token; nothing happens when there is none."""
    digest = rules.token_digest(token)
    session.exec(delete(SignIn).where(col(SignIn.token_sha256) == digest))


def sweep(session: Session, now: datetime) -> None:
    """Remove sessions and begun sign-ins that have expired."""
    session.exec(delete(SignIn).where(col(SignIn.expires_at) <= now))
    session.exec(delete(PendingSignIn).where(col(PendingSignIn.expires_at) <= now))
