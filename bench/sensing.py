"""How well the chain counts, and what that costs: each clip against its ground truth.

    pets    PETS 2009 S2.L1, View 001, laid under the plan as the demo does (KYNNYS_DATA)
    yard    a rendered recess, 24 children

The first five seconds are for learning. `heat_r` is the correlation of the heat cells with
where people truly were, in person-seconds; `shown_r` that of the four levels that leave the
node after a quarter of an hour of the same. Every run is a process of its own, as the worker
is; `cpu_pct` is of one core.
"""

import argparse
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge.vision.frames import Frame, Picture
from edge.vision.grids import quantised, unit_for
from edge.vision.ground import Ground
from edge.vision.lines import Crossings, LineCounter, Walker
from edge.vision.observer import Observer
from edge.vision.settings import GroundPlan, VisionSettings
from edge.vision.windows import Observation
from edge.vision.zones import Zone, inside
from firmware_sim.scenes.camera import Camera
from firmware_sim.scenes.film import lay
from firmware_sim.scenes.render import SceneOrder, write

PETS_FPS = 10
LEARN_S = 5
QUARTER_S = 900
START = datetime(2026, 1, 12, 8, tzinfo=UTC)
SIZE = (320, 240)
EVERYWHERE = Zone("scored", ((0, 0), (320, 0), (320, 240), (0, 240)))
# Neither people in the far car park nor those who leave to the right have truth.
SCORED = Zone("scored", ((0, 0), (287, 0), (287, 42), (310, 42), (310, 240), (0, 240)))
Truth = dict[int, dict[int, tuple[float, float]]]
"""In each frame, where each person's feet are, in pixels of 320 x 240."""


@dataclass(frozen=True)
class Clip:
    """A film, its camera's settings, and what is true in it."""

    name: str
    film: Path
    fps: int
    settings: VisionSettings
    ground: GroundPlan
    truth: Truth


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    clip: str
    fps: int
    frames: int
    mean_true: float
    mean_counted: float
    mae: float
    heat_r: float
    shown_r: float
    crossed_true: int
    crossed_counted: int
    ms_per_frame: float
    cpu_pct: float
    rss_mb: int


def run(argv: list[str]) -> list[dict[str, object]]:
    """Measure every clip that is there."""
    parser = argparse.ArgumentParser(prog="bench sensing")
    parser.add_argument("--seconds", type=int, default=120, help="of the rendered yard")
    parser.add_argument("--children", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(argv)
    order = SceneOrder(chosen.seconds, chosen.children, chosen.seed)
    data = os.environ.get("KYNNYS_DATA")
    with tempfile.TemporaryDirectory() as folder:
        clips = [pets(Path(data) / "sensing" / "pets09", Path(folder))] if data else []
        clips.append(yard(order, Path(folder)))
        with ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), max_tasks_per_child=1
        ) as alone:
            jobs = [
                alone.submit(measure, clip, fps) for clip in clips for fps in (5, 10)
            ]
            return [asdict(job.result()) for job in jobs]


def _clip(film: Path, fps: int, scored: Zone, people_m: float, truth: Truth) -> Clip:
    told = json.loads(film.with_name("camera.json").read_text("utf-8"))
    told["ground"]["people_m"] = people_m
    settings = VisionSettings.parse({**told, "camera": "bench", "source": str(film)})
    ground = settings.ground
    if ground is None:
        raise ValueError(f"{film.name} has no calibration")
    scoring = replace(settings, zones=(scored,))
    return Clip(film.stem, film, fps, scoring, ground, truth)


def pets(folder: Path, out: Path) -> Clip:
    """Lay the film of a data folder under the plan, in the folder `out`."""
    film = out / "pets.avi"
    lay(folder / "vtest.avi", film)
    truth: Truth = defaultdict(dict)
    for line in (folder / "gt.txt").read_text("utf-8").splitlines():
        frame, person, left, top, width, height = map(float, line.split(",")[:6])
        feet = ((left + width / 2) * 320 / 768, (top + height) * 240 / 576)
        truth[int(frame) - 1][int(person)] = feet
    return _clip(film, PETS_FPS, SCORED, 1.7, dict(truth))


def yard(order: SceneOrder, out: Path) -> Clip:
    """Render a recess into the folder `out`."""
    film = out / "yard.avi"
    small = replace(order, camera=Camera(width=320, height=240))
    write(small, film)
    truth: Truth = {}
    for line in film.with_name("truth.jsonl").read_text("utf-8").splitlines():
        told = json.loads(line)
        truth[told["frame"]] = {
            person["id"]: small.camera.pixel(person["x"], person["y"])
            for person in told["people"]
        }
    return _clip(film, order.fps, EVERYWHERE, 1.4, truth)


def measure(clip: Clip, fps: int) -> Row:
    """Send a clip through the chain; `fps` divides that of the film."""
    cv2.setNumThreads(1)
    observer, score, frames, spent_s = Observer(clip.settings), Score(clip), 0, 0.0
    for number, picture in enumerate(_pictures(clip.film)):
        if number % (clip.fps // fps):
            continue
        frame = Frame(START + timedelta(seconds=number / clip.fps), picture)
        began = time.process_time()
        seen = observer.observe(frame)
        spent_s += time.process_time() - began
        frames += 1
        if seen and number >= LEARN_S * clip.fps:
            score.take(seen, clip.truth.get(number, {}))
    return score.row(fps, 1000 * spent_s / frames)


def _pictures(film: Path) -> Iterator[Picture]:
    video = cv2.VideoCapture(str(film))
    while (taken := video.read())[0]:
        small = cv2.resize(taken[1], SIZE, interpolation=cv2.INTER_AREA)
        yield np.asarray(small, np.uint8)


class Score:
    """What was counted in a clip, beside what is true."""

    def __init__(self, clip: Clip) -> None:
        self._clip, self._ground = clip, Ground(clip.ground)
        self._lines = [LineCounter(line) for line in clip.settings.lines]
        self._counts: list[tuple[float, int]] = []
        self._heat, self._true_heat = np.zeros((12, 16)), np.zeros((12, 16))
        self._crossed = self._truly_crossed = 0

    def take(self, seen: Observation, there: dict[int, tuple[float, float]]) -> None:
        """Take what one frame showed, and who was there."""
        places = np.array(list(there.values())).reshape(-1, 2)
        true = int(inside(self._clip.settings.zones[0], places).sum())
        self._counts.append((seen.zones[0].presence.people, true))
        self._heat += 0 if seen.cells is None else seen.cells
        self._true_heat += self._ground.cells(places)
        self._crossed += sum(map(_all, seen.crossings))
        for line in self._lines:
            line.update({who: Walker(place) for who, place in there.items()})
            self._truly_crossed += _all(line.take())

    def row(self, fps: int, ms_per_frame: float) -> Row:
        """Return the figures."""
        counted, true = np.array(self._counts).T
        a_quarter = self._heat / len(counted) * QUARTER_S
        person_s = np.rint(a_quarter).astype(int).ravel().tolist()
        levels = quantised(person_s, unit_for(max(person_s)))
        return Row(
            clip=self._clip.name,
            fps=fps,
            frames=len(counted),
            mean_true=round(float(true.mean()), 2),
            mean_counted=round(float(counted.mean()), 2),
            mae=round(float(np.abs(counted - true).mean()), 2),
            heat_r=self._likeness(self._heat.ravel()),
            shown_r=self._likeness(np.frombuffer(levels, np.uint8)),
            crossed_true=self._truly_crossed,
            crossed_counted=self._crossed,
            ms_per_frame=round(ms_per_frame, 1),
            cpu_pct=round(ms_per_frame * fps / 10, 1),
            rss_mb=_peak_mb(),
        )

    def _likeness(self, cells: npt.NDArray[Any]) -> float:
        return round(float(np.corrcoef(cells, self._true_heat.ravel())[0, 1]), 2)


def _all(crossings: Crossings) -> int:
    return sum(crossings.forward) + sum(crossings.backward)


def _peak_mb() -> int:
    """Return the most memory this process has held; not what its parent held before."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024
