"""Who is who from frame to frame. The ids never leave this process.

    strong boxes -> everybody seen lately -> whoever was seen once -> new ones
    weak boxes   -> whoever of the first two is left: they only go on
    whoever is seen a second time: one who was lost?  -> the old id, else shown as new

A pair costs what its distance is worth: how unlikely the box is where the path predicts
it, how much larger it is, and how little the path could predict. The cheapest set of pairs
is taken. A person shows after two strong boxes and is carried for three looks without
any; behind somebody else, or standing, for longer. Whoever is lost is remembered for
seconds, and known again by place, speed and size: there are silhouettes, not looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from edge.vision.assignment import assign
from edge.vision.net import Detections
from edge.vision.paths import SEEN, FloatArray, Path, Sighting

_SHOWN_HITS: Final = 2
_DOUBT_S: Final = 1.0
"""Whoever has no second strong box within this time, but weak ones, is nobody."""
_CARRY_LOOKS: Final = 3
_CARRY_S: Final = 0.45
_HIDDEN_CARRY_S: Final = 0.6
_STANDING_CARRY_S: Final = 2.0
_LATELY_S: Final = 1.0
"""Whoever was seen lately needs no second look to be known again."""
_MEMORY_S: Final = 6.0
_STANDING_MEMORY_S: Final = 20.0
_LEAVES_S: Final = 0.3
"""Whoever is outside the picture and unseen for so long has left."""
_HIDDEN: Final = 0.5
"""Share of a body covered by another's box nearer to the camera."""
_SIZE: Final = 0.2
"""How much a box's size differs from the path's (standard deviation of the logarithm). On
validation a box's height alone is off by .16 to .20, by its height in pixels."""
_DEAREST: Final = 4.4
_DEAREST_WEAK: Final = 1.0
_DEAREST_LOST: Final = 3.4
"""The most that a pair may cost."""


@dataclass(frozen=True)
class Track:
    """Somebody present in a frame."""

    id: int
    box: FloatArray
    """Where they are thought to be, `[x1, y1, x2, y2]` in pixels."""
    velocity: FloatArray
    """Of the four sides, pixels a second."""
    pace: float = 1.0
    """Body heights a second, smoothed."""
    score: float = 1.0
    kind: int = 0
    """0 person, 1 cyclist, 2 car."""
    standing: bool = False
    missed_s: float = 0.0


@dataclass
class Tracker:
    """Follows the boxes of successive frames."""

    _paths: list[Path] = field(default_factory=list)
    _next: int = 0

    @property
    def tracks(self) -> list[Track]:
        """Everybody known: present, lost, or seen but once."""
        return [_track(path) for path in self._paths]

    def forget(self) -> None:
        """Follow nobody from before to now; no id comes again."""
        self._paths.clear()

    def update(self, found: Detections, dt: float) -> list[Track]:
        """Take what a frame shows, `dt` seconds after the one before.

        Returns:
            Who counts as present.
        """
        for path in self._paths:
            path.predict(dt)
        once = [path for path in self._paths if not path.shown]
        known = [path for path in self._paths if path.shown]
        lately = [path for path in known if path.missed_s <= _LATELY_S]
        seen = _sightings(found)
        strong = [sighting for sighting in seen if sighting.strong]
        weak = [sighting for sighting in seen if not sighting.strong]
        strong = _follow(lately, strong, _DEAREST)
        strong = _follow(once, strong, _DEAREST)
        _follow([path for path in lately + once if path.missed], weak, _DEAREST_WEAK)
        self._show(once, [path for path in known if path not in lately])
        for sighting in strong:
            self._paths.append(Path(self._next, sighting))
            self._next += 1
        self._forget(found.mask.shape)
        return [_track(path) for path in self._paths if _is_present(path)]

    def _show(self, once: list[Path], lost: list[Path]) -> None:
        """Show who was seen a second time, as somebody lost if they can be."""
        new = [path for path in once if path.hits >= _SHOWN_HITS and not path.missed]
        places = [Sighting(path.box, path.score, 0, strong=True) for path in new]
        cost = _cost(lost, places)
        for row, path in enumerate(lost):
            for column, other in enumerate(new):
                if path.missed_s < other.age_s:
                    cost[row, column] = np.inf
        for row, column in assign(_worth(cost, _DEAREST_LOST)).items():
            new[column].continues(lost[row])
            self._paths.remove(lost[row])
        for path in new:
            path.shown = True

    def _forget(self, shape: tuple[int, ...]) -> None:
        """Drop whoever was a mistake, has left, or is gone for long."""
        seen = [path for path in self._paths if path.shown and not path.missed]
        boxes = np.array([path.box for path in seen]).reshape(-1, 4)
        for path in self._paths:
            if path.shown and path.missed:
                path.hidden = _is_covered(path, boxes)
        self._paths = [path for path in self._paths if not _is_gone(path, shape)]


def _sightings(found: Detections) -> list[Sighting]:
    rows = zip(found.boxes, found.scores, found.kinds, found.strong, strict=True)
    return [Sighting(box, float(s), int(kind), bool(ok)) for box, s, kind, ok in rows]


def _follow(
    paths: Sequence[Path], seen: Sequence[Sighting], dearest: float
) -> list[Sighting]:
    """Give paths their boxes; return the boxes that are left."""
    pairs = assign(_worth(_cost(paths, seen), dearest))
    for row, column in pairs.items():
        paths[row].correct(seen[column])
    taken = set(pairs.values())
    return [sighting for n, sighting in enumerate(seen) if n not in taken]


def _worth(cost: FloatArray, dearest: float) -> FloatArray:
    return np.where(cost < dearest, cost - dearest, np.inf)


def _cost(paths: Sequence[Path], seen: Sequence[Sighting]) -> FloatArray:
    """Return what each pair costs: twice its negative log-likelihood, in body heights."""
    if not paths or not seen:
        return np.zeros((len(paths), len(seen)))
    known = np.array(
        [(p.x.at, p.y.at, p.x.at_var, p.y.at_var, p.width, p.height) for p in paths]
    )
    x, y, x_var, y_var, width, height = known.T[:, :, None]
    there = np.array([(*sighting.middle, *sighting.size) for sighting in seen])
    seen_x, seen_y, seen_width, seen_height = there.T[:, None]
    x_var, y_var = x_var + (SEEN * height) ** 2, y_var + (SEEN * height) ** 2
    cost = (seen_x - x) ** 2 / x_var + (seen_y - y) ** 2 / y_var
    cost += (np.log(seen_height / height) / _SIZE) ** 2
    # Arms and legs change the width more.
    cost += (np.log(seen_width / width) / _SIZE) ** 2 / 2
    return np.asarray(cost + np.log(x_var * y_var / height**4), np.float64)


def _is_covered(path: Path, boxes: FloatArray) -> bool:
    """Tell whether somebody seen, whose feet are lower, stands before the body."""
    box = path.box
    low, high = np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])
    share = np.maximum(high - low, 0).prod(axis=1) / (path.width * path.height)
    before = boxes[:, 3] > box[3] - path.height / 10
    return bool((share[before] > _HIDDEN).any())


def _is_present(path: Path) -> bool:
    if not path.shown or not path.missed:
        return path.shown
    carry_s = _CARRY_S if path.missed <= _CARRY_LOOKS else 0.0
    if path.hidden:
        carry_s = _HIDDEN_CARRY_S
    if path.standing:
        carry_s = _STANDING_CARRY_S
    return path.missed_s <= carry_s


def _is_gone(path: Path, shape: tuple[int, ...]) -> bool:
    if not path.shown:
        return path.missed > 0 or path.age_s > _DOUBT_S
    inside = 0 <= path.x.at < shape[1] and 0 <= path.y.at < shape[0]
    memory_s = _STANDING_MEMORY_S if path.standing else _MEMORY_S
    if not inside:
        memory_s = _LEAVES_S
    return path.missed_s > memory_s


def _track(path: Path) -> Track:
    return Track(
        path.id,
        path.box,
        path.velocity,
        path.pace,
        path.score,
        int(path.votes.argmax()),
        path.standing,
        path.missed_s,
    )
