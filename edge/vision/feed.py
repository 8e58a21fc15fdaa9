"""What the feeder says to the worker, through a pipe: settings once, then frames.

    magic  kind  -   width  height  length  at_us
    "KYF"  u8    u8  u16    u16     u32     i64     + `length` bytes, little-endian

Settings are JSON, without the source: the worker knows no address. A frame's bytes are
its pixels, blue, green, red, row by row. `MISSED` has none: no frame came.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from io import RawIOBase
from typing import Any, Final

import numpy as np

from edge.vision.frames import Frame

_HEAD: Final = struct.Struct("<3sBxHHIq")
_MAGIC: Final = b"KYF"
_MOST_SETTINGS: Final = 1 << 20
_MOST_SIDE: Final = 4096
_COLOURS: Final = 3
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class _Kind(IntEnum):
    SETTINGS = 1
    FRAME = 2
    MISSED = 3


class FeedError(Exception):
    """What came is not what a feeder says."""


@dataclass(frozen=True)
class Missed:
    """No frame came when one was due."""

    at: datetime


def settings_message(camera: Mapping[str, Any]) -> bytes:
    """Return the first message: what `VisionSettings.parse` reads, but for the source."""
    told = json.dumps({**camera, "source": "feeder"}).encode()
    return _HEAD.pack(_MAGIC, _Kind.SETTINGS, 0, 0, len(told), 0) + told


def frame_message(frame: Frame) -> tuple[bytes, memoryview]:
    """Return a frame's head and its pixels.

    Raises:
        FeedError: It is too large to be sent, or not in colour.
    """
    height, width, colours = frame.picture.shape
    if max(height, width) > _MOST_SIDE or colours != _COLOURS:
        raise FeedError(f"a frame of {frame.picture.shape} cannot be sent")
    pixels = np.ascontiguousarray(frame.picture).data.cast("B")
    at = (frame.at - _EPOCH) // _MICROSECOND
    return _HEAD.pack(_MAGIC, _Kind.FRAME, width, height, len(pixels), at), pixels


def missed_message(at: datetime) -> bytes:
    """Return the message that no frame came."""
    return _HEAD.pack(_MAGIC, _Kind.MISSED, 0, 0, 0, (at - _EPOCH) // _MICROSECOND)


def read_settings(pipe: RawIOBase) -> Any:
    """Read the first message; return its JSON.

    Raises:
        EOFError: The feeder has ended.
        FeedError: Something else came.
    """
    kind, _, _, length, _ = _head(pipe)
    if kind != _Kind.SETTINGS or length > _MOST_SETTINGS:
        raise FeedError("no settings came first")
    try:
        return json.loads(_bytes(pipe, length))
    except ValueError as error:
        raise FeedError("the settings are not JSON") from error


def read_frame(pipe: RawIOBase) -> Frame | Missed:
    """Wait for the next message after the settings.

    Raises:
        EOFError: The feeder has ended.
        FeedError: Something else came.
    """
    kind, width, height, length, at_us = _head(pipe)
    try:
        at = _EPOCH + at_us * _MICROSECOND
    except OverflowError as error:
        raise FeedError("a frame of no time") from error
    if kind == _Kind.MISSED and not length:
        return Missed(at)
    right = kind == _Kind.FRAME and min(width, height) > 0
    if not right or max(width, height) > _MOST_SIDE:
        raise FeedError("neither a frame nor none")
    if length != width * height * _COLOURS:
        raise FeedError("a frame of another length")
    pixels = np.frombuffer(_bytes(pipe, length), np.uint8)
    return Frame(at, pixels.reshape(height, width, _COLOURS))


def _head(pipe: RawIOBase) -> tuple[int, int, int, int, int]:
    magic, *told = _HEAD.unpack(_bytes(pipe, _HEAD.size))
    if magic != _MAGIC:
        raise FeedError("what came is not a feeder's")
    kind, width, height, length, at_us = told
    return kind, width, height, length, at_us


def _bytes(pipe: RawIOBase, length: int) -> bytearray:
    result = bytearray(length)
    rest = memoryview(result)
    while rest:
        taken = pipe.readinto(rest)
        if not taken:
            raise EOFError("the feeder has ended")
        rest = rest[taken:]
    return result
