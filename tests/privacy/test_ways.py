"""Ways out of the locked worker, each tried from within its own process.

A way counts if it succeeds without the lock on this machine. None may succeed with it.
The harness is proved able to see: the same ways, with their one call added to the filter,
do come out where nothing but the filter holds them.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.evidence import Tally
from tests.privacy import private
from tests.privacy.ways.memory import FIRST_KEY

pytestmark = pytest.mark.scenario
LEAST = 200
WIDENED = {
    "flock",
    "keyctl update",
    "mmap",
    "msgsnd",
    "prctl PR_SET_NAME",
    "set_robust_list",
    "sethostname",
    "umask",
    "writev",
}
"""One of each kind that nothing but the filter holds."""
PATIENCE_S = 400.0


@dataclass(frozen=True)
class Tried:
    """One way, all its variants, all its rounds."""

    kind: str
    name: str
    seen: dict[str, bool]
    """Whether any variant came out, by round."""
    why: str
    """What the control met that did not come out."""


@pytest.fixture(scope="session")
def tried(
    tmp_path_factory: pytest.TempPathFactory, config: pytest.Config, tally: Tally
) -> list[Tried]:
    private.require_namespaces()
    place = tmp_path_factory.mktemp("ways")
    before = _left_behind()
    done = private.run("tests.privacy.harness", place, within_s=PATIENCE_S)
    assert done.returncode == 0, done.stderr[-2000:]
    assert _left_behind() == before
    assert list(place.iterdir()) == []
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    ways = list(_grouped(outcomes))
    private.tell(config, table(ways))
    rounds = ("locked", "unlocked", "widened")
    out = [sum(way.seen.get(each, False) for way in ways) for each in rounds]
    tally.tell(
        0,
        ways_tried=len(ways),
        ways_out_locked=out[0],
        control_out_unlocked=out[1],
        control_out_with_one_more_call=out[2],
    )
    return ways


def _grouped(outcomes: list[dict[str, object]]) -> Iterator[Tried]:
    names = dict.fromkeys((str(one["kind"]), str(one["name"])) for one in outcomes)
    for kind, name in names:
        mine = [one for one in outcomes if (one["kind"], one["name"]) == (kind, name)]
        rounds = {str(one["round"]) for one in mine}
        seen = {
            each: any(one["seen"] for one in mine if one["round"] == each)
            for each in rounds
        }
        controls = [str(one["how"]) for one in mine if one["round"] == "unlocked"]
        yield Tried(kind, name, seen, controls[0])


def table(ways: list[Tried]) -> list[str]:
    """Return what is printed: by kind, then what this machine has not."""
    lines = [f"{'kind':24}{'tried':>7}{'out, locked':>13}{'out, unlocked':>15}"]
    kinds = [*dict.fromkeys(way.kind for way in ways)]
    for kind in [*kinds, "all"]:
        mine = [way for way in ways if kind in (way.kind, "all")]
        counted = [way for way in mine if way.seen["unlocked"]]
        out = sum(way.seen["locked"] for way in mine)
        lines.append(f"{kind:24}{len(mine):>7}{out:>13}{len(counted):>15}")
    widened = [way for way in ways if way.seen.get("widened")]
    lines.append(f"with its one call added to the filter {len(widened)} came out")
    lines.append("not counted, because the control fails on this machine:")
    failed = [way for way in ways if not way.seen["unlocked"]]
    return lines + [f"  {way.kind}, {way.name}: {way.why}" for way in failed]


def _left_behind() -> list[object]:
    """Return what a way could have changed for good, outside; others work here too."""
    tables = [Path("/proc/sysvipc", name).read_text() for name in ("shm", "sem", "msg")]
    keys = re.findall(rf"^\s+{FIRST_KEY // 1000}\d\d\d ", "".join(tables), re.MULTILINE)
    folders = [Path("/dev/shm"), Path("/dev/mqueue")]  # noqa: S108 - only listed
    files = [path for folder in folders for path in folder.glob("[0-9a-f]" * 16)]
    return [
        os.uname().nodename,
        keys,
        files,
        "ways" in Path("/proc/mounts").read_text(),
    ]


def test_no_way_out_succeeds_from_the_locked_worker(tried: list[Tried]) -> None:
    assert [way for way in tried if way.seen["locked"]] == []


def test_enough_ways_succeed_where_there_is_no_lock(tried: list[Tried]) -> None:
    assert sum(way.seen["unlocked"] for way in tried) >= LEAST


def test_a_filter_with_one_more_call_is_found_out(tried: list[Tried]) -> None:
    came_out = {way.name for way in tried if way.seen.get("widened")}
    assert WIDENED - came_out == set()
