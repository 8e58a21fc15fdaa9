"""The evening at the school gym, as `./run demo --once` lives it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.scenario
def test_a_resident_books_and_enters_and_the_school_sees_its_yard() -> None:
    lived = subprocess.run(
        [sys.executable, "-m", "hub", "demo", "--once"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=480,
        check=False,
    )
    assert lived.returncode == 0, lived.stdout + lived.stderr[-2000:]
    assert "the evening held" in lived.stdout
    steps = [line for line in lived.stdout.splitlines() if " s  " in line]
    assert len(steps) == 13
