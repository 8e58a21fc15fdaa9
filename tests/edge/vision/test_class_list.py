"""What the net can tell of somebody, in full: person, cyclist or car, and where."""

from typing import get_type_hints

import msgspec
import onnxruntime
import pytest

from contracts import messages as m
from contracts.records import CLASSES
from edge.vision.net import NET

BOX = 4
"""Left, top, right, bottom: how far its sides are."""
COUNTS = (m.WindowEvent, m.ZoneEvent, m.LineEvent, m.GridEvent)
NUMBERS = {"int", "float", "tuple", "bytes"}


def test_the_net_has_three_classes_a_box_and_a_mask_and_nothing_else() -> None:
    session = onnxruntime.InferenceSession(str(NET), providers=["CPUExecutionProvider"])
    channels = {out.name: out.shape[1] for out in session.get_outputs()}
    assert CLASSES == 3
    assert channels == {"mask": 1, "fine": CLASSES + BOX, "coarse": CLASSES + BOX}


def test_a_line_tells_three_classes_in_two_directions() -> None:
    hints = get_type_hints(m.LineEvent)
    assert len(hints["forward"].__args__) == len(hints["backward"].__args__) == CLASSES


@pytest.mark.parametrize("kind", COUNTS)
def test_a_count_holds_figures_only_and_no_word_or_number_of_anybody(
    kind: type[msgspec.Struct],
) -> None:
    """Fields are listed here by hand: a new one is to be thought about."""
    kinds = {
        name: getattr(hint, "__name__", str(hint))
        for name, hint in get_type_hints(kind).items()
        if not name.startswith("__")
    }
    assert {*kinds.values()} <= NUMBERS, "no text, so no name and no opinion"
    assert set(kinds) - COMMON == OWN[kind]


COMMON = {"starts_ms", "length_s", "trust"}
OWN: dict[type, set[str]] = {
    m.WindowEvent: {
        *("seen_s", "people_mean", "people_max", "activity", "flags"),
        *("active_mean", "undercount"),
    },
    m.ZoneEvent: {
        *("person_s", "people_max", "activity", "seen_s", "visits", "dwell_s"),
        "used_s",
    },
    m.LineEvent: {"forward", "backward"},
    m.GridEvent: {"seen_s", "columns", "rows", "levels", "unit_person_s", "cells"},
}
