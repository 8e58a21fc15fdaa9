import json
from itertools import islice, pairwise
from math import hypot
from pathlib import Path

import cv2
import numpy as np

from firmware_sim.scenes.camera import Camera
from firmware_sim.scenes.children import Recess
from firmware_sim.scenes.render import SceneOrder, frames, write
from firmware_sim.scenes.yard import WINTER_YARD

ORDER = SceneOrder(seconds=1, children=12, seed=3)


def test_the_same_seed_paints_the_same_recess() -> None:
    first, second = (list(islice(frames(ORDER), 2)) for _ in range(2))
    assert [f.truth for f in first] == [f.truth for f in second]
    assert all(
        np.array_equal(a.picture, b.picture) for a, b in zip(first, second, strict=True)
    )


def test_a_child_is_painted_where_the_truth_says() -> None:
    crowd = next(frames(ORDER))
    empty = next(frames(SceneOrder(seconds=1, children=0, seed=3)))
    change = cv2.absdiff(crowd.picture, empty.picture).max(axis=2)
    for person in crowd.truth["people"]:
        x1, y1, x2, y2 = (round(v) for v in person["box"])
        assert (change[y1:y2, x1:x2] > 25).mean() > 0.2, person


def test_everybody_stays_in_the_picture_and_nobody_leaps() -> None:
    recess = Recess(WINTER_YARD, Camera(), seed=2)
    recess.fill(30)
    tracks: list[list[tuple[float, float]]] = []
    for _ in range(600):
        recess.step(0.1)
        tracks.append([(child.x, child.y) for child in recess.children])
        assert all(recess.camera.sees(*place) for place in tracks[-1])
    leaps = [
        hypot(a[0] - b[0], a[1] - b[1])
        for before, after in pairwise(tracks)
        for a, b in zip(before, after, strict=True)
    ]
    assert max(leaps) < 0.8


def test_a_clip_comes_with_truth_plan_and_calibration(tmp_path: Path) -> None:
    write(ORDER, tmp_path / "yard.avi")
    video = cv2.VideoCapture(str(tmp_path / "yard.avi"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 10
    assert video.get(cv2.CAP_PROP_FRAME_WIDTH) == 640
    truth = (tmp_path / "truth.jsonl").read_text().splitlines()
    assert [json.loads(line)["frame"] for line in truth] == list(range(10))
    assert len(json.loads(truth[0])["people"]) == 12
    plan = json.loads((tmp_path / "plan.json").read_text())
    camera = json.loads((tmp_path / "camera.json").read_text())
    assert {area["name"] for area in plan["areas"]} >= {"ball field", "school"}
    assert camera["ground"]["size_m"] == [plan["width_m"], plan["depth_m"]]


def test_every_zone_and_tree_lies_where_the_plan_says() -> None:
    zones = [area for area in WINTER_YARD.areas if area.kind == "zone"]
    assert len({zone.name for zone in zones}) == 4
    for zone in zones:
        assert all(0 <= x <= 32 and 0 <= y <= 20 for x, y in zone.corners)


def test_falling_snow_whitens_the_picture_but_not_the_truth() -> None:
    snowing = SceneOrder(seconds=1, children=12, seed=3, snowfall=True)
    clear, snow = next(frames(ORDER)), next(frames(snowing))
    assert snow.truth == clear.truth
    assert snow.picture.mean() > clear.picture.mean()
