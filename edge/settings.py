"""The settings of one edge: one TOML file, each value overridable by the environment.

`KYNNYS_EDGE_NODE` overrides `node`, `KYNNYS_EDGE_BROKER_HOST` overrides `host` of
`[broker]`, `KYNNYS_EDGE_LINES_0_PORT` overrides `port` of the first `[[lines]]`. An
unknown or missing key stops the start and is named.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta, Struct

PREFIX = "KYNNYS_EDGE_"
T = TypeVar("T")
Name = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.-]+\Z")]
Hex16 = Annotated[str, Meta(pattern=r"\A[0-9a-fA-F]{32}\Z")]
HexKey = Annotated[str, Meta(pattern=r"\A([0-9a-fA-F]{64})?\Z")]
Address = Annotated[int, Meta(ge=0, le=126)]
Number = Annotated[int, Meta(ge=0, le=255)]
Positive = Annotated[float, Meta(gt=0)]


class SettingsError(Exception):
    """The settings cannot be used; the message names the key."""


class BrokerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the broker is, and how we show who we are."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    username: str | None = None
    password: str | None = None
    ca: str | None = None
    """File of the authority that signed the broker; switches TLS on."""
    certificate: str | None = None
    key: str | None = None


class BoardSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The I/O board on the secure side that holds a door's relay and contacts."""

    address: Address
    scbk: Hex16


class DoorSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One door and its reader.

    The output and the inputs are numbers of the board where there is one, else of the
    reader; `None` is not wired.
    """

    name: Name
    address: Address
    scbk: Hex16
    position: Number
    rex: Number | None = None
    handle: Number | None = None
    output: Number = 0
    io: BoardSettings | None = None
    outer_door: bool = False
    """Its relay must stand on the secure side, so it needs `io`."""
    release_s: Positive = 5.0
    """How long a release by staff lasts; a grant says its own."""
    held_open_s: Positive = 60.0
    egress_sensed: bool = False
    key_sensed: bool = False
    fire_door: bool = False
    """Never held unlocked by us."""
    idle_s: Positive = 30.0


class LineSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One serial line."""

    name: Name
    port: str
    doors: Annotated[tuple[DoorSettings, ...], Meta(min_length=1)]
    baud: Literal[9600, 19200, 38400, 57600, 115200] = 9600
    driver: Literal["osdp"] = "osdp"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything an edge is told."""

    site: Name
    node: Name
    data: str
    """Folder of the outbox and the memory."""
    lines: tuple[LineSettings, ...]
    hub_key: HexKey = ""
    """Public key, hex, that manifests and commands are signed with."""
    manifest: str | None = None
    """File of a signed manifest, read at the start and when it changes."""
    broker: BrokerSettings | None = None
    clock: Annotated[str, Meta(pattern=r"\A(system|simulated:.+)\Z")] = "system"

    @property
    def public_key(self) -> Ed25519PublicKey | None:
        """The key to trust, if any."""
        return _public_key(self.hub_key)


class SensingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a sensing node is told."""

    site: Name
    node: Name
    data: str
    """Folder of the outbox."""
    camera: dict[str, Any]
    """What `edge.vision.settings.VisionSettings.parse` reads."""
    hub_key: HexKey = ""
    """Public key, hex, that permits are signed with; without it no camera is opened."""
    broker: BrokerSettings | None = None
    clock: Annotated[str, Meta(pattern=r"\A(system|simulated:.+)\Z")] = "system"

    @property
    def public_key(self) -> Ed25519PublicKey | None:
        """The key to trust, if any."""
        return _public_key(self.hub_key)


def _public_key(key: str) -> Ed25519PublicKey | None:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)) if key else None


def load(path: Path, environment: Mapping[str, str]) -> Settings:
    """Read and check the settings of a door node.

    Raises:
        SettingsError: As `read`; or a name or address is given twice, or the relay of
            an outer door is not on the secure side.
    """
    settings = read(path, environment, Settings)
    _require_unique(settings)
    for line in settings.lines:
        for door in line.doors:
            _require_secure_relay(door)
    return settings


def read(path: Path, environment: Mapping[str, str], kind: type[T]) -> T:
    """Read settings of a kind.

    Raises:
        SettingsError: The file is missing or not TOML, or a key is unknown, missing,
            given twice or has a wrong value.
    """
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    for name, text in sorted(environment.items()):
        if name.startswith(PREFIX):
            _override(tree, name, text)
    try:
        return msgspec.convert(tree, kind, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {error}") from error


def _override(tree: dict[str, Any], name: str, text: str) -> None:
    """Put a variable's value into its place of the tree."""
    wanted = name.removeprefix(PREFIX).lower()
    kind: Any = Settings
    place: Any = tree
    while field := _field(kind, wanted):
        rest = wanted[len(field) :].removeprefix("_")
        if not rest:
            place[field] = text
            return
        if table := {"broker": BrokerSettings, "io": BoardSettings}.get(field):
            kind, place = table, place.setdefault(field, {})
        else:
            kind = {"lines": LineSettings, "doors": DoorSettings}.get(field)
            index = re.match(r"(\d+)_", rest)
            items = place.get(field, [])
            if kind is None or not index or int(index[1]) >= len(items):
                break
            place, rest = items[int(index[1])], rest[index.end() :]
        wanted = rest
    raise SettingsError(f"{name}: there is no such setting")


def _field(kind: type[Struct], wanted: str) -> str | None:
    for field in sorted(kind.__struct_fields__, key=len, reverse=True):
        if wanted == field or wanted.startswith(field + "_"):
            return field
    return None


def _require_unique(settings: Settings) -> None:
    doors = [door.name for line in settings.lines for door in line.doors]
    lines = [line.name for line in settings.lines]
    ports = [line.port for line in settings.lines]
    addresses = [
        f"{line.name}/{device.address}"
        for line in settings.lines
        for door in line.doors
        for device in (door, door.io)
        if device is not None
    ]
    for key, values in (
        ("lines.name", lines),
        ("lines.port", ports),
        ("doors.name", doors),
        ("doors.address", addresses),
    ):
        twice = [value for value in values if values.count(value) > 1]
        if twice:
            raise SettingsError(f"{key}: {twice[0]} is given twice")


def _require_secure_relay(door: DoorSettings) -> None:
    if door.outer_door and door.io is None:
        raise SettingsError(
            f"doors.io: outer door {door.name} has none, and its relay must stand on the"
            " secure side: whoever opens a reader outside has its relay in their hands"
        )
    if door.io is not None and door.io.scbk.lower() == door.scbk.lower():
        raise SettingsError(
            f"doors.io.scbk: the board of {door.name} needs a key of its own"
        )
