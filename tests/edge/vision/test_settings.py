from datetime import datetime
from typing import Any

import pytest

from edge.vision.settings import VisionSettings, VisionSettingsError

GOOD: dict[str, Any] = {
    "camera": "yard",
    "source": "0",
    "zones": [{"name": "swings", "corners": [[0, 0], [10, 0], [10, 10]]}],
    "lines": [{"name": "gate", "start": [0, 0], "end": [10, 0]}],
    "ground": {
        "pixels": [[0, 0], [10, 0], [10, 10], [0, 10]],
        "metres": [[0, 0], [20, 0], [20, 20], [0, 20]],
        "size_m": [20, 20],
    },
    "release": [{"days": [0, 1, 2, 3, 4], "from": "08:00", "until": "15:00"}],
}


def test_settings_are_read_from_a_plain_table() -> None:
    settings = VisionSettings.parse(GOOD)
    assert (settings.camera, settings.size) == ("yard", (320, 240))
    assert settings.zones[0].corners == ((0, 0), (10, 0), (10, 10))
    assert settings.lines[0].end == (10, 0)
    assert settings.ground is not None


def test_where_nothing_is_drawn_the_size_follows_the_source() -> None:
    bare = {"camera": "yard", "source": "0"}
    assert VisionSettings.parse(bare).size is None
    assert VisionSettings.parse({**bare, "lines": GOOD["lines"]}).size == (320, 240)
    large = VisionSettings.parse({**bare, "width": 640, "height": 480})
    assert large.size == (640, 480)


def test_a_zone_may_be_a_piece_of_equipment() -> None:
    swings = {**GOOD["zones"][0], "equipment": True}
    assert VisionSettings.parse({**GOOD, "zones": [swings]}).zones[0].equipment
    assert not VisionSettings.parse(GOOD).zones[0].equipment


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"camera": ""}, "camera"),
        ({"source": 0}, "source"),
        ({"widht": 320}, "widht"),
        ({"width": "wide"}, "width"),
        ({"fps": 0}, "fps"),
        (
            {"zones": [{"name": "a", "corners": [[0, 0], [1, 1]]}]},
            r"zones\[0\].corners",
        ),
        ({"zones": [{"corners": [[0, 0], [1, 1], [2, 0]]}]}, r"zones\[0\].name"),
        ({"zones": GOOD["zones"] * 2}, "zones"),
        ({"lines": [{"name": "a", "start": [0, 0]}]}, r"lines\[0\].end"),
        ({"ground": {"pixels": [[0, 0]] * 4}}, "ground.pixels"),
        ({"ground": {**GOOD["ground"], "size_m": [0, 1]}}, "ground.size_m"),
        (
            {
                "ground": {
                    **GOOD["ground"],
                    "pixels": [[0, 0], [50, 50], [100, 100], [0, 200]],
                }
            },
            "ground.pixels",
        ),
        ({"release": [{"days": [7], "from": "08:00"}]}, r"release\[0\].days"),
        ({"release": [{"days": [1], "from": "8"}]}, r"release\[0\].from"),
        ({"hours": [{"days": [], "from": "08:00"}]}, r"hours\[0\].days"),
        ({"timezone": "Mars/North"}, "timezone"),
        ({"zones": [{**GOOD["zones"][0], "equipment": 1}]}, r"zones\[0\].equipment"),
        ({"least_px": 0}, "least_px"),
        ({"series": 3}, "series"),
    ],
)
def test_an_error_names_the_key(change: dict[str, Any], key: str) -> None:
    with pytest.raises(VisionSettingsError, match=f"^{key}:"):
        VisionSettings.parse({**GOOD, **change})


@pytest.mark.parametrize(
    ("moment", "covered"),
    [
        ("2026-01-12T08:00", True),
        ("2026-01-12T07:59", False),
        ("2026-01-12T15:00", False),
        ("2026-01-17T10:00", False),
    ],
    ids=["first moment", "before", "end", "Saturday"],
)
def test_release_hours_are_half_open(moment: str, *, covered: bool) -> None:
    (hours,) = VisionSettings.parse(GOOD).release
    assert hours.cover(datetime.fromisoformat(moment)) == covered
