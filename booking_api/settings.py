"""Booking's settings: one TOML file, each line overridable by `KYNNYS_BOOKING_NAME`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

PREFIX = "KYNNYS_BOOKING_"


class Settings(BaseModel):
    """Everything that differs between one booking service and the next."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str = Field(description="sqlite:///FILE or postgresql://...")
    hub_url: str = Field(description="Where the hub answers who is signed in")
    clock: str = Field(default="system", pattern=r"^(system|simulated:.+)$")
    host: str = "127.0.0.1"
    port: int = Field(default=8001, gt=0, lt=65536)

    @classmethod
    def load(cls, path: Path | None, environ: Mapping[str, str]) -> Self:
        """Read the file's `[booking]` table, then the environment.

        Raises:
            pydantic.ValidationError: A setting is missing, unknown or malformed.
            OSError: The file cannot be read.
            tomllib.TOMLDecodeError: The file is not TOML.
        """
        settings: dict[str, object] = {}
        if path is not None:
            settings |= tomllib.loads(path.read_text("utf-8")).get("booking", {})
        for name, value in environ.items():
            if name.startswith(PREFIX):
                settings[name.removeprefix(PREFIX).lower()] = value
        return cls.model_validate(settings)
