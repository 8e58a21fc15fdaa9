"""One camera's counts, from a frame to what it shows; no clock, no I/O.

Cyclists are people too; cars count on lines only. What the settings draw, zones, lines
and the ground, is asked of where people's feet are.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np

from edge.vision.activity import ACTIVE_HEIGHTS_S, Masks, liveliness
from edge.vision.frames import Frame
from edge.vision.framing import BoolArray, FloatArray
from edge.vision.ground import Ground
from edge.vision.knots import Knots
from edge.vision.lines import Crossings, LineCounter, Walker
from edge.vision.pipeline import Look, Pipeline, Seer
from edge.vision.settings import Line, VisionSettings
from edge.vision.tracker import Track
from edge.vision.windows import Observation, Presence, Use
from edge.vision.zones import StayCounter, Stays, feet, inside

_GAP_S: Final = 2.0
"""After a longer gap between frames nobody is followed across it."""
_EARLY: Final = 0.75
"""A frame that comes before this share of the usual time is one too many."""
_CAR: Final = 2
_MARGIN_M: Final = 0.25
_MARGIN_PX: Final = 2.0
"""How far past a line somebody has crossed it; the larger of the two."""


class Observer:
    """Learns one view and tells what is in it."""

    def __init__(self, settings: VisionSettings, net: Seer | None = None) -> None:
        self._settings = settings
        self._ground = Ground(settings.ground) if settings.ground else None
        self._knots = Knots(self._ground) if self._ground else None
        gap_s = max(_GAP_S, 2 / settings.fps)
        self._line = Pipeline(net, settings.size, gap_s)
        self._lines = self._counters()
        self._stays = [StayCounter() for _ in settings.zones]
        self._before: BoolArray | None = None
        self._last: datetime | None = None
        self.look: Look | None = None
        """What the last frame showed that did not come too early."""

    def observe(self, frame: Frame) -> Observation | None:
        """Return what a frame shows.

        `None` while the place is being learned, and for a frame that comes too early.
        """
        if self._is_early(frame.at):
            return None
        look = self.look = self._line.look(frame)
        if not look.seen:
            return self._nothing(look)
        before, self._before = self._before, look.mask
        if not look.dt:
            # Nobody is followed to here: nobody crosses a line on the way.
            self._lines = self._counters()
        if not look.learned:
            return None
        people = [track for track in look.tracks if track.kind != _CAR]
        places, many = _places(people, look.mask), self._many(look)
        mask = look.mask if before is None or not look.dt else before
        lively = self._lively(people, places, Masks(mask, look.mask, look.dt))
        active = np.array([t.pace > ACTIVE_HEIGHTS_S for t in people], np.bool_)
        ended = self._follow(people, places, look.dt)
        self._cross(look)
        within = [inside(zone, places) for zone in self._settings.zones]
        return Observation(
            at=frame.at,
            everywhere=_presence(many, lively, active),
            zones=tuple(
                Use(_presence(many[here], lively[here], active[here]), stays)
                for here, stays in zip(within, ended, strict=True)
            ),
            crossings=tuple(counter.take() for counter in self._lines),
            cells=self._ground.cells(places, many) if self._ground else None,
            trust=look.trust,
            flags=look.flags,
        )

    def _many(self, look: Look) -> FloatArray:
        """Return for how many people each person and cyclist stands."""
        on_foot = np.array([track.kind != _CAR for track in look.tracks], np.bool_)
        if self._knots is None:
            return np.ones(np.count_nonzero(on_foot))
        return self._knots.people(look.tracks, look.mask)[on_foot]

    def _is_early(self, at: datetime) -> bool:
        elapsed = (at - self._last).total_seconds() if self._last else None
        if elapsed is not None and 0 <= elapsed < _EARLY / self._settings.fps:
            return True
        self._last = at
        return False

    def _nothing(self, look: Look) -> Observation:
        nobody = Presence(0.0, 0.0)
        return Observation(
            at=look.at,
            everywhere=nobody,
            zones=(Use(nobody),) * len(self._settings.zones),
            crossings=(Crossings(),) * len(self._settings.lines),
            cells=None,
            trust=0.0,
            flags=look.flags,
            seen=False,
        )

    def _counters(self) -> list[LineCounter]:
        return [
            LineCounter(line, self._margin_px(line)) for line in self._settings.lines
        ]

    def _follow(
        self, people: Sequence[Track], places: FloatArray, dt: float
    ) -> list[Stays]:
        known = {track.id for track in self._line.tracker.tracks}
        ids = np.array([track.id for track in people], np.int64)
        return [
            stays.update(ids[inside(zone, places)].tolist(), known, dt)
            for stays, zone in zip(self._stays, self._settings.zones, strict=True)
        ]

    def _cross(self, look: Look) -> None:
        places = _places(look.tracks, None).tolist()
        there = {
            track.id: Walker(
                (x, y),
                (float(track.velocity[2]), float(track.velocity[3])),
                track.kind,
                float(track.box[3] - track.box[1]),
            )
            for track, (x, y) in zip(look.tracks, places, strict=True)
        }
        known = {track.id for track in self._line.tracker.tracks}
        for counter in self._lines:
            counter.update(there, look.dt, known)

    def _lively(
        self, people: Sequence[Track], places: FloatArray, masks: Masks
    ) -> FloatArray:
        scales = np.zeros(len(people))
        if self._ground and people:
            scales = self._ground.pixels_per_metre(places)
        return np.array(
            [
                liveliness(track, masks, float(per_metre))
                for track, per_metre in zip(people, scales, strict=True)
            ],
            dtype=np.float64,
        )

    def _margin_px(self, line: Line) -> float:
        if self._ground is None:
            return _MARGIN_PX
        middle = np.array([line.start, line.end]).mean(axis=0, keepdims=True)
        per_metre = float(self._ground.pixels_per_metre(middle)[0])
        return max(_MARGIN_PX, _MARGIN_M * per_metre)


def _places(tracks: Sequence[Track], mask: BoolArray | None) -> FloatArray:
    return feet(np.array([track.box for track in tracks]).reshape(-1, 4), mask)


def _presence(many: FloatArray, lively: FloatArray, active: BoolArray) -> Presence:
    return Presence(float(many.sum()), float(many @ lively), float(many[active].sum()))
