"""What goes wrong between worker and gate: real processes and a real pipe."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts.messages import NodeEvent, WindowEvent
from contracts.records import WindowRecord, ZoneRecord, pack
from edge.vision.windows import minute_of
from hub.broker import free_port
from tests.conditions import until
from tests.edge.vision.conftest import MakeClip, MakeShow, MakeStation
from tests.edge.vision.stations import DEADLINE_S, Station

pytestmark = pytest.mark.scenario
DAMAGED = pack(ZoneRecord(1, 0, 60, 90, 0, 0, 0))[:-1] + b"\xff"


@pytest.fixture
def rate() -> float:
    """A minute a second, of a picture each simulated second."""
    return 60.0


@pytest.fixture
def settings(clip: MakeClip) -> dict[str, Any]:
    small = {"camera": "yard", "width": 64, "height": 48, "fps": 1}
    return {**small, "source": str(clip(range(100, 140), contrast=60))}


@pytest.fixture
def yard(settings: dict[str, Any], station: MakeStation) -> Station:
    yard = station(settings)
    yard.wait_for(WindowEvent, seen_s=1)
    return yard


def fault(why: str) -> NodeEvent:
    return NodeEvent("fault", why)


def test_a_killed_worker_is_a_fault_and_starts_again(yard: Station) -> None:
    os.kill(yard.worker, signal.SIGKILL)
    assert yard.wait_for(NodeEvent) == fault("worker ended")
    assert yard.wait_for(WindowEvent, seen_s=20)


def test_a_damaged_record_is_a_fault_and_the_next_one_counts(yard: Station) -> None:
    worker = yard.worker
    yard.inject(DAMAGED)
    assert yard.wait_for(NodeEvent) == fault("record refused: check")
    assert yard.wait_for(WindowEvent, seen_s=50)
    assert yard.worker == worker


def test_a_torrent_of_damage_ends_the_worker_and_counting_goes_on(
    yard: Station,
) -> None:
    worker = yard.worker
    yard.inject(DAMAGED * 100)
    assert yard.wait_for(NodeEvent) == fault("record refused: check")
    assert yard.wait_for(NodeEvent) == fault("worker talks nonsense")
    assert yard.wait_for(WindowEvent, seen_s=20)
    assert yard.worker != worker


def test_half_a_record_does_not_shift_all_that_follow_for_ever(
    settings: dict[str, Any], station: MakeStation
) -> None:
    pixels = [[0, 0], [64, 0], [64, 48], [0, 48]]
    ground = {"pixels": pixels, "metres": pixels, "size_m": [64, 48]}
    yard = station({**settings, "ground": ground})
    yard.wait_for(WindowEvent, seen_s=1)
    yard.inject(DAMAGED[:10])
    assert yard.wait_for(NodeEvent).why.startswith("record refused")
    until(lambda: yard.wait_for(NodeEvent).why == "worker talks nonsense", DEADLINE_S)
    assert yard.wait_for(WindowEvent, seen_s=20)


def test_a_stuck_worker_is_ended_and_another_counts(
    settings: dict[str, Any], station: MakeStation
) -> None:
    yard = station(settings, silent_s=8)
    yard.wait_for(WindowEvent, seen_s=1)
    os.kill(yard.worker, signal.SIGSTOP)
    until(lambda: yard.wait_for(NodeEvent) == fault("worker silent"), DEADLINE_S)
    assert yard.wait_for(WindowEvent, seen_s=20)


@pytest.mark.parametrize("rate", [20.0], ids=["of a camera in real time"])
def test_a_network_camera_that_goes_is_a_fault_and_used_again_when_it_is_back(
    clip: MakeClip, station: MakeStation, show: MakeShow
) -> None:
    film, port = clip(range(100, 140), contrast=60), free_port()
    small = {"camera": "yard", "width": 64, "height": 48, "fps": 1}
    camera = show(film, port)
    yard = station({**small, "source": camera.address})
    yard.wait_for(WindowEvent, seen_s=1)

    camera.kill()
    assert yard.wait_for(NodeEvent) == fault("camera gives no frames")

    show(film, port)
    assert yard.wait_for(WindowEvent, seen_s=10)


def test_a_worker_that_cannot_start_is_a_fault_and_tried_again(
    settings: dict[str, Any], station: MakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = sys.executable
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    yard = station(settings)
    assert yard.wait_for(NodeEvent) == fault("worker cannot start")
    monkeypatch.setattr(sys, "executable", python)
    assert yard.wait_for(WindowEvent, seen_s=20)


def test_the_worker_can_write_to_its_pipe_and_nowhere_else(yard: Station) -> None:
    folder = Path(f"/proc/{yard.worker}")
    ways_out = set()
    for name in (folder / "fd").iterdir():
        told = (folder / "fdinfo" / name.name).read_text().split("flags:")[1].split()
        if int(told[0], 8) & (os.O_WRONLY | os.O_RDWR):
            ways_out.add(str(name.readlink()).split(":")[0])
    assert ways_out == {"pipe"}


def test_a_worker_that_breaks_its_lock_is_ended_told_and_another_counts(
    yard: Station,
) -> None:
    # What the kernel does to a process that calls what its filter forbids.
    os.kill(yard.worker, signal.SIGSYS)
    assert yard.wait_for(NodeEvent) == fault("worker stopped by its lock")
    assert yard.wait_for(WindowEvent, seen_s=20)


def test_a_killed_feeder_is_a_fault_and_starts_again(yard: Station) -> None:
    os.kill(yard.feeder, signal.SIGKILL)
    assert yard.wait_for(NodeEvent) == fault("feeder ended")
    assert yard.wait_for(WindowEvent, seen_s=20)


def test_the_records_of_a_worker_that_a_unit_runs_are_read_from_its_pipe(
    settings: dict[str, Any], station: MakeStation, tmp_path: Path
) -> None:
    pipe = tmp_path / "records"
    yard = station(settings, records=pipe)
    assert yard.wait_for(NodeEvent) == fault("worker cannot start"), "no pipe yet"
    os.mkfifo(pipe)

    minute = minute_of(yard.clock.utc())
    with pipe.open("wb", buffering=0) as out:
        out.write(pack(WindowRecord(minute - 1, 60, 90, 120, 2, 0)))
        assert yard.wait_for(WindowEvent).people_mean == 2
    assert yard.wait_for(NodeEvent) == fault("worker ended")
    with pipe.open("wb", buffering=0) as out:
        minute = minute_of(yard.clock.utc())
        out.write(pack(WindowRecord(minute - 1, 60, 90, 180, 3, 0)))
        assert yard.wait_for(WindowEvent).people_mean == 3


def test_a_file_in_place_of_the_pipe_is_not_read(
    settings: dict[str, Any], station: MakeStation, tmp_path: Path
) -> None:
    (tmp_path / "records").write_bytes(DAMAGED)
    yard = station(settings, records=tmp_path / "records")
    assert yard.wait_for(NodeEvent) == fault("worker cannot start")
