"""Who is asking. The port through which both services learn of the signed-in person.

The hub owns people and sessions. In one box its own authenticator is handed to the
booking app; a booking service that runs alone asks the hub over HTTP.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Protocol

import httpx
from fastapi import Depends, Request
from pydantic import TypeAdapter

from kit.problems import SignInNeededError


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


class HubAuthenticator:
    """Asks the hub who a session cookie belongs to: `GET /internal/person`."""

    def __init__(self, hub: httpx.Client) -> None:
        """Take a client whose `base_url` is the hub's."""
        self._hub = hub

    def person(self, request: Request) -> Person | None:
        """Pass the cookies on.

        Raises:
            httpx.HTTPError: The hub cannot be asked.
        """
        cookies = request.headers.get("cookie")
        if not cookies:
            return None
        answer = self._hub.get("/internal/person", headers={"cookie": cookies})
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            return None
        answer.raise_for_status()
        return TypeAdapter(Person).validate_json(answer.content)


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
