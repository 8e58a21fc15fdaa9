"""Text messages through a GSM modem on a serial port, in PDU mode.

A port that vanishes, or a modem that stops answering, is an error of this call only: the
next one opens the port and sets the modem up again. Status reports that arrive during a
command are kept until they are asked for. One thread at a time.

Source: 3GPP TS 27.005, 3.5.1 (`AT+CMGS`), 3.4.1 (`AT+CNMI`). The only module of the
services that touches a serial port.
"""

import logging
import re
from collections import deque
from collections.abc import Callable
from typing import Protocol

import serial

from contracts.clock import Clock
from hub.messages.at import AtReader, Kind, Word, error_number, is_temporary
from hub.messages.gateway import GatewayError, Receipt, RefusedError, Sms
from hub.messages.pdu import (
    Deliver,
    PduError,
    decode_deliver,
    decode_status_report,
    encode_submit,
)

log = logging.getLogger(__name__)

BAUD = 115_200
_POLL_S = 0.02
_TRIES = 3
_ESCAPE, _SEND = b"\x1b", b"\x1a"
_SETUP = ("ATE0", "AT+CMEE=1", "AT+CMGF=0", "AT+CNMI=2,2,0,1,0")
_MEMORY = 200


class Line(Protocol):
    """A serial line. `read` returns nothing when nothing came for a moment."""

    def read(self, size: int = 1, /) -> bytes:
        """Return up to `size` bytes."""

    def write(self, data: bytes, /) -> int | None:
        """Send bytes."""

    def close(self) -> None:
        """Let go of the port."""


def open_line(port: str) -> Line:
    """Open a serial port for this process alone.

    Raises:
        OSError: There is no such port, or somebody else has it.
    """
    return serial.Serial(port, BAUD, timeout=_POLL_S, write_timeout=2, exclusive=True)


class GsmModem:
    """The gateway that is a modem in the cabinet."""

    def __init__(
        self,
        port: str,
        clock: Clock,
        *,
        timeout_s: float = 10,
        opener: Callable[[str], Line] = open_line,
    ) -> None:
        """Remember the port; it is opened when first needed.

        Args:
            port: Path of the serial port.
            clock: Measures the time-outs.
            timeout_s: For one answer; the network's own answer gets six times that.
            opener: Opens the port.
        """
        self._port = port
        self._clock = clock
        self._timeout_s = timeout_s
        self._opener = opener
        self._line: Line | None = None
        self._reader = AtReader()
        self._reports: deque[Receipt] = deque(maxlen=_MEMORY)
        self._incoming: deque[Deliver] = deque(maxlen=_MEMORY)

    def submit(self, sms: Sms) -> str:
        """Send one part and return its message reference, 0 to 255.

        Raises:
            RefusedError: The modem or the network said no, with the CMS number.
            GatewayError: No port, no answer, no SIM, or no text that fits one part.
        """
        try:
            submit = encode_submit(sms.to, sms.text, sms.validity)
        except PduError as error:
            # 304: invalid PDU mode parameter, as the modem itself would say.
            raise RefusedError(304, temporary=False) from error
        self._ready()
        self._prompt(f"AT+CMGS={submit.tpdu_octets}")
        self._write(submit.pdu.encode() + _SEND)
        answer = self._answer(self._timeout_s * 6)
        for line in answer:
            if found := re.fullmatch(r"\+CMGS: *(\d{1,3})(?:,.*)?", line):
                return found[1]
        self._lose("the modem gave no reference")
        raise GatewayError("the modem gave no reference")

    def receipts(self) -> list[Receipt]:
        """Return the status reports that have come since the last call."""
        self._ready()
        self._drain()
        found = list(self._reports)
        self._reports.clear()
        return found

    def incoming(self) -> list[Deliver]:
        """Return the messages that people have sent, as far as they have been read."""
        found = list(self._incoming)
        self._incoming.clear()
        return found

    def close(self) -> None:
        """Let go of the port."""
        if self._line is not None:
            line, self._line = self._line, None
            line.close()

    def _ready(self) -> None:
        if self._line is not None:
            return
        try:
            self._line = self._opener(self._port)
        except OSError as error:
            raise GatewayError("the modem's port cannot be opened") from error
        self._reader = AtReader()
        try:
            self._set_up()
        except RefusedError as error:
            self._lose("the modem refuses its settings")
            raise GatewayError(f"the modem cannot be set up: {error.number}") from error
        except GatewayError:
            self.close()
            raise
        log.info("modem ready")

    def _set_up(self) -> None:
        # A modem left at the prompt by a process that died takes commands as text.
        self._write(_ESCAPE + b"\r")
        self._drain()
        for command in _SETUP:
            self._command(command)
        if not any(line == "+CPIN: READY" for line in self._command("AT+CPIN?")):
            self._lose("the SIM is locked")
            raise GatewayError("the SIM is locked")
        centre = " ".join(self._command("AT+CSCA?"))
        if not re.search(r'\+CSCA: *"\+?\d{3,}"', centre):
            self._lose("no service centre")
            raise GatewayError("the SIM knows no service centre")

    def _command(self, command: str) -> list[str]:
        """Ask until there is an answer; only for what may be repeated."""
        for _ in range(_TRIES - 1):
            self._write(f"{command}\r".encode())
            try:
                return self._answer(self._timeout_s, keep=True)
            except _SilenceError:
                log.info("modem asked again")
        self._write(f"{command}\r".encode())
        return self._answer(self._timeout_s)

    def _prompt(self, command: str) -> None:
        """Bring the modem to its prompt; nothing is sent yet, so it may be repeated."""
        for _ in range(_TRIES):
            self._write(f"{command}\r".encode())
            if self._prompted():
                return
            self._write(_ESCAPE)
        self._lose("no prompt")
        raise GatewayError("the modem gave no prompt")

    def _prompted(self) -> bool:
        deadline = self._clock.monotonic_s() + self._timeout_s
        while self._clock.monotonic_s() < deadline:
            for word in self._read():
                if word.kind is Kind.PROMPT:
                    return True
                if word.kind is Kind.ERROR:
                    raise _refusal(word)
        return False

    def _answer(self, timeout_s: float, *, keep: bool = False) -> list[str]:
        lines: list[str] = []
        deadline = self._clock.monotonic_s() + timeout_s
        while self._clock.monotonic_s() < deadline:
            for word in self._read():
                if word.kind is Kind.OK:
                    return lines
                if word.kind is Kind.ERROR:
                    raise _refusal(word)
                lines.append(word.text)
        if not keep:
            self._lose("no answer")
        raise _SilenceError("the modem does not answer")

    def _drain(self) -> None:
        """Read until nothing comes, or for one time-out if something always does."""
        deadline = self._clock.monotonic_s() + self._timeout_s
        while self._read() and self._clock.monotonic_s() < deadline:
            pass

    def _read(self) -> list[Word]:
        """Return the words that have come; puts what was not asked for aside."""
        if self._line is None:
            raise GatewayError("the modem is gone")
        try:
            # At least one byte, so that an empty line waits its moment.
            data = self._line.read(256)
        except (OSError, TypeError) as error:
            # pyserial raises TypeError when its descriptor is closed under it.
            self._lose("the port has vanished")
            raise GatewayError("the modem's port has vanished") from error
        words = self._reader.feed(data)
        for word in words:
            self._put_aside(word)
        asked = [w for w in words if w.kind not in (Kind.REPORT, Kind.DELIVERED)]
        return asked or ([Word(Kind.INFO)] if data else [])

    def _put_aside(self, word: Word) -> None:
        try:
            if word.kind is Kind.REPORT:
                report = decode_status_report(word.text)
                self._reports.append(
                    Receipt(str(report.reference), report.fate, report.at, report.to)
                )
            elif word.kind is Kind.DELIVERED:
                self._incoming.append(decode_deliver(word.text))
        except PduError as error:
            log.warning("modem sent a damaged PDU", extra={"why": str(error)})

    def _write(self, data: bytes) -> None:
        if self._line is None:
            raise GatewayError("the modem is gone")
        try:
            self._line.write(data)
        except OSError as error:
            self._lose("the port has vanished")
            raise GatewayError("the modem's port has vanished") from error

    def _lose(self, why: str) -> None:
        log.warning("modem lost", extra={"why": why})
        self.close()


class _SilenceError(GatewayError):
    """No answer in time."""


def _refusal(word: Word) -> RefusedError:
    number = error_number(word.text)
    return RefusedError(number, temporary=is_temporary(number))
