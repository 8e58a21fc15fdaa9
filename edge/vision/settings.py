"""What one camera looks at: zones, lines, the ground, and when a grid may leave.

Parsed from a plain mapping, as TOML or JSON gives it; an error names the key. Zones and
lines are pixels of the analysed frame; the ground's points tie four pixels to four
places of the yard's plan in metres. Where nothing is drawn and no size is set, the size
follows the source.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from itertools import combinations
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from edge.vision.zones import Zone

Point = tuple[float, float]
Size = tuple[int, int]
"""Width and height in pixels."""
HELSINKI: Final = ZoneInfo("Europe/Helsinki")
MAX_NAMED: Final = 32
"""Zones, and lines, of one camera: what a record's index can number."""
_SIZE: Final = (320, 240)
_ZONE_CORNERS: Final = 3
_GROUND_POINTS: Final = 4
_FLATTEST: Final = 1e-3
_DAYS: Final = 7
_KEYS: Final = frozenset(
    {
        "camera", "source", "width", "height", "fps", "catch_up_s", "zones", "lines",
        "ground", "hours", "release", "timezone", "least_px", "series",
    }
)  # fmt: skip


class VisionSettingsError(Exception):
    """A key of the settings is missing, misspelt or wrong; the text names it."""


@dataclass(frozen=True)
class Line:
    """A named line; going forward is crossing it from its left to its right."""

    name: str
    start: Point
    end: Point


@dataclass(frozen=True)
class GroundPlan:
    """Four pixels and the places on the plan, in metres, that they show."""

    pixels: tuple[Point, Point, Point, Point]
    metres: tuple[Point, Point, Point, Point]
    width_m: float
    depth_m: float
    people_m: float = 1.4
    """How tall people are here: 1.4 for a yard of children, 1.7 for a square."""


@dataclass(frozen=True)
class Hours:
    """A time of day on some weekdays (Monday is 0), `[starts, ends)`, local time."""

    days: tuple[int, ...]
    starts: time
    ends: time

    def cover(self, moment: datetime) -> bool:
        """Tell whether a local moment lies within."""
        in_day = self.starts <= moment.time().replace(tzinfo=None) < self.ends
        return moment.weekday() in self.days and in_day


@dataclass(frozen=True)
class VisionSettings:
    """One camera."""

    camera: str
    source: str
    """Camera number, file, folder of pictures, or RTSP address."""
    size: Size | None = None
    """Of the analysed frame; `None`: fitting the source."""
    fps: float = 10.0
    catch_up_s: float = 900.0
    zones: tuple[Zone, ...] = ()
    lines: tuple[Line, ...] = ()
    ground: GroundPlan | None = None
    hours: tuple[Hours, ...] = ()
    """School and booked hours: outside of them only whether anybody is there is told.
    Empty: always counted."""
    release: tuple[Hours, ...] = ()
    """When a grid may leave; empty: never."""
    timezone: ZoneInfo = HELSINKI
    least_px: float = 12.0
    """Whoever is lower than this is not counted on; the net's figure, from the set-up."""
    series: str = ""
    """Changes with each set-up: the counts after it are not comparable with those before."""

    @property
    def remote(self) -> bool:
        """Tell whether the source is reached over the network."""
        return "://" in self.source

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Read the settings of one camera.

        Raises:
            VisionSettingsError: A key is missing, misspelt or wrong.
        """
        for key in data:
            if key not in _KEYS:
                raise VisionSettingsError(f"{key}: unknown")
        zones = _named(data, "zones", _zone)
        lines = _named(data, "lines", _line)
        ground = data.get("ground")
        return cls(
            camera=_text(data, "camera"),
            source=_text(data, "source"),
            size=_size(data, drawn=bool(zones or lines or ground)),
            fps=_number(data, "fps", 10, low=0.2, high=60),
            catch_up_s=_number(data, "catch_up_s", 900, low=0, high=3600),
            zones=zones,
            lines=lines,
            ground=None if ground is None else _ground(ground),
            hours=_list(data, "hours", _hours),
            release=_list(data, "release", _hours),
            timezone=_timezone(str(data.get("timezone", "Europe/Helsinki"))),
            least_px=_number(data, "least_px", 12, low=4, high=200),
            series=_text(data, "series") if "series" in data else "",
        )


def _text(data: Mapping[str, Any], key: str, where: str = "") -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise VisionSettingsError(f"{where}{key}: a text is needed, not {value!r}")
    return value


def _number(
    data: Mapping[str, Any],
    key: str,
    default: float,
    *,
    low: float,
    high: float,
    where: str = "",
) -> float:
    value = data.get(key, default)
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not low <= value <= high:
        raise VisionSettingsError(f"{where}{key}: {value!r} is not in {low}..{high}")
    return float(value)


def _size(data: Mapping[str, Any], *, drawn: bool) -> Size | None:
    if not drawn and "width" not in data and "height" not in data:
        return None
    width = _number(data, "width", _SIZE[0], low=32, high=1920)
    return int(width), int(_number(data, "height", _SIZE[1], low=24, high=1080))


def _list(data: Mapping[str, Any], key: str, parse: Any) -> tuple[Any, ...]:
    items = data.get(key, ())
    if not isinstance(items, list | tuple):
        raise VisionSettingsError(f"{key}: a list is needed")
    result = []
    for number, item in enumerate(items):
        where = f"{key}[{number}]"
        if not isinstance(item, Mapping):
            raise VisionSettingsError(f"{where}: a table is needed")
        result.append(parse(item, f"{where}."))
    return tuple(result)


def _named(data: Mapping[str, Any], key: str, parse: Any) -> tuple[Any, ...]:
    items = _list(data, key, parse)
    names = [item.name for item in items]
    if len(set(names)) != len(names):
        raise VisionSettingsError(f"{key}: a name is used twice")
    if len(names) > MAX_NAMED:
        raise VisionSettingsError(f"{key}: {len(names)}, more than {MAX_NAMED}")
    return items


def _point(value: Any, where: str) -> Point:
    try:
        x, y = value
        return float(x), float(y)
    except (TypeError, ValueError) as error:
        raise VisionSettingsError(
            f"{where}: [x, y] is needed, not {value!r}"
        ) from error


def _points(data: Mapping[str, Any], key: str, where: str = "") -> tuple[Point, ...]:
    values = data.get(key)
    if not isinstance(values, list | tuple):
        raise VisionSettingsError(f"{where}{key}: a list of points is needed")
    return tuple(_point(v, f"{where}{key}[{i}]") for i, v in enumerate(values))


def _zone(data: Mapping[str, Any], where: str) -> Zone:
    corners = _points(data, "corners", where)
    if len(corners) < _ZONE_CORNERS:
        raise VisionSettingsError(f"{where}corners: at least three are needed")
    equipment = data.get("equipment", False)
    if not isinstance(equipment, bool):
        raise VisionSettingsError(f"{where}equipment: true or false is needed")
    return Zone(_text(data, "name", where), corners, equipment)


def _line(data: Mapping[str, Any], where: str) -> Line:
    start, end = (_point(data.get(key), f"{where}{key}") for key in ("start", "end"))
    if start == end:
        raise VisionSettingsError(f"{where}end: the line has no length")
    return Line(_text(data, "name", where), start, end)


def _ground(data: Any) -> GroundPlan:
    if not isinstance(data, Mapping):
        raise VisionSettingsError("ground: a table is needed")
    pairs = []
    for key in ("pixels", "metres"):
        points = _points(data, key, "ground.")
        if len(set(points)) != _GROUND_POINTS or len(points) != _GROUND_POINTS:
            raise VisionSettingsError(f"ground.{key}: four different points are needed")
        if any(_in_line(*three) for three in combinations(points, 3)):
            raise VisionSettingsError(f"ground.{key}: three points are in a line")
        pairs.append((points[0], points[1], points[2], points[3]))
    width, depth = _point(data.get("size_m"), "ground.size_m")
    if width <= 0 or depth <= 0:
        raise VisionSettingsError("ground.size_m: must be larger than 0")
    people = _number(data, "people_m", 1.4, low=0.8, high=2.0, where="ground.")
    return GroundPlan(pairs[0], pairs[1], width, depth, people)


def _in_line(a: Point, b: Point, c: Point) -> bool:
    """Tell whether three points do not span an area that is worth mentioning."""
    twice = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
    longest = max(math.dist(a, b), math.dist(b, c), math.dist(a, c))
    return abs(twice) < _FLATTEST * longest**2


def _hours(data: Mapping[str, Any], where: str) -> Hours:
    days = data.get("days", ())
    if not isinstance(days, list | tuple) or not days:
        raise VisionSettingsError(f"{where}days: weekdays 0..6 are needed")
    if any(day not in range(_DAYS) for day in days):
        raise VisionSettingsError(f"{where}days: {days!r} are not weekdays 0..6")
    moments = []
    for key in ("from", "until"):
        try:
            moments.append(time.fromisoformat(_text(data, key, where)))
        except ValueError as error:
            raise VisionSettingsError(f"{where}{key}: HH:MM is needed") from error
    if moments[0] >= moments[1]:
        raise VisionSettingsError(f"{where}until: must be later than from")
    return Hours(tuple(days), moments[0], moments[1])


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise VisionSettingsError(f"timezone: {name!r} is unknown") from error
