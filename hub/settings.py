"""What the hub is told at its start: one TOML file, each value overridable by `KYNNYS_*`.

    database = "sqlite:///var/hub.db"        KYNNYS_DATABASE=postgresql://...

A name that we do not know, or one that is missing, refuses the start. Lists and numbers
in the environment are written as in the file.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

PREFIX = "KYNNYS_"
OUTSIDE = frozenset({"KYNNYS_REQUIRE", "KYNNYS_DATA", "KYNNYS_SETTINGS"})
"""Names that tests and commands read; they are no settings."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
Port = Annotated[int, Field(ge=1, le=65535)]


class SettingsError(Exception):
    """The settings cannot be used; the text names what is wrong, never a value."""


class Settings(BaseModel):
    """Everything the hub is told. Paths are relative to where it is started."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database: str
    """`sqlite:///FILE` or `postgresql://...`."""
    clock: str
    """`system` or `simulated:FILE`."""
    folder: Path
    """Keys, the broker's store, and what else the hub owns."""
    listen_host: str
    listen_port: Port
    broker: Literal["embedded", "external"]
    broker_host: str
    broker_port: Port
    broker_name: str
    broker_password: str = Field(repr=False)
    sites: tuple[str, ...]
    """Sites whose messages this process takes in; empty means all."""
    languages: tuple[Literal["fi", "sv", "en"], ...]
    sign_in: Literal["password", "oidc", "demo"]

    @model_validator(mode="after")
    def _demo_stays_inside(self) -> Self:
        simulated = self.clock.startswith("simulated:")
        if (
            self.sign_in == "demo"
            and self.listen_host not in _LOOPBACK
            and not simulated
        ):
            raise ValueError("sign_in = demo is for loopback or a simulated clock only")
        return self


def load(file: Path, environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: The file cannot be read, or a name is unknown, missing or wrong.
    """
    try:
        values: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read: {type(error).__name__}") from error
    for name, text in environment.items():
        if name.startswith(PREFIX) and name not in OUTSIDE:
            key = name.removeprefix(PREFIX).lower()
            values[key] = _value(key, text)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'settings'}: {one['msg']}"
            for one in error.errors()
        )
        raise SettingsError(wrong) from error


def _value(key: str, text: str) -> Any:
    kind = (
        Settings.model_fields[key].annotation if key in Settings.model_fields else str
    )
    if kind is str:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        # A bare word, such as a host or a choice.
        return text
