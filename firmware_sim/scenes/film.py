"""A film of a real place instead of the rendered yard: PETS 2009, S2.L1, View 001.

Its road and lawn are laid under the yard's plan as if the yard were there, so that the
same zones, line and heat map are filled by real people. From how tall its annotated
people are, 1.75 m at 0.1305 (y + 83) pixels a metre, of 768 x 576: the horizon is 83
pixels above the upper edge, the camera hangs 7.7 m high, 15 m before the plan's near edge.
"""

import shutil
from pathlib import Path

from firmware_sim.scenes.camera import calibration
from firmware_sim.scenes.clip import write_beside
from firmware_sim.scenes.yard import WINTER_YARD

_SIZE = (320, 240)
_SHRUNK = 320 / 768
_TALL_M = 1.7
"""Adults; a camera that is told nothing expects children."""
_METRES = ((10.0, 0.5), (22.0, 0.5), (20.5, 19.6), (11.5, 19.6))
_PIXELS = ((186.0, 170.0), (582.0, 170.0), (696.0, 450.0), (72.0, 450.0))


def lay(film: Path, out: Path) -> None:
    """Copy the film to `out`, with its calibration beside it.

    Raises:
        OSError: There is no such film, or it cannot be copied.
    """
    shutil.copyfile(film, out)
    pixels = [(x * _SHRUNK, y * _SHRUNK) for x, y in _PIXELS]
    seen = calibration(WINTER_YARD, _SIZE, _METRES, pixels)
    seen["ground"]["people_m"] = _TALL_M
    write_beside(out, seen)
