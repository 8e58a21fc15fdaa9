"""One clock for every process of a box, real or simulated."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.clock import (
    LAYOUT,
    MAGIC,
    ClockFileError,
    ManualClock,
    SimulatedClock,
    SystemClock,
    from_ms,
    open_clock,
    to_ms,
)

EVENING = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)


def clock_file(path: Path, *, rate: float, magic: bytes = MAGIC) -> Path:
    utc_ns = to_ms(EVENING) * 1_000_000
    path.write_bytes(
        LAYOUT.pack(magic, 2, time.monotonic_ns(), utc_ns, 5_000_000_000, rate)
    )
    return path


def test_a_stopped_world_stands_still(tmp_path: Path) -> None:
    clock = SimulatedClock(clock_file(tmp_path / "clock", rate=0.0))
    assert clock.utc() == EVENING
    assert clock.monotonic_s() == 5.0
    assert clock.simulated


def test_wall_and_monotonic_time_run_alike(tmp_path: Path) -> None:
    clock = SimulatedClock(clock_file(tmp_path / "clock", rate=1000.0))
    while clock.monotonic_s() < 6.0:
        pass
    wall = (clock.utc() - EVENING).total_seconds()
    assert wall == pytest.approx(clock.monotonic_s() - 5.0, abs=1.0)


def test_a_file_that_is_no_clock_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClockFileError, match="not a clock"):
        SimulatedClock(clock_file(tmp_path / "clock", rate=1.0, magic=b"JPEG"))
    (tmp_path / "short").write_bytes(b"KYNC")
    with pytest.raises(ClockFileError, match="cannot be mapped"):
        SimulatedClock(tmp_path / "short")
    with pytest.raises(ClockFileError, match="cannot be mapped"):
        SimulatedClock(tmp_path / "missing")


def test_the_setting_names_the_clock(tmp_path: Path) -> None:
    assert not open_clock("system").simulated
    file = clock_file(tmp_path / "clock", rate=0.0)
    assert open_clock(f"simulated:{file}").utc() == EVENING
    with pytest.raises(ClockFileError, match="system"):
        open_clock("simulated")


def test_the_machines_clock_is_aware() -> None:
    assert SystemClock().utc().tzinfo is UTC


def test_moments_cross_the_wire_to_the_millisecond() -> None:
    assert from_ms(to_ms(EVENING)) == EVENING


def test_a_manual_clock_moves_both_times_together() -> None:
    clock = ManualClock(EVENING)
    clock.advance(90)
    assert (clock.utc() - EVENING).total_seconds() == clock.monotonic_s() == 90
