"""The words of faults are those that the node uses."""

import re
from pathlib import Path

import pytest

from edge.vision import processes, supervisor
from edge.vision.faults import WORKERS, Faults


@pytest.mark.parametrize("module", [supervisor, processes])
def test_every_word_of_the_node_is_written_down(module: object) -> None:
    source = Path(str(vars(module)["__file__"])).read_text()
    words = re.findall(r'return "([a-z ]+)"', source)
    assert len(words) >= 3
    assert set(words) <= WORKERS


def test_the_first_fault_of_a_quarter_is_the_one_that_is_told() -> None:
    faults = Faults(hurried=False)
    faults.note("record refused: check", 100)
    faults.note("worker talks nonsense", 101)
    assert [faults.take(slot) for slot in (None, 104, 105, 120)] == [
        *([], []),
        *(["record refused"], []),
    ]


def test_a_fault_within_an_hour_of_the_last_is_told_when_it_comes_again() -> None:
    faults = Faults(hurried=False)
    told = []
    for minute in range(120):
        faults.note("worker silent", minute)
        told += [(minute, word) for word in faults.take(minute)]
    assert told == [(0, "worker silent"), (60, "worker silent")]


def test_a_clock_that_was_put_back_forgets_the_hour() -> None:
    faults = Faults(hurried=False)
    faults.note("worker silent", 300)
    assert faults.take(300) == ["worker silent"]
    faults.forget()
    faults.note("worker silent", 240)
    assert faults.take(240) == ["worker silent"]
