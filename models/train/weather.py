"""What lies between a scene and its picture: air, light, lens and camera.

Each step changes the three views of a sample, frame, previous frame and background, each
in its own way, and takes from `contrast` what it takes from those who are there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from models.train import falling, textures
from models.train.textures import Levels, Size, resized, soft

FRAME, BEFORE, BACKGROUND = range(3)


@dataclass
class Exposure:
    """Three views on their way through the weather into the camera.

    Attributes:
        views: Shape `(3, h, w)`, frame, previous frame and background, 0 .. 255.
        depth: How far each pixel is, in camera heights.
        contrast: Shape `(h, w)`, what bodies change in the frame, in grey levels.
        noise: Standard deviation of the camera's noise, in grey levels.
    """

    views: Levels
    depth: Levels
    contrast: Levels
    noise: float = field(default=1.0)

    @property
    def size(self) -> Size:
        """Columns and rows."""
        return self.contrast.shape[1], self.contrast.shape[0]


Step = Callable[[Generator, Exposure], None]


def clouds(rng: Generator, exposure: Exposure) -> None:
    """Shadows of clouds, and of what stands outside the picture, that have moved since."""
    deep = rng.uniform(0.2, 0.8)
    sharp = rng.uniform(0.8, 5)
    frame = textures.field(rng, exposure.size, int(rng.random() < 0.35))
    back = textures.field(rng, exposure.size, 0)
    cover = rng.uniform(-0.7, 0.9)
    lit = 1 - deep / (1 + np.exp(-sharp * (frame - cover)))
    moved = rng.integers(-6, 7, 2)
    before = np.roll(lit, tuple(moved), (0, 1))
    # The background is the median of many: it shows little of any one cloud.
    share = rng.choice([0.0, 0.3, 1.0])
    since = 1 - deep * rng.uniform(0, 1) * share / (1 + np.exp(-sharp * (back - cover)))
    exposure.views *= np.stack((lit, before, since)).astype(np.float32)
    exposure.contrast *= lit


def patches_of_light(rng: Generator, exposure: Exposure) -> None:
    """Sun through a window, or a lamp, that falls on the ground with hard edges."""
    columns, rows = exposure.size
    change = np.ones((rows, columns), np.float32)
    factor = rng.uniform(0.45, 0.85) if rng.random() < 0.5 else rng.uniform(1.15, 1.9)
    for _ in range(rng.integers(1, 5)):
        middle = rng.uniform((0, 0), (columns, rows))
        corners = middle + rng.normal(0, rng.uniform(8, 70), (rng.integers(3, 6), 2))
        cv2.fillConvexPoly(change, cv2.convexHull(corners.astype(np.int32)), factor)
    change = soft(change, rng.uniform(0.6, 6))
    since = rng.random() < 0.5
    exposure.views[BACKGROUND if since else slice(BACKGROUND)] *= change


def haze(rng: Generator, exposure: Exposure) -> None:
    """Fog or falling snow that takes contrast with distance."""
    veil = rng.uniform(110, 245)
    near = rng.uniform(0, 0.35)
    thick = np.exp(rng.uniform(-4, -0.2))
    left = (1 - near) * np.exp(-thick * exposure.depth)
    shares = np.stack((left, left, left ** np.float32(rng.uniform(0.6, 1.3))))
    exposure.views += (1 - shares) * (np.float32(veil) - exposure.views)
    exposure.contrast *= left


def snowfall(rng: Generator, exposure: Exposure) -> None:
    """Falling snow, from single flakes to a blizzard."""
    heavy = 0.02 + rng.random() ** 1.6
    if rng.random() < 0.8:
        haze(rng, exposure)
    snow, bright = falling.Snowfall.draw(rng, heavy), rng.uniform(140, 255)
    for number in (FRAME, BEFORE):
        cover = snow.frame(rng, exposure.size)
        if number == FRAME:
            # Flakes hide somebody as noise does that is a few pixels wide.
            flicker = (cover * (bright - exposure.views[FRAME]))[::4, ::4].std()
            exposure.noise = float(np.hypot(exposure.noise, 0.5 * flicker))
            exposure.contrast *= 1 - 0.7 * cover
        _lay(exposure, number, cover, bright)
    if rng.random() < 0.3:
        # A young median still shows some of the flakes.
        cover = snow.frame(rng, exposure.size) * np.float32(rng.uniform(0, 0.35))
        _lay(exposure, BACKGROUND, cover, bright)


def _lay(exposure: Exposure, number: int, cover: Levels, level: float) -> None:
    exposure.views[number] += cover * (np.float32(level) - exposure.views[number])


def rainfall(rng: Generator, exposure: Exposure) -> None:
    """Rain: streaks, haze, and drops on the dome."""
    heavy = rng.uniform(0.2, 1)
    if rng.random() < 0.6:
        haze(rng, exposure)
    bright = rng.uniform(120, 230)
    for number in (FRAME, BEFORE):
        _lay(exposure, number, falling.rain(rng, exposure.size, heavy), bright)
    if rng.random() < 0.4:
        drops(rng, exposure)


def drops(rng: Generator, exposure: Exposure) -> None:
    """Drops on the dome: round spots that are out of focus."""
    columns, rows = exposure.size
    wet = np.zeros((rows, columns), np.float32)
    for _ in range(rng.integers(1, 14)):
        middle = [int(rng.integers(columns)), int(rng.integers(rows))]
        wide, high = np.exp(rng.normal(1.8, 0.6)) * rng.uniform(0.7, 1.4, 2) + 1
        cv2.ellipse(wet, middle, [int(wide), int(high)], 0, 0, 360, 1, -1, cv2.LINE_AA)
    wet = cv2.GaussianBlur(wet, (0, 0), 1.5) * np.float32(rng.uniform(0.4, 1))
    _unfocus(exposure, wet, rng.uniform(3, 8), rng.uniform(0.8, 1.25))


def frost(rng: Generator, exposure: Exposure) -> None:
    """Ice on the dome: blurred and bright, thick at the rim, with the edges of crystals."""
    columns, rows = exposure.size
    noise = textures.field(rng, exposure.size, 2) + textures.field(
        rng, exposure.size, 0
    )
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None] - np.float32(
        rng.normal(0, 0.3)
    )
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None] - np.float32(
        rng.normal(0, 0.3)
    )
    rim = rng.uniform(0, 3) * (np.hypot(x, y) - 0.8)
    ice = np.clip(
        0.5 + rng.uniform(0.15, 0.5) * noise + rim + rng.normal(-0.2, 0.5), 0, 1
    )
    veil, white = rng.uniform(0.1, 0.75), np.float32(rng.uniform(120, 240))
    crystals = rng.uniform(0, 10) * textures.field(rng, exposure.size, 2)
    _unfocus(
        exposure,
        ice.astype(np.float32) * np.float32(rng.uniform(0.5, 1)),
        rng.uniform(1.5, 7),
        1,
    )
    age = rng.uniform(0.3, 1) if rng.random() < 0.4 else 1
    cover = ice * np.array((veil, veil, veil * age), np.float32)[:, None, None]
    exposure.views += cover * (white + crystals.astype(np.float32) - exposure.views)
    exposure.contrast *= 1 - veil * ice


def _unfocus(exposure: Exposure, share: Levels, sigma: float, gain: float) -> None:
    half = (exposure.size[0] // 2, exposure.size[1] // 2)
    for number in range(3):
        small = soft(resized(exposure.views[number], half), sigma / 2)
        unsharp = resized(small, exposure.size) * np.float32(gain)
        exposure.views[number] += share * (unsharp - exposure.views[number])
    # Somebody is a few pixels wide, and a wide blur spreads them over many.
    exposure.contrast *= 1 - share * np.float32(sigma / (sigma + 2.5))


def night(rng: Generator, exposure: Exposure) -> None:
    """Little light, from a few lamps, and a noisy picture."""
    columns, rows = exposure.size
    light = np.full((rows, columns), rng.uniform(0.05, 0.4), np.float32)
    x, y = (
        np.arange(columns, dtype=np.float32)[None],
        np.arange(rows, dtype=np.float32)[:, None],
    )
    for _ in range(rng.integers(0, 4)):
        middle = rng.uniform((0, -0.3 * rows), (columns, rows))
        wide = rng.uniform(0.15, 0.6) * columns
        square = ((x - middle[0]) / wide) ** 2 + ((y - middle[1]) / wide / 0.6) ** 2
        light += rng.uniform(0.1, 0.8) / (1 + square)
    gain = rng.uniform(0.7, 1.5) / max(float(light.mean()) ** 0.5, 0.2) / 2
    exposure.views *= light * np.float32(gain)
    exposure.contrast *= light * gain
    exposure.noise += rng.uniform(1, 9)
    if rng.random() < 0.35:
        headlights(rng, exposure)


def headlights(rng: Generator, exposure: Exposure) -> None:
    """Lights of a car somewhere: glare that comes, moves and goes."""
    columns, rows = exposure.size
    x, y = (
        np.arange(columns, dtype=np.float32)[None],
        np.arange(rows, dtype=np.float32)[:, None],
    )
    middle = rng.uniform((-0.1 * columns, 0), (1.1 * columns, rows))
    wide, strong = np.exp(rng.uniform(0.5, 4)), rng.uniform(30, 300)
    for number in (FRAME, BEFORE):
        exposure.views[number] += strong / (
            1 + ((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / wide**2
        )
        middle = middle + rng.normal(0, 6, 2)


def glare(rng: Generator, exposure: Exposure) -> None:
    """A low sun into the lens."""
    columns, rows = exposure.size
    x, y = (
        np.arange(columns, dtype=np.float32)[None],
        np.arange(rows, dtype=np.float32)[:, None],
    )
    middle = rng.uniform((-0.2 * columns, -0.4 * rows), (1.2 * columns, 0.6 * rows))
    veil = rng.uniform(40, 200) / (
        1 + np.hypot(x - middle[0], y - middle[1]) / rng.uniform(20, 120)
    )
    shares = np.array((1, 1, rng.uniform(0.4, 1.2)), np.float32)[:, None, None]
    exposure.views += shares * veil.astype(np.float32)


_AIR: Final[tuple[tuple[Step, float], ...]] = (
    (clouds, 0.25),
    (patches_of_light, 0.12),
    (snowfall, 0.3),
    (rainfall, 0.1),
    (haze, 0.08),
    (frost, 0.12),
    (night, 0.15),
    (glare, 0.06),
    (drops, 0.04),
)
_ROOM: Final[tuple[tuple[Step, float], ...]] = (
    (clouds, 0.12), (patches_of_light, 0.3), (night, 0.1), (glare, 0.04), (frost, 0.03),
)  # fmt: skip


_FAIR: Final = 0.2
"""Share of the samples without any weather; of the others a quarter has none by chance."""


def apply(rng: Generator, exposure: Exposure, *, indoor: bool) -> None:
    """Let some weather happen; several kinds at once happen too, and often none."""
    if rng.random() < _FAIR:
        return
    for step, share in _ROOM if indoor else _AIR:
        if rng.random() < share:
            step(rng, exposure)
