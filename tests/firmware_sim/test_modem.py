"""The simulated modem: accepted by gammu, and honest about its faults."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest

from contracts.clock import ManualClock
from firmware_sim.modem import SimulatedModem
from firmware_sim.phone import (
    DamagedPduError,
    Faults,
    Network,
    Orders,
    obey,
    read_submit,
)
from tests.conditions import require

PHONE = "+358401234567"
# TS 23.040 by hand: no service centre, submit with report, +358401234567, "hellohello".
PDU = "0031000C915348103254760000A70AE8329BFD4697D9EC37"
OCTETS = len(PDU) // 2 - 1
CLOCK = ManualClock(datetime(2026, 11, 27, 14, 30, tzinfo=UTC))


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def modem(network: Network, faults: Faults) -> SimulatedModem:
    modem = SimulatedModem(network, CLOCK, faults, lambda _: None)
    modem.feed(b"ATE0\r")
    modem.feed(b"AT+CNMI=2,2,0,1,0\r")
    return modem


def send(modem: SimulatedModem, pdu: str = PDU, octets: int = OCTETS) -> bytes:
    assert modem.feed(f"AT+CMGS={octets}\r".encode()) == b"\r\n> "
    return modem.feed(pdu.encode() + b"\x1a")


def test_it_echoes_until_it_is_told_not_to() -> None:
    modem = SimulatedModem(Network(), CLOCK, Faults(), lambda _: None)
    assert modem.feed(b"AT\r") == b"AT\r\r\nOK\r\n"
    modem.feed(b"ATE0\r")
    assert modem.feed(b"AT\r") == b"\r\nOK\r\n"


def test_a_command_may_come_in_pieces_and_unknown_ones_are_errors(
    modem: SimulatedModem,
) -> None:
    assert modem.feed(b"A") + modem.feed(b"T") + modem.feed(b"\r") == b"\r\nOK\r\n"
    assert modem.feed(b"AT+NOSUCH\r") == b"\r\nERROR\r\n"


def test_a_message_reaches_the_phone_and_is_reported(
    modem: SimulatedModem, network: Network
) -> None:
    answer = send(modem)
    assert answer.startswith(b"\r\n+CMGS: 0\r\n\r\nOK\r\n\r\n+CDS: 25\r\n000600")
    assert [r.text for r in network.phone(PHONE).inbox] == ["hellohello"]


def test_no_report_is_sent_to_who_did_not_ask(network: Network) -> None:
    modem = SimulatedModem(network, CLOCK, Faults(), lambda _: None)
    assert b"+CDS" not in send_echoed(modem)


def send_echoed(modem: SimulatedModem) -> bytes:
    modem.feed(f"AT+CMGS={OCTETS}\r".encode())
    return modem.feed(PDU.encode() + b"\x1a")


@pytest.mark.parametrize(
    ("pdu", "octets"),
    [(PDU[:-2], OCTETS), (PDU, OCTETS - 1), ("xyz", 1), ("", 0), (PDU[:20], 9)],
)
def test_a_pdu_that_cannot_be_read_is_error_304(
    modem: SimulatedModem, pdu: str, octets: int
) -> None:
    assert send(modem, pdu, octets) == b"\r\n+CMS ERROR: 304\r\n"


def test_escape_leaves_the_prompt_without_sending(
    modem: SimulatedModem, network: Network
) -> None:
    modem.feed(b"AT+CMGS=20\r")
    assert modem.feed(b"0011\x1b") == b"\r\nOK\r\n"
    assert network.phone(PHONE).inbox == []


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("no_network", b"\r\n+CMS ERROR: 331\r\n"),
        ("full", b"\r\n+CMS ERROR: 322\r\n"),
    ],
)
def test_faults_of_the_network_are_cms_errors(
    modem: SimulatedModem, faults: Faults, fault: str, answer: bytes
) -> None:
    setattr(faults, fault, True)
    assert send(modem) == answer


def test_a_locked_sim_says_so(modem: SimulatedModem, faults: Faults) -> None:
    faults.sim_pin = True
    assert b"+CPIN: SIM PIN" in modem.feed(b"AT+CPIN?\r")
    assert b"+CMS ERROR: 311" in modem.feed(b"AT+CMGS=20\r")


def test_what_is_no_submit_is_damaged() -> None:
    with pytest.raises(DamagedPduError):
        read_submit("0004" + PDU[4:])


def test_orders_set_faults_and_move_phones(network: Network, faults: Faults) -> None:
    orders = Orders()
    obey({"fault": "no_network", "on": True}, network, faults, orders)
    obey({"phone": PHONE, "reachable": False}, network, faults, orders)
    obey({"phone": PHONE, "says": "Apua"}, network, faults, orders)
    assert faults.no_network
    assert not network.phone(PHONE).reachable
    assert orders.get() == (PHONE, "Apua")
    with pytest.raises(ValueError, match="fault"):
        obey({"fault": "nonsense", "on": True}, network, faults, orders)


@pytest.fixture
def alone() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware_sim.modem"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.terminate()
    process.communicate(timeout=10)


def line_of(stream: "IO[str] | None") -> dict[str, str]:
    assert stream is not None
    line: dict[str, str] = json.loads(stream.readline())
    return line


def gammu(tmp_path: Path, port: str, *words: str) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("gammu")
    require(program, "needs gammu: sudo ./run system")
    settings = tmp_path / "gammurc"
    settings.write_text(f"[gammu]\nport={port}\nconnection=at\n")
    return subprocess.run(
        [str(program), "-c", str(settings), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=25,
        env={**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
    )


def test_gammu_identifies_the_modem(
    alone: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    ready = line_of(alone.stdout)
    done = gammu(tmp_path, ready["port"], "identify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Kynnys" in done.stdout
    assert "490154203237518" in done.stdout


def test_gammu_sends_a_message_that_the_phone_gets(
    alone: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    ready = line_of(alone.stdout)
    text = "Ovikoodisi on 4827 1635#. Älä jaa"
    done = gammu(tmp_path, ready["port"], "sendsms", "TEXT", PHONE, "-text", text)
    assert done.returncode == 0, done.stdout + done.stderr
    said = line_of(alone.stdout)
    assert (said["event"], said["to"], said["text"]) == ("sms", PHONE, text)
    assert datetime.fromisoformat(said["at"]).tzinfo is not None


def test_gammu_is_told_when_there_is_no_network(
    alone: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    ready = line_of(alone.stdout)
    assert alone.stdin is not None
    alone.stdin.write('{"fault": "no_network", "on": true}\nnonsense\n')
    alone.stdin.flush()
    # The second order is refused aloud, so the first one has been obeyed.
    assert line_of(alone.stdout)["event"] == "refused"
    done = gammu(tmp_path, ready["port"], "sendsms", "TEXT", PHONE, "-text", "Hei")
    assert done.returncode != 0
