"""A pinhole camera on a pole: places of the yard in metres to pixels.

World: x right, y towards the camera, z up. The camera stands behind the near edge of the
yard and looks along -y, tilted down.
"""

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

import numpy as np
import numpy.typing as npt

from firmware_sim.scenes.yard import Yard

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """Where the camera hangs and how it sees."""

    x: float = 16.0
    y: float = 27.0
    z: float = 5.0
    tilt_deg: float = 11.5
    focal: float = 0.72
    """Focal length in widths of the picture."""
    width: int = 640
    height: int = 480

    def project(self, points: FloatArray) -> FloatArray:
        """Return pixels and depth.

        Args:
            points: Shape `(n, 3)`, metres.

        Returns:
            Shape `(n, 3)`: x and y in pixels, depth in metres along the view.
        """
        tilt = radians(self.tilt_deg)
        ahead, up = self.y - points[:, 1], points[:, 2] - self.z
        depth = np.maximum(ahead * cos(tilt) - up * sin(tilt), 0.1)
        rise = ahead * sin(tilt) + up * cos(tilt)
        scale = self.focal * self.width / depth
        return np.column_stack(
            (
                self.width / 2 + (points[:, 0] - self.x) * scale,
                self.height / 2 - rise * scale,
                depth,
            )
        )

    def pixel(self, x: float, y: float, z: float = 0.0) -> tuple[float, float]:
        """Return the pixel of one place."""
        u, v, _ = self.project(np.array([[x, y, z]]))[0]
        return float(u), float(v)

    def sees(self, x: float, y: float) -> bool:
        """Tell whether somebody standing there is wholly in the picture."""
        u, v = self.pixel(x, y)
        margin = self.width * 0.03
        return margin < u < self.width - margin and v < self.height * 0.97

    def calibration(self, yard: Yard) -> dict[str, Any]:
        """Return what an installer would measure: ground points, zones and lines."""
        metres = [(2.0, 2.0), (30.0, 2.0), (22.0, 18.0), (10.0, 18.0)]
        zones = [area for area in yard.areas if area.kind == "zone"]
        return {
            "width": self.width,
            "height": self.height,
            "ground": {
                "pixels": [self.pixel(*place) for place in metres],
                "metres": metres,
                "size_m": (yard.width_m, yard.depth_m),
            },
            "zones": [
                {"name": z.name, "corners": [self.pixel(*c) for c in z.corners]}
                for z in zones
            ],
            "lines": [
                {
                    "name": gate.name,
                    "start": self.pixel(*gate.start),
                    "end": self.pixel(*gate.end),
                }
                for gate in yard.gates
            ],
        }
