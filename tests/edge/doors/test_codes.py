import pytest

from edge.doors.codes import Entry, Keypad


def typed(*keys: str, apart_s: float = 1.0) -> list[str | None]:
    pad = Keypad()
    entries: list[Entry] = []
    for number, key in enumerate(keys):
        entries += pad.press(key, number * apart_s)
    return [entry.code for entry in entries]


@pytest.mark.parametrize("end", ["#", "\r"])
def test_eight_or_ten_digits_are_a_code_when_they_are_ended(end: str) -> None:
    assert typed(*"48271635", end) == ["48271635"]
    assert typed("4827163501" + end) == ["4827163501"]
    assert typed(*"48271635") == []


@pytest.mark.parametrize("keys", ["1#", "482716350#", "48271635012#", "482716350123#"])
def test_another_length_is_an_entry_without_a_code(keys: str) -> None:
    assert typed(keys) == [None]


@pytest.mark.parametrize("clear", ["*", "\x7f"])
def test_a_star_clears(clear: str) -> None:
    assert typed("999" + clear + "48271635#") == ["48271635"]


def test_an_end_without_digits_is_nothing() -> None:
    assert typed("##") == []


def test_thirty_idle_seconds_clear() -> None:
    assert typed("4827", "1635#", apart_s=29.9) == ["48271635"]
    assert typed("4827", "1635#", apart_s=30.0) == [None]


def test_a_code_is_not_shown_in_a_log() -> None:
    assert "48271635" not in repr(Entry("48271635"))
