"""A training sample: a scene with known silhouettes, as the net will be given it.

    place -> things -> shadows -> people -> imprints in the background -> weather -> camera

A sample depends on its generator and the pool alone. The order of drawing is part of it:
whoever changes it changes every sample of a seed.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from models.train import cameras, composition, crowd, things, weather
from models.train.crowd import Company, Figure
from models.train.pool import Pool
from models.train.scenes import Scene
from models.train.textures import Levels, Size
from models.train.weather import BACKGROUND, BEFORE, FRAME, Exposure

_EMPTY: Final = 0.12
_SEEN, _LEAST_HIGH, _INSIDE = 0.2, 7.0, 0.5
_FAINT: Final = 4.0
"""Grey levels between somebody and what is behind them below which nobody could tell."""
_NOISY: Final = 12.0
"""That contrast, times the root of the pixels, in deviations of the noise."""


@dataclass(frozen=True)
class Sample:
    """What the net is shown, and what it should say.

    Attributes:
        views: Shape `(3, h, w)`: the frame at the background's gain, the background, the
            previous frame at its gain.
        mask: Shape `(h, w)`, 255 on a silhouette of any class.
        scored: Shape `(h, w)`, false where nobody could tell.
        boxes: Shape `(n, 4)`, left, top, right, bottom of whole bodies in pixels, as if
            nothing hid them and the picture had no end.
        kinds: Shape `(n,)`, index into `contracts.records.CLASSES`.
        weights: Shape `(n,)`, 1 to be found, 0 where nobody could tell.
    """

    views: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.uint8]
    scored: npt.NDArray[np.bool_]
    boxes: npt.NDArray[np.float32]
    kinds: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float32]


def sample(rng: Generator, pool: Pool, size: Size = (256, 192)) -> Sample:
    """Make one sample of the size, columns and rows."""
    scene = Scene.draw(rng, size)
    company = Company.draw(rng, scene, empty=bool(rng.random() < _EMPTY))
    if not scene.indoor and rng.random() < 0.12:
        scene = composition.with_parked_cars(rng, pool, scene, company)
    bodies = crowd.gather(rng, pool, scene, company)
    moving = things.scattered(rng, scene, company.gap_s) if rng.random() < 0.3 else []
    views = np.stack([scene.levels] * 3)
    _changed(rng, scene, views)
    composition.shade(rng, scene, bodies + moving, views)
    bare = views[FRAME].copy()
    owner = composition.populate(scene, bodies + moving, views)
    ghosts = _ghosts(rng, pool, scene, company)
    composition.remember(rng, scene, bodies, ghosts, views[BACKGROUND])
    exposure = Exposure(views, scene.depth(), views[FRAME] - bare)
    weather.apply(rng, exposure, indoor=scene.indoor)
    developed = cameras.develop(rng, exposure)
    return _judged(developed, bodies, owner, np.abs(exposure.contrast), exposure.noise)


def _changed(rng: Generator, scene: Scene, views: Levels) -> None:
    """Let the place itself differ from what was learned of it."""
    if not scene.indoor and rng.random() < 0.12:
        things.new_ground(rng, scene, views[:BACKGROUND])
    if not scene.indoor and rng.random() < 0.25:
        for number in (FRAME, BEFORE):
            things.sway(rng, scene, views[number])


def _ghosts(rng: Generator, pool: Pool, scene: Scene, company: Company) -> list[Figure]:
    """Return who, and what, has left."""
    ghosts = things.scattered(rng, scene, 1) if rng.random() < 0.1 else []
    if rng.random() < 0.3:
        for _ in range(rng.integers(1, 5)):
            kind = crowd.CAR if rng.random() < 0.1 else crowd.PERSON
            spot = crowd.anywhere(rng, scene)
            ghost = crowd.one(rng, pool, scene, company, kind, spot)
            ghosts += [ghost] if ghost else []
    return ghosts


def _judged(
    views: npt.NDArray[np.uint8], figures: list[Figure], owner: npt.NDArray[np.int16],
    contrast: Levels, noise: float,
) -> Sample:  # fmt: skip
    """Tell who can be found, and what can be scored."""
    somebody = owner > 0
    whose, count = owner[somebody], len(figures) + 1
    pixels = np.bincount(whose, minlength=count)
    contrasts = np.bincount(whose, contrast[somebody], count) / np.maximum(pixels, 1)
    told = (contrasts > _FAINT) & (contrasts * np.sqrt(pixels) > _NOISY * noise)
    told[0] = True
    found = [
        told[number] and _in_view(figure, pixels[number], owner.shape[::-1])
        for number, figure in enumerate(figures, 1)
    ]
    return Sample(
        views=views[[FRAME, BACKGROUND, BEFORE]],
        mask=somebody * np.uint8(255),
        scored=told[owner],
        boxes=np.array([one.now.box for one in figures], np.float32).reshape(-1, 4),
        kinds=np.array([one.kind for one in figures], np.int8),
        weights=np.array(found, np.float32),
    )


def _in_view(figure: Figure, seen: int, size: Size) -> bool:
    """Tell whether enough of somebody is seen, in pixels, and in the picture."""
    part = figure.now.part
    whole = max(float(part.sum()), 1.0)
    inside = figure.now.inside(size)
    shown = 0.0 if inside is None else float(inside.part.sum())
    return (
        part.shape[0] >= _LEAST_HIGH
        and seen > _SEEN * whole
        and shown > _INSIDE * whole
    )


if __name__ == "__main__":
    from models.train.sheets import main

    main()
