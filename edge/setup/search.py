"""What looks like a person in what is about to be shown.

The net that counts looks at the picture as if it were a frame, against the same place
without anything narrow: a wide median leaves ground, walls and sky, and takes out whoever
stands on it. Windows and fence posts far away look like people too; what is so low that
its head is three pixels is passed over, as nobody could be known by it.

A fir or a goal post may look like somebody as well. When somebody is found, whatever the
net holds possible is part of the answer, with a rim around it.
"""

import math
from typing import Final

import cv2
import numpy as np

from edge.vision.framing import BoolArray, ByteArray
from edge.vision.pipeline import Seer

LEAST_PX: Final = 24
_WIDE: Final = 0.2
"""Of the picture's height that the median takes out at most, in width."""
_NARROWEST: Final = 15
_RIM: Final = 0.2
"""Of a body's width and height, beyond its box."""
_CAR: Final = 2


def person_like(net: Seer, picture: ByteArray) -> BoolArray:
    """Return where a grey picture shows anything like a person, of its shape."""
    wide = max(_NARROWEST, int(_WIDE * picture.shape[0])) | 1
    place = np.asarray(cv2.medianBlur(picture, wide), np.uint8)
    found = net.see(picture, place, picture)
    tall = found.boxes[:, 3] - found.boxes[:, 1] >= LEAST_PX
    possible = tall & (found.kinds != _CAR)
    where = np.zeros(picture.shape, np.bool_)
    if (possible & found.strong).any():
        for left, top, right, bottom in found.boxes[possible]:
            x, y = _RIM * (right - left), _RIM * (bottom - top)
            rows = slice(max(0, int(top - y)), math.ceil(bottom + y))
            where[rows, max(0, int(left - x)) : math.ceil(right + x)] = True
    return where
