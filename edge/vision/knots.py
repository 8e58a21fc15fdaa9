"""How many people a silhouette holds: children who stand close are found as fewer.

    silhouettes     O     OOOO    OO        found: 1, 1, 2
    ground covered  .5    1.9     .9 m2     so there are 1, 4, 2; each found one stands
                                            for 1, 4, 1 of them

The area of a body as seen, at the scale of the ground where it stands, is nearly the same
for a child in winter clothes and for an adult. Where a silhouette is much larger than those
found in it would be, the area tells how many there are. It needs the ground to be known.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from edge.vision.framing import BoolArray, FloatArray
from edge.vision.ground import Ground
from edge.vision.tracker import Track

_BODY_M2: Final = 0.47
"""What a body adds to a silhouette, those who partly hide each other included: on the
validation samples of training .45 to .49 where eight or more are there. An adult alone has
.56 on PETS 2009 (.184 of the height squared)."""
_MUCH: Final = 1.4
"""Below so many bodies' area for each one found, the found ones are all."""
_MOST: Final = 4.0
"""For how many one may stand: a shadow or a cloud of snow is no crowd."""
_MIDDLE_M: Final = 0.6
"""How high above the ground the middle of a silhouette is."""
_LEAST_PX: Final = 6.0
"""Pixels in a metre below which an area tells nothing."""
_PERSON: Final = 0


class Knots:
    """Tells for how many people each one found stands, in one camera's view."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._areas = np.zeros((0, 0))

    def people(self, tracks: Sequence[Track], mask: BoolArray) -> FloatArray:
        """Return for how many people each track stands, at least 1.

        Args:
            tracks: Everybody present; those who ride or drive stand for themselves.
            mask: The silhouettes, of the size of the analysed frame.

        Returns:
            Shape `(n,)`.
        """
        alone = np.ones(len(tracks))
        walkers = [n for n, track in enumerate(tracks) if track.kind == _PERSON]
        if not walkers:
            return alone
        bodies = mask.astype(np.uint8)
        for track in tracks:
            if track.kind != _PERSON:
                bodies[_within(track)] = 0
        count, labels = cv2.connectedComponents(bodies)
        seen = bodies > 0
        area = np.bincount(labels[seen], self._worth(mask.shape)[seen], count)
        owners = np.array([_owner(labels[_within(tracks[n])]) for n in walkers])
        found = np.bincount(owners, minlength=count)
        bodies_each = area / _BODY_M2 / np.maximum(found, 1)
        bodies_each[0] = 1.0
        each = np.where(bodies_each > _MUCH, np.minimum(bodies_each, _MOST), 1.0)
        alone[walkers] = each[owners]
        return alone

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


def _owner(labels: np.ndarray) -> int:
    """Return the silhouette that fills most of a box; 0 if there is none."""
    counts = np.bincount(labels.ravel(), minlength=1)
    counts[0] = 0
    return int(counts.argmax())
