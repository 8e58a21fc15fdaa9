"""The bench's arithmetic and its table; the measurement itself is no test."""

import pytest

from bench.__main__ import table
from bench.door import limit_ms


@pytest.mark.parametrize(
    ("baud", "readers", "limit"),
    [(9600, 1, 129.4), (9600, 4, 280.0), (115200, 1, 29.1), (115200, 8, 186.7)],
)
def test_the_limit_is_the_bytes_of_the_standard(
    baud: int, readers: int, limit: float
) -> None:
    assert limit_ms(baud, readers) == pytest.approx(limit, abs=0.06)


def test_a_table_is_aligned_under_its_names() -> None:
    assert table([{"stack": "a", "ms": 1}, {"stack": "bcd", "ms": 100}]).split(
        "\n"
    ) == [
        "stack   ms",
        "    a    1",
        "  bcd  100",
    ]


def test_nothing_measured_is_said() -> None:
    assert table([]) == "nothing measured"
