"""The OSDP driver on a pty, with the devices of a simulated door at the other end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts.clock import SystemClock
from edge.doors.drivers import (
    Device,
    DeviceEvent,
    DoorReport,
    Inputs,
    Keys,
    LineGoneError,
    Offline,
    Online,
    Signal,
)
from edge.doors.drivers.osdp import Board, OsdpLine, Reader
from edge.osdp.controller import KEY_MISMATCH
from firmware_sim import board as sim
from firmware_sim.actions import Building
from firmware_sim.leaf import Device as Place
from firmware_sim.leaf import Door
from firmware_sim.page.journal import Journal
from firmware_sim.rs485 import SerialLine
from tests.conditions import until

BAUD = 115200
KEY, BOARD_KEY = bytes(16), bytes(range(16))
INNER = Reader("a", 0, KEY)
OUTER = Reader("a", 0, KEY, board=Board(64, BOARD_KEY))


class Site:
    """One simulated door and the line that leads to it."""

    def __init__(self, reader: Reader) -> None:
        clock = SystemClock()
        journal = Journal(clock, lambda _: None)
        board = Place(64, BOARD_KEY) if reader.board else None
        self.door = Door("a", journal.report, Place(0, KEY), board)
        self.building = Building({"a": self.door}, {}, journal, clock)
        self.serial = SerialLine([self.door], self.building, BAUD)
        self.line = OsdpLine(Path(self.serial.path), BAUD, (reader,))
        self.driver = self.line.doors["a"]
        self.seen: list[DoorReport] = []

    def sees(self, event: DeviceEvent, device: Device) -> bool:
        self.seen += self.line.poll()
        return DoorReport("a", event, device) in self.seen

    def until_seen(self, event: DeviceEvent, device: Device) -> None:
        until(lambda: self.sees(event, device), within_s=30)


@contextmanager
def site(reader: Reader) -> Iterator[Site]:
    site, stop = Site(reader), threading.Event()
    thread = threading.Thread(target=site.serial.run, args=(stop,))
    thread.start()
    try:
        yield site
    finally:
        site.line.close()
        stop.set()
        thread.join()


def test_a_port_that_is_not_there_is_a_line_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(LineGoneError):
        OsdpLine(tmp_path / "ttyUSB0", 9600, (INNER,))


@pytest.mark.parametrize("reader", [INNER, OUTER])
def test_a_door_that_has_not_answered_yet_is_told_nothing(reader: Reader) -> None:
    with site(reader) as at:
        assert not at.driver.open(5000)
        for signal in Signal:
            at.driver.signal(signal)
        at.driver.lock()
        assert at.driver.capabilities.timed_output


def test_a_reader_alone_is_pad_and_lock() -> None:
    with site(INNER) as at:
        at.until_seen(Online(), Device.WHOLE)
        at.door.reader.press("1#")
        at.until_seen(Keys("1#"), Device.WHOLE)
        assert at.driver.open(5000)
        until(lambda: at.line.poll() or at.door.leaf.is_free)


def test_with_a_board_the_reader_takes_the_keys_and_the_board_moves_the_lock() -> None:
    with site(OUTER) as at:
        at.until_seen(Online(), Device.PAD)
        at.until_seen(Online(), Device.LOCK)
        at.door.reader.press("1#")
        at.until_seen(Keys("1#"), Device.PAD)
        assert at.driver.open(5000)
        until(lambda: at.line.poll() or at.door.leaf.is_free)
        with at.building.lock:
            at.door.move("pull", 0)
        at.until_seen(Inputs((True, False)), Device.LOCK)


@pytest.mark.usefixtures("soon_offline")
def test_without_its_board_a_door_takes_keys_and_cannot_be_opened() -> None:
    with site(OUTER) as at:
        at.until_seen(Online(), Device.LOCK)
        at.door.devices["io"].is_cut = True
        at.until_seen(Offline("no answer"), Device.LOCK)
        assert not at.driver.open(5000)
        at.door.reader.press("1#")
        at.until_seen(Keys("1#"), Device.PAD)


def test_a_board_with_another_key_is_offline_until_it_has_the_right_one() -> None:
    with site(OUTER) as at:
        at.door.devices["io"] = sim.Board(64, bytes(16), lambda *_, **__: None)
        at.until_seen(Offline(KEY_MISMATCH), Device.LOCK)
        assert DoorReport("a", Online(), Device.LOCK) not in at.seen
        at.door.devices["io"] = sim.Board(64, BOARD_KEY, lambda *_, **__: None)
        at.until_seen(Online(), Device.LOCK)
