"""Who is asking. The port through which both services learn of the signed-in person.

The hub owns people and sessions. In one box its own authenticator is handed to the
booking app; a booking service that runs alone asks the hub over HTTP.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Protocol

import httpx
from fastapi import Depends, Request
from pydantic import TypeAdapter, ValidationError

from contracts.facts import PERSON, SIGNATURE, signature
from kit.problems import ForbiddenError, ServiceError, SignInNeededError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Person:
    """A signed-in person, as far as a service needs to know them."""

    id: str
    display_name: str
    language: str
    roles: frozenset[str] = frozenset()


class Authenticator(Protocol):
    """What tells who sent a request."""

    def person(self, request: Request) -> Person | None:
        """Return the signed-in person, or None for an anonymous request."""


class HubAwayError(ServiceError):
    """The hub does not say who is signed in."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "Signing in cannot be checked at the moment; try again soon"


class HubAuthenticator:
    """Asks the hub who a session cookie belongs to; see `contracts.facts`."""

    def __init__(self, hub: httpx.Client, key: bytes) -> None:
        """Take a client whose `base_url` is the hub's, with its time-outs."""
        self._hub, self._key = hub, key

    def person(self, request: Request) -> Person | None:
        """Pass the cookies on.

        Raises:
            HubAwayError: The hub cannot be asked.
        """
        cookies = request.headers.get("cookie")
        if not cookies:
            return None
        sent = cookies.encode("latin-1")
        signed = signature(self._key, f"GET {PERSON}", sent)
        headers = [(b"Cookie", sent), (SIGNATURE.encode(), signed.encode())]
        try:
            answer = self._hub.get(PERSON, headers=headers)
            if answer.status_code == HTTPStatus.UNAUTHORIZED:
                return None
            answer.raise_for_status()
            return TypeAdapter(Person).validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as error:
            log.warning("hub not reached", extra={"why": type(error).__name__})
            raise HubAwayError("The hub does not answer.") from error


def get_person(request: Request) -> Person:
    """Return the signed-in person.

    Raises:
        SignInNeededError: Nobody has signed in.
    """
    authenticator: Authenticator = request.app.state.authenticator
    person = authenticator.person(request)
    if person is None:
        raise SignInNeededError("This needs a signed-in person.")
    return person


SignedIn = Annotated[Person, Depends(get_person)]


def requires(roles: frozenset[str], refusal: str) -> Callable[[Person], Person]:
    """Return a dependency that gives the signed-in person who has one of the roles.

    Args:
        roles: One is enough.
        refusal: What anybody else is told, with a `ForbiddenError`.
    """

    def get(person: SignedIn) -> Person:
        if not person.roles & roles:
            raise ForbiddenError(refusal)
        return person

    return get
