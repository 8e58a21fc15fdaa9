r"""A simulated GSM modem on a pseudo terminal, in PDU mode, for one SIM.

    AT+CMGS=<octets>\r    ->  \r\n>
    <hexadecimal PDU>^Z   ->  \r\n+CMGS: <reference>\r\n\r\nOK\r\n
                              \r\n+CDS: <octets>\r\n<status report>\r\n

`SimulatedModem` is the modem without a line; `run_modem` puts it on a pty. Every message
that reaches a phone is a line of JSON on standard output, and every line of JSON on
standard input sets a fault: `{"fault": "no_network", "on": true}`; phones are moved
likewise (`{"phone": "+358...", "reachable": false}`, `{"phone": ..., "says": "..."}`).

Source: 3GPP TS 27.005 and TS 27.007. Known to Debian's gammu.
"""

import argparse
import json
import os
import random
import re
import select
import sys
import threading
import tty
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from contracts.clock import Clock, open_clock
from firmware_sim.phone import (
    DamagedPduError,
    Faults,
    Network,
    Orders,
    Submitted,
    deliver,
    obey,
    read_submit,
    status_report,
)

_TICK_S = 0.05
_LONGEST = 1024
_ANSWERS = {
    "+CGMI": "Kynnys",
    "+CGMM": "SIMULATED",
    "+CGMR": "1.0",
    "+CGSN": "490154203237518",
    "+CIMI": "244910000000001",
    "+CSCA?": '+CSCA: "+358440000000",145',
    "+CSCS?": '+CSCS: "GSM"',
    "+CSCS=?": '+CSCS: ("GSM")',
    "+CMGF=?": "+CMGF: (0)",
    "+CMGF?": "+CMGF: 0",
    "+CPMS=?": '+CPMS: ("SM"),("SM"),("SM")',
    "+CNMI=?": "+CNMI: (0-2),(0-3),(0),(0-1),(0)",
    "+CSMS?": "+CSMS: 0,1,1,0",
    "+CSQ": "+CSQ: 21,0",
    "+COPS?": '+COPS: 0,2,"24491"',
    "+CFUN?": "+CFUN: 1",
    "+CMGL=4": "",
}
_ACCEPTED = re.compile(
    r"|Z|&F|E[01]|V1|\+CFUN=1|\+CMEE=[012]|\+CMGF=0|\+CSCS=.GSM.|\+CSMS=0|\+CSCA=.*"
    r"|\+CREG=[012]|\+CGREG=[012]|\+CPMS=.*|\+CNMA"
)


@dataclass(frozen=True)
class _Waiting:
    reference: int
    sms: Submitted


class SimulatedModem:
    """The modem without a line: bytes in, bytes out."""

    def __init__(
        self,
        network: Network,
        clock: Clock,
        faults: Faults,
        on_sms: Callable[[Submitted], None],
    ) -> None:
        self._network = network
        self._clock = clock
        self._faults = faults
        self._on_sms = on_sms
        self._buffer = b""
        self._echo = True
        self._reports = False
        self._octets: int | None = None
        self._reference = 0
        self._waiting: list[_Waiting] = []
        self._noise = random.Random(7)

    def feed(self, data: bytes) -> bytes:
        """Take bytes from the computer and return the answer."""
        out = b""
        self._buffer += data
        while (cut := self._cut()) is not None:
            out += self._at_prompt(cut) if self._octets is not None else self._at(cut)
        self._buffer = self._buffer[-_LONGEST:]
        return self._damaged(out)

    def tick(self) -> bytes:
        """Try again for phones that were out of reach; return reports."""
        out = b""
        for waiting in list(self._waiting):
            report = self._try(waiting)
            if report is not None:
                self._waiting.remove(waiting)
                out += report
        return self._damaged(out)

    def receive(self, sender: str, text: str) -> bytes:
        """Let a phone write to the modem."""
        pdu = deliver(sender, self._clock.utc(), text)
        return _line(f"+CMT: ,{len(pdu) // 2 - 1}") + f"{pdu}\r\n".encode()

    def _cut(self) -> bytes | None:
        """Cut one command, or one PDU with its end, from what has come."""
        ends = b"\x1a\x1b" if self._octets is not None else b"\r\n"
        places = [at for end in ends if (at := self._buffer.find(end)) >= 0]
        if not places:
            return None
        at = min(places) + 1
        cut, self._buffer = self._buffer[:at], self._buffer[at:]
        return cut

    def _at(self, raw: bytes) -> bytes:
        text = raw.decode("ascii", errors="replace").strip("\x1b\x1a\r\n ")
        # Noise before the command is not a command, as in a real modem.
        found = re.search(r"AT(.*)$", text, re.IGNORECASE)
        if not found or self._faults.silent:
            return b""
        echo = raw if self._echo else b""
        return echo + self._answer(found[1].strip().upper())

    def _answer(self, command: str) -> bytes:
        if command in ("E0", "E1"):
            self._echo = command == "E1"
        if found := re.fullmatch(r"\+CMGS=(\d+)", command):
            return self._prompt(int(found[1]))
        if found := re.fullmatch(r"\+CNMI=[0-2](?:,(\d),(\d),(\d).*)?", command):
            self._reports = found[3] == "1"
            return _line("OK")
        reply = self._state(command) or _ANSWERS.get(command)
        if reply is not None:
            return (_line(reply) if reply else b"") + _line("OK")
        return _line("OK") if _ACCEPTED.fullmatch(command) else _line("ERROR")

    def _state(self, command: str) -> str | None:
        registered = 2 if self._faults.no_network else 1
        return {
            "+CPIN?": "+CPIN: SIM PIN" if self._faults.sim_pin else "+CPIN: READY",
            "+CREG?": f"+CREG: 0,{registered}",
            "+CGREG?": f"+CGREG: 0,{registered}",
            "+CNMI?": f"+CNMI: 2,2,0,{int(self._reports)},0",
            "+CPMS?": '+CPMS: "SM",0,30,"SM",0,30,"SM",0,30',
        }.get(command)

    def _prompt(self, octets: int) -> bytes:
        if self._faults.sim_pin:
            return _line("+CMS ERROR: 311")
        self._octets = octets
        return b"\r\n> "

    def _at_prompt(self, raw: bytes) -> bytes:
        octets, self._octets = self._octets, None
        if raw.endswith(b"\x1b"):
            return _line("OK")
        echo = raw[:-1] if self._echo else b""
        return echo + self._submit(raw[:-1].decode("ascii", "replace").strip(), octets)

    def _submit(self, pdu: str, octets: int | None) -> bytes:
        if self._faults.no_network or self._faults.full:
            return _line(f"+CMS ERROR: {331 if self._faults.no_network else 322}")
        try:
            sms = read_submit(pdu)
        except DamagedPduError:
            return _line("+CMS ERROR: 304")
        if sms.octets != octets:
            return _line("+CMS ERROR: 304")
        reference = self._reference
        self._reference = (self._reference + 1) % 256
        waiting = _Waiting(reference, sms)
        report = self._try(waiting)
        if report is None:
            self._waiting.append(waiting)
        answer = _line(f"+CMGS: {reference}") + _line("OK")
        if self._faults.early_receipts:
            return (report or b"") + answer
        return answer + (report or b"")

    def _try(self, waiting: _Waiting) -> bytes | None:
        """Deliver and return the report, empty if none is wanted; none if in vain."""
        at = self._clock.utc()
        status = self._network.deliver(waiting.sms, at)
        if status is None:
            return None
        if status == 0:
            self._on_sms(waiting.sms)
        wanted = waiting.sms.wants_report and self._reports
        if not wanted or self._faults.drop_receipts:
            return b""
        pdu = status_report(waiting.reference, waiting.sms.to, at, status)
        return _line(f"+CDS: {len(pdu) // 2 - 1}") + f"{pdu}\r\n".encode()

    def _damaged(self, out: bytes) -> bytes:
        if not out or not self._faults.garbage:
            return out
        noise = bytes(self._noise.choice((0x00, 0x80, 0xFF, 0xFE)) for _ in range(9))
        return noise + out[:3] + noise + out[3:] + noise


def run_modem(
    modem: SimulatedModem,
    faults: Faults,
    on_ready: Callable[[str], None],
    stop: threading.Event,
    orders: Orders | None = None,
) -> None:
    """Put the modem on a pty until `stop` is set; the pty then vanishes.

    Args:
        modem: The modem.
        faults: For `torn`: answers go out a byte at a time.
        on_ready: Called with the path of the pty.
        stop: Ends the loop.
        orders: Pairs of sender and text of phones that write to the modem.
    """
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    try:
        on_ready(os.ttyname(theirs))
        while not stop.is_set():
            ready, _, _ = select.select([ours], [], [], _TICK_S)
            out = modem.feed(os.read(ours, 4096)) if ready else modem.tick()
            while orders is not None and not orders.empty():
                out += modem.receive(*orders.get())
            step = 1 if faults.torn else max(len(out), 1)
            for at in range(0, len(out), step):
                os.write(ours, out[at : at + step])
    finally:
        os.close(theirs)
        os.close(ours)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of a modem that runs alone."""
    parser.add_argument("--clock", default="system", help="system or simulated:FILE")
    parser.add_argument("--link", type=Path, help="symbolic link to make to the pty")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a modem alone: its path and what it sends are JSON on standard output."""
    parser = argparse.ArgumentParser(prog="firmware_sim modem")
    add_arguments(parser)
    run(parser.parse_args(argv))
    return 0


def run(options: argparse.Namespace) -> None:
    """Run a modem until it is interrupted."""
    clock, network, faults = open_clock(options.clock), Network(), Faults()

    def say(event: str, **what: str) -> None:
        line = {"at": clock.utc().isoformat(), "event": event, **what}
        print(json.dumps(line, ensure_ascii=False), flush=True)

    def ready(path: str) -> None:
        if options.link is not None:
            options.link.unlink(missing_ok=True)
            options.link.symlink_to(path)
        say("modem", port=path)

    orders = Orders()
    modem = SimulatedModem(
        network, clock, faults, lambda sms: say("sms", to=sms.to, text=sms.text)
    )

    def listen() -> None:
        for line in sys.stdin:
            try:
                obey(json.loads(line), network, faults, orders)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                say("refused", why=type(error).__name__)

    threading.Thread(target=listen, daemon=True).start()
    with suppress(KeyboardInterrupt):
        run_modem(modem, faults, ready, threading.Event(), orders)


def _line(text: str) -> bytes:
    return f"\r\n{text}\r\n".encode()


if __name__ == "__main__":
    raise SystemExit(main())
