"""What the report measures on rendered yards: recesses, empty yards, a street's lines."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, Final

import numpy as np

from models.evaluate import crossings, empty, recess
from models.evaluate.clip_sections import by_band
from models.evaluate.clips import NOWHERE
from models.evaluate.contestants import OURS, Found
from models.evaluate.laboratory import Laboratory
from models.evaluate.metrics import BANDS, FloatArray, ccc, mean_error
from models.evaluate.recess import FPS, Shot
from models.evaluate.runs import Run
from models.evaluate.tables import Cell, Table

_WINDOW: Final = 10 * FPS
"""Frames whose mean count is compared with the true one."""
_QUICK_FRAMES: Final = 100
"""Of a street; in their first half nobody crosses."""
_HOUR_S: Final = 3600
_STILL: Final = 0.35
"""Body heights within which somebody was a second before, who is still."""
_CROWDS: Final = (0, 5, 10, 20, 30, 1000)
"""Windows are told apart by how many ours counts, between two of these each."""
_KINDS: Final = ("people", "cyclists", "cars")
_NO_PICTURE: Final = np.zeros((0, 0, 3), np.uint8)
_SCALE: Final = 0.5
"""640x480 is analysed at 320x240."""


def recesses(laboratory: Laboratory) -> Iterator[Table]:
    """Compare how many people, and how many active ones, with the truth."""
    names = recess.scenes()[: 1 if laboratory.quick else None]
    counts: dict[str, list[_Counts]] = {name: [] for name in laboratory.names}
    sizes: dict[str, list[tuple[Found, FloatArray]]] = {
        name: [] for name in laboratory.names
    }
    for scene in names:
        shots = _Shots.of(recess.frames(scene, 20 if laboratory.quick else None))
        with laboratory.scene(
            f"recess {scene}", shots.pictures(), FPS, recess.camera(scene)
        ) as showing:
            for name in laboratory.names:
                run = laboratory.run(name, showing)
                counts[name].append(_Counts.of(run, shots.truth))
                sizes[name] += _boxes(run, shots.truth)
    yield Table(
        f"Recess, {len(names)} scenes: counts of 10 s",
        ["people CCC", "error", "active CCC", "error", "true people", "true active"],
        {name: _compared(scenes) for name, scenes in counts.items()},
        ["published for school yards (EVIP, 2020): people .88 / 2.70, active .55"],
    )
    yield Table(
        "Recess: people CCC by scene",
        list(names),
        {
            name: [ccc(one.people, one.true_people) for one in scenes]
            for name, scenes in counts.items()
        },
    )
    yield _by_crowd(counts[OURS])
    yield Table(
        "Recall at IoU .5 by height at 320x240: recess",
        [band.name for band in BANDS],
        {
            name: by_band([f for f, _ in pairs], [t for _, t in pairs], _SCALE)
            for name, pairs in sizes.items()
        },
    )


def empty_yards(laboratory: Laboratory) -> Iterator[Table]:
    """Count those who are seen where nobody is."""
    scenes = ("snow",) if laboratory.quick else empty.scenes()
    seconds = 20.0 if laboratory.quick else float(empty.SECONDS)
    rows: dict[str, list[Cell]] = {name: [] for name in laboratory.names}
    for scene in scenes:
        shots = _Shots.of(empty.frames(scene, seconds))
        with laboratory.scene(
            f"empty {scene}", shots.pictures(), FPS, empty.camera(scene)
        ) as showing:
            for name in laboratory.names:
                run = laboratory.run(name, showing)
                scored = [
                    f for f, s in zip(run.found, shots.truth, strict=True) if s.t_s >= 0
                ]
                rows[name].append(appearances(scored) * _HOUR_S * FPS / len(scored))
    yield Table(
        "Empty yards: false people an hour",
        [*scenes, "all"],
        {name: [*cells, _mean(cells)] for name, cells in rows.items()},
        ["each time that the count rises by one is one false person"],
    )


def line_crossings(laboratory: Laboratory) -> Iterator[Table]:
    """Compare counted crossings, by line, class and direction, with the truth."""
    wrong: Counter[tuple[str, int]] = Counter()
    true: Counter[tuple[str, int]] = Counter()
    for scene in crossings.scenes()[: 1 if laboratory.quick else None]:
        most = _QUICK_FRAMES if laboratory.quick else None
        shots = _Shots.of(islice(crossings.frames(scene), most))
        camera = crossings.camera(scene)
        with laboratory.scene(
            f"street {scene}", shots.pictures(), FPS, camera
        ) as showing:
            run = laboratory.run(OURS, showing)
        kind = scene.rpartition("-")[0]
        told, really = _told(run, camera), _really(scene, shots.truth[-1].t_s)
        for key in told.keys() | really.keys():
            wrong[kind, key[1]] += abs(told[key] - really[key])
            true[kind, key[1]] += really[key]
    kinds = sorted({kind for kind, _ in true})
    yield Table(
        "Line crossings of ours: share miscounted, by line, class and direction",
        [*_KINDS, "all", "crossings"],
        {kind: _shares(kind, wrong, true) for kind in kinds},
    )


def appearances(found: Sequence[Found]) -> int:
    """Return how often somebody came who had not been there a frame before."""
    counts = [0, *(len(seen.persons) for seen in found)]
    return sum(max(0, after - before) for before, after in pairwise(counts))


def moving(now: Found, before: Found) -> int:
    """Return how many are farther than a share of their height from anybody before."""
    boxes, earlier = now.persons, before.persons
    if not len(boxes) or not len(earlier):
        return len(boxes)
    middles, others = (b[:, :2] + b[:, 2:] for b in (boxes, earlier))
    apart = np.linalg.norm(middles[:, None] - others[None], axis=2).min(axis=1) / 2
    return int((apart > _STILL * (boxes[:, 3] - boxes[:, 1])).sum())


@dataclass
class _Shots:
    """The shots of a scene, without their pictures once those are in a reel."""

    source: Iterator[Shot]
    truth: list[Shot]

    @classmethod
    def of(cls, source: Iterator[Shot]) -> "_Shots":
        return cls(source, [])

    def pictures(self) -> Iterator[Any]:
        for shot in self.source:
            self.truth.append(Shot(_NO_PICTURE, shot.people, shot.t_s))
            yield shot.picture


@dataclass(frozen=True)
class _Counts:
    """Mean counts of the windows of a scene."""

    people: list[float]
    found: list[float]
    """Boxes: the same, where nobody stands for others."""
    active: list[float]
    true_people: list[float]
    true_active: list[float]

    @classmethod
    def of(cls, run: Run, truth: Sequence[Shot]) -> "_Counts":
        scored = [n for n, shot in enumerate(truth) if shot.t_s >= 0]
        counted = [[p for p in truth[n].people if p.counted] for n in scored]
        return cls(
            _means([_people(run.found[n]) for n in scored]),
            _means([len(run.found[n].persons) for n in scored]),
            _means([_active(run.found, n) for n in scored]),
            _means([len(people) for people in counted]),
            _means([sum(p.active for p in people) for people in counted]),
        )


def _people(seen: Found) -> float:
    return seen.told.everywhere.people if seen.told else len(seen.persons)


def _active(found: Sequence[Found], number: int) -> float:
    told = found[number].told
    if told is not None:
        return told.everywhere.active
    return moving(found[number], found[max(0, number - FPS)])


def _means(counts: Sequence[float]) -> list[float]:
    whole = range(0, max(1, len(counts) - _WINDOW + 1), _WINDOW)
    return [float(np.mean(counts[start : start + _WINDOW])) for start in whole]


def _compared(scenes: Sequence[_Counts]) -> list[Cell]:
    people, active, true_people, true_active = (
        [count for scene in scenes for count in getattr(scene, key)]
        for key in ("people", "active", "true_people", "true_active")
    )
    return [
        ccc(people, true_people),
        mean_error(people, true_people),
        ccc(active, true_active),
        mean_error(active, true_active),
        float(np.mean(true_people)),
        float(np.mean(true_active)),
    ]


def _by_crowd(scenes: Sequence[_Counts]) -> Table:
    """Tell what `edge.vision.windows` should expect to miss when it counts so many."""
    rows: dict[str, list[Cell]] = {}
    for name, key in (("on its ground", "people"), ("without a ground", "found")):
        counted, true = np.array(
            [
                row
                for scene in scenes
                for row in zip(getattr(scene, key), scene.true_people, strict=True)
            ]
        ).T
        for low, high in pairwise(_CROWDS):
            here = (counted >= low) & (counted < high)
            if true[here].sum():
                share = float(counted[here].sum() / true[here].sum())
                mean, windows = float(counted[here].mean()), str(np.count_nonzero(here))
                rows[f"{name}, from {low}"] = [mean, share, windows]
    return Table(
        "Recess: share of the people that ours counts, by how many it counts",
        ["mean count", "share counted", "windows"],
        rows,
    )


def _boxes(run: Run, truth: Sequence[Shot]) -> Iterator[tuple[Found, FloatArray]]:
    for seen, shot in zip(run.found, truth, strict=True):
        if shot.t_s >= 0:
            boxes = [person.box for person in shot.people if person.counted]
            yield seen, np.array(boxes, np.float64).reshape(-1, 4) if boxes else NOWHERE


_Key = tuple[str, int, bool]


def _told(run: Run, camera: Mapping[str, Any]) -> Counter[_Key]:
    told: Counter[_Key] = Counter()
    for seen in run.found:
        crossed = seen.told.crossings if seen.told else ()
        for line, here in zip(camera["lines"], crossed, strict=bool(crossed)):
            for kind in range(len(_KINDS)):
                told[line["name"], kind, True] += here.forward[kind]
                told[line["name"], kind, False] += here.backward[kind]
    return told


def _really(scene: str, until_s: float) -> Counter[_Key]:
    crossed = (c for c in crossings.truth(scene) if c.t_s <= until_s)
    return Counter((c.line, c.kind, c.forward) for c in crossed)


def _shares(
    scenes: str, wrong: Counter[tuple[str, int]], true: Counter[tuple[str, int]]
) -> list[Cell]:
    kinds = range(len(_KINDS))
    shares: list[Cell] = [
        wrong[scenes, k] / true[scenes, k] if true[scenes, k] else None for k in kinds
    ]
    there = sum(true[scenes, k] for k in kinds)
    return [*shares, sum(wrong[scenes, k] for k in kinds) / max(1, there), str(there)]


def _mean(cells: Sequence[Cell]) -> float:
    return float(np.mean([cell for cell in cells if isinstance(cell, float)]))
