"""A lens that ices over: `python -m firmware_sim.scenes.ice FILM`, through ever thicker ice.

    yard.avi ->  iced-1.avi  iced-2.avi  iced-3.avi  iced-4.avi      a sheet more each

Ice scatters: what is behind it blurs and drowns in an even grey of the same brightness.
It stands still while the film moves, and grows from the rim of the window inwards.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from firmware_sim.scenes.clip import write_clip
from firmware_sim.scenes.figures import Picture

SHEETS = 4
"""So many, and hardly anything is left to see."""
_SECONDS = 20
_BLUR = 0.011
"""Of a sheet, in widths of the picture."""
_GRAIN = 5.0

Layer = npt.NDArray[np.float32]


def freeze(film: Path) -> None:
    """Write the beginning of a film through one sheet of ice, through two, and so on.

    Raises:
        SceneError: A clip cannot be written.
    """
    reel = cv2.VideoCapture(str(film))
    fps = max(1, round(reel.get(cv2.CAP_PROP_FPS)))
    pictures: list[Picture] = []
    while len(pictures) < _SECONDS * fps and (found := reel.read())[0]:
        pictures.append(np.asarray(found[1], np.uint8))
    reel.release()
    for sheets in range(1, SHEETS + 1 if pictures else 1):
        size = (pictures[0].shape[1], pictures[0].shape[0])
        out = film.with_name(f"iced-{sheets}.avi")
        write_clip(out, size, _through(pictures, sheets), fps)


def _through(pictures: list[Picture], sheets: int) -> Iterator[Picture]:
    height, width = pictures[0].shape[:2]
    veil, grain = _sheet(width, height, sheets)
    for picture in pictures:
        soft = cv2.GaussianBlur(picture, (0, 0), _BLUR * width * sheets)
        scattered = np.full_like(soft, soft.mean()).astype(np.float32)
        seen = soft * (1 - veil) + scattered * veil + grain * veil
        yield np.asarray(np.clip(seen, 0, 255), np.uint8)


def _sheet(width: int, height: int, sheets: int) -> tuple[Layer, Layer]:
    """Return how much the ice scatters and how it glitters, shapes `(height, width, 1)`."""
    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    rim = np.maximum(np.abs(across), np.abs(down)) ** 2
    veil = np.clip(sheets / SHEETS * (0.75 + 0.35 * rim), 0, 0.97)
    crystals = np.random.default_rng(7).normal(0, _GRAIN, (height, width))
    grain = cv2.GaussianBlur(crystals, (0, 0), 2)
    return veil[..., None].astype(np.float32), grain[..., None].astype(np.float32)


if __name__ == "__main__":
    freeze(Path(sys.argv[1]))
