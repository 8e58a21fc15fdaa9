"""From a frame to silhouettes: what differs from the slowly learned background.

    frame -> gain -> difference from the background -> shadows out -> mask -> blobs -> boxes

The background is a running median that creeps towards every frame, under people too:
one that was frozen under the mask made false people permanent. The camera's gain is
taken out first. A blob that is wider than a person is cut into as many as fit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from edge.vision.frames import Picture

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Scale = Callable[[FloatArray], FloatArray]
"""Pixels per metre at places of the picture."""

_LEARN_FRAMES: Final = 20
_FIRST_PACE: Final = 3.0
_SETTLE_FRAMES: Final = 150
_CREEP: Final = 0.12
"""Grey levels that the background moves each frame, once settled."""
_THRESHOLD: Final = 26.0
_SHADOW: Final = (0.4, 0.55)
"""How bright a shadow leaves the ground, at darkest, when it comes and when it goes."""
_TINT: Final = 0.075
"""How far a shadow's colour may differ from a pure darkening."""
_PERSON_M: Final = (0.62, 1.3)
"""Width and height of a silhouette, legs and arms apart."""
_WIDTH_OF_HEIGHT: Final = 0.48
_MIN_AREA: Final = 16
_MIN_FILL: Final = 0.2


@dataclass(frozen=True)
class Silhouettes:
    """What was found in one frame."""

    boxes: FloatArray
    """Shape `(n, 4)`, `[x1, y1, x2, y2]` in pixels."""
    mask: BoolArray
    gain: float
    """Brightness of the frame against the background."""
    specks: int
    """Blobs that are too small for a person, such as flakes."""


class Background:
    """The empty yard, as learned so far. Never holds a single frame."""

    def __init__(self) -> None:
        self._median: npt.NDArray[np.float32] | None = None
        self._frames = 0

    @property
    def ready(self) -> bool:
        """Tell whether enough frames have been learned from."""
        return self._frames >= _LEARN_FRAMES

    @property
    def grey(self) -> Picture:
        """Return the background in grey; all black before the first frame."""
        if self._median is None:
            return np.zeros((1, 1), np.uint8)
        return np.asarray(
            cv2.cvtColor(self._median, cv2.COLOR_BGR2GRAY), dtype=np.uint8
        )

    def compare(self, picture: Picture) -> tuple[BoolArray, float]:
        """Return what differs, shadows taken out, and the gain; then learn."""
        frame = picture.astype(np.float32)
        if self._median is None:
            self._median = frame.copy()
        median = self._median
        gain = _gain(frame, median)
        level = frame * np.float32(1 / gain)
        difference = level - median
        # Channel by channel: numpy is slow along a short last axis.
        blue, green, red = np.abs(difference).transpose(2, 0, 1)
        mask = np.maximum(np.maximum(blue, green), red) > _THRESHOLD
        mask[mask] = ~_shadow(level[mask], median[mask])
        median += np.clip(difference, -self._pace, self._pace)
        self._frames += 1
        return mask, gain

    @property
    def _pace(self) -> float:
        """Return how fast to learn: fast at first, so that who stood there fades."""
        return max(_CREEP, _FIRST_PACE * (1 - self._frames / _SETTLE_FRAMES))


def find(background: Background, picture: Picture, scale: Scale | None) -> Silhouettes:
    """Find the silhouettes of a frame, and let the background learn from it.

    Args:
        background: What was learned from earlier frames.
        picture: Shape `(height, width, 3)`.
        scale: Pixels per metre at a place, if the ground is known.
    """
    raw, gain = background.compare(picture)
    grey = raw.astype(np.uint8)
    grey = np.asarray(cv2.medianBlur(grey, 3), np.uint8)
    upright = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 5))
    closed = np.asarray(cv2.morphologyEx(grey, cv2.MORPH_CLOSE, upright), np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    boxes: list[FloatArray] = []
    specks = 0
    for x, y, width, height, area in np.asarray(stats)[1:].tolist():
        if area < _MIN_AREA:
            specks += 1
            continue
        box = np.array((x, y, x + width, y + height), np.float64)
        expected = _expected(box, scale)
        if _is_speck(box, area, expected):
            specks += 1
            continue
        boxes += _cut(box, area, expected)
    found = np.array(boxes, np.float64).reshape(-1, 4)
    return Silhouettes(found, closed.astype(np.bool_), gain, specks)


def _gain(frame: npt.NDArray[np.float32], median: npt.NDArray[np.float32]) -> float:
    small, before = frame[::8, ::8], median[::8, ::8]
    return float(np.clip(np.median((small + 1) / (before + 1)), 0.3, 3.0))


def _shadow(
    level: npt.NDArray[np.float32], median: npt.NDArray[np.float32]
) -> BoolArray:
    """Tell where a shadow came or went: all three colours by about the same.

    Args:
        level: Shape `(n, 3)`, pixels of the frame.
        median: Shape `(n, 3)`, the same pixels of the background.
    """
    darker = level.sum(axis=1) < median.sum(axis=1)
    ratio = (level + 1) / (median + 1)
    ratio = np.where(darker[:, None], ratio, 1 / ratio)
    middle = ratio.mean(axis=1)
    # Light from a clear sky is blue: a shadow keeps more of it than of red.
    blue, red = ratio[:, 0] - middle, middle - ratio[:, 2]
    even = (np.abs(blue - red) < _TINT) & (blue > -_TINT) & (blue < 2 * _TINT)
    lowest = np.where(darker, _SHADOW[0], _SHADOW[1])
    return np.asarray(even & (middle > lowest), dtype=np.bool_)


def _expected(box: FloatArray, scale: Scale | None) -> tuple[float, float]:
    """Return the width and height in pixels of a person who stands there."""
    if scale is not None:
        feet = np.array([[(box[0] + box[2]) / 2, box[3]]])
        per_metre = float(scale(feet)[0])
        if per_metre > 0:
            return _PERSON_M[0] * per_metre, _PERSON_M[1] * per_metre
    height = float(box[3] - box[1])
    return max(3.0, height * _WIDTH_OF_HEIGHT), height


def _is_speck(box: FloatArray, area: int, expected: tuple[float, float]) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    wide, tall = expected
    small = area < _MIN_FILL * wide * tall
    flat = height < 0.45 * tall or width > 4 * height
    return bool(small or flat)


def _cut(box: FloatArray, area: int, expected: tuple[float, float]) -> list[FloatArray]:
    width, height = float(box[2] - box[0]), float(box[3] - box[1])
    wide, tall = expected
    across = max(1, round(width / (1.25 * wide)))
    # Somebody behind somebody else adds area and height, but no width.
    people = area / (0.62 * wide * tall)
    deep = 2 if height > 1.75 * tall and people > 1.7 * across else 1
    edges = np.linspace(box[0], box[2], across + 1)
    floors = np.linspace(box[3], box[1] + height / deep, deep)
    return [
        np.array((left, floor - height / deep, right, floor))
        for left, right in pairwise(edges)
        for floor in floors
    ]
