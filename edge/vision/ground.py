"""From pixels to the yard's plan in metres, and to heat cells over it.

The plan's origin is its top left corner, x to the right, y down; cells are 16 columns by
12 rows over the whole plan. Four known points give the homography.
"""

import numpy as np
import numpy.typing as npt

from contracts.records import GRID_COLUMNS, GRID_ROWS
from edge.vision.settings import GroundPlan

FloatArray = npt.NDArray[np.float64]


class Ground:
    """The flat ground that one camera sees."""

    def __init__(self, plan: GroundPlan) -> None:
        self.plan = plan
        self._matrix = homography(np.array(plan.pixels), np.array(plan.metres))

    def metres(self, points: FloatArray) -> FloatArray:
        """Return places on the plan.

        Args:
            points: Shape `(n, 2)`, pixels.

        Returns:
            Shape `(n, 2)`, metres; infinite above the horizon.
        """
        x, y, w = self._matrix @ np.column_stack((points, np.ones(len(points)))).T
        # The sign of w flips at the horizon; the known points are below it.
        known = self._matrix[2] @ (*self.plan.pixels[0], 1.0)
        below = w * known > 0
        safe = np.where(below, w, 1.0)
        return np.column_stack(
            (
                np.where(below, x / safe, np.inf),
                np.where(below, y / safe, np.inf),
            )
        )

    def pixels_per_metre(self, points: FloatArray) -> FloatArray:
        """Return how many pixels wide a metre across the view is at each point."""
        here = self.metres(points)
        beside = self.metres(points + np.array((1.0, 0.0)))
        with np.errstate(invalid="ignore"):
            step = np.hypot(*(beside - here).T)
        return np.where(np.isfinite(step) & (step > 0), 1 / np.maximum(step, 1e-6), 0.0)

    def people_px(self, points: FloatArray) -> FloatArray:
        """Return how many pixels tall people are who stand at each point."""
        return self.pixels_per_metre(points) * self.plan.people_m

    def cells(self, points: FloatArray, many: FloatArray | float = 1.0) -> FloatArray:
        """Count who stands in each heat cell.

        Args:
            points: Shape `(n, 2)`, pixels. Those outside the plan are not counted.
            many: How many people stand at each point, shape `(n,)`, or at any.

        Returns:
            Shape `(12, 16)`.
        """
        grid = np.zeros((GRID_ROWS, GRID_COLUMNS))
        places = self.metres(points)
        size = np.array((self.plan.width_m, self.plan.depth_m))
        on_plan = np.all((places >= 0) & (places < size), axis=1)
        cells = places[on_plan] / size * (GRID_COLUMNS, GRID_ROWS)
        columns, rows = cells.astype(np.int64).T
        np.add.at(grid, (rows, columns), np.broadcast_to(many, on_plan.shape)[on_plan])
        return grid


def homography(here: FloatArray, there: FloatArray) -> FloatArray:
    """Return the matrix that maps four points to four others; its last number is 1.

    Not OpenCV's: the gate, too, asks what a camera sees, and has no OpenCV in it.

    Args:
        here: Shape `(4, 2)`.
        there: Shape `(4, 2)`.
    """
    x, y = here.T
    none, one = np.zeros(4), np.ones(4)
    rows = [
        np.column_stack((x, y, one, none, none, none, -x * u, -y * u))
        if axis == 0
        else np.column_stack((none, none, none, x, y, one, -x * u, -y * u))
        for axis, u in enumerate(there.T)
    ]
    found = np.linalg.solve(np.concatenate(rows), there.T.ravel())
    return np.append(found, 1.0).reshape(3, 3)
