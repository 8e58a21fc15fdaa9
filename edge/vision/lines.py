"""Who crossed which line, in which direction, and as what.

Seen from its start towards its end, a line has a left and a right; with `y` growing
downwards, right is where the cross product is positive:

            left (-)
    start ------------> end
            right (+)

Hysteresis: a track changes sides only when it is more than `margin` pixels, and a fifth
of its height, past the line, so that somebody standing on it is not counted again and
again. Whoever is out of sight keeps the side, and so does whoever is found again under
the same id.

A line may lie at a door or a picture's edge. Whoever was on the way to it and is never
seen again has crossed it, if they would have within a moment; so has whoever is first
seen a moment's way behind it, coming from it. One of the former and one of the latter in
the same direction are one body that lost its id.

Somebody coming straight at the camera looks like a walker until their bicycle is seen, so
a crossing is told some seconds late, as what the track is thought to be by then.

People who push a pram or a kick-sled, ride a scooter or ski are people; mopeds are
cyclists; quads, motor sledges, buses and ploughs are cars.
"""

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.records import CLASSES
from edge.vision.settings import Line, Point

Counts = tuple[int, ...]
"""People, cyclists, cars."""

_NOBODY: Final = (0,) * CLASSES
_MARGIN_HEIGHTS: Final = 0.2
_MOMENT_S: Final = 0.6
"""How long before the first and after the last look somebody moved as when seen."""
_SETTLES_S: Final = 2.0
"""How long after a crossing its class is still open. On made streets of other seeds than
the report's: at once 26 to 28 % were miscounted, with 2 s 14 to 28 %, with 6 s 20 to 30 %."""
_STEADY_S: Final = 0.5
"""From this age on it is known where somebody is going."""


@dataclass(frozen=True)
class Walker:
    """Where somebody's feet are, and how they move."""

    place: Point
    velocity: Point = (0.0, 0.0)
    """Pixels a second."""
    kind: int = 0
    height: float = 0.0
    """Of the body, pixels."""

    def at(self, seconds: float) -> Point:
        """Return where the feet are so much later, or earlier."""
        (x, y), (vx, vy) = self.place, self.velocity
        return x + vx * seconds, y + vy * seconds


@dataclass(frozen=True)
class Crossings:
    """Crossings since they were last taken."""

    forward: Counts = _NOBODY
    backward: Counts = _NOBODY


@dataclass
class _Passer:
    """What a line knows of one track."""

    first: Walker
    last: Walker
    side: int
    """-1 left, 1 right, 0 not known yet."""
    seen_s: float = 0.0
    there: bool = True


@dataclass
class _Crossing:
    """One crossing not yet told."""

    track: int
    side: int
    """That it led to."""
    kind: int
    open_s: float = _SETTLES_S


@dataclass
class LineCounter:
    """Counts the crossings of one line by tracks."""

    line: Line
    margin: float = 3.0
    _passers: dict[int, _Passer] = field(default_factory=dict)
    _crossed: list[_Crossing] = field(default_factory=list)

    def update(
        self, there: Mapping[int, Walker], dt: float = 0.0, known: Container[int] = ()
    ) -> None:
        """Take where every present track stands.

        Args:
            there: By track.
            dt: Seconds since the time before.
            known: Tracks that may be seen again under their ids.
        """
        gone = [t for t in self._passers if t not in there and t not in known]
        for track in gone:
            self._see_off(track, self._passers.pop(track))
        for track, passer in self._passers.items():
            passer.there = track in there
        for track, walker in there.items():
            if track in self._passers:
                self._see(track, walker, dt)
            else:
                side = self._side(walker.place, walker)
                self._passers[track] = _Passer(walker, walker, side)
        for crossing in self._crossed:
            crossing.open_s -= dt
            if crossing.track in there:
                crossing.kind = there[crossing.track].kind
            elif crossing.track not in self._passers:
                crossing.open_s = 0.0

    def take(self) -> Crossings:
        """Return the crossings that have settled since the last call."""
        settled = [crossing for crossing in self._crossed if crossing.open_s <= 0]
        self._crossed = [crossing for crossing in self._crossed if crossing.open_s > 0]
        kinds = Counter((crossing.side, crossing.kind) for crossing in settled)
        forward, backward = (
            tuple(kinds[side, kind] for kind in range(len(_NOBODY))) for side in (1, -1)
        )
        return Crossings(forward, backward)

    def _see(self, track: int, walker: Walker, dt: float) -> None:
        passer = self._passers[track]
        steady_before = passer.seen_s >= _STEADY_S
        passer.seen_s += dt
        side = self._side(walker.place, walker)
        if side and side != passer.side:
            if passer.side and self._meets(passer.last.place, walker.place):
                self._crossed.append(_Crossing(track, side, walker.kind))
            passer.side = side
        elif not steady_before and passer.seen_s >= _STEADY_S:
            self._welcome(track, walker)
        passer.last = walker

    def _welcome(self, track: int, walker: Walker) -> None:
        """Count who was first seen a moment's way behind the line."""
        passer = self._passers[track]
        (x, y), (x0, y0) = walker.place, passer.first.place
        way = (x - x0) / passer.seen_s, (y - y0) / passer.seen_s
        came = Walker(passer.first.place, way, walker.kind, walker.height)
        side = self._side(passer.first.place, walker)
        if side and self._side(came.at(-_MOMENT_S), walker) == -side:
            if not self._meets(came.at(-_MOMENT_S), walker.place):
                return
            self._crossed.append(_Crossing(track, side, walker.kind))
            for other in self._passers.values():
                if not other.there and self._heads_for(other) == side:
                    other.side = side
                    break

    def _see_off(self, track: int, passer: _Passer) -> None:
        """Count who was going to cross and is never seen again."""
        side = self._heads_for(passer)
        if side:
            self._crossed.append(_Crossing(track, side, passer.last.kind))

    def _heads_for(self, passer: _Passer) -> int:
        """Return the side that somebody lost has come to; 0: none but their own."""
        ahead = passer.last.at(_MOMENT_S)
        if passer.seen_s < _STEADY_S or not self._meets(passer.last.place, ahead):
            return 0
        side = self._side(ahead, passer.last)
        return side if side == -passer.side else 0

    def _side(self, place: Point, walker: Walker) -> int:
        across = self._position(place)[1]
        margin = max(self.margin, _MARGIN_HEIGHTS * walker.height)
        return int(across > margin) - int(across < -margin)

    def _meets(self, before: Point, now: Point) -> bool:
        """Tell whether the way leads over the line, not past its ends."""
        (along, across), (along_now, across_now) = map(self._position, (before, now))
        share = across / (across - across_now) if across != across_now else 1.0
        share = min(1.0, max(0.0, share))
        return 0 <= along + share * (along_now - along) < 1

    def _position(self, place: Point) -> Point:
        """Return how far along the line (0..1) and how many pixels right of it."""
        (ax, ay), (bx, by) = self.line.start, self.line.end
        dx, dy = bx - ax, by - ay
        px, py = place[0] - ax, place[1] - ay
        length = (dx * dx + dy * dy) ** 0.5
        return (px * dx + py * dy) / length**2, (dx * py - dy * px) / length
