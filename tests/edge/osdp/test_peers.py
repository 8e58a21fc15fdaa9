"""We and other makers' stacks understand each other, in Secure Channel, at 9600 baud.

A peer lives in its own environment and process; its programs are in `bench/peers`.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from edge.osdp.controller import KEY_MISMATCH, ControlPanel, Keys, Offline, Online
from edge.osdp.line import Line

pytestmark = pytest.mark.scenario

KEY = bytes(range(16))
BAUD = 9600


def ports(run: Callable[..., Any]) -> list[str]:
    paths: list[str] = json.loads(run("wire", "--baud", BAUD).line())["ports"]
    return paths


def test_libosdps_reader_takes_our_pulse_for_its_keys(
    run: Callable[..., Any], until: Callable[..., Any]
) -> None:
    ours, theirs = ports(run)
    reader = run("libosdp_pd.py", theirs, BAUD, KEY.hex(), 5, peer="libosdp")
    panel = ControlPanel(5, KEY, asks_status=False)
    line = Line(ours, BAUD, [panel])
    until(line, Online())

    reader.say("1#")
    keys = "".join(e.text for e in until(line, Keys("#")) if isinstance(e, Keys))
    panel.pulse(0, 50)
    while panel.is_urgent:
        line.poll_once()
    command = json.loads(reader.line())

    assert keys == "1#"
    assert (command["output_no"], command["control_code"]) == (0, 5)
    assert command["timer_count"] == 50
    assert panel.online
    line.close()


def test_libosdps_reader_with_another_key_stays_offline(
    run: Callable[..., Any], until: Callable[..., Any]
) -> None:
    ours, theirs = ports(run)
    run("libosdp_pd.py", theirs, BAUD, bytes(16).hex(), 5, peer="libosdp")
    panel = ControlPanel(5, KEY, asks_status=False)
    line = Line(ours, BAUD, [panel])
    assert Online() not in until(line, Offline(KEY_MISMATCH))
    line.close()


@pytest.mark.parametrize("peer", ["libosdp", "osdp"])
def test_our_reader_strikes_for_another_makers_panel(
    run: Callable[..., Any], peer: str
) -> None:
    panel_port, reader_port = ports(run)
    reader = run("reader", "--port", reader_port, "--key", KEY.hex())
    panel = run(f"{peer}_cp.py", panel_port, BAUD, KEY.hex(), 1, peer=peer)
    assert panel.line() == "ready"

    reader.order(do="press", keys="48271635#")

    strike = reader.event("relay")
    assert (strike["on"], strike["ms"]) == (True, 1000)
    assert reader.event("relay")["on"] is False
