"""Whether the camera's mount shakes in the wind, or has been moved.

    shift comes and goes        SHAKE: the frame is put back, counting goes on
    shift stays the same        MOVED: the pole was turned a little
    another picture that stays, with as much to see: MOVED, the camera looks elsewhere

A veil of fog or ice is another picture too, but has less to see; a blizzard does not stay.
"""

from typing import Final

import cv2
import numpy as np

from edge.vision.change import Whole
from edge.vision.framing import ByteArray
from edge.vision.registration import Shift

_SHAKES: Final = (0.5, 0.25)
"""Mean sway from frame to frame, in pixels, from which it shakes, and still shakes."""
_SMOOTH_S: Final = 1.0
_FAR_PX: Final = 3.0
_NEAR_PX: Final = 1.0
_STAYS_S: Final = 20.0
_ELSEWHERE: Final = 0.4
_EVERYWHERE: Final = 0.8
"""Shares of the frame, and of its regions, that differ when it is another picture; people
who are near cover as much, but not everywhere."""
_STRANGE: Final = 0.35
_ELSEWHERE_S: Final = 3.0
_STILL: Final = 6.0
_AS_MUCH: Final = 0.6


class Mount:
    """Follows the shifts of one camera."""

    def __init__(self) -> None:
        self._last = self._anchor = Shift()
        self._sway = self._stays_s = self._elsewhere_s = 0.0
        self.shakes = False

    @property
    def elsewhere(self) -> bool:
        """Tell whether the camera seems to look at another place now."""
        return self._elsewhere_s > 0

    def watch(self, shift: Shift, dt: float) -> bool:
        """Take the shift of a frame; tell whether the camera was moved for good."""
        if shift.sure:
            sway = float(np.hypot(shift.x - self._last.x, shift.y - self._last.y))
            self._sway += (sway - self._sway) * min(1.0, dt / _SMOOTH_S)
            self.shakes = self._sway > _SHAKES[self.shakes]
            self._last = shift
        apart = np.hypot(shift.x - self._anchor.x, shift.y - self._anchor.y)
        if shift.length < _FAR_PX or apart > _NEAR_PX:
            self._anchor, self._stays_s = shift, 0.0
        else:
            self._stays_s += dt
        return self._stays_s >= _STAYS_S

    def turned(
        self, level: ByteArray, previous: ByteArray, background: ByteArray, dt: float
    ) -> bool:
        """Take a frame that is all different; tell whether it has been one for long."""
        still = float(cv2.absdiff(level, previous).mean()) < _STILL
        as_much = _edges(level) > _AS_MUCH * _edges(background)
        self._elsewhere_s = self._elsewhere_s + dt if still and as_much else 0.0
        return self._elsewhere_s >= _ELSEWHERE_S

    def back(self) -> None:
        """Note that the frame is of the known place."""
        self._elsewhere_s = 0.0


def differs(whole: Whole, shift: Shift) -> bool:
    """Tell whether a frame may be of another place."""
    other = whole.share > _ELSEWHERE and whole.spread > _EVERYWHERE
    return other and not shift.sure


def is_strange(whole: Whole, shift: Shift) -> bool:
    """Tell whether much has changed and the place is not known again, as under clouds."""
    return whole.share > _STRANGE and not shift.sure


def _edges(picture: ByteArray) -> float:
    # The deviation, not the mean: noise is everywhere, edges are strong.
    small = cv2.resize(picture, None, fx=1 / 4, fy=1 / 4, interpolation=cv2.INTER_AREA)
    return cv2.meanStdDev(cv2.Laplacian(small, cv2.CV_32F))[1].item()
