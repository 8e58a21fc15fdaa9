"""What the heads of the net should say about a sample.

A head has cells of `stride` pixels and its own range of heights. Each body is a hill in
the heat of its class, 1 in the cell of its middle; the cells high on the hill also say how
far its sides are. A body a little out of the range, or one that nobody could see, is a
hole in the weights: the net may say what it likes there.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
CLASSES: Final = 3
_SPREAD: Final = 0.14
"""The hill's standard deviation, in widths and heights of the body."""
_LEAST_SPREAD: Final = 0.45
"""In cells."""
_SIDES_FROM: Final = 0.08
"""How high on the hill a cell says where the sides are: wide, since the net's own peak may
be a cell beside the middle, and says nothing of worth there unless it was taught to."""
_HOLE_FROM: Final = 0.1


@dataclass(frozen=True)
class Range:
    """Which bodies a head is for, by their height in pixels."""

    stride: int
    least: float
    most: float
    margin: float
    """Factor out of the range up to which a body is neither right nor wrong."""


FINE: Final = Range(4, 5, 88, 1.3)
COARSE: Final = Range(16, 52, 1e6, 1.4)


@dataclass(frozen=True)
class Target:
    """One head's target; shapes `(channels, height, width)` in cells."""

    heat: FloatArray
    """`(3, ..)`, 0 .. 1."""
    heat_weight: FloatArray
    """`(1, ..)`"""
    sides: FloatArray
    """`(4, ..)`, left, top, right, bottom in pixels."""
    sides_weight: FloatArray
    """`(1, ..)`"""

    @property
    def stacked(self) -> FloatArray:
        """The nine channels in the order of the fields."""
        return np.concatenate(
            (self.heat, self.heat_weight, self.sides, self.sides_weight)
        )


def target(
    head: Range,
    size: tuple[int, int],
    boxes: FloatArray,
    kinds: npt.NDArray[np.int8],
    weights: FloatArray,
) -> Target:
    """Lay out one head's target.

    Args:
        head: Its stride and range.
        size: Width and height of the sample in pixels.
        boxes: Shape `(n, 4)`, whole bodies in pixels.
        kinds: The class of each.
        weights: 1 for one to be found, 0 for one that nobody could tell.
    """
    columns, rows = size[0] // head.stride, size[1] // head.stride
    x = (np.arange(columns, dtype=np.float32) + 0.5) * head.stride
    y = (np.arange(rows, dtype=np.float32) + 0.5) * head.stride
    heat = np.zeros((CLASSES, rows, columns), np.float32)
    weight = np.ones((1, rows, columns), np.float32)
    sides = np.zeros((4, rows, columns), np.float32)
    sides_weight = np.zeros((1, rows, columns), np.float32)
    for box, kind, seen in zip(boxes, kinds, weights, strict=True):
        left, top, right, bottom = box
        high = bottom - top
        if not head.least / head.margin <= high <= head.most * head.margin:
            continue
        hill = _hill(x, y, box, head.stride)
        if seen < 1 or not head.least <= high <= head.most:
            weight[0][hill > _HOLE_FROM] = 0
            continue
        np.maximum(heat[kind], hill, out=heat[kind])
        worth = np.sqrt(hill)
        here = (hill > _SIDES_FROM) & (worth > sides_weight[0])
        rows_in, columns_in = np.nonzero(here)
        sides_weight[0][here] = worth[here]
        sides[:, rows_in, columns_in] = (
            x[columns_in] - left,
            y[rows_in] - top,
            right - x[columns_in],
            bottom - y[rows_in],
        )
    # A body that is to be found stays one where a hole reaches over it.
    weight[0][heat.max(axis=0) >= 1] = 1
    return Target(heat, weight, sides, sides_weight)


def _hill(x: FloatArray, y: FloatArray, box: FloatArray, stride: int) -> FloatArray:
    """Return the hill of one body, exactly 1 in the cell that holds its middle."""
    left, top, right, bottom = box
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    column, row = int(middle_x // stride), int(middle_y // stride)
    inside = 0 <= column < len(x) and 0 <= row < len(y)
    if inside:
        middle_x, middle_y = x[column], y[row]
    least = _LEAST_SPREAD * stride
    wide = np.exp(-0.5 * ((x - middle_x) / max(least, _SPREAD * (right - left))) ** 2)
    high = np.exp(-0.5 * ((y - middle_y) / max(least, _SPREAD * (bottom - top))) ** 2)
    hill = np.outer(high, wide).astype(np.float32)
    return hill if inside else np.minimum(hill, np.float32(0.99))
