"""A serial port vanishes and comes back as another device, while the edge runs.

Its door is told to be offline, then what it is; the other line's door opens meanwhile. Two
schools live it side by side. Control: a port that does not come back, within the time the
others took.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

from contracts.doors import DoorState
from tests.conditions import until
from tests.faults.evidence import Tally
from tests.faults.processes import DEADLINE_S
from tests.faults.school import THERE, School


@dataclass
class Lived:
    """What became of a port that was pulled out again and again."""

    refused: int = 0
    not_back: int = 0
    longest_s: float = 0.0
    control: bool = False


def live(folder: Path, times: int) -> Lived:
    """Pull a port out and put it in, some times; then pull it out for good."""
    lived = Lived()
    folder.mkdir()
    with ExitStack() as stack:
        school = School(folder, stack)
        school.open_doors()
        for _ in range(times):
            school.unplug("door-a")
            school.sees("door-a", DoorState.OFFLINE)
            lived.refused += not school.opens("door-b")
            school.plug("door-a")
            start_s = monotonic()
            school.sees("door-a", *THERE)
            lived.not_back += not school.opens("door-a")
            lived.longest_s = max(lived.longest_s, monotonic() - start_s)

        school.unplug("door-a")
        school.sees("door-a", DoorState.OFFLINE)
        end_s = monotonic() + lived.longest_s
        until(lambda: monotonic() > end_s, lived.longest_s + DEADLINE_S)
        lived.control = school.hub.states["door-a"] is DoorState.OFFLINE

        until(lambda: school.granted("door-a") == times, DEADLINE_S)
        assert school.granted("door-b") == times
    return lived


def test_a_port_that_vanishes_is_told_and_used_again(
    tmp_path: Path, tally: Tally
) -> None:
    times = tally.times(100, parts=2)
    with ThreadPoolExecutor() as pool:
        folders = [tmp_path / "a", tmp_path / "b"]
        lived = list(pool.map(partial(live, times=times), folders))

    refused, not_back, control = (
        sum(getattr(one, what) for one in lived)
        for what in ("refused", "not_back", "control")
    )
    longest_s = round(max(one.longest_s for one in lived), 1)
    other = {"refused_at_the_other_door": refused, "longest_s": longest_s}
    tally.tell(2 * times, not_back=not_back, control_not_back=control, **other)
    assert (not_back, refused) == (0, 0)
    assert control == len(lived)
