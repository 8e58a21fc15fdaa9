import os
from pathlib import Path

import pytest

from edge.doors.drivers import LineGoneError, Signal
from edge.doors.drivers.osdp import OsdpLine, Reader

READER = Reader("door-a", address=0, scbk=bytes(16))


def test_a_port_that_is_not_there_is_a_line_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(LineGoneError):
        OsdpLine(tmp_path / "ttyUSB0", 9600, (READER,))


def test_a_reader_that_has_not_answered_yet_is_told_nothing() -> None:
    ours, theirs = os.openpty()
    line = OsdpLine(Path(os.ttyname(theirs)), 9600, (READER,))
    door = line.doors["door-a"]
    assert not door.open(5000)
    for signal in Signal:
        door.signal(signal)
    door.lock()
    line.close()
    os.close(ours)
    os.close(theirs)


def test_a_driver_says_what_it_can_do() -> None:
    ours, theirs = os.openpty()
    line = OsdpLine(Path(os.ttyname(theirs)), 9600, (READER,))
    assert line.doors["door-a"].capabilities.timed_output
    line.close()
    os.close(ours)
    os.close(theirs)
