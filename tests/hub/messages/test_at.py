"""What a modem says, however torn and noisy."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.messages.at import AtReader, Kind, Word, error_number, is_temporary

SAID = (
    b"\r\nOK\r\n\r\n> \r\n+CMGS: 7\r\n\r\n+CDS: 26\r\n0006AB\r\n\r\nOK\r\n"
    b"\r\n+CMS ERROR: 331\r\n+CMT: ,20\r\n0004\r\nERROR\r\n"
)
WORDS = [
    Word(Kind.OK),
    Word(Kind.PROMPT),
    Word(Kind.INFO, "+CMGS: 7"),
    Word(Kind.REPORT, "0006AB"),
    Word(Kind.OK),
    Word(Kind.ERROR, "+CMS ERROR: 331"),
    Word(Kind.DELIVERED, "0004"),
    Word(Kind.ERROR, "ERROR"),
]


def test_words_are_cut_from_the_stream() -> None:
    words = AtReader().feed(b"\r\nOK\r\n\r\n+CMGS: 7\r\n")
    assert words == [Word(Kind.OK), Word(Kind.INFO, "+CMGS: 7")]


@given(st.lists(st.integers(0, len(SAID)), max_size=20))
def test_it_does_not_matter_where_the_stream_is_torn(places: list[int]) -> None:
    cuts = sorted({0, *places, len(SAID)})
    reader = AtReader()
    words = [
        word for start, end in pairwise(cuts) for word in reader.feed(SAID[start:end])
    ]
    assert words == WORDS


@pytest.mark.parametrize("seed", range(20))
def test_bytes_that_no_modem_sends_are_dropped(seed: int) -> None:
    draw = random.Random(seed)
    reader = AtReader()
    words: list[Word] = []
    for byte in SAID:
        noise = bytes(
            draw.choice((0, 1, 7, 128, 255)) for _ in range(draw.randrange(3))
        )
        words += reader.feed(noise + bytes((byte,)))
    assert words == WORDS


@given(st.binary(max_size=4000))
def test_noise_never_crashes_the_reader_nor_fills_it(noise: bytes) -> None:
    reader = AtReader()
    reader.feed(noise)
    reader.feed(b"A" * 5000)
    reader.feed(b"\r\n")
    assert reader.feed(b"\r\nOK\r\n") == [Word(Kind.OK)]


def test_a_report_that_never_came_does_not_eat_the_next_line() -> None:
    words = AtReader().feed(b"\r\n+CDS: 26\r\nOK\r\n")
    assert words == [Word(Kind.OK)]


def test_errors_are_numbered_and_some_pass_by_themselves() -> None:
    assert error_number("+CMS ERROR: 331") == 331
    assert error_number("+CME ERROR: 10") == 10
    assert error_number("ERROR") == 0
    assert is_temporary(331)
    assert not is_temporary(21)
