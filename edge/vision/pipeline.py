"""From a frame to who is there: one straight line.

    frame -> grey, of the analysed size -> is it a picture?            framing, signal
          -> at the background's gain, put back where it was learned   background, registration
          -> has anything changed? -> net -> tracks                    change, net, tracker
          -> the background learns from it, under people too
          -> how far it can be believed                                mount, trust

No clock and no I/O. What is not a picture of the known place is not seen: nobody is
counted, nothing is learned.
"""

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

import numpy as np

from contracts.records import WeatherFlag
from edge.vision.background import Background, at_gain
from edge.vision.change import Gate, Whole, WholeFrame
from edge.vision.frames import Frame
from edge.vision.framing import BoolArray, ByteArray, Framing
from edge.vision.mount import Mount, differs, is_strange
from edge.vision.net import Detections, Net
from edge.vision.registration import Registration, returned
from edge.vision.settings import Size
from edge.vision.signal import Signal
from edge.vision.tracker import Track, Tracker
from edge.vision.trust import Falling, Visibility, worth

_PREVIOUS_S: Final = 0.09
"""How old the frame before is at least: what has moved since shows."""


class Seer(Protocol):
    """What finds bodies in a frame."""

    def see(
        self, frame: ByteArray, background: ByteArray, previous: ByteArray
    ) -> Detections:
        """Tell what a frame shows."""


@dataclass(frozen=True)
class Look:
    """What one frame shows, in pixels of the analysed frame."""

    at: datetime
    dt: float
    """Seconds since the frame before; 0 when nobody can be followed from it."""
    tracks: tuple[Track, ...]
    """Who is present."""
    mask: BoolArray
    """The silhouettes, of the size of the analysed frame."""
    trust: float
    flags: WeatherFlag
    seen: bool
    """The frame shows the known place; else the flags say why not."""
    learned: bool
    """The place is known; before it is, counts are a guess."""
    framing: Framing


class Pipeline:
    """One camera's line."""

    def __init__(
        self, net: Seer | None = None, size: Size | None = None, gap_s: float = 2.0
    ) -> None:
        """Start with an unknown place.

        Args:
            net: What finds bodies; ours by default.
            size: Of the analysed frames; `None`: fitting the source.
            gap_s: After a longer gap between frames nobody is followed across it.
        """
        self._net = net or Net()
        self._size = size
        self._gap_s = gap_s
        self.background = Background()
        self._signal, self._mount = Signal(), Mount()
        self._registration = Registration()
        self._whole, self._gate = WholeFrame(), Gate()
        self._visibility, self._falling = Visibility(), Falling()
        self.tracker = Tracker()
        self._found: Detections | None = None
        self._recent: deque[tuple[datetime, ByteArray]] = deque()
        self._last: ByteArray = np.zeros((0, 0), np.uint8)
        self._framing: Framing | None = None
        self._came: datetime | None = None
        self._seen: datetime | None = None

    def look(self, frame: Frame) -> Look:
        """Tell what a frame shows, and learn from it."""
        dt = _elapsed_s(self._came, frame.at, self._gap_s)
        self._came = frame.at
        framing = self._framed(frame.picture)
        grey = framing.grey(frame.picture)
        width, height = framing.inside
        place = self.background.picture[:height, :width]
        wrong = self._signal.check(grey[:height, :width], place, dt)
        if wrong:
            return self._unseen(frame.at, framing, wrong)
        gain = self.background.gain(grey)
        level = at_gain(grey, gain)
        shift = self._registration.shift(level, self.background.picture)
        level = returned(level, shift)
        whole = self._whole.watch(level, self.background.picture, gain, dt)
        moved = self._mount.watch(shift, dt)
        if differs(whole, shift) and self.background.ready:
            moved |= self._turned(level, dt)
            if self._mount.elsewhere and not moved:
                wrong = WeatherFlag.WHOLE_FRAME_CHANGE
                return self._unseen(frame.at, framing, wrong)
        else:
            self._mount.back()
        if moved:
            self._begin_anew()
            return self._unseen(frame.at, framing, WeatherFlag.MOVED)
        whole = replace(whole, changed=whole.changed or is_strange(whole, shift))
        return self._look(frame, framing, level, gain, whole)

    def _look(
        self,
        frame: Frame,
        framing: Framing,
        level: ByteArray,
        gain: float,
        whole: Whole,
    ) -> Look:
        at = frame.at
        dt = _elapsed_s(self._seen, at, self._gap_s)
        if not dt:
            self._lose_everybody()
        self._seen = at
        falls = self._falling.watch(level, dt, shakes=self._mount.shakes)
        found = self._see(level, self._previous(at, level), dt)
        tracks = self.tracker.update(found, dt)
        self.background.learn(level, gain, dt)
        seen = self._visibility.judge(self.background, frame.picture, dt)
        trust = worth(seen, whole, falls=falls, shakes=self._mount.shakes)
        return Look(
            at=at,
            dt=dt,
            tracks=tuple(tracks),
            mask=found.mask,
            trust=trust.value,
            flags=trust.flags,
            seen=True,
            learned=self.background.ready,
            framing=framing,
        )

    def _see(self, level: ByteArray, previous: ByteArray, dt: float) -> Detections:
        moving = any(not track.standing for track in self.tracker.tracks)
        if self._gate.opens(level, dt, moving=moving) or self._found is None:
            self._found = self._net.see(level, self.background.picture, previous)
        return self._found

    def _previous(self, at: datetime, level: ByteArray) -> ByteArray:
        """Return the youngest frame that is old enough; keep this one for later."""
        recent = self._recent
        while len(recent) > 1 and (at - recent[1][0]).total_seconds() >= _PREVIOUS_S:
            recent.popleft()
        previous = recent[0][1] if recent else level
        recent.append((at, level))
        return previous

    def _turned(self, level: ByteArray, dt: float) -> bool:
        last, self._last = self._last, level
        if last.shape != level.shape:
            return False
        return self._mount.turned(level, last, self.background.picture, dt)

    def _framed(self, picture: ByteArray) -> Framing:
        source = picture.shape[1], picture.shape[0]
        if self._framing is None or self._framing.source != source:
            before, self._framing = self._framing, Framing.of(source, self._size)
            self._lose_everybody()
            if before and before.frame != self._framing.frame:
                self._begin_anew()
        return self._framing

    def _lose_everybody(self) -> None:
        """Follow nobody from before to now."""
        self.tracker.forget()
        self._gate, self._found = Gate(), None
        self._recent.clear()

    def _begin_anew(self) -> None:
        """Learn a new place."""
        self._lose_everybody()
        self.background.restart()
        self._registration.restart()
        self._visibility, self._mount = Visibility(), Mount()
        self._seen = None

    def _unseen(self, at: datetime, framing: Framing, why: WeatherFlag) -> Look:
        nothing = np.zeros(framing.frame[::-1], np.bool_)
        return Look(
            at=at,
            dt=0.0,
            tracks=(),
            mask=nothing,
            trust=0.0,
            flags=why,
            seen=False,
            learned=self.background.ready,
            framing=framing,
        )


def _elapsed_s(before: datetime | None, now: datetime, gap_s: float) -> float:
    """Return the seconds between frames; 0 after a gap, or a clock that was moved."""
    elapsed = (now - before).total_seconds() if before else 0.0
    return elapsed if 0 < elapsed <= gap_s else 0.0
