"""How far the counts can be believed, 0..1, and why not. Never a detection.

    background, in tiles  --edges-->  share of the clearest each tile has been
         |                                  |
         |   median of the tiles            |   most of them dull, the near ones too,
         v                                  v   for minutes: frost on the lens
       trust                             LENS_ICED

Fog takes the far edges and leaves the near ones; snow on the ground takes those of the
ground and leaves those of the walls; ice takes all. Edges are measured against the
brightness, so that dusk is not fog. Where hardly a tile has ever had an edge the lens was
iced from the start, and nothing can be believed; ice that leaves some of the view clear
is known only against a clearer past.

Little light is a dark picture, or the grey one that a camera of colours gives at night,
however bright. Falling snow and rain are specks that are there for one frame only, all
over the picture.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from contracts.records import NO_FLAGS, WeatherFlag
from edge.vision.background import Background
from edge.vision.change import Whole
from edge.vision.framing import ByteArray, FloatArray
from edge.vision.settings import Size

_TILES: Final[Size] = (6, 4)
_EVERY_S: Final = 1.0
_LEAST_EDGE: Final = 0.008
"""A tile that never had more than this has no edges to lose."""
_FEWEST_TILES: Final = 4
"""So many have edges in any clear view; a camera's own writing has them in fewer."""
_NOISE: Final = 3.0
"""What noise, and the background's own unrest, leave of an edge that is none."""
_BASE: Final = 10.0
"""Grey levels below which noise is the larger part."""
_HALF_LIFE_S: Final = 7 * 86_400
"""How slowly the clearest is forgotten: a week of fog must not become normal."""
_RISE_S: Final = 60.0
_DULL: Final = 0.5
_ICED: Final = (0.75, 0.55)
"""Share of the tiles that must be dull to be called ice, and to go on being called so."""
_ICED_S: Final = 60.0
_DARK: Final = 70.0
"""Mean of the picture below which there is little light."""
_COLOUR: Final = 2
"""A picture with colours has more than this, in grey levels, between them somewhere."""
_PLACES: Final[Size] = (24, 16)
_SPECK: Final = 12.0
_SPECK_NOISES: Final = 3.0
_SQUARE: Final = 16
_FALLING: Final = (0.3, 0.2)
"""Share of squares with specks, smoothed: from here it snows, and still snows."""
_SMOOTH_S: Final = 5.0
_WORTH: Final = {
    WeatherFlag.WHOLE_FRAME_CHANGE: 0.5,
    WeatherFlag.PRECIPITATION: 0.9,
    WeatherFlag.LOW_LIGHT: 0.9,
    WeatherFlag.SHAKE: 0.95,
    WeatherFlag.LENS_ICED: 0.5,
}
"""What trust is multiplied by; on PETS snow, night and shake cost F1 at most .02."""


@dataclass(frozen=True)
class Trust:
    """How good one frame is."""

    value: float
    flags: WeatherFlag


class Visibility:
    """The background's edges against their own history."""

    def __init__(self) -> None:
        self._clearest: FloatArray = np.zeros(_TILES[::-1])
        self._kept: FloatArray = np.ones(_TILES[::-1])
        self._since_s = _EVERY_S
        self._dull_s = 0.0
        self._iced = self._measured = False

    def judge(self, background: Background, picture: ByteArray, dt: float) -> Trust:
        """Judge the background, `dt` seconds after the call before; once a second.

        Args:
            background: Grey.
            picture: What the camera gave.
            dt: Seconds since the call before.
        """
        self._since_s += dt
        dim = float(background.picture.mean()) < _DARK or _lost_colour(picture)
        if background.settled and self._since_s >= _EVERY_S:
            self._measure(background.picture, self._since_s, dim=dim)
            self._since_s = 0.0
        flags = NO_FLAGS | WeatherFlag.LENS_ICED * self._iced
        flags |= WeatherFlag.LOW_LIGHT * dim
        return Trust(self._value(), flags)

    def _value(self) -> float:
        if not self._measured:
            # Nothing is known yet, and so nothing is lost.
            return 1.0
        known = self._clearest > _LEAST_EDGE
        if known.sum() < _FEWEST_TILES:
            return 0.0
        return min(1.0, float(np.median(self._kept[known])))

    def _measure(self, background: ByteArray, dt: float, *, dim: bool) -> None:
        edges = _edges(background)
        share = min(1.0, dt / _RISE_S) if self._measured else 1.0
        self._measured = True
        self._clearest *= 0.5 ** (dt / _HALF_LIFE_S)
        self._clearest += share * np.maximum(edges - self._clearest, 0)
        self._kept = edges / np.maximum(self._clearest, 1e-6)
        # In little light nobody can tell: what was known stays.
        if not dim:
            dull = self._dull() >= _ICED[self._iced]
            self._dull_s = self._dull_s + dt if dull else 0.0
            self._iced = dull and (self._iced or self._dull_s >= _ICED_S)

    def _dull(self) -> float:
        """Return the share of dull tiles; of the near ones, if they are better."""
        known = self._clearest > _LEAST_EDGE
        if known.sum() < _FEWEST_TILES:
            return 1.0
        dull = self._kept < _DULL
        near = known[-1]
        everywhere = float(dull[known].mean())
        return (
            min(everywhere, float(dull[-1][near].mean())) if near.any() else everywhere
        )


class Falling:
    """Snow and rain: specks that are there for one frame only."""

    def __init__(self) -> None:
        self._before: list[ByteArray] = []
        self._share = 0.0
        self._falls = False

    def watch(self, level: ByteArray, dt: float, *, shakes: bool) -> bool:
        """Take a frame; tell whether something falls. A shaken picture says nothing."""
        self._before = [f for f in self._before if f.shape == level.shape][-2:]
        if len(self._before) == 2 and not shakes:  # noqa: PLR2004 - the two before
            first, middle = self._before
            share = _specks(first, middle, level)
            self._share += (share - self._share) * min(1.0, dt / _SMOOTH_S)
            self._falls = self._share > _FALLING[self._falls]
        self._before.append(level)
        return self._falls


def worth(seen: Trust, whole: Whole, *, falls: bool, shakes: bool) -> Trust:
    """Return the trust in one frame, from all that is known about it."""
    flags = seen.flags
    flags |= WeatherFlag.WHOLE_FRAME_CHANGE * whole.changed
    flags |= WeatherFlag.PRECIPITATION * falls | WeatherFlag.SHAKE * shakes
    value = seen.value
    for flag in flags:
        value *= _WORTH.get(flag, 1.0)
    return Trust(value, flags)


def _lost_colour(picture: ByteArray) -> bool:
    """Tell whether all colours of a picture are alike; a grey camera's has none to lose."""
    if picture.ndim == 2:  # noqa: PLR2004 - rows and columns
        return False
    places = cv2.resize(picture, _PLACES, interpolation=cv2.INTER_AREA)
    return int(np.ptp(places, axis=2).max()) <= _COLOUR


def _edges(background: ByteArray) -> FloatArray:
    """Return how strong each tile's edges are against its brightness."""
    half = cv2.resize(background, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    edges = np.abs(np.asarray(cv2.Laplacian(half, cv2.CV_32F)))
    edges = np.maximum(edges - _NOISE, 0)
    strength, light = (
        cv2.resize(picture, _TILES, interpolation=cv2.INTER_AREA)
        for picture in (edges, half.astype(np.float32))
    )
    return np.asarray(strength / (light + _BASE), np.float64)


def _specks(first: ByteArray, middle: ByteArray, last: ByteArray) -> float:
    """Return the share of the picture's squares with specks in the middle frame alone."""
    ups = cv2.min(cv2.subtract(middle, first), cv2.subtract(middle, last))
    downs = cv2.min(cv2.subtract(first, middle), cv2.subtract(last, middle))
    noise = float(np.median(cv2.absdiff(first, last)[::4, ::4]))
    limit = _SPECK + _SPECK_NOISES * noise
    there = cv2.threshold(cv2.max(ups, downs), limit, 255, cv2.THRESH_BINARY)[1]
    squares = (middle.shape[1] // _SQUARE, middle.shape[0] // _SQUARE)
    return float(
        np.mean(
            np.asarray(cv2.resize(there, squares, interpolation=cv2.INTER_AREA)) > 0
        )
    )
