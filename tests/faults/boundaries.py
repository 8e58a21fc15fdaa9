"""Where the world's bytes come in: good samples of each, and the code that reads them."""

import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts import records, topics
from contracts.bus import InMemoryBus
from contracts.clock import ManualClock, to_ms
from contracts.messages import (
    Ack,
    Action,
    Command,
    DoorWindow,
    Grant,
    Manifest,
    MessageError,
    decode,
    encode,
)
from contracts.signing import sign
from edge.agent import Agent, Identity
from edge.doors.commands import CommandGate
from edge.doors.example import example_config
from edge.osdp import codes
from edge.osdp.events import meaning
from edge.osdp.frame import Frame, FrameError, crc16
from edge.osdp.frame import decode as read_frame
from edge.osdp.frame import encode as write_frame
from edge.permit import PermitBook, PermitRefusedError, Standing
from edge.settings import SettingsError as EdgeSettingsError
from edge.settings import load
from edge.spool import Spool
from edge.store import Store
from edge.vision.settings import VisionSettings, VisionSettingsError
from firmware_sim import phone
from firmware_sim.actions import Building, do_line
from firmware_sim.page.journal import Journal
from hub.messages.at import AtReader, Kind
from hub.messages.pdu import PduError, decode_deliver, decode_status_report
from hub.settings import EXAMPLE, Settings
from kit.settings import SettingsError
from tests.permits import EYE, HOUR_MS, signed_permit

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)


@dataclass(frozen=True)
class Boundary:
    """One place where bytes come in.

    Attributes:
        samples: Good messages.
        read: Takes bytes; true if it took them for a message.
        refuses: The declared errors.
        mend: Gives a damaged message a checksum that is right, so that what lies behind
            it is reached.
        close: Lets go of files.
    """

    samples: tuple[bytes, ...]
    read: Callable[[bytes], bool]
    refuses: tuple[type[Exception], ...] = ()
    mend: Callable[[bytes], bytes] = bytes
    close: Callable[[], None] = lambda: None


def _took(read: Callable[[bytes], object]) -> Callable[[bytes], bool]:
    def took(data: bytes) -> bool:
        read(data)
        return True

    return took


def _osdp_frames(_: Path) -> Boundary:
    def mend(data: bytes) -> bytes:
        body = data[:-2]
        sized = body[:2] + len(data).to_bytes(2, "little") + body[4:]
        return sized + crc16(sized).to_bytes(2, "little")

    frames = (
        Frame(0, 1, codes.keypad_report("4827#"), is_reply=True),
        Frame(3, 2, b"\x40", is_reply=True, security=b"\x02\x16", mac=b"abcd"),
        Frame(3, 0, b"\x76" + bytes(32), is_reply=True, security=b"\x03\x12\x01"),
    )
    samples = tuple(map(write_frame, frames))
    return Boundary(samples, _took(read_frame), (FrameError,), mend)


def _osdp_replies(_: Path) -> Boundary:
    samples = (
        codes.keypad_report("4827#"),
        bytes((codes.ISTATR, 1, 0)),
        bytes((codes.LSTATR, 0, 1)),
    )
    return Boundary(samples, lambda data: bool(data and meaning(data)))


def _records(_: Path) -> Boundary:
    def mend(data: bytes) -> bytes:
        body = data[:30].ljust(30, b"\0")
        return body + binascii.crc_hqx(body, 0).to_bytes(2, "little")

    minute = to_ms(NOW) // 60_000
    samples = (
        records.pack(records.WindowRecord(minute, 60, 93, 120, 2, 41)),
        records.pack(records.ZoneRecord(minute, 0, 60, 93, 60, 1, 41)),
        records.pack(records.LineRecord(minute, 0, 60, 93, (3, 0, 0), (1, 0, 0))),
        records.pack(records.GridRecord(minute, 2, 60, 93, (9,) * 16)),
    )
    return Boundary(samples, _took(records.unpack), (records.RecordError,), mend)


def _manifests(folder: Path) -> Boundary:
    store = Store(folder / "memory.db", "school", "edge-1", KEY.public_key())
    window = DoorWindow("door-a", to_ms(NOW), to_ms(NOW) + 3_600_000)
    grant = Grant("g-1", {"2026-11-27": "ab" * 32}, (window,))
    salts = {"2026-11-27": "5a" * 16}
    until_ms = window.until_ms
    body = Manifest("school", "edge-1", 1, to_ms(NOW), until_ms, salts, (grant,))
    sample = encode(sign(body, KEY))

    def read(data: bytes) -> bool:
        return store.take(data).refused is None

    return Boundary((sample,), read, close=store.close)


def _permits(folder: Path) -> Boundary:
    clock = ManualClock(NOW)
    book = PermitBook(folder / "permit.db", EYE, KEY.public_key(), clock)
    now_ms = to_ms(NOW)
    sample = signed_permit(KEY, now_ms, (now_ms, now_ms + HOUR_MS))

    def read(data: bytes) -> bool:
        book.take(data)
        return book.standing() is Standing.IN_FORCE

    return Boundary((sample,), read, (PermitRefusedError,), close=book.close)


def _commands(_: Path) -> Boundary:
    gate = CommandGate("edge-1", KEY.public_key())
    expires_ms = to_ms(NOW + timedelta(seconds=5))
    body = Command("c-1", "edge-1", "door-a", Action.OPEN, expires_ms, "boot", "emily")
    sample = encode(sign(body, KEY))

    def read(data: bytes) -> bool:
        told = gate.check(data, "c-1", "boot", NOW)
        return told is None or isinstance(told, Command)

    return Boundary((sample,), read)


def _pdus(_: Path) -> Boundary:
    report = phone.status_report(26, "+358400000101", NOW, 0)
    deliver = phone.deliver("+358400000101", NOW, "Hei")

    def read(data: bytes) -> bool:
        text = data.decode("latin-1")
        try:
            decode_status_report(text)
        except PduError:
            decode_deliver(text)
        return True

    return Boundary((report.encode(), deliver.encode()), read, (PduError,))


def _at_lines(_: Path) -> Boundary:
    reader = AtReader()
    known = {Kind.OK, Kind.ERROR, Kind.REPORT, Kind.DELIVERED, Kind.PROMPT}

    def read(data: bytes) -> bool:
        words = reader.feed(data)
        assert reader.feed(b"\r\nOK\r\n")[-1].kind is Kind.OK
        return any(word.kind in known for word in words)

    samples = (
        b"\r\n+CMS ERROR: 331\r\n",
        b"\r\n+CDS: 26\r\n0791538400\r\n",
        b"\r\n+CMGS: 7\r\n\r\nOK\r\n",
        b"\r\n> ",
    )
    return Boundary(samples, read)


def _edge_settings(folder: Path) -> Boundary:
    file = folder / "edge.toml"

    def read(data: bytes) -> bool:
        file.write_bytes(data)
        load(file, {})
        return True

    return Boundary((example_config().encode(),), read, (EdgeSettingsError,))


def _hub_settings(folder: Path) -> Boundary:
    file = folder / "hub.toml"

    def read(data: bytes) -> bool:
        file.write_bytes(data)
        Settings.load(file, {})
        return True

    return Boundary((EXAMPLE.encode(),), read, (SettingsError,))


def _camera_settings(_: Path) -> Boundary:
    sample = {
        "camera": "yard",
        "source": "0",
        "fps": 5,
        "zones": [{"name": "swings", "corners": [[0, 0], [9, 0], [9, 9]]}],
        "lines": [{"name": "path", "start": [0, 0], "end": [9, 0]}],
        "ground": {
            "pixels": [[0, 0], [10, 0], [10, 10], [0, 10]],
            "metres": [[0, 0], [20, 0], [20, 20], [0, 20]],
            "size_m": [20, 20],
        },
        "release": [{"days": [0, 1], "from": "08:00", "until": "15:00"}],
    }

    def read(data: bytes) -> bool:
        VisionSettings.parse(msgspec.json.decode(data, type=dict))
        return True

    # What is no JSON table never reaches the settings: TOML has been read before.
    refuses = (VisionSettingsError, msgspec.MsgspecError, UnicodeDecodeError)
    return Boundary((msgspec.json.encode(sample),), read, refuses)


def _world_orders(_: Path) -> Boundary:
    clock = ManualClock(NOW)
    journal = Journal(clock, lambda _: None)
    building = Building({}, {}, journal, clock, modem=lambda _: None)
    samples = (
        b'{"do":"broker","state":"stop"}',
        b'{"do":"modem","fault":"no_network","on":true}',
        b'{"do":"phone","phone":"+358400000101","says":"Hei"}',
    )
    return Boundary(samples, lambda data: bool(do_line(building, data)["ok"]))


def _acks(folder: Path) -> Boundary:
    clock, bus = ManualClock(NOW), InMemoryBus()
    identity = Identity("school", "edge-1", "door")
    spool = Spool(folder / "outbox.db", "edge-1", clock)
    Agent(identity, bus, spool, clock, folder).start()

    def read(data: bytes) -> bool:
        bus.publish(identity.topic(topics.ACK), data)
        return bool(decode(data, Ack))

    sample = encode(Ack(spool.boot, 3))
    return Boundary((sample,), read, (MessageError,), close=spool.close)


BOUNDARIES: dict[str, Callable[[Path], Boundary]] = {
    "osdp_frames": _osdp_frames,
    "osdp_replies": _osdp_replies,
    "records": _records,
    "acks": _acks,
    "manifests": _manifests,
    "permits": _permits,
    "commands": _commands,
    "pdus": _pdus,
    "at_lines": _at_lines,
    "edge_settings": _edge_settings,
    "hub_settings": _hub_settings,
    "camera_settings": _camera_settings,
    "world_orders": _world_orders,
}
