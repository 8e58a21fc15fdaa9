"""Empty places as pictures in sun and shade, and what an installer would measure there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import msgspec
import numpy as np

from edge.setup.drawing import DrawnGround, of_camera, settings
from edge.setup.reach import reach_of
from edge.vision.framing import Framing
from edge.vision.net import Net
from models.evaluate.stage import fixtures, surfaces
from models.evaluate.stage.fixtures import Piece
from models.evaluate.stage.lens import HEIGHT, WIDTH, Lens, Point
from models.evaluate.stage.splat import FAR, Keys, Picture, Stage, eight, keyed
from models.evaluate.stage.surfaces import Site

_BELOW: Final = 0.72
"""Share of the sky's light that reaches the ground below a body."""


@dataclass(frozen=True)
class Scenery:
    """An empty place as pictures."""

    lit: Picture
    shade: Picture
    """As `lit`, where the sun does not reach."""
    still: Keys
    """What hides people."""
    ground: Picture
    """255 where shadows may fall, 0 on walls, fixtures and sky."""


def scenery(site: Site) -> Scenery:
    """Paint an empty place."""
    rays = site.lens.rays()
    lit, shade, depth, flat = surfaces.painted(site, rays)
    if not site.light.strength:
        # Below somebody the snow is darker even where there is no sun.
        shade = np.where(flat[..., None] > 0, _BELOW * lit, lit)
    clear = np.exp(-site.light.veil * depth)[..., None]
    veil = np.array(site.light.air) * (1 - clear)
    lit, shade = lit * clear + veil, shade * clear + veil
    shots = Stage(site.lens, site.light).shoot(fixtures.cast(site.pieces))
    won = shots.keys < FAR
    lit[won] = shade[won] = shots.paint
    flat[won] = 0
    cast = np.where(flat > 0, cv2.GaussianBlur(shots.shadow, (5, 5), 0), 0) / 255
    lit += (shade - lit) * cast[..., None]
    # Whoever is behind the building or the trees is hidden by them.
    still = np.where(flat == 0, np.minimum(shots.keys, keyed(depth)), shots.keys)
    return Scenery(eight(lit), eight(shade), still, flat)


def calibration(
    lens: Lens,
    zones: Mapping[str, Sequence[Point]],
    lines: Mapping[str, Sequence[Point]],
) -> dict[str, Any]:
    """Return a camera's settings, as an installer would measure them.

    The plan's origin is 30 m to the left and 40 m ahead, its y grows to the camera. It is
    drawn on frames of half the picture's size; the set-up chooses what size is analysed,
    and pixels are those of that.

    Args:
        lens: The camera.
        zones: Corners of each zone, metres.
        lines: Start and end of each line, metres.
    """
    top = max(lens.pixel(0, 30.0)[1], 20.0)
    pixels = ((130.0, top), (510.0, top), (620.0, 460.0), (20.0, 460.0))
    metres = [(x + 30.0, 40.0 - y) for x, y in lens.ground(pixels).tolist()]

    def seen(places: Sequence[Point]) -> list[list[float]]:
        return [[round(v / 2, 2) for v in lens.pixel(*place)] for place in places]

    camera: dict[str, Any] = {
        "camera": "stage",
        "source": "stage",
        "width": WIDTH // 2,
        "height": HEIGHT // 2,
        "ground": {
            "pixels": [[u / 2, v / 2] for u, v in pixels],
            "metres": [[round(v, 3) for v in place] for place in metres],
            "size_m": [60.0, 40.0],
            "people_m": 1.3,
        },
        "zones": [{"name": n, "corners": seen(c)} for n, c in zones.items()],
        "lines": [
            {"name": name, "start": start, "end": end}
            for name, ends in lines.items()
            for start, end in (seen(ends),)
        ],
    }
    framing = Framing.of((WIDTH, HEIGHT), (WIDTH // 2, HEIGHT // 2))
    ground = msgspec.convert(camera["ground"], DrawnGround, strict=False)
    reach = reach_of(ground, framing, Net().thresholds.least_px)
    return settings(camera, of_camera(camera), reach.size, reach.factor)


def scattered(pieces: Sequence[Sequence[Piece]]) -> tuple[Piece, ...]:
    """Return fixtures as one tuple of pieces."""
    return tuple(piece for fixture in pieces for piece in fixture)
