"""The port that proves who signs in, and the made-up people of one machine."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from contracts.clock import Clock
from hub.accounts import rules
from hub.accounts.models import Identity, Persona, PersonaFile
from kit.problems import ForbiddenError


class IdentityError(ForbiddenError):
    """The answer of the provider proves nobody."""

    title = "Signing in did not succeed"


class DemoRefusedError(Exception):
    """Made-up people may not sign in where others can reach the service."""


@dataclass(frozen=True)
class Away:
    """What binds a provider's answer to the browser that was sent there."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)


class Provider(Protocol):
    """Proves who signs in."""

    def address(self, away: Away) -> str:
        """Return the address to send the browser to."""

    def identity(
        self, answer: dict[str, str], away: Away, *, now: datetime
    ) -> Identity:
        """Return who came back.

        Raises:
            IdentityError: The answer proves nobody.
        """


def read_personas(text: str) -> tuple[Persona, ...]:
    """Read the personas of a world's file.

    Raises:
        ValueError: Not TOML, or a persona lacks something; the key is named.
    """
    return msgspec.convert(tomllib.loads(text), PersonaFile).persona


class DemoProvider:
    """A page on which anybody becomes one of the personas. Loopback only."""

    def __init__(
        self, personas: Sequence[Persona], listens_on: str, clock: Clock
    ) -> None:
        """Take the personas.

        Raises:
            DemoRefusedError: The service listens beyond loopback on a real clock.
        """
        if not rules.demo_allowed(listens_on, simulated_clock=clock.simulated):
            raise DemoRefusedError("demo sign-in needs loopback or a simulated clock")
        self.personas = {persona.id: persona for persona in personas}

    def address(self, away: Away) -> str:
        """Return the built-in page."""
        return f"/sign-in/demo?{urlencode({'state': away.state})}"

    def identity(
        self, answer: dict[str, str], away: Away, *, now: datetime
    ) -> Identity:
        """Return the persona that was chosen.

        Raises:
            IdentityError: There is none of that name.
        """
        del away, now
        persona = self.personas.get(answer.get("persona", ""))
        if persona is None:
            raise IdentityError("There is no such persona.")
        return Identity(
            subject=f"demo|{persona.id}",
            name=persona.name,
            language=persona.language,
            phone=persona.phone,
            roles=persona.roles,
            adult=persona.adult,
        )
