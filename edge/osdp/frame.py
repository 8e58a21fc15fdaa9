"""OSDP packet framing: bytes to frames and back, no I/O.

    SOM    address  length (LSB, MSB)  control  security  payload    MAC    CRC
    0x53   1 byte   2 bytes            1 byte   2 or 3    n bytes    4      2 bytes

The security block is there when bit 3 of control is set, its first byte is its length
and its second its type; only types 0x15 to 0x18 carry a MAC. A reply has bit 7 of its
address set. Only the CRC form is built; readers that offer a checksum alone are refused
at enrolment. Source: SIA OSDP specification, annex E.
"""

from dataclasses import dataclass

SOM = 0x53
REPLY = 0x80
USES_CRC = 0x04
IS_SECURED = 0x08
HEADER_LENGTH = 5
MAC_LENGTH = 4
CRC_LENGTH = 2
SHORTEST = HEADER_LENGTH + CRC_LENGTH
LONGEST = 1440
"""The longest packet that the standard asks anyone to accept, in bytes."""

_MAC_TYPES = range(0x15, 0x19)


class FrameError(Exception):
    """These bytes are not a sound OSDP frame, or not the one that is waited for."""


@dataclass(frozen=True)
class Frame:
    """One OSDP packet between the control panel (CP) and a peripheral (PD)."""

    address: int
    """PD address, 0 to 126; 127 is broadcast."""
    sequence: int
    """0 to 3; 0 starts a new conversation."""
    payload: bytes
    """Command or reply code, then its data (encrypted in types 0x17 and 0x18)."""
    is_reply: bool = False
    security: bytes = b""
    """The security block, its own length first; empty outside the secure channel."""
    mac: bytes = b""

    @property
    def security_type(self) -> int:
        """The type of the security block, 0 if there is none."""
        return self.security[1] if self.security else 0

    @property
    def carries_mac(self) -> bool:
        """Whether a packet of this type ends in a MAC."""
        return self.security_type in _MAC_TYPES


def _crc_of_byte(byte: int) -> int:
    crc = byte << 8
    for _ in range(8):
        crc = (crc << 1) ^ (0x1021 if crc & 0x8000 else 0)
    return crc & 0xFFFF


_CRC_TABLE = tuple(_crc_of_byte(byte) for byte in range(256))


def crc16(data: bytes) -> int:
    """Return the CRC-16/AUG-CCITT of the data (polynomial 0x1021, seed 0x1D0F)."""
    crc = 0x1D0F
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ _CRC_TABLE[crc >> 8 ^ byte]
    return crc


def authenticated_part(frame: Frame) -> bytes:
    """Return the bytes that a MAC covers: all before it."""
    mac = MAC_LENGTH if frame.carries_mac else 0
    length = SHORTEST + len(frame.security) + len(frame.payload) + mac
    address = frame.address | (REPLY if frame.is_reply else 0)
    control = frame.sequence | USES_CRC | (IS_SECURED if frame.security else 0)
    head = bytes((SOM, address)) + length.to_bytes(2, "little") + bytes((control,))
    return head + frame.security + frame.payload


def encode(frame: Frame) -> bytes:
    """Return the bytes of a frame, CRC included."""
    body = authenticated_part(frame) + frame.mac
    return body + crc16(body).to_bytes(CRC_LENGTH, "little")


def decode(data: bytes) -> Frame:
    """Read one whole frame.

    Raises:
        FrameError: The start mark, a length or the CRC is wrong.
    """
    if len(data) < SHORTEST or data[0] != SOM:
        raise FrameError("no start of message")
    if int.from_bytes(data[2:4], "little") != len(data):
        raise FrameError("length does not match")
    body, crc = data[:-CRC_LENGTH], data[-CRC_LENGTH:]
    if crc16(body) != int.from_bytes(crc, "little"):
        raise FrameError("CRC does not match")
    security, rest = _split_security(body)
    frame = Frame(
        address=data[1] & 0x7F,
        sequence=data[4] & 0x03,
        payload=rest,
        is_reply=bool(data[1] & REPLY),
        security=security,
    )
    return _split_mac(frame) if frame.carries_mac else frame


def _split_security(body: bytes) -> tuple[bytes, bytes]:
    rest = body[HEADER_LENGTH:]
    if not body[4] & IS_SECURED:
        return b"", rest
    length = rest[0] if rest else 0
    if not 2 <= length <= len(rest):  # noqa: PLR2004  (length and type at least)
        raise FrameError("security block does not fit")
    return rest[:length], rest[length:]


def _split_mac(frame: Frame) -> Frame:
    payload, mac = frame.payload[:-MAC_LENGTH], frame.payload[-MAC_LENGTH:]
    if not payload:
        return frame  # some panels open with a bare POLL; no channel will open it
    return Frame(
        frame.address, frame.sequence, payload, frame.is_reply, frame.security, mac
    )


class FrameReader:
    """Finds frames in a stream that is split anywhere and may be damaged."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def is_waiting(self) -> bool:
        """Whether the beginning of a possible frame is held."""
        return bool(self._buffer)

    def clear(self) -> None:
        """Forget a frame that never ended; for a silence on the line."""
        self._buffer.clear()

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes and return the sound frames that they complete.

        After damage the search goes on one byte later, so that a whole frame inside a
        false one is still found.
        """
        self._buffer += data
        frames: list[Frame] = []
        while self._seek():
            length = int.from_bytes(self._buffer[2:4], "little")
            try:
                frames.append(decode(bytes(self._buffer[:length])))
            except FrameError:
                del self._buffer[0]
            else:
                del self._buffer[:length]
        return frames

    def _seek(self) -> bool:
        """Move to the next possible start; tell whether all of it is here."""
        while True:
            start = self._buffer.find(SOM)
            del self._buffer[: start if start >= 0 else len(self._buffer)]
            if len(self._buffer) < HEADER_LENGTH:
                return False
            length = int.from_bytes(self._buffer[2:4], "little")
            if SHORTEST <= length <= LONGEST:
                return len(self._buffer) >= length
            del self._buffer[0]
