"""What can be said about people at all: a new field or class is a decision, not a slip.

No emotion, age, sex or identity, and nobody who could be followed from minute to minute.
"""

import dataclasses
from typing import get_args

import msgspec
import onnxruntime
import pytest

from contracts import messages, records
from edge.vision.net import NET

HEAD = {"minute", "seen_s", "trust_pct"}
MANY = {"person_s", "people_max", "activity_pct"}
RECORDS = {
    records.WindowRecord: HEAD | MANY | {"flags", "active_s", "undercount_pct"},
    records.ZoneRecord: HEAD | MANY | {"zone", "visits", "dwell_s", "used_s"},
    records.LineRecord: HEAD | {"line", "forward", "backward"},
    records.GridRecord: HEAD | {"row", "cells"},
}
TIME = {"starts_ms", "length_s", "trust"}
EVENTS = {
    messages.WindowEvent: TIME
    | {"seen_s", "people_mean", "people_max", "activity", "flags"}
    | {"active_mean", "undercount"},
    messages.ZoneEvent: TIME
    | {"person_s", "people_max", "activity", "seen_s", "visits", "dwell_s", "used_s"},
    messages.LineEvent: TIME | {"forward", "backward"},
    messages.GridEvent: TIME
    | {"seen_s", "columns", "rows", "levels", "unit_person_s", "cells"},
}


def test_the_net_tells_people_cyclists_and_cars_apart_and_nothing_else() -> None:
    assert records.CLASSES == 3
    session = onnxruntime.InferenceSession(NET, providers=["CPUExecutionProvider"])
    channels = {out.name: out.shape[1] for out in session.get_outputs()}
    # A silhouette; and for each cell three classes and the four sides of a box.
    assert channels == {"mask": 1, "fine": 3 + 4, "coarse": 3 + 4}


@pytest.mark.parametrize("kind", get_args(records.Record))
def test_a_record_has_these_fields_and_no_other(kind: type) -> None:
    assert {field.name for field in dataclasses.fields(kind)} == RECORDS[kind]


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_of_a_camera_has_these_fields_and_no_other(
    kind: type[msgspec.Struct],
) -> None:
    assert set(kind.__struct_fields__) == EVENTS[kind]


def test_every_event_is_of_a_camera_a_door_or_a_node() -> None:
    others = {messages.DoorEvent, messages.NodeEvent}
    assert set(get_args(messages.EventValue)) == {*EVENTS, *others}
