"""What was drawn, what is wrong with it, and how it gets into the settings."""

from typing import Any

import msgspec
import pytest

from edge.setup import drawing
from edge.setup.drawing import Drawing, DrawingError, Wrong
from edge.vision.settings import VisionSettings

SQUARE = [[10, 10], [50, 10], [50, 40], [10, 40]]
GROUND = {
    "pixels": SQUARE,
    "metres": [[0, 0], [8, 0], [8, 6], [0, 6]],
    "size_m": [8, 6],
}
WHOLE: dict[str, Any] = {
    "zones": [{"name": "swings", "corners": SQUARE[:3], "equipment": True}],
    "lines": [{"name": "gate", "start": [0, 20], "end": [60, 20]}],
    "ground": GROUND,
}
CAMERA = {"camera": "yard", "source": "0", "width": 64, "height": 48, "fps": 5}


def read(**parts: Any) -> Drawing:
    return drawing.read(msgspec.json.encode(WHOLE | parts))


def wrongs(drawn: Drawing) -> list[tuple[str, Wrong]]:
    return [(problem.where, problem.wrong) for problem in drawing.problems(drawn)]


def zone(**more: Any) -> dict[str, Any]:
    return {"name": "swings", "corners": SQUARE, **more}


def test_a_whole_drawing_has_no_problems() -> None:
    assert wrongs(read()) == []


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"zones": [zone(name="")]}, [("zones/0", Wrong.NAME)]),
        ({"zones": [zone(name="two words")]}, [("zones/0", Wrong.NAME)]),
        ({"zones": [zone(name="a/b")]}, [("zones/0", Wrong.NAME)]),
        ({"zones": [zone(), zone()]}, [("zones/1", Wrong.TWICE)]),
        ({"zones": [zone(corners=SQUARE[:2])]}, [("zones/0", Wrong.CORNERS)]),
        ({"zones": [zone(corners=3 * [[1, 1]])]}, [("zones/0", Wrong.CORNERS)]),
        (
            {"zones": [zone(corners=[[1, 1], [50, 50], [90, 90]])]},
            [("zones/0", Wrong.CORNERS)],
        ),
        (
            {"lines": [{"name": "gate", "start": [1, 1], "end": [2, 2]}]},
            [("lines/0", Wrong.SHORT)],
        ),
        ({"ground": None}, [("ground", Wrong.NO_GROUND)]),
    ],
)
def test_each_problem_says_where_it_is(
    parts: dict[str, Any], expected: list[tuple[str, Wrong]]
) -> None:
    assert wrongs(read(**parts)) == expected


@pytest.mark.parametrize(
    ("pixels", "wrong"),
    [
        ([SQUARE[1], SQUARE[0], SQUARE[2], SQUARE[3]], Wrong.ORDER),
        (SQUARE[::-1], Wrong.ORDER),
        ([[10, 10], [50, 10], [20, 15], [10, 40]], Wrong.ORDER),
        ([[10, 10], [20, 20], [30, 30], [10, 40]], Wrong.ROW),
        (4 * [[10, 10]], Wrong.ROW),
    ],
    ids=["crossed", "the other way round", "with a dent", "in a row", "one place"],
)
def test_ground_points_go_round_the_same_way(
    pixels: list[list[int]], wrong: Wrong
) -> None:
    assert wrongs(read(ground=GROUND | {"pixels": pixels})) == [("ground", wrong)]


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({"zones": [zone(corners=[[330, 10], [400, 10], [400, 90]])]}, "zones/0"),
        ({"lines": [{"name": "a", "start": [5, 0], "end": [90, -9]}]}, "lines/0"),
    ],
)
def test_what_lies_outside_the_picture_is_said_once_it_is_known(
    part: dict[str, Any], where: str
) -> None:
    drawn = read(**part)
    assert drawing.problems(drawn) == []
    assert [(p.where, p.wrong) for p in drawing.problems(drawn, (320, 240))] == [
        (where, Wrong.OUTSIDE)
    ]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b'{"zones": 1}',
        b'{"zones": [{"name": "a", "corners": [[1, "x"]]}]}',
        b'{"zones": [{"name": "a", "corners": [[1, 1e9]]}]}',
        b'{"zones": [{"name": "a", "corners": [[1, NaN]]}]}',
        b'{"picture": "x"}',
        b'{"zones": [' + b",".join(33 * [b'{"name":"a","corners":[]}']) + b"]}",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_drawing_is_refused(payload: bytes) -> None:
    with pytest.raises(DrawingError):
        drawing.read(payload)


def test_the_settings_hold_what_was_drawn_at_the_size_that_was_chosen() -> None:
    fresh = drawing.settings(CAMERA, read(), (128, 96), 2.0)

    parsed = VisionSettings.parse(fresh)
    assert (fresh["width"], fresh["height"]) == (128, 96)
    assert parsed.zones[0].corners == ((20, 20), (100, 20), (100, 80))
    assert parsed.lines[0].end == (120, 40)
    assert parsed.ground is not None
    assert parsed.ground.pixels[2] == (100, 80)
    assert parsed.ground.metres[2] == (8, 6)
    assert parsed.fps == 5
    assert fresh["zones"][0]["equipment"] is True


def test_what_was_saved_is_drawn_again() -> None:
    fresh = drawing.settings(CAMERA, read(), (64, 48), 1.0)
    assert drawing.of_camera(fresh) == read()


def test_a_camera_with_nothing_drawn_begins_empty() -> None:
    assert drawing.of_camera(CAMERA) == Drawing()


def test_settings_that_cannot_be_drawn_are_refused() -> None:
    with pytest.raises(DrawingError):
        drawing.of_camera(CAMERA | {"zones": "all"})


def test_what_the_node_would_refuse_is_refused_here() -> None:
    with pytest.raises(DrawingError, match="fps"):
        drawing.settings(CAMERA | {"fps": 0}, read(), (64, 48), 1.0)
