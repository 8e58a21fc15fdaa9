"""A child as a body of tapered limbs, shaded from the sun's side, with its shadow.

Joints are computed in metres, projected, and drawn as capsules; the same joints, thrown
along the sun's ray onto the snow, make the shadow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, sin

import cv2
import numpy as np
import numpy.typing as npt

from firmware_sim.scenes.camera import Camera, FloatArray
from firmware_sim.scenes.children import Child

Picture = npt.NDArray[np.uint8]
Colour = tuple[float, float, float]

SUN = np.array((1.0, 0.42)) * 2.35
"""Metres that a shadow moves on the plan for each metre of height."""

COATS: tuple[Colour, ...] = (
    (48, 44, 190), (150, 82, 30), (40, 150, 215), (96, 60, 130), (70, 120, 50),
    (52, 48, 46), (150, 130, 40), (110, 80, 190), (30, 90, 200), (120, 40, 60),
)  # fmt: skip
TROUSERS: tuple[Colour, ...] = ((58, 46, 40), (84, 58, 44), (50, 50, 56), (70, 44, 66))
HATS: tuple[Colour, ...] = (
    (60, 60, 200), (200, 170, 60), (60, 190, 210), (170, 90, 150), (50, 50, 50),
)  # fmt: skip
SKIN: Colour = (150, 178, 222)
AIR = np.array((222.0, 214.0, 208.0))
_SHIFT = 4


@dataclass(frozen=True)
class Limb:
    """Two joints with a thickness at each, in metres, and a colour."""

    ends: tuple[tuple[float, float, float], tuple[float, float, float]]
    radii: tuple[float, float]
    colour: Colour


@dataclass(frozen=True)
class _Pose:
    """Where a child's middle is and how it swings its limbs."""

    child: Child
    tall: float
    vigour: float
    swing: float
    hip: float
    neck: float
    lean: float

    def at(self, ahead: float, side: float, up: float) -> tuple[float, float, float]:
        """Return a place from the child's own directions."""
        c, s = cos(self.child.heading), sin(self.child.heading)
        x = self.child.x + ahead * c - side * s
        return x, self.child.y + ahead * s + side * c, up


def limbs(child: Child) -> list[Limb]:
    """Return the body of a child as it stands or runs."""
    h = child.tall
    vigour = min(1.0, child.speed / 2.4)
    bob = abs(cos(child.stride)) * 0.05 * vigour
    pose = _Pose(
        child=child,
        tall=h,
        vigour=vigour,
        swing=sin(child.stride) * (0.12 + 0.62 * vigour) * (child.speed > 0.15),
        hip=0.46 * h + bob,
        neck=0.80 * h + bob,
        lean=0.10 * vigour * h,
    )
    coat = COATS[child.coat % len(COATS)]
    hat = HATS[child.coat // 31 % len(HATS)]
    chest = pose.at(pose.lean, 0, pose.neck - 0.06 * h)
    face = pose.at(pose.lean + 0.03 * h, 0, 0.895 * h + bob)
    crown = pose.at(pose.lean + 0.005 * h, 0, 0.945 * h + bob)
    trunk = Limb((pose.at(0, 0, pose.hip), chest), (0.105 * h, 0.115 * h), coat)
    return [
        *_legs(pose, TROUSERS[child.coat // 7 % len(TROUSERS)]),
        trunk,
        *_arms(pose, coat, hat),
        Limb((chest, face), (0.05 * h, 0.04 * h), coat),
        Limb((face, face), (0.068 * h, 0.068 * h), SKIN),
        Limb((crown, crown), (0.076 * h, 0.076 * h), hat),
    ]


def _legs(pose: _Pose, trousers: Colour) -> Iterator[Limb]:
    h, heading = pose.tall, pose.child.heading
    for side, sign in ((0.075 * h, 1), (-0.075 * h, -1)):
        step = sign * pose.swing
        ahead = 0.22 * h * sin(step)
        bend = 0.04 * pose.vigour
        knee = pose.at(ahead + bend, side, pose.hip - 0.22 * h * cos(step))
        back = step - 0.75 * pose.vigour * (1 - sign * cos(pose.child.stride)) / 2
        low = max(0.03, knee[2] - 0.23 * h * cos(back))
        foot = pose.at(ahead + 0.22 * h * sin(back), side, low)
        toe = (foot[0] + 0.1 * cos(heading), foot[1] + 0.1 * sin(heading), low)
        hip = pose.at(0, side, pose.hip)
        yield Limb((hip, knee), (0.062 * h, 0.052 * h), trousers)
        yield Limb((knee, foot), (0.052 * h, 0.045 * h), trousers)
        yield Limb((foot, toe), (0.042 * h, 0.036 * h), (34, 32, 32))


def _arms(pose: _Pose, coat: Colour, mittens: Colour) -> Iterator[Limb]:
    h = pose.tall
    sleeve = (0.88 * coat[0], 0.88 * coat[1], 0.88 * coat[2])
    for side, sign in ((0.135 * h, -1), (-0.135 * h, 1)):
        reach = pose.lean + 0.15 * h * sin(sign * pose.swing * 1.1)
        shoulder = pose.at(pose.lean, side * 0.9, pose.neck - 0.03 * h)
        elbow = pose.at(reach, side * 1.2, pose.neck - 0.18 * h)
        bend = 0.13 * h * (0.35 + pose.vigour)
        hand = pose.at(reach + bend, side * 1.05, pose.neck - 0.30 * h)
        yield Limb((shoulder, elbow), (0.05 * h, 0.045 * h), sleeve)
        yield Limb((elbow, hand), (0.045 * h, 0.038 * h), sleeve)
        yield Limb((hand, hand), (0.036 * h, 0.036 * h), mittens)


@dataclass(frozen=True)
class Stroke:
    """A limb in the picture: outline corners, two round ends, lit and shaded colour."""

    ends: npt.NDArray[np.int32]
    radii: npt.NDArray[np.int32]
    outline: npt.NDArray[np.int32] | None
    paint: Colour


def strokes(camera: Camera, body: Sequence[Limb], *, haze: float) -> list[Stroke]:
    """Return how to draw a body: each limb in shade first, then its lit side on top."""
    points, radii = _seen(camera, np.array([limb.ends for limb in body]), body)
    base = np.array([limb.colour for limb in body], np.float64)
    shade = base * 0.62 + np.array((16, 6, 0))
    light = np.minimum(base * 1.12 + 12, 255)
    lit = points + np.stack((-0.28 * radii, -0.14 * radii), axis=-1)
    dark = _capsules(points, radii, shade * (1 - haze) + AIR * haze)
    bright = _capsules(lit, radii * 0.66, light * (1 - haze) + AIR * haze)
    return [stroke for pair in zip(dark, bright, strict=True) for stroke in pair]


def shadow(camera: Camera, body: Sequence[Limb]) -> list[Stroke]:
    """Return the body's shadow on the snow, to be drawn into a mask."""
    joints = np.array([limb.ends for limb in body])
    joints[..., :2] += SUN * joints[..., 2:]
    joints[..., 2] = 0
    points, radii = _seen(camera, joints, body)
    return _capsules(points, radii * 0.8, np.full((len(body), 3), 255.0))


def draw(picture: Picture, drawing: Sequence[Stroke]) -> None:
    """Draw strokes in their order."""
    for stroke in drawing:
        for end, radius in zip(
            stroke.ends.tolist(), stroke.radii.tolist(), strict=True
        ):
            cv2.circle(picture, end, radius, stroke.paint, -1, cv2.LINE_AA, _SHIFT)
        if stroke.outline is not None:
            cv2.fillConvexPoly(
                picture, stroke.outline, stroke.paint, cv2.LINE_AA, _SHIFT
            )


def _seen(
    camera: Camera, joints: FloatArray, body: Sequence[Limb]
) -> tuple[FloatArray, FloatArray]:
    flat = camera.project(joints.reshape(-1, 3)).reshape(-1, 2, 3)
    radii = np.array([limb.radii for limb in body])
    return flat[..., :2], radii * camera.focal * camera.width / flat[..., 2]


def _capsules(
    points: FloatArray, radii: FloatArray, colours: FloatArray
) -> list[Stroke]:
    along = points[:, 1] - points[:, 0]
    length = np.hypot(along[:, 0], along[:, 1])
    across = np.stack((-along[:, 1], along[:, 0]), axis=-1)
    across = (across / np.maximum(length, 1e-6)[:, None])[:, None]
    left, right = points + across * radii[..., None], points - across * radii[..., None]
    outlines = np.stack((left[:, 0], left[:, 1], right[:, 1], right[:, 0]), axis=1)
    fixed = np.round(outlines * (1 << _SHIFT)).astype(np.int32)
    ends = np.round(points * (1 << _SHIFT)).astype(np.int32)
    sizes = np.maximum(np.round(radii * (1 << _SHIFT)), 1).astype(np.int32)
    return [
        Stroke(
            ends[i] if length[i] > 0.5 else ends[i, :1],
            sizes[i] if length[i] > 0.5 else sizes[i, :1],
            fixed[i] if length[i] > 0.5 else None,
            (float(colour[0]), float(colour[1]), float(colour[2])),
        )
        for i, colour in enumerate(colours)
    ]
