"""The messages on the bus. One class for each kind; the topic says who and where.

Readers ignore fields that they do not know, so a message may gain fields within `v1`; it
never loses one or changes a unit without a new version of its topic. Moments travel as
milliseconds since 1970 UTC (`_ms`), lengths in the unit of their name.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from contracts.doors import DoorEventKind, DoorMode, DoorState, Refusal
from contracts.views import CameraView

Number = Annotated[int, Meta(ge=0, le=253_402_214_400_000)]
"""A moment in ms, up to the last day of year 9999, or a running number."""
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
"""A number of something, as every database can hold it."""


class MessageError(Exception):
    """These bytes are not the message that their topic promises."""


class Message(Struct, frozen=True, forbid_unknown_fields=False):
    """Base of everything that travels on the bus. Immutable once built."""


# --- events: what happened, never retained, kept by the edge until the hub acks ---
class DoorEvent(Struct, frozen=True, tag="door", omit_defaults=True):
    """Something that happened at one door. `subject` of the event is the door."""

    what: DoorEventKind
    grant: str | None = None
    refusal: Refusal | None = None
    why: str | None = None
    """A few fixed words, such as which command released the door; never a code."""


class NodeEvent(Struct, frozen=True, tag="node", omit_defaults=True):
    """Something that happened to the node itself: start, time suspect, manifest refused."""

    what: str
    why: str | None = None


class WindowEvent(Struct, frozen=True, tag="window", omit_defaults=True):
    """One minute of a camera: counts, never pictures. `subject` is the camera."""

    starts_ms: Number
    length_s: Count
    seen_s: Count
    """Seconds of the window that were really observed."""
    people_mean: float
    people_max: Count
    activity: float
    """0..1: silhouette change and ground speed, mean over people and time."""
    trust: float
    """0..1: how far the counts can be believed."""
    flags: Count = 0
    """Bits of `contracts.records.WeatherFlag`."""
    active_mean: float = 0.0
    undercount: float = 0.0
    """Share of the people there, 0..1, that trust as low as this is known to miss."""


class ZoneEvent(Struct, frozen=True, tag="zone", omit_defaults=True):
    """One minute of one zone of a camera. `subject` is `camera/zone`."""

    starts_ms: Number
    length_s: Count
    person_s: float
    people_max: Count
    activity: float
    trust: float
    seen_s: Count = 0
    visits: Count = 0
    """Stays that ended in this minute; `dwell_s` is their summed length."""
    dwell_s: float = 0.0
    used_s: Count = 0
    """Seconds with somebody in it."""


class LineEvent(Struct, frozen=True, tag="line", omit_defaults=True):
    """Crossings of one line in one minute, by class. `subject` is `camera/line`."""

    starts_ms: Number
    length_s: Count
    forward: tuple[Count, Count, Count]
    """People, cyclists, cars from the line's left to its right."""
    backward: tuple[Count, Count, Count]
    trust: float


class GridEvent(Struct, frozen=True, tag="grid", omit_defaults=True):
    """Quarter of an hour of heat cells, 16 x 12, coarsely quantised by the gate."""

    starts_ms: Number
    length_s: Count
    seen_s: Count
    columns: Count
    rows: Count
    levels: Count
    """Number of levels; a cell holds 0 .. levels - 1."""
    unit_person_s: float
    """Person-seconds that one level stands for."""
    cells: bytes
    """`rows * columns` cells, row by row, one byte each (base64 on the wire)."""
    trust: float


EventValue = DoorEvent | NodeEvent | WindowEvent | ZoneEvent | LineEvent | GridEvent


class Event(Struct, frozen=True, array_like=True):
    """One event in its node's chain: `[seq, utc_ms, mono_ms, subject, value, prev, hash]`.

    `value` says its kind by its tag. Only a door's has milliseconds and a `mono_ms`. `hash`
    is `contracts.signing.event_hash` over the fields before it: what is altered is found.
    """

    seq: Number
    utc_ms: Number
    mono_ms: Number
    subject: str
    value: EventValue
    prev: str
    hash: str


class Envelope(Message, frozen=True):
    """A batch of events of one node, in order. Key of an event: (node, boot, seq)."""

    node: str
    boot: str
    ev: tuple[Event, ...]
    v: Count = 1
    oldest: Number = 1
    """The oldest event of the boot that the node still has: nothing before it will come."""


class Ack(Message, frozen=True):
    """The hub has committed every event of the node up to and with `seq`."""

    boot: str
    seq: Number


# --- state: what is, always retained ---
class Status(Message, frozen=True):
    """Whether a node is there. The broker publishes `online=False` when it vanishes."""

    session: str
    online: bool
    simulated_clock: bool = False


class Birth(Message, frozen=True):
    """What a node is: published after each connection."""

    boot: str
    software: str
    kind: str
    """`door` or `sensing`."""
    doors: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    views: tuple[CameraView, ...] = ()


class DoorStateMessage(Message, frozen=True):
    """The state of one door since a moment."""

    state: DoorState
    mode: DoorMode
    since_ms: Number
    seq: Number
    """The event up to which this state is true."""


class Health(Message, frozen=True):
    """How the node is: queue, disk, clock."""

    at_ms: Number
    queued: Count
    disk_free_mb: Count
    clock_trusted: bool
    temperature_c: float | None = None


# --- rights: the whole wanted list, signed, with an epoch ---
class DoorWindow(Struct, frozen=True, omit_defaults=True):
    """When one grant opens one door, `[from_ms, until_ms)`."""

    door: str
    from_ms: Number
    until_ms: Number
    pulse_ms: Number = 5000


class Grant(Struct, frozen=True, omit_defaults=True):
    """A right to open doors with one code. Holds a slow digest, never the code."""

    id: str
    digests: dict[str, str]
    """UTC day `YYYY-MM-DD` -> hex `contracts.signing.code_digest` under that day's salt."""
    doors: tuple[DoorWindow, ...]
    max_opens: int | None = None
    """`None`: as often as wanted within the window."""


class Manifest(Struct, frozen=True):
    """Every grant of one edge: the wanted state, not a change to it."""

    site: str
    node: str
    epoch: Number
    issued_ms: Number
    covers_until_ms: Number
    salts: dict[str, str]
    """UTC day -> hex salt, for every day that a grant touches."""
    grants: tuple[Grant, ...]


class Signed(Struct, frozen=True):
    """A body and the Ed25519 signature over its bytes exactly as they stand here."""

    key: str
    """First 16 hex digits of the SHA-256 of the public key."""
    sig: str
    body: msgspec.Raw


class GrantsAck(Message, frozen=True):
    """The edge has stored, or refused, a manifest."""

    epoch: Number
    digest: str
    """SHA-256 hex of the signed body that is in force."""
    count: Count
    refused: str | None = None
    """Why a later manifest was refused, if one was."""


# --- commands: never retained, answered, dead after their expiry ---
class Action(StrEnum):
    """What a command may ask of a door."""

    OPEN = "open"
    HOLD = "hold"
    RELEASE = "release"
    LOCKDOWN = "lockdown"


class Command(Struct, frozen=True, omit_defaults=True):
    """The signed body of a command: at most 10 s old when it is carried out."""

    id: str
    node: str
    door: str
    action: Action
    expires_ms: Number
    boot: str
    """The boot of the edge that may carry it out, so that an old one stays dead."""
    by: str
    """The staff member's opaque id."""
    reason: str = ""


class Reply(Message, frozen=True):
    """What became of a command."""

    id: str
    done: bool
    why: str = ""


MAX_PAYLOAD_BYTES: Final = 1 << 20


def encode(message: Struct) -> bytes:
    """Return the bytes of a message."""
    return msgspec.json.encode(message)


def decode(payload: bytes, kind: Any) -> Any:
    """Read a message.

    Raises:
        MessageError: Not JSON, a field is missing or of the wrong type, or too long.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise MessageError(f"{len(payload)} bytes, more than {MAX_PAYLOAD_BYTES}")
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessageError(str(error)) from error
