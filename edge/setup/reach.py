"""Where on the drawn ground a child can be counted, to be laid over the picture."""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from contracts.records import GRID_COLUMNS, GRID_ROWS
from edge.setup.drawing import DrawnGround
from edge.vision import coverage
from edge.vision.framing import FloatArray, Framing
from edge.vision.ground import Ground
from edge.vision.settings import GroundPlan, Size

AREAS: Final = (320 * 240, 416 * 312, 640 * 480)
"""Pixels of the frames that may be analysed; the more, the slower."""


@dataclass(frozen=True)
class Reach:
    """What the camera sees of the ground once its frames have the size that it takes."""

    size: Size
    """The smallest that sees as much as a larger one would."""
    factor: float
    """Pixels of those frames in a pixel of what was drawn on."""
    cells: list[dict[str, Any]]
    """`corners` in pixels of what was drawn on, and whether the cell is `unseen`."""


def reach_of(drawn: DrawnGround, framing: Framing, least_px: float) -> Reach:
    """Return what the camera sees.

    Args:
        drawn: Goes round without a dent.
        framing: Of the frames that were drawn on.
        least_px: How high somebody must be to be found.
    """
    plan = GroundPlan(drawn.pixels, drawn.metres, *drawn.size_m, drawn.people_m)
    size = size_for(plan, framing, least_px)
    factor = Framing.of(framing.source, size).scale / framing.scale
    seen = coverage.seen(coverage.scaled(plan, factor), size, least_px)
    cells = [
        {"corners": corners.round(1).tolist(), "unseen": not seen[row, column]}
        for row in range(GRID_ROWS)
        for column in range(GRID_COLUMNS)
        for corners in (_corners(plan, column, row),)
        if np.isfinite(Ground(plan).metres(corners)).all()
    ]
    return Reach(size, factor, cells)


def size_for(
    plan: GroundPlan, framing: Framing, least_px: float, share: float = 0.9
) -> Size:
    """Return the smallest frame that sees enough of the plan.

    None is larger than what the camera gives, unless all are: a picture that is only
    blown up has children of more pixels, and shows no more of them.

    Args:
        plan: Its pixels are those of the framing's frames.
        framing: Of the frames that the plan was drawn on.
        least_px: How high somebody must be to be found.
        share: Of the cells that the largest frame sees.
    """
    given = framing.source[0] * framing.source[1]
    areas = [area for area in AREAS if area <= given] or AREAS[:1]
    drawn = framing.inside
    sizes = [Framing.of(drawn, area=area).frame for area in areas]
    most = _count(plan, drawn, sizes[-1], least_px)
    enough = (s for s in sizes if _count(plan, drawn, s, least_px) >= share * most)
    return next(enough)


def _count(plan: GroundPlan, drawn: Size, size: Size, least_px: float) -> int:
    return int(
        coverage.seen(coverage.scaled(plan, size[0] / drawn[0]), size, least_px).sum()
    )


def _corners(plan: GroundPlan, column: int, row: int) -> FloatArray:
    """Return where the corners of a cell are in the picture, shape `(4, 2)`."""
    round_it = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    cell = np.array((plan.width_m / GRID_COLUMNS, plan.depth_m / GRID_ROWS))
    places = (round_it + np.array((column, row))) * cell
    matrix = cv2.getPerspectiveTransform(
        np.asarray(plan.metres, np.float32), np.asarray(plan.pixels, np.float32)
    )
    laid = cv2.perspectiveTransform(places[:, None], matrix)
    return np.asarray(laid, np.float64)[:, 0]
