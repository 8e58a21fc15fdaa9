"""How many people a silhouette holds: children who stand close are found as fewer.

    silhouettes     O     OOOO    OO        found: 1, 1, 2
    covered         .6    1.7     1.0 m2    so there are 1, 4, 2; each found one stands
                                            for 1, 4, 1 of them

The area of a body as seen, at the scale of the ground where it stands, is nearly the same
for a child in winter clothes and for an adult. Where a silhouette is much larger than who
stands alone in this part of the picture, its area tells how many there are. That is learned
from the camera's own people, since the scale of a plan may be off by a tenth, and with
it the area by a fifth. Few people are told apart; it is the crowd that hides children.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from edge.vision.framing import BoolArray, FloatArray
from edge.vision.ground import Ground
from edge.vision.tracker import Track

IntArray = npt.NDArray[np.int64]

_ALONE_M2: Final = 0.6
"""Whoever stands alone, until it is learned: .6 on rendered yards, .56 on PETS 2009."""
_BODY_M2: Final = 0.43
"""What one more body adds at least, since those in a knot hide each other: on the
validation samples of training .45 to .49 where eight or more are there."""
_ADDS: Final = 0.6
"""The same, as a share of who stands alone here."""
_MUCH: Final = 1.25
"""So much larger than who stands alone, a silhouette is a knot."""
_MOST: Final = 4.0
"""For how many one may stand: a shadow or a cloud of snow is no crowd."""
_MIDDLE_M: Final = 0.6
"""How high above the ground the middle of a silhouette is."""
_LEAST_PX: Final = 6.0
"""Pixels in a metre below which an area tells nothing."""
_BANDS: Final = 8
"""Parts of the picture, one above the other, each with its own area."""
_FIRST, _LAST = 30, 200
"""What is learned is the mean over so many silhouettes of somebody alone, more and more."""
_FEW, _CROWD = 6, 12
"""So few found are told apart and nearly all; from a crowd on, areas are believed."""
_SLIM: Final = 0.55
"""Width by height below which a silhouette is of one person."""
_PERSON: Final = 0


class Knots:
    """Tells for how many people each one found stands, in one camera's view."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._areas = np.zeros((0, 0))
        self._alone = np.full(_BANDS, np.log(_ALONE_M2))
        self._learned = np.full(_BANDS, _FIRST)

    def people(self, tracks: Sequence[Track], mask: BoolArray) -> FloatArray:
        """Return for how many people each track stands, at least 1.

        Args:
            tracks: Everybody present; those who ride or drive stand for themselves.
            mask: The silhouettes, of the size of the analysed frame.

        Returns:
            Shape `(n,)`.
        """
        many = np.ones(len(tracks))
        walkers = [n for n, track in enumerate(tracks) if track.kind == _PERSON]
        if not walkers:
            return many
        bodies = mask.astype(np.uint8)
        for track in tracks:
            if track.kind != _PERSON:
                bodies[_within(track)] = 0
        _, labelled, told, _ = cv2.connectedComponentsWithStats(bodies)
        labels, sides = np.asarray(labelled, np.int64), np.asarray(told, np.int64)
        seen = bodies > 0
        worth = self._worth(mask.shape)[seen]
        area: FloatArray = np.bincount(labels[seen], worth, len(sides)).astype(float)
        owners = np.array([_owner(labels[_within(tracks[n])]) for n in walkers])
        found = np.bincount(owners, minlength=len(sides))
        found[0] = 0
        each = area / np.maximum(found, 1)
        bands = np.minimum(
            (sides[:, 1] + sides[:, 3]) * _BANDS // mask.shape[0], _BANDS - 1
        )
        self._learn(bands, area, (found == 1) & _is_one(sides, mask.shape))
        alone = np.exp(self._alone[bands])
        holds = np.minimum(each / np.maximum(_BODY_M2, _ADDS * alone), _MOST)
        knot = (found > 0) & (each > _MUCH * alone)
        believed = np.interp(len(walkers), (_FEW, _CROWD), (0, 1))
        many[walkers] += np.where(knot, believed * (holds - 1), 0)[owners]
        return many

    def _learn(self, bands: IntArray, area: FloatArray, one: BoolArray) -> None:
        """Learn what who stands alone covers."""
        for band, covered in zip(bands[one], area[one], strict=True):
            if covered:
                step = np.log(covered) - self._alone[band]
                self._alone[band] += step / self._learned[band]
                self._learned[band] = min(_LAST, self._learned[band] + 1)

    def _worth(self, shape: tuple[int, ...]) -> FloatArray:
        """Return the square metres that each pixel of a silhouette covers."""
        if self._areas.shape != shape:
            self._areas = _areas(self._ground, shape[0], shape[1])
        return self._areas


def _areas(ground: Ground, rows: int, columns: int) -> FloatArray:
    feet = np.arange(2.0 * rows)
    areas = np.zeros((rows, columns))
    for column in range(columns):
        scale = ground.pixels_per_metre(
            np.column_stack((np.full(len(feet), float(column)), feet))
        )
        near = scale >= _LEAST_PX
        if near.any():
            middles = feet[near] - _MIDDLE_M * scale[near]
            metre = np.interp(np.arange(rows), middles, scale[near], left=np.inf)
            areas[:, column] = 1 / metre**2
    return areas


def _within(track: Track) -> tuple[slice, slice]:
    x1, y1, x2, y2 = (max(0, round(float(side))) for side in track.box)
    return slice(y1, y2), slice(x1, x2)


def _owner(labels: IntArray) -> int:
    """Return the silhouette that fills most of a box; 0 if there is none."""
    counts = np.bincount(labels.ravel(), minlength=1)
    counts[0] = 0
    return int(counts.argmax())


def _is_one(sides: IntArray, shape: tuple[int, ...]) -> BoolArray:
    """Tell which silhouettes are wholly in the picture and slim."""
    left, top, width, height, _ = sides.T
    inside = (left > 0) & (top > 0)
    inside &= (left + width < shape[1]) & (top + height < shape[0])
    return np.asarray(inside & (width < _SLIM * height))
