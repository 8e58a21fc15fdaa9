"""The line with real ports and processes."""

import json
import os
import tty
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest

from edge.osdp.controller import ControlPanel, Inputs, Keys, Offline, Online
from edge.osdp.line import Line, LineLostError

pytestmark = pytest.mark.scenario

KEY = bytes(range(16))


def test_a_reader_on_a_fast_noisy_wire_loses_no_key_and_strikes_once_each(
    run: Callable[..., Any], until: Callable[..., Any]
) -> None:
    wire = run("wire", "--baud", 115200, "--damage", 0.03)
    ours, theirs = json.loads(wire.line())["ports"]
    reader = run("reader", "--port", theirs, "--key", KEY.hex(), "--baud", 115200)
    panel = ControlPanel(0, KEY)
    line = Line(ours, 115200, [panel])
    until(line, Online())

    for number in range(10):
        reader.order(do="press", keys=str(number))
        until(line, Keys(str(number)))
        panel.pulse(0, 1)
        settle(line, panel)
        assert reader.event("relay")["ms"] == 100
        assert reader.event("relay")["on"] is False

    assert reader.waiting() == []
    line.close()


def settle(line: Line, panel: ControlPanel) -> None:
    """Poll until the order is out and answered."""
    line.poll_once()
    while panel.is_tried_again or panel.is_urgent:
        line.poll_once()


def test_each_reader_of_a_multidrop_line_speaks_for_itself(
    run: Callable[..., Any],
) -> None:
    wire = run("wire", "--baud", 38400, "--readers", 2)
    ours, *theirs = json.loads(wire.line())["ports"]
    readers = [
        run("reader", "--port", port, "--key", KEY.hex(), "--address", address)
        for address, port in enumerate(theirs)
    ]
    panels = [ControlPanel(address, KEY) for address in range(2)]
    line = Line(ours, 38400, panels)
    while not all(panel.online for panel in panels):
        line.poll_once()

    readers[1].order(do="input", number=0, active=True)
    events: list[tuple[int, object]] = []
    while (1, Inputs((True, False))) not in events:
        events += line.poll_once()

    assert (0, Inputs((True, False))) not in events
    line.close()


@pytest.mark.usefixtures("soon_offline")
def test_a_missing_reader_is_reported_and_slows_the_other_only_a_little(
    run: Callable[..., Any], until: Callable[..., Any]
) -> None:
    wire = run("wire", "--baud", 115200, "--readers", 2)
    ours, here, _ = json.loads(wire.line())["ports"]
    reader = run("reader", "--port", here, "--key", KEY.hex())
    reader.order()
    assert reader.event("refused"), "it has started"
    line = Line(ours, 115200, [ControlPanel(0, KEY), ControlPanel(1, KEY)])

    events = until(line, Offline("no answer"))
    start_s, polls = monotonic(), 0
    while monotonic() < start_s + 2:
        line.poll_once()
        polls += 1

    assert Online() in events
    assert polls > 30
    line.close()


@pytest.mark.usefixtures("soon_offline")
def test_a_cut_wire_is_noticed_and_a_mended_one_too(
    run: Callable[..., Any], until: Callable[..., Any]
) -> None:
    wire = run("wire", "--baud", 9600)
    ours, theirs = json.loads(wire.line())["ports"]
    run("reader", "--port", theirs, "--key", KEY.hex())
    line = Line(ours, 9600, [ControlPanel(0, KEY)])
    until(line, Online())

    wire.order(do="cut", end=1)
    until(line, Offline("no answer"))
    wire.order(do="join", end=1)

    assert until(line, Online()) == [Online()]
    line.close()


def test_after_one_damaged_packet_a_reader_answers_again_within_0_3_s(
    run: Callable[..., Any], until: Callable[..., Any]
) -> None:
    wire = run("wire", "--baud", 9600)
    ours, theirs = json.loads(wire.line())["ports"]
    run("reader", "--port", theirs, "--key", KEY.hex())
    panel = ControlPanel(0, KEY)
    line = Line(ours, 9600, [panel])
    until(line, Online())

    gaps_s: list[float] = []
    for _ in range(10):
        wire.order(do="damage", next=1)
        while not panel.is_tried_again:
            start_s = monotonic()
            line.poll_once()
        while panel.is_tried_again:
            line.poll_once()
        gaps_s.append(monotonic() - start_s)

    # Measured from the damaged packet's own start; the median, since others may be
    # using this machine.
    assert sorted(gaps_s)[5] < 0.35
    line.close()


def test_a_vanished_port_is_reported() -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    line = Line(os.ttyname(theirs), 9600, [ControlPanel(0, KEY)])
    os.close(ours)
    os.close(theirs)
    with pytest.raises(LineLostError):
        line.poll_once()
    line.close()


def test_a_port_that_is_not_there_is_reported() -> None:
    with pytest.raises(LineLostError):
        Line("/nowhere/port", 9600, [])
