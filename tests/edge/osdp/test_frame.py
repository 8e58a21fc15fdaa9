"""Framing against the standard's vectors, and against a bad line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.osdp.frame import (
    LONGEST,
    SHORTEST,
    Frame,
    FrameError,
    FrameReader,
    crc16,
    decode,
    encode,
)

POLL = Frame(address=0x65, sequence=2, payload=b"\x60")

frames = st.builds(
    Frame,
    address=st.integers(0, 126),
    sequence=st.integers(0, 3),
    payload=st.binary(min_size=1, max_size=60),
    is_reply=st.booleans(),
)
noise = st.binary(max_size=40).map(lambda data: data.replace(b"\x53", b"\x54"))


@pytest.mark.parametrize(
    ("message", "crc"),
    [
        ("53 7F 0D 00 04 6E 00 80 25 00 00", "6E 38"),
        ("53 00 09 00 04 61 00", "C0 66"),
    ],
    ids=["annex E, CRC example 1", "annex E, CRC example 2"],
)
def test_the_crc_is_the_standards(message: str, crc: str) -> None:
    assert crc16(bytes.fromhex(message)).to_bytes(2, "little") == bytes.fromhex(crc)


@given(frames)
def test_a_frame_reads_back_as_it_was_written(frame: Frame) -> None:
    assert decode(encode(frame)) == frame


def test_a_sealed_frame_keeps_its_security_block_and_mac() -> None:
    sealed = Frame(1, 3, b"\x60", security=b"\x02\x15", mac=b"abcd")
    assert decode(encode(sealed)) == sealed


def test_a_reply_is_told_by_the_top_bit_of_its_address() -> None:
    reply = encode(Frame(5, 1, b"\x40", is_reply=True))
    assert reply[1] == 0x85


@given(st.integers(0, 7), st.integers(1, 255))
def test_any_one_changed_byte_is_noticed(place: int, change: int) -> None:
    data = bytearray(encode(POLL))
    data[place] ^= change

    with pytest.raises(FrameError):
        decode(bytes(data))


@pytest.mark.parametrize(
    "message",
    ["", "53", "00 00 00 00 00 00 00", "53 00 08 00 0C 09 60 00"],
    ids=["nothing", "too short", "no start", "security block longer than the frame"],
)
def test_what_is_no_frame_is_refused(message: str) -> None:
    body = bytes.fromhex(message)
    with pytest.raises(FrameError):
        decode(body + crc16(body).to_bytes(2, "little") if len(body) > 7 else body)


def test_a_secured_frame_without_room_for_its_mac_is_read_without_one() -> None:
    head = bytes.fromhex("53 00 0A 00 0C 02 15 60")
    bare = decode(head + crc16(head).to_bytes(2, "little"))
    assert bare.payload == b"\x60"
    assert not bare.mac


@given(st.lists(frames, max_size=4), noise, st.integers(1, 30))
def test_frames_are_found_however_the_reads_are_split(
    sent: list[Frame], before: bytes, size: int
) -> None:
    stream = before + b"\xff".join([encode(frame) for frame in sent])
    reader = FrameReader()

    found = [
        frame
        for start in range(0, len(stream), size)
        for frame in reader.feed(stream[start : start + size])
    ]

    assert found == sent


def test_a_frame_inside_a_false_start_is_found() -> None:
    false_start = b"\x53\x00\x10\x00\x04"
    assert FrameReader().feed(false_start + encode(POLL) + bytes(16)) == [POLL]


def test_an_impossible_length_does_not_hold_up_the_next_frame() -> None:
    assert FrameReader().feed(b"\x53\x00\xff\xff" + encode(POLL)) == [POLL]


def test_the_longest_packet_of_the_standard_is_read() -> None:
    longest = Frame(1, 1, bytes(LONGEST - SHORTEST))
    data = encode(longest)

    reader = FrameReader()

    assert reader.feed(data[:900]) == []
    assert reader.feed(data[900:]) == [longest]


def test_after_a_silence_the_beginning_of_a_frame_is_forgotten() -> None:
    reader = FrameReader()
    reader.feed(b"\x53\x00\x90\x05")
    assert reader.is_waiting

    reader.clear()

    assert reader.feed(encode(POLL)) == [POLL]


@given(st.binary(max_size=300))
def test_no_bytes_at_all_stop_the_reader(data: bytes) -> None:
    reader = FrameReader()
    reader.feed(data)
    reader.clear()
    assert reader.feed(encode(POLL)) == [POLL]
