"""How lively each person is, 0..1: half ground speed, half change of the silhouette.

1 is a child at full run, or one whose outline changes by half from frame to frame.
"""

from typing import Final

import numpy as np

from edge.vision.silhouettes import BoolArray
from edge.vision.tracker import Track

RUN_M_S: Final = 2.5
RUN_HEIGHTS_S: Final = 2.0
"""The same run in body heights, where the ground is not known."""
_FULL_CHANGE: Final = 0.5


def liveliness(
    track: Track, before: BoolArray, now: BoolArray, per_metre: float
) -> float:
    """Return one person's activity.

    Args:
        track: The person.
        before: The mask of the frame before.
        now: The mask of this frame.
        per_metre: Pixels per metre where they stand; 0 if the ground is not known.
    """
    # The middle moves less than the sides shake.
    middle = (track.velocity[:2] + track.velocity[2:]) / 2
    pixels = float(np.hypot(*middle))
    speed = pixels / (per_metre * RUN_M_S) if per_metre else track.pace / RUN_HEIGHTS_S
    return 0.5 * min(1.0, speed) + 0.5 * _change(track, before, now)


def _change(track: Track, before: BoolArray, now: BoolArray) -> float:
    x1, y1, x2, y2 = (max(0, round(float(side))) for side in track.box)
    old, new = before[y1:y2, x1:x2], now[y1:y2, x1:x2]
    either = np.count_nonzero(old | new)
    if not either:
        return 0.0
    return min(1.0, np.count_nonzero(old ^ new) / either / _FULL_CHANGE)
