"""The hand of the world's clock, read by the product's clock."""

import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from contracts.clock import LAYOUT, SimulatedClock
from firmware_sim.clock import HELSINKI, BackwardsError, WorldClock, evening, main

START = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
READ = """
import sys
from pathlib import Path
from contracts.clock import SimulatedClock
clock = SimulatedClock(Path(sys.argv[1]))
print(clock.utc().isoformat(), clock.monotonic_s(), flush=True)
sys.stdin.readline()
print(clock.utc().isoformat(), clock.monotonic_s(), flush=True)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clock"


def test_another_process_reads_the_clock_and_sees_it_move(file: Path) -> None:
    world = WorldClock.create(file, START, rate=0)
    with subprocess.Popen(
        [sys.executable, "-c", READ, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        first = reader.stdout.readline().split()
        world.advance(90)
        reader.stdin.write("\n")
        reader.stdin.flush()
        second = reader.stdout.readline().split()
    assert first == [START.isoformat(), "0.0"]
    assert second == [(START + timedelta(seconds=90)).isoformat(), "90.0"]


def test_the_evening_begins_at_half_past_four_in_finland() -> None:
    for now in (START, datetime(2026, 7, 1, 22, 30, tzinfo=UTC)):
        begins = evening(now)
        assert begins.timetz() == time(16, 30, tzinfo=HELSINKI)
        assert begins.date() == now.astimezone(HELSINKI).date()


def test_time_runs_at_its_rate(file: Path) -> None:
    WorldClock.create(file, START, rate=1e6)
    clock = SimulatedClock(file)
    first = clock.utc()
    while clock.utc() - first < timedelta(seconds=1):
        pass
    assert clock.monotonic_s() >= 1


def test_changing_the_rate_neither_steps_nor_loses_time(file: Path) -> None:
    world = WorldClock.create(file, START, rate=0)
    world.advance(10)
    world.set_rate(1e-9)
    world.set_rate(0)
    assert SimulatedClock(file).utc() - START < timedelta(seconds=10.001)
    assert SimulatedClock(file).utc() - START >= timedelta(seconds=10)


def test_a_move_is_no_step_to_the_clock_rules(file: Path) -> None:
    world = WorldClock.create(file, START, rate=0)
    world.move_to(START + timedelta(hours=1))
    clock = SimulatedClock(file)
    assert clock.utc() == START + timedelta(hours=1)
    assert clock.monotonic_s() == 3600


def test_a_wall_time_that_has_passed_is_tomorrows(file: Path) -> None:
    world = WorldClock.create(file, START, rate=0)
    world.move_to_wall(time(19, 5))
    assert world.utc().astimezone(HELSINKI).timetz() == time(19, 5, tzinfo=HELSINKI)
    world.move_to_wall(time(16, 0))
    assert world.utc() == datetime(2026, 11, 28, 14, 0, tzinfo=UTC)


def test_time_never_runs_backwards(file: Path) -> None:
    world = WorldClock.create(file, START, rate=0)
    with pytest.raises(BackwardsError):
        world.advance(-1)
    with pytest.raises(BackwardsError):
        world.move_to(START - timedelta(seconds=1))
    with pytest.raises(BackwardsError):
        world.set_rate(-1)
    assert world.utc() == START


def test_the_fault_steps_the_wall_clock_alone(file: Path) -> None:
    world = WorldClock.create(file, START, rate=0)
    world.step(-3600)
    clock = SimulatedClock(file)
    assert clock.utc() == START - timedelta(hours=1)
    assert clock.monotonic_s() == 0


def test_a_writer_that_died_half_way_is_mended_by_the_next_write(file: Path) -> None:
    WorldClock.create(file, START, rate=0).close()
    data = bytearray(file.read_bytes())
    data[4:8] = (7).to_bytes(4, "little")
    file.write_bytes(data)
    WorldClock(file).advance(1)
    assert SimulatedClock(file).monotonic_s() == 1


def test_the_version_survives_its_overflow(file: Path) -> None:
    WorldClock.create(file, START, rate=0).close()
    data = bytearray(file.read_bytes())
    data[4:8] = (0xFFFFFFFE).to_bytes(4, "little")
    file.write_bytes(data)
    WorldClock(file).advance(1)
    assert SimulatedClock(file).monotonic_s() == 1


@pytest.mark.parametrize("damage", [b"", b"x" * LAYOUT.size])
def test_what_is_no_clock_is_not_opened(file: Path, damage: bytes) -> None:
    file.write_bytes(damage)
    with pytest.raises(ValueError, match=r"clock|empty|size|length"):
        WorldClock(file)


def test_the_command_line_makes_and_moves_a_clock(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(file), "--create"])
    main([str(file), "--rate", "0"])
    main([str(file), "--move-to", "19:05"])
    main([str(file), "--fault-step", "-60"])
    main([str(file), "--advance", "60"])
    assert "T19:05:00" in capsys.readouterr().out.splitlines()[-1]
