"""A simulated OSDP reader: keypad, light, buzzer, strike relay and three contacts.

It is the peripheral device (PD) of the standard, always in Secure Channel. As a program
it takes JSON lines and prints what happens to it as JSON lines:

    {"do": "press", "keys": "48271635#"}             {"event": "relay", "on": true, ...}
    {"do": "input", "number": 0, "active": true}     {"event": "led", "colour": 2, ...}

Inputs: 0 door position, 1 request to exit, 2 tamper switch. Every printed line has `at`,
the machine's monotonic clock in seconds.
"""

import argparse
import json
import os
import secrets
import select
import sys
import time
import tty
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from serial import Serial

from edge.osdp import codes
from edge.osdp.frame import Frame, FrameReader, encode
from edge.osdp.secure import (
    CCRYPT_BLOCK,
    RMAC_BLOCK,
    MacError,
    SecureChannel,
)

TAMPER_INPUT = 2
_INPUTS = 2
_KEYS_IN_A_REPORT = 9
_RANDOM_LENGTH = 8
_COMMAND_MACS = (0x15, 0x17)
_SILENCE_S = 0.15
"""A frame that stops for this long has ended; generous, for a busy machine."""
_IDENTITY = bytes((0x4B, 0x59, 0x4E, 1, 1, 1, 0, 0, 0, 1, 0, 0))
_CAPABILITIES = bytes(
    (1, 1, _INPUTS, 2, 1, 1, 4, 1, 1, 5, 1, 1, 8, 1, 0, 9, 1, 1, 10, 0, 1, 14, 0, 1)
)
_PLAIN_COMMANDS = (codes.POLL, codes.ID, codes.CAP, codes.CHLNG, codes.SCRYPT)


class Report(Protocol):
    """Takes what happens to the reader."""

    def __call__(self, event: str, **facts: object) -> None:
        """Take one event and its facts."""


@dataclass
class _Answered:
    """The last command and our answer: the same again gets the same."""

    command: Frame | None = None
    reply: bytes = b""


class Reader:
    """The device, without its port."""

    def __init__(
        self,
        address: int,
        scbk: bytes,
        report: Report,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Start with everything closed, dark and silent."""
        self._address = address
        self._scbk = scbk
        self._report = report
        self._random = random
        self._last = _Answered()
        self._keys = ""
        self._news: deque[bytes] = deque()
        self._inputs = [False] * _INPUTS
        self._is_tampered = False
        self._relay_until_s: float | None = None
        self._restart()

    def press(self, keys: str) -> None:
        """Press keys; they are reported at the next poll."""
        self._keys += keys

    def set_input(self, number: int, *, active: bool) -> None:
        """Move a contact; it is reported at the next poll."""
        if number == TAMPER_INPUT:
            self._is_tampered = active
            self._news.append(self._local_status())
        else:
            self._inputs[number] = active
            self._news.append(self._input_status())

    def tick(self, now_s: float) -> None:
        """Let the relay's time run out."""
        if self._relay_until_s is not None and now_s >= self._relay_until_s:
            self._relay_until_s = None
            self._report("relay", on=False)

    def handle(self, frame: Frame, now_s: float) -> bytes:
        """Take a frame from the line and return the answer, empty for none."""
        if frame.is_reply or frame.address != self._address or not frame.payload:
            return b""
        if frame == self._last.command:
            return self._last.reply
        reply = encode(self._answer(frame, now_s))
        self._last = _Answered(frame, reply)
        return reply

    def _restart(self) -> None:
        self._channel: SecureChannel | None = None
        self._rnd_a = self._rnd_b = b""
        self._is_proved = False

    def _answer(self, frame: Frame, now_s: float) -> Frame:
        last = self._last.command
        if frame.sequence == 0:
            self._restart()
        elif last is not None and frame.sequence != last.sequence % 3 + 1:
            return self._nak(frame, codes.NakReason.BAD_SEQUENCE)
        if frame.security_type in _COMMAND_MACS:
            return self._answer_secured(frame, now_s)
        return self._answer_plain(frame)

    def _answer_secured(self, frame: Frame, now_s: float) -> Frame:
        if self._channel is None or not self._is_proved:
            return self._nak(frame, codes.NakReason.SECURITY_NOT_MET)
        try:
            command = self._channel.open(frame).payload
        except MacError:
            self._restart()
            return self._nak(frame, codes.NakReason.SECURITY_NOT_MET)
        try:
            payload = self._obey(command, now_s)
        except IndexError:
            payload = bytes((codes.NAK, codes.NakReason.BAD_LENGTH))
        return self._channel.seal(self._reply(frame, payload))

    def _answer_plain(self, frame: Frame) -> Frame:
        command, data = frame.payload[0], frame.payload[1:]
        if command not in _PLAIN_COMMANDS or self._is_proved:
            return self._nak(frame, codes.NakReason.SECURITY_NOT_MET)
        if command == codes.CHLNG and len(data) == _RANDOM_LENGTH:
            return self._challenged(frame, data)
        if command == codes.SCRYPT:
            return self._proved(frame, data)
        plain = {
            codes.POLL: bytes((codes.ACK,)),  # and no news: nothing in plain text
            codes.ID: bytes((codes.PDID,)) + _IDENTITY,
            codes.CAP: bytes((codes.PDCAP,)) + _CAPABILITIES,
        }
        if command not in plain:
            return self._nak(frame, codes.NakReason.BAD_LENGTH)
        return self._reply(frame, plain[command])

    def _challenged(self, frame: Frame, rnd_a: bytes) -> Frame:
        rnd_b = self._random(_RANDOM_LENGTH)
        self._channel = SecureChannel(self._scbk, rnd_a, rnd_b)
        proof = _IDENTITY[:8] + rnd_b + self._channel.client_cryptogram
        return self._reply(frame, bytes((codes.CCRYPT,)) + proof, CCRYPT_BLOCK)

    def _proved(self, frame: Frame, proof: bytes) -> Frame:
        channel = self._channel
        if channel is None or proof != channel.server_cryptogram:
            return self._nak(frame, codes.NakReason.SECURITY_NOT_MET)
        self._is_proved = True
        payload = bytes((codes.RMAC_I,)) + channel.initial_mac
        return self._reply(frame, payload, RMAC_BLOCK)

    def _reply(self, frame: Frame, payload: bytes, security: bytes = b"") -> Frame:
        return Frame(self._address, frame.sequence, payload, True, security)

    def _nak(self, frame: Frame, reason: codes.NakReason) -> Frame:
        return self._reply(frame, bytes((codes.NAK, reason)))

    def _obey(self, command: bytes, now_s: float) -> bytes:
        """Do a command that came through the channel; return the reply's payload."""
        code, data = command[0], command[1:]
        if code == codes.POLL:
            return self._next_news()
        answers = {
            codes.ID: bytes((codes.PDID,)) + _IDENTITY,
            codes.CAP: bytes((codes.PDCAP,)) + _CAPABILITIES,
            codes.LSTAT: self._local_status(),
            codes.ISTAT: self._input_status(),
        }
        if code in answers:
            return answers[code]
        return self._act(code, data, now_s)

    def _act(self, code: int, data: bytes, now_s: float) -> bytes:
        match code:
            case codes.OUT:
                self._switch(data, now_s)
            case codes.LED:
                self._report("led", colour=data[5], tenths=data[7] | data[8] << 8)
            case codes.BUZ:
                self._report("buzzer", on_tenths=data[2], count=data[4])
            case codes.TEXT:
                self._report("text", text=data[6:].decode("ascii", "replace"))
            case codes.KEYSET:
                self._scbk = data[2:18]
                self._report("keyset")
            case _:
                return bytes((codes.NAK, codes.NakReason.UNKNOWN_COMMAND))
        return bytes((codes.ACK,))

    def _switch(self, data: bytes, now_s: float) -> None:
        if data[1] != codes.ON_FOR_A_TIME:
            self._report("refused", control=data[1])
            return
        ms = int.from_bytes(data[2:4], "little") * 100
        self._relay_until_s = now_s + ms / 1000
        self._report("relay", on=True, ms=ms)

    def _next_news(self) -> bytes:
        if self._keys:
            keys = self._keys[:_KEYS_IN_A_REPORT]
            self._keys = self._keys[_KEYS_IN_A_REPORT:]
            return codes.keypad_report(keys)
        return self._news.popleft() if self._news else bytes((codes.ACK,))

    def _local_status(self) -> bytes:
        return bytes((codes.LSTATR, self._is_tampered, False))

    def _input_status(self) -> bytes:
        return bytes((codes.ISTATR, *self._inputs))


def _print_event(event: str, **facts: object) -> None:
    line = {"at": time.monotonic(), "event": event, **facts}
    print(json.dumps(line), flush=True)


def _do(reader: Reader, line: str) -> None:
    order = json.loads(line)
    if order["do"] == "press":
        reader.press(order["keys"])
    elif order["do"] == "input":
        reader.set_input(order["number"], active=order["active"])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the program's arguments."""
    parser.add_argument("--port", help="serial port; without it a pty is made")
    parser.add_argument("--key", required=True, help="SCBK, 32 hexadecimal digits")
    parser.add_argument("--baud", type=int, default=9600)
    parser.add_argument("--address", type=int, default=0)


def run(arguments: argparse.Namespace) -> None:
    """Be a reader until standard input ends."""
    reader = Reader(arguments.address, bytes.fromhex(arguments.key), _print_event)
    if arguments.port:
        port = Serial(arguments.port, arguments.baud, timeout=0)
        _serve(reader, port.fileno())
        return
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    _print_event("port", path=os.ttyname(theirs))
    _serve(reader, ours)


def _serve(reader: Reader, line: int) -> None:
    orders = sys.stdin.fileno()
    heard, typed, silent_since_s = FrameReader(), b"", time.monotonic()
    while True:
        ready, _, _ = select.select([line, orders], [], [], 0.05)
        now_s = time.monotonic()
        if line in ready:
            if now_s - silent_since_s > _SILENCE_S:
                heard.clear()
            silent_since_s = now_s
            for frame in heard.feed(os.read(line, 4096)):
                os.write(line, reader.handle(frame, now_s))
        if orders in ready:
            data = os.read(orders, 65536)
            if not data:
                return
            *whole, typed = (typed + data).split(b"\n")
            for order in whole:
                _do(reader, order.decode())
        reader.tick(now_s)
