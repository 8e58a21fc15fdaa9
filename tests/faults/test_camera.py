"""A camera is gone, or gives what is no picture, and comes back; in turn, at two nodes.

The node says so, claims nothing meanwhile, and counts again. Control: the minutes that it
reports as unseen.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from contracts.clock import to_ms
from contracts.messages import WindowEvent
from firmware_sim.clock import WorldClock
from tests.conditions import until
from tests.faults.evidence import Tally
from tests.faults.processes import DEADLINE_S
from tests.faults.school import School

NO_FRAMES = "camera gives no frames"
EVENING = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
RATE = 400
"""A minute is a seventh of a second: the node tells each one once."""
QUIET_S = 660
"""After this long the node says the same fault again."""


@dataclass
class Yard:
    """A node that watches a folder of pictures, in a hurry."""

    school: School
    pictures: Path
    clock: WorldClock

    def windows(self, since_ms: int, *, seen: bool) -> list[WindowEvent]:
        """Return the minutes after a moment that were seen, or not."""
        values = [event.value for event in list(self.school.hub.events.values())]
        return [
            value
            for value in values
            if isinstance(value, WindowEvent)
            and value.starts_ms > since_ms
            and bool(value.seen_s) is seen
        ]

    def break_camera(self, *, gone: bool) -> None:
        """Take the folder away, or let no picture in it be one."""
        if gone:
            self.pictures.rename(self.away)
            return
        for picture in self.pictures.iterdir():
            picture.write_bytes(b"no picture")

    def mend_camera(self) -> None:
        """Have pictures again."""
        if self.away.exists():
            self.away.rename(self.pictures)
        paint(self.pictures)

    @property
    def away(self) -> Path:
        return self.pictures.with_name("away")

    def now_ms(self) -> int:
        return to_ms(self.clock.utc())


def paint(folder: Path) -> None:
    """Paint a few pictures of somebody on a plain yard."""
    folder.mkdir(exist_ok=True)
    for number in range(12):
        picture = np.full((48, 64, 3), 90, np.uint8)
        picture[20:34, 4 * number : 4 * number + 6] = 220
        cv2.imwrite(str(folder / f"{number:02}.png"), picture)


@contextmanager
def watched(folder: Path) -> Iterator[Yard]:
    """Start a node that counts."""
    folder.mkdir()
    paint(folder / "pictures")
    clock = WorldClock.create(folder / "clock", EVENING, rate=RATE)
    with ExitStack() as stack:
        stack.callback(clock.close)
        school = School(folder, stack)
        camera = {
            "camera": "yard",
            "source": str(folder / "pictures"),
            "width": 64,
            "height": 48,
            "fps": 1,
            "catch_up_s": 0,
        }
        yard = Yard(school, folder / "pictures", clock)
        school.start_eye(camera, f"simulated:{folder / 'clock'}")
        until(lambda: yard.windows(0, seen=True), DEADLINE_S)
        yield yard


@dataclass(frozen=True)
class Lived:
    """How often a camera that was broken came back, and was seen to be broken."""

    back: int
    unseen: int


def live(folder: Path, first: int, times: int) -> Lived:
    """Break a camera in both ways in turn, some times, and mend it."""
    back, unseen = 0, 0
    with watched(folder) as yard:

        def told(times: int) -> bool:
            return yard.school.hub.told("fault", "yard", why=NO_FRAMES) == times

        for number in range(first, first + times):
            yard.clock.advance(QUIET_S)
            yard.break_camera(gone=bool(number % 2))
            since_ms = yard.now_ms()
            until(partial(told, number - first + 1), DEADLINE_S)
            unseen += bool(
                until(partial(yard.windows, since_ms, seen=False), DEADLINE_S)
            )
            yard.mend_camera()
            since_ms = yard.now_ms()
            back += bool(until(partial(yard.windows, since_ms, seen=True), DEADLINE_S))
    return Lived(back, unseen)


def test_a_camera_that_vanishes_is_told_and_used_again(
    tmp_path: Path, tally: Tally
) -> None:
    times, firsts = tally.times(100, parts=2), (0, 1)
    with ThreadPoolExecutor() as pool:
        folders = [tmp_path / str(first) for first in firsts]
        lived = list(pool.map(partial(live, times=times), folders, firsts))

    back, unseen = sum(one.back for one in lived), sum(one.unseen for one in lived)
    tally.tell(2 * times, not_back=2 * times - back, control_unseen=unseen)
    assert back == 2 * times
    assert min(one.unseen for one in lived) > 0
