"""Who is in a scene: bodies at their places on the ground, standing, walking, running."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from models.train.outfits import Outfit, Patch
from models.train.pool import Pool
from models.train.scenes import Scene

PERSON, CYCLIST, CAR = range(3)
_ALIKE: Final = 4
"""Cut-outs to choose from for the one seen from about the right height."""
_SIZES: Final = (1, 1, 2, 2, 3, 4, 6, 8, 12, 16, 24, 34)
_MOST: Final = 56
_KNOTS: Final = 0.3
"""Share of the scenes in which people stand in rings, as children do at recess."""
_KNOT, _KNOT_M = (3, 8), (0.4, 0.9)
"""How many stand in a ring, half-open, and its radius."""
_END_ON: Final = 0.4
"""Share of the cyclists seen from the front or from behind, as on a street along the view."""
_NARROW: Final = 0.45
"""Width of such a cut-out by its height."""
_SPEEDS: Final = {PERSON: (0.4, 2.0), CYCLIST: (1.5, 6), CAR: (1.5, 10)}
_STANDING: Final = {PERSON: 0.35, CYCLIST: 0.1, CAR: 0.15}


@dataclass(frozen=True)
class Figure:
    """A body in the scene, now and one frame before.

    Attributes:
        now: In the frame.
        before: In the previous frame.
        foot: The row it stands on.
        kind: Index into `contracts.records.CLASSES`.
        standing: It stays.
    """

    now: Patch
    before: Patch
    foot: float
    kind: int
    standing: bool


@dataclass(frozen=True)
class Company:
    """How many come, and what the light does to them."""

    people: int
    cyclists: int
    cars: int
    white: float
    """The grey of a white coat."""
    gap_s: float
    """Seconds since the previous frame."""
    exposure_s: float

    @classmethod
    def draw(cls, rng: Generator, scene: Scene, *, empty: bool) -> "Company":
        """Draw how many come; fewer where people are seen large."""
        room = 2 + 2.5 * scene.size[0] / (scene.metre(0.75 * scene.size[1]) * 1.6)
        people = min(
            _SIZES[rng.integers(len(_SIZES))] * rng.uniform(0.7, 1.4), room, _MOST
        )
        cyclists = int(rng.integers(1, 5)) if rng.random() < 0.4 else 0
        cars = int(rng.integers(1, 3)) if rng.random() < 0.3 and not scene.indoor else 0
        if rng.random() < 0.25 and cyclists + cars:
            people = 0
        bright = float(np.percentile(scene.levels[::4, ::4], 90))
        return cls(
            0 if empty else round(people),
            0 if empty else cyclists,
            0 if empty else cars,
            min(max(bright * rng.uniform(0.8, 1.6), 60), 250),
            float(np.exp(rng.uniform(np.log(0.1), 0))),
            (0.004, 0.02, 0.04)[rng.integers(3)],
        )


def gather(rng: Generator, pool: Pool, scene: Scene, company: Company) -> list[Figure]:
    """Place everybody."""
    kinds = (
        [PERSON] * company.people + [CYCLIST] * company.cyclists + [CAR] * company.cars
    )
    together = (0.0, 0.0, 0.4, 0.85)[rng.integers(4)]
    figures: list[Figure] = []
    spot = anywhere(rng, scene)
    ring = _rings(rng, scene) if rng.random() < _KNOTS else iter(())
    for kind in kinds:
        if kind == PERSON and (place := next(ring, None)):
            spot = place
        elif figures and kind == PERSON and rng.random() < together:
            spot = _beside(rng, scene, spot)
        else:
            spot = anywhere(rng, scene)
        figure = one(rng, pool, scene, company, kind, spot)
        if figure is not None:
            figures.append(figure)
    return figures


def anywhere(rng: Generator, scene: Scene) -> tuple[float, float]:
    """Return column and row of a place on the ground, mostly one in plain view."""
    columns, rows = scene.size
    first = min(max(scene.horizon + 5 * scene.camera_m, 0.06 * rows), 0.8 * rows)
    spot = (0.0, 0.0)
    for _ in range(5):
        spot = (rng.uniform(-0.04, 1.04) * columns, rng.uniform(first, 1.16 * rows))
        column = min(max(int(spot[0]), 0), columns - 1)
        foot = min(int(spot[1]), rows - 1)
        head = min(max(int(spot[1] - 1.2 * scene.metre(spot[1])), 0), foot)
        seen = scene.hides[head : foot + 1, column]
        if seen[-1] == 0 and (seen > spot[1]).mean() < rng.random():
            break
    return spot


def _rings(rng: Generator, scene: Scene) -> Iterator[tuple[float, float]]:
    """Give the places of rings of people, one ring after another."""
    while True:
        column, row = anywhere(rng, scene)
        many = int(rng.integers(*_KNOT))
        wide = rng.uniform(*_KNOT_M) * scene.metre(row)
        flat = wide * np.sin(scene.elevation(row))
        for number in range(many):
            way = 2 * np.pi * (number + rng.uniform(-0.3, 0.3)) / many
            yield column + wide * float(np.cos(way)), row + flat * float(np.sin(way))


def _beside(
    rng: Generator, scene: Scene, spot: tuple[float, float]
) -> tuple[float, float]:
    metre = scene.metre(spot[1])
    return spot[0] + rng.normal(0, 0.8) * metre, spot[1] + rng.normal(0, 0.25) * metre


def one(
    rng: Generator, pool: Pool, scene: Scene, company: Company, kind: int,
    spot: tuple[float, float],
) -> Figure | None:  # fmt: skip
    """Return a body on a spot, or none where the pool has none of its kind."""
    number = _seen_from(rng, pool, kind, scene.elevation(spot[1]))
    if number is None:
        return None
    metre = scene.metre(spot[1])
    size = metre * float(np.exp(rng.normal(0, 0.06)))
    outfit = Outfit.draw(rng, company.white, scene.ground(spot))
    now = outfit.worn(pool[number], size, float(np.exp(rng.normal(0, 0.05))))
    if now is None:
        return None
    standing = bool(rng.random() < _STANDING[kind])
    speed = 0.0 if standing else rng.uniform(*_SPEEDS[kind]) * metre
    if kind == PERSON and rng.random() < 0.25:
        speed *= 2.5
    way = rng.uniform(0, 2 * np.pi)
    across, along = speed * float(np.cos(way)), 0.45 * speed * float(np.sin(way))
    walks = kind == PERSON and not standing
    other = _alike(rng, pool, number) if walks and rng.random() < 0.5 else number
    warp = float(np.exp(rng.normal(0, 0.2 if walks else 0.03)))
    then = outfit.worn(pool[other], size, warp) or now
    past = (spot[0] - across * company.gap_s, spot[1] - along * company.gap_s)
    blurred = now.smeared(across * company.exposure_s)
    return Figure(blurred.on(spot), then.on(past), spot[1], kind, standing)


def _seen_from(rng: Generator, pool: Pool, kind: int, elevation: float) -> int | None:
    """Return a random cut-out of a kind, seen from about an elevation."""
    numbers = np.flatnonzero(pool.index["kind"] == kind)
    if not numbers.size:
        return None
    if kind == CYCLIST and rng.random() < _END_ON:
        wide = pool.index["columns"][numbers] / pool.index["rows"][numbers]
        numbers = numbers[wide < _NARROW] if (wide < _NARROW).any() else numbers
    some = numbers[rng.integers(numbers.size, size=_ALIKE)]
    return int(some[np.argmin(np.abs(pool.index["elevation"][some] - elevation))])


def _alike(rng: Generator, pool: Pool, number: int) -> int:
    """Return a cut-out that may be the same body a moment before."""
    mine = pool.index[number]
    numbers = np.flatnonzero(pool.index["kind"] == mine["kind"])
    some = numbers[rng.integers(numbers.size, size=2 * _ALIKE)]
    taller = np.abs(np.log(pool.index["height_m"][some] / mine["height_m"]))
    steeper = np.abs(pool.index["elevation"][some] - mine["elevation"])
    return int(some[np.argmin(taller + steeper)])
