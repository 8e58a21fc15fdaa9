import io
import struct
from datetime import UTC, datetime

import numpy as np
import pytest

from edge.vision.feed import (
    FeedError,
    Missed,
    frame_message,
    missed_message,
    read_frame,
    read_settings,
    settings_message,
)
from edge.vision.frames import Frame

AT = datetime(2026, 1, 12, 8, 0, 0, 123456, UTC)
HEAD = struct.Struct("<3sBxHHIq")


class Pipe(io.RawIOBase):
    """Gives a few bytes at a time, as a pipe may."""

    def __init__(self, data: bytes, most: int = 7) -> None:
        super().__init__()
        self._data, self._most = io.BytesIO(data), most

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        return self._data.readinto(into[: self._most])


def head(kind: int, width: int = 0, height: int = 0, length: int = 0) -> bytes:
    return HEAD.pack(b"KYF", kind, width, height, length, 0)


def test_settings_come_first_and_without_the_address() -> None:
    camera = {"camera": "yard", "source": "rtsp://user:secret@camera/1", "fps": 5}
    message = settings_message(camera)
    assert b"secret" not in message
    told = read_settings(Pipe(message))
    assert told == {"camera": "yard", "source": "feeder", "fps": 5}


def test_a_frame_arrives_as_it_was_taken() -> None:
    picture = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
    told = read_frame(Pipe(b"".join(frame_message(Frame(AT, picture)))))
    assert isinstance(told, Frame)
    assert told.at == AT
    assert np.array_equal(told.picture, picture)


def test_a_part_of_a_picture_is_sent_without_what_lies_beside_it() -> None:
    whole = np.arange(6 * 6 * 3, dtype=np.uint8).reshape(6, 6, 3)
    part = whole[1:4, 2:5]
    told = read_frame(Pipe(b"".join(frame_message(Frame(AT, part)))))
    assert isinstance(told, Frame)
    assert np.array_equal(told.picture, part)


def test_a_frame_that_did_not_come_has_its_time() -> None:
    assert read_frame(Pipe(missed_message(AT))) == Missed(AT)


@pytest.mark.parametrize("shape", [(1, 5000, 3), (5000, 1, 3), (4, 4, 1)])
def test_a_frame_that_cannot_be_sent_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(FeedError):
        frame_message(Frame(AT, np.zeros(shape, np.uint8)))


@pytest.mark.parametrize(
    "data",
    [
        HEAD.pack(b"KYX", 3, 0, 0, 0, 0),
        head(1),
        head(9, 4, 4, 48),
        head(2, 4, 4, 47) + bytes(47),
        head(2, 4, 4, 49) + bytes(49),
        head(2, 0, 4, 0),
        head(2, 5000, 1, 15000),
        head(3, length=4) + bytes(4),
        HEAD.pack(b"KYF", 3, 0, 0, 0, 2**63 - 1),
    ],
    ids=["magic", "settings", "kind", "short", "long", "flat", "huge", "full", "time"],
)
def test_damage_in_place_of_a_frame_is_refused(data: bytes) -> None:
    with pytest.raises(FeedError):
        read_frame(Pipe(data))


@pytest.mark.parametrize(
    "data",
    [
        head(2, 4, 4, 48) + bytes(48),
        head(1, length=1 << 21),
        head(1, length=3) + b"{x}",
    ],
    ids=["a frame", "too long", "no JSON"],
)
def test_damage_in_place_of_the_settings_is_refused(data: bytes) -> None:
    with pytest.raises(FeedError):
        read_settings(Pipe(data))


@pytest.mark.parametrize("whole", [settings_message({}), missed_message(AT)])
def test_a_feeder_that_ends_in_the_middle_is_an_end(whole: bytes) -> None:
    read = read_settings if whole[3] == 1 else read_frame
    for length in range(len(whole)):
        with pytest.raises(EOFError):
            read(Pipe(whole[:length]))
