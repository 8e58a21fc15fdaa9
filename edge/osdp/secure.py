"""OSDP Secure Channel: keys, cryptograms, MACs and encryption, for both roles.

    CP                                   PD
    CHLNG   RND.A                   ->
                                    <-   CCRYPT  cUID, RND.B, client cryptogram
    SCRYPT  server cryptogram       ->
                                    <-   RMAC_I  initial MAC
    then every packet carries 4 bytes of a MAC, chained to the MAC before it

Commands and replies alternate, so one chain serves both directions: the MAC of each
packet starts from the whole MAC of the packet before, and data is encrypted from that
MAC's complement. Source: SIA OSDP specification, annex D.
"""

import secrets
from dataclasses import replace

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from edge.osdp.frame import MAC_LENGTH, Frame, FrameError, authenticated_part

BLOCK = 16
CHALLENGE_BLOCK = b"\x03\x11\x01"
"""Security blocks of the handshake; the last byte says: not the default key."""
CCRYPT_BLOCK = b"\x03\x12\x01"
SCRYPT_BLOCK = b"\x03\x13\x01"
RMAC_BLOCK = b"\x03\x14\x01"

_COMMAND_MAC, _REPLY_MAC = 0x15, 0x16
_ENCRYPTS = 2
"""Added to the type of a packet whose data is encrypted."""


class MacError(FrameError):
    """A sound packet that the other end of this channel did not make."""


def _ecb(key: bytes, data: bytes) -> bytes:
    # One block or two for a handshake, as the standard says: ECB hides no pattern here.
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(data) + encryptor.finalize()


def _encrypt(key: bytes, start: bytes, data: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _decrypt(key: bytes, start: bytes, data: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _pad(data: bytes) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def _unpad(data: bytes) -> bytes:
    text = data.rstrip(b"\0")
    if not text.endswith(b"\x80"):
        raise MacError("padding does not match")
    return text[:-1]


class SecureChannel:
    """The keys and the MAC chain of one session, at either end."""

    def __init__(self, scbk: bytes, rnd_a: bytes, rnd_b: bytes) -> None:
        """Derive the session keys.

        Args:
            scbk: Secure channel base key, 16 bytes.
            rnd_a: The CP's random number, 8 bytes.
            rnd_b: The PD's, 8 bytes; the session keys do not depend on it.
        """
        seed = rnd_a[:6] + bytes(8)
        self._encryption_key = _ecb(scbk, b"\x01\x82" + seed)
        self._mac_key_1 = _ecb(scbk, b"\x01\x01" + seed)
        self._mac_key_2 = _ecb(scbk, b"\x01\x02" + seed)
        self.client_cryptogram = _ecb(self._encryption_key, rnd_a + rnd_b)
        """What the PD sends to prove that it knows the key."""
        self.server_cryptogram = _ecb(self._encryption_key, rnd_b + rnd_a)
        """What the CP answers."""
        self.initial_mac = _ecb(
            self._mac_key_2, _ecb(self._mac_key_1, self.server_cryptogram)
        )
        self._chain = self.initial_mac

    def seal(self, frame: Frame) -> Frame:
        """Encrypt a plain frame's data, add the MAC and move the chain on."""
        code, data = frame.payload[:1], frame.payload[1:]
        kind = _REPLY_MAC if frame.is_reply else _COMMAND_MAC
        if data:
            kind += _ENCRYPTS
            data = _encrypt(self._encryption_key, self._start(), _pad(data))
        sealed = replace(frame, payload=code + data, security=bytes((2, kind)))
        self._chain = self._mac(authenticated_part(sealed))
        return replace(sealed, mac=self._chain[:MAC_LENGTH])

    def open(self, frame: Frame) -> Frame:
        """Check a sealed frame and return it with its plain payload.

        Raises:
            MacError: It is not of this session; the chain stays where it was.
        """
        mac = self._mac(authenticated_part(frame))
        kind = frame.security_type - (_REPLY_MAC if frame.is_reply else _COMMAND_MAC)
        is_ours = secrets.compare_digest(mac[:MAC_LENGTH], frame.mac)
        if kind not in (0, _ENCRYPTS) or not is_ours:
            raise MacError("MAC does not match")
        code, data = frame.payload[:1], frame.payload[1:]
        if kind == _ENCRYPTS and data:
            if len(data) % BLOCK:
                raise MacError("encrypted data is not whole blocks")
            data = _unpad(_decrypt(self._encryption_key, self._start(), data))
        self._chain = mac
        return replace(frame, payload=code + data)

    def _start(self) -> bytes:
        return bytes(byte ^ 0xFF for byte in self._chain)

    def _mac(self, message: bytes) -> bytes:
        if len(message) % BLOCK:
            message = _pad(message)
        start, head, last = self._chain, message[:-BLOCK], message[-BLOCK:]
        if head:
            start = _encrypt(self._mac_key_1, start, head)[-BLOCK:]
        return _encrypt(self._mac_key_2, start, last)
