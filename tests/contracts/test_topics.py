"""The table of topics, and the page that is made from it."""

from pathlib import Path

import pytest

from contracts import topics


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda t: t.pattern)
def test_the_ids_of_a_name_are_read_back(topic: topics.Topic) -> None:
    ids = {"site": "haapaniemi", "node": "edge-1", "door": "A", "command": "c-1"}
    ids["camera"] = "yard"
    ids = {key: value for key, value in ids.items() if f"{{{key}}}" in topic.pattern}
    assert topic.ids(topic.name(**ids)) == ids


def test_events_are_never_retained_and_state_always_is() -> None:
    kept = {t.pattern.split("/", 4)[4]: t.retained for t in topics.ALL}
    assert not any(
        kept[name] for name in ("ev", "grid", "cmd/{command}", "reply/{command}")
    )
    assert all(
        kept[name]
        for name in (
            *("status", "birth", "state/{door}"),
            *("grants", "permit/{camera}", "ack"),
        )
    )


def test_a_name_of_another_family_is_refused() -> None:
    with pytest.raises(ValueError, match="not of the form"):
        topics.EVENTS.ids("kynnys/v1/haapaniemi/edge-1/status")


def test_the_page_of_the_bus_is_made_from_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "bus.md"
    assert page.read_text() == topics.as_markdown()
