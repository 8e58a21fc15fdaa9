"""Whether a frame is worth a look by the net, and whether all of it has changed.

    difference of two frames, 4 x 4 pixels averaged  ->  pairs of cells  ->  the largest

Noise and small flakes average out; somebody who moves, however far away, changes cells
that touch. The limit follows the noise. Heavy snow always opens the gate, which costs
time and misses nobody.

All of it has changed when nearly every part has become brighter at once, or darker: a
lamp, the camera's gain; or when the next frame is another picture, until that is learned.
The shadows of clouds drift, snow brightens here and darkens there, and people are
somewhere, not everywhere: whoever is counted then can be believed.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from edge.vision.background import at_gain
from edge.vision.framing import BoolArray, ByteArray, FloatArray

_CELL: Final = 4
_LEAST: Final = 2.5
_NOISES: Final = 5.0
"""Grey levels by which a pair of cells must change: at least, and in noises."""
_LONGEST_S: Final = 2.0
"""The net looks at least so often."""
_DIFFERENT: Final = 18.0
_REGIONS: Final = (4, 3)
_PART: Final = 0.2
_LAMP: Final = 1.15
"""How many times brighter or darker a region is that a lamp reaches, or another gain."""
_DARK: Final = 4.0
_WHOLE: Final = 0.75
"""Share of the regions from which it is the whole frame."""
_NEXT: Final = 0.3
_EVERYWHERE: Final = 0.8
"""Shares of cells, and of regions, that differ when the next frame is another picture."""
_OTHER: Final = 0.35
"""Share of cells that differ from the background while it is another picture still."""
_USUAL_S: Final = 0.5
"""How soon another light is the usual one."""
_CALM_S: Final = 2.0


class Gate:
    """Lets the net skip frames in which nothing coherent has changed since its last."""

    def __init__(self) -> None:
        self._looked: ByteArray | None = None
        self._since_s = 0.0

    def opens(self, level: ByteArray, dt: float, *, moving: bool) -> bool:
        """Tell whether the net should look at a frame, and remember it if so.

        Args:
            level: The frame at the background's gain.
            dt: Seconds since the frame before.
            moving: Somebody moved when the net last looked.
        """
        self._since_s += dt
        cells = _cells(level)
        before = self._looked
        if before is not None and before.shape == cells.shape:
            due = moving or self._since_s >= _LONGEST_S
            if not due and not _coherent(cells, before):
                return False
        self._looked, self._since_s = cells, 0.0
        return True


@dataclass(frozen=True)
class Whole:
    """How far a frame as a whole differs."""

    share: float
    """Of the frame, that differs from the background."""
    changed: bool
    """All of it has just become brighter, or darker."""
    spread: float = 0.0
    """Share of the frame's regions in which a good part differs."""


class WholeFrame:
    """Watches for changes of the whole frame."""

    def __init__(self) -> None:
        self._usual: FloatArray = np.zeros((0, 0))
        self._before: ByteArray = np.zeros((0, 0), np.uint8)
        self._swapped = False
        self._calm_s = _CALM_S

    def watch(
        self, level: ByteArray, background: ByteArray, gain: float, dt: float
    ) -> Whole:
        """Compare a frame with the background, and its light with that just before.

        Args:
            level: The frame at the background's gain.
            background: Of the same size.
            gain: What the frame's gain was.
            dt: Seconds since the frame before; 0 when there is none to compare with.
        """
        cells = _cells(level)
        jumps = self._jumps(at_gain(cells, 1 / gain), dt)
        other = _differing(cells, _cells(background))
        share = float(other.mean())
        self._swapped &= share > _OTHER
        return Whole(share, jumps or self._swapped, _spread(other))

    def _jumps(self, cells: ByteArray, dt: float) -> bool:
        # As the camera gave them: under clouds the background's gain leaps.
        light = np.log(_regions(cells) + _DARK)
        if not dt or self._before.shape != cells.shape:
            self._usual, self._before = light, cells
        other = _differing(cells, self._before)
        self._swapped |= bool(other.mean() > _NEXT and _spread(other) > _EVERYWHERE)
        self._before = cells
        apart = light - self._usual
        self._usual = self._usual + apart * min(1.0, dt / _USUAL_S)
        far = np.log(_LAMP)
        self._calm_s += dt
        if max((apart > far).mean(), (apart < -far).mean()) >= _WHOLE:
            self._calm_s = 0.0
        return self._calm_s < _CALM_S


def _cells(level: ByteArray) -> ByteArray:
    height, width = level.shape
    size = (width // _CELL, height // _CELL)
    return np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_AREA), np.uint8)


def _differing(cells: ByteArray, before: ByteArray) -> BoolArray:
    return np.asarray(cv2.absdiff(cells, before) > _DIFFERENT, np.bool_)


def _spread(other: BoolArray) -> float:
    """Return the share of regions in which a good part differs."""
    return float((_regions(other) > _PART).mean())


def _regions(cells: npt.ArrayLike) -> FloatArray:
    """Return the mean of each region."""
    part = np.asarray(cells, np.float32)
    means = cv2.resize(part, _REGIONS, interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float64)


def _coherent(cells: ByteArray, before: ByteArray) -> bool:
    apart = cv2.absdiff(cells, before)
    noise = float(np.median(apart))
    pairs: npt.NDArray[np.float32] = np.asarray(
        cv2.boxFilter(apart, cv2.CV_32F, (2, 2))
    )
    return float(pairs.max()) > _LEAST + _NOISES * noise
