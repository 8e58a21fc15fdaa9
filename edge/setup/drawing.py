"""From what was drawn on the page to the camera's settings, and what is wrong with it.

Places are pixels of the analysed frame. When the set-up chooses another size for it, they
move along.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from edge.vision.settings import MAX_NAMED, Size, VisionSettings, VisionSettingsError

_LEAST_AREA_PX: Final = 16.0
_MOST: Final = 40
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_LEAST_PX: Final = 4.0
Coordinate = Annotated[float, Meta(ge=-10_000, le=10_000)]
Point = tuple[Coordinate, Coordinate]
Four = tuple[Point, Point, Point, Point]
Side = Annotated[float, Meta(gt=0, le=1000)]


class DrawingError(Exception):
    """This is no drawing of ours."""


class Wrong(StrEnum):
    """What can be wrong with a drawing."""

    NAME = "name"
    TWICE = "name twice"
    CORNERS = "corners"
    SHORT = "short line"
    OUTSIDE = "outside"
    ROW = "ground in a row"
    ORDER = "ground order"
    NO_GROUND = "no ground"


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: `zones/0`, `lines/2`, `ground`."""

    where: str
    wrong: Wrong


class DrawnZone(Struct, frozen=True, forbid_unknown_fields=True):
    """An area; as equipment its use is told on its own."""

    name: Annotated[str, Meta(max_length=80)]
    corners: Annotated[tuple[Point, ...], Meta(max_length=_MOST)]
    equipment: bool = False


class DrawnLine(Struct, frozen=True, forbid_unknown_fields=True):
    """A line that is crossed."""

    name: Annotated[str, Meta(max_length=80)]
    start: Point
    end: Point


class DrawnGround(Struct, frozen=True, forbid_unknown_fields=True):
    """Four places in the picture, and where they are on the plan in metres."""

    pixels: Four
    metres: Four
    size_m: tuple[Side, Side]
    people_m: Annotated[float, Meta(ge=0.8, le=2.0)] = 1.4


class Drawing(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that was drawn."""

    zones: Annotated[tuple[DrawnZone, ...], Meta(max_length=MAX_NAMED)] = ()
    lines: Annotated[tuple[DrawnLine, ...], Meta(max_length=MAX_NAMED)] = ()
    ground: DrawnGround | None = None


def read(payload: bytes) -> Drawing:
    """Read a drawing that a page sent.

    Raises:
        DrawingError: It is none.
    """
    try:
        return msgspec.json.decode(payload, type=Drawing)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DrawingError(str(error)) from error


def of_camera(camera: Mapping[str, Any]) -> Drawing:
    """Return what a node's settings draw already.

    Raises:
        DrawingError: It is not what this page could have drawn.
    """
    drawn = {key: camera[key] for key in ("zones", "lines", "ground") if key in camera}
    try:
        return msgspec.convert(drawn, Drawing, strict=False)
    except msgspec.ValidationError as error:
        raise DrawingError(str(error)) from error


def problems(drawing: Drawing, inside: Size | None = None) -> list[Problem]:
    """Return everything that is wrong with a drawing.

    Args:
        drawing: The drawing.
        inside: Width and height of the picture, once there has been one.
    """
    found = [*_names("zones", drawing.zones), *_names("lines", drawing.lines)]
    for number, zone in enumerate(drawing.zones):
        if _area(zone.corners) < _LEAST_AREA_PX:
            found.append(Problem(f"zones/{number}", Wrong.CORNERS))
        elif inside and _is_outside(zone.corners, inside):
            found.append(Problem(f"zones/{number}", Wrong.OUTSIDE))
    for number, line in enumerate(drawing.lines):
        if _length(line.start, line.end) < _LEAST_PX:
            found.append(Problem(f"lines/{number}", Wrong.SHORT))
        elif inside and _is_outside((line.start, line.end), inside):
            found.append(Problem(f"lines/{number}", Wrong.OUTSIDE))
    wrong = _ground_wrong(drawing.ground)
    return [*found, Problem("ground", wrong)] if wrong else found


def settings(
    camera: Mapping[str, Any], drawing: Drawing, size: tuple[int, int], factor: float
) -> dict[str, Any]:
    """Return the camera's settings with what was drawn.

    Args:
        camera: As they were.
        drawing: Has no problems.
        size: Of the frames that are to be analysed.
        factor: Pixels of those in a pixel of the frames that were drawn on.

    Raises:
        DrawingError: The node could not use it after all.
    """
    drawn = msgspec.to_builtins(_scaled(drawing, factor))
    if drawing.ground is None:
        del drawn["ground"]
    fresh = {**camera, **drawn, "width": size[0], "height": size[1]}
    try:
        VisionSettings.parse(fresh)
    except VisionSettingsError as error:
        raise DrawingError(str(error)) from error
    return fresh


def _names(kind: str, drawn: Sequence[DrawnZone | DrawnLine]) -> Iterator[Problem]:
    names = [one.name for one in drawn]
    for number, name in enumerate(names):
        if not _NAME.fullmatch(name):
            yield Problem(f"{kind}/{number}", Wrong.NAME)
        elif name in names[:number]:
            yield Problem(f"{kind}/{number}", Wrong.TWICE)


def _length(start: Point, end: Point) -> float:
    return math.hypot(end[0] - start[0], end[1] - start[1])


def _area(corners: Sequence[Point]) -> float:
    """Return the area that corners go round; nothing where they lie in a row."""
    if not corners:
        return 0.0
    sides = pairwise([*corners, corners[0]])
    return abs(sum(a[0] * b[1] - a[1] * b[0] for a, b in sides)) / 2


def _is_outside(points: Sequence[Point], inside: Size) -> bool:
    """Tell whether all points lie beyond one and the same edge of the picture."""
    return any(
        all(point[axis] <= 0 for point in points)
        or all(point[axis] >= inside[axis] for point in points)
        for axis in (0, 1)
    )


def _ground_wrong(ground: DrawnGround | None) -> Wrong | None:
    """Return what is wrong with the ground: both fours must go round the same way."""
    if ground is None:
        return Wrong.NO_GROUND
    turns = {*_turns(ground.pixels), *_turns(ground.metres)}
    if 0 in turns:
        return Wrong.ROW
    return Wrong.ORDER if len(turns) > 1 else None


def _turns(four: Four) -> list[int]:
    """Return the way that each corner turns: 1, -1, or 0 where three are in a row."""
    round_it = [*four, four[0], four[1]]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(round_it)]
    crosses = [a[0] * b[1] - a[1] * b[0] for a, b in pairwise(steps)]
    return [(cross > 0) - (cross < 0) for cross in crosses]


def _scaled(drawing: Drawing, factor: float) -> Drawing:
    def moved(point: Point) -> Point:
        return round(point[0] * factor, 2), round(point[1] * factor, 2)

    def all_moved(points: Sequence[Point]) -> Any:
        return tuple(map(moved, points))

    change = msgspec.structs.replace
    ground = drawing.ground
    return Drawing(
        tuple(change(zone, corners=all_moved(zone.corners)) for zone in drawing.zones),
        tuple(
            change(line, start=moved(line.start), end=moved(line.end))
            for line in drawing.lines
        ),
        ground and change(ground, pixels=all_moved(ground.pixels)),
    )
