"""The hub's own answer to "who is asking?": the session cookie, looked up each time."""

from fastapi import Request
from sqlalchemy import Engine
from sqlmodel import Session

from contracts.clock import Clock
from hub.accounts import service
from kit.db import reading
from kit.identity import Person

COOKIE = "__Host-session"


class SessionAuthenticator:
    """The `kit.identity.Authenticator` of a box: both services share its sessions."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = reading(engine), clock

    def person(self, request: Request) -> Person | None:
        """Return the signed-in person, or None for an anonymous request."""
        token = request.cookies.get(COOKIE)
        if not token:
            return None
        with Session(self._engine) as session:
            found = service.person_of(session, token, now=self._clock.utc())
            if found is None:
                return None
            return Person(found.id, found.name, found.language, frozenset(found.roles))
