"""Who is who from frame to frame. The ids never leave this process.

A track shows after two hits. A moving one that is missed is carried for a moment; one
that stood still is kept for long, because whoever stands still becomes background.
Matching is greedy, the best overlap first, then the nearest; prediction is a Kalman
filter with a fixed gain (alpha-beta) for the box's middle and size.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_ALPHA: Final = 0.6
_BETA: Final = 0.25
_SHOWN_HITS: Final = 2
_CARRY_S: Final = 0.4
_STANDING_CARRY_S: Final = 4.0
_MEMORY_S: Final = 2.0
_STANDING_HEIGHTS: Final = 0.15
"""Body heights a second below which somebody stands."""
_STANDING_AGE_S: Final = 2.0
_OVERLAP: Final = 0.1
_REACH: Final = 0.9
"""Body heights between prediction and box within which they may be one person."""


@dataclass
class Track:
    """One person followed; `box` is where they are thought to be now."""

    id: int
    box: FloatArray
    velocity: FloatArray
    """Of the four sides, pixels a second."""
    hits: int = 1
    age_s: float = 0.0
    missed_s: float = 0.0
    pace: float = 1.0
    """Body heights a second, smoothed."""

    @property
    def standing(self) -> bool:
        """Tell whether this person has stood still for a while."""
        return self.pace < _STANDING_HEIGHTS and self.age_s > _STANDING_AGE_S

    @property
    def present(self) -> bool:
        """Tell whether this person counts now."""
        carry = _STANDING_CARRY_S if self.standing else _CARRY_S
        return self.hits >= _SHOWN_HITS and self.missed_s <= carry


@dataclass
class Tracker:
    """Follows the boxes of successive frames."""

    tracks: list[Track] = field(default_factory=list)
    _next: int = 0

    def update(self, boxes: FloatArray, dt: float) -> list[Track]:
        """Take the boxes of a frame, `dt` seconds after the one before.

        Args:
            boxes: Shape `(n, 4)`, pixels.
            dt: Seconds since the frame before.

        Returns:
            The tracks that count as present.
        """
        for track in self.tracks:
            _predict(track, dt)
        pairs = _pairs(self.tracks, boxes)
        for number, track in enumerate(self.tracks):
            if number in pairs:
                _correct(track, boxes[pairs[number]], dt)
            else:
                track.missed_s += dt
        self.tracks = [track for track in self.tracks if not _is_forgotten(track)]
        taken = set(pairs.values())
        for index in range(len(boxes)):
            if index not in taken:
                self.tracks.append(Track(self._next, boxes[index].copy(), np.zeros(4)))
                self._next += 1
        return [track for track in self.tracks if track.present]


def _predict(track: Track, dt: float) -> None:
    track.age_s += dt
    # Nobody runs on for long unseen.
    if track.missed_s > _CARRY_S or track.standing:
        track.velocity = track.velocity * 0.5
    track.box = track.box + track.velocity * dt


def _correct(track: Track, box: FloatArray, dt: float) -> None:
    error = box - track.box
    track.box = track.box + _ALPHA * error
    if dt > 0:
        track.velocity = track.velocity + _BETA / dt * error
    height = max(1.0, float(track.box[3] - track.box[1]))
    middle = (track.velocity[:2] + track.velocity[2:]) / 2
    track.pace += 0.15 * (float(np.hypot(*middle)) / height - track.pace)
    track.hits += 1
    track.missed_s = 0.0


def _is_forgotten(track: Track) -> bool:
    if track.hits < _SHOWN_HITS:
        return track.missed_s > 0
    return track.missed_s > (_STANDING_CARRY_S if track.standing else _MEMORY_S)


def _pairs(tracks: list[Track], boxes: FloatArray) -> dict[int, int]:
    if not tracks or not len(boxes):
        return {}
    cost = _cost(np.array([track.box for track in tracks]), boxes)
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for flat in np.argsort(cost, axis=None):
        number, index = divmod(int(flat), len(boxes))
        if not np.isfinite(cost[number, index]):
            break
        if number not in pairs and index not in taken:
            pairs[number] = index
            taken.add(index)
    return pairs


def _cost(known: FloatArray, boxes: FloatArray) -> FloatArray:
    """Return `(tracks, boxes)`: -1..0 by overlap, above by distance, else infinite."""
    low = np.maximum(known[:, None, :2], boxes[None, :, :2])
    high = np.minimum(known[:, None, 2:], boxes[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    areas = [
        np.prod(np.maximum(b[:, 2:] - b[:, :2], 1e-6), axis=1) for b in (known, boxes)
    ]
    overlap = shared / (areas[0][:, None] + areas[1][None] - shared)
    middles = [(b[:, :2] + b[:, 2:]) / 2 for b in (known, boxes)]
    apart = np.linalg.norm(middles[0][:, None] - middles[1][None], axis=2)
    heights = np.maximum(known[:, 3] - known[:, 1], 1.0)[:, None]
    near = np.where(apart / heights < _REACH, apart / heights, np.inf)
    return np.asarray(np.where(overlap > _OVERLAP, -overlap, near), dtype=np.float64)
