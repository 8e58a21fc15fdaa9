"""The empty place, for a person at set-up to draw on: never a frame, never a person.

    frame -> the worker's own line -> background, who is there -> may it be shown?

The background creeps towards every frame by so many grey levels a second, so that whoever
stands still sinks into it, and out of it again at the same pace. How long somebody has
stood there, less how long nobody has, bounds what can be left of them; beyond a few
seconds nothing is shown. What is about to be shown is searched for anything like a
person, and thrown away with all that was learned when there is something. A fir may look
like a person for ever: after a minute of that the picture is shown with each such place
painted over.

A camera that gives no good frame for a few seconds of the real clock shows nothing
either, and why: it is silent, repeats itself, is covered, is torn, or was turned.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from contracts.clock import Clock
from contracts.records import WeatherFlag
from edge.vision.background import Background
from edge.vision.frames import Frame
from edge.vision.framing import BoolArray, ByteArray, Framing

LEARN_S: Final = 17.0
"""So long after the place is known, and nothing of the first frame is left."""
STOOD_S: Final = 8.0
"""Standing for less than this leaves less than the camera's noise."""
CHECK_S: Final = 2.0
BUSY_S: Final = 60.0
"""Who has waited for so long needs to know what else to do."""
MOST_COVERED: Final = 0.3
"""Of the picture; with more of it gone nobody can draw."""
COVER: Final = 128
TROUBLE_S: Final = 3.0
"""So long without a good frame is no single damaged one any more."""
OTHER_S: Final = 10.0
"""What is so long unlike the place that was learned is another place."""


class Standing(Protocol):
    """Somebody in the view."""

    @property
    def standing(self) -> bool:
        """Whether this person has stood still for a while."""


class Looked(Protocol):
    """What the line says of a frame."""

    @property
    def dt(self) -> float:
        """Seconds since the frame before."""

    @property
    def seen(self) -> bool:
        """Whether the frame shows the known place; else the flags say why not."""

    @property
    def flags(self) -> WeatherFlag:
        """What is wrong with it."""

    @property
    def learned(self) -> bool:
        """Whether the place is known; false again when it has to be learned anew."""

    @property
    def tracks(self) -> Sequence[Standing]:
        """Who is present."""

    @property
    def framing(self) -> Framing:
        """How the picture lies in the frame."""


class Line(Protocol):
    """The worker's line from a frame to who is there: `edge.vision.pipeline.Pipeline`."""

    background: Background

    def look(self, frame: Frame) -> Looked:
        """Tell what a frame shows, and learn from it."""


Search = Callable[[ByteArray], BoolArray]
"""Tells where a grey picture shows anything like a person."""


class Showing(StrEnum):
    """Why there is a picture to draw on, or none."""

    LEARNING = "learning"
    STANDS = "somebody stands there"
    PERSON = "somebody was in it"
    BUSY = "never empty"
    NO_PICTURE = "no picture"
    FROZEN = "stands still"
    DARK = "nothing to see"
    TORN = "torn"
    MOVED = "moved"
    SHOWN = "shown"
    IN_PART = "shown in part"


_TROUBLE: Final = {
    WeatherFlag.FROZEN: Showing.FROZEN,
    WeatherFlag.LENS_COVERED: Showing.DARK,
    WeatherFlag.NO_FRAMES: Showing.TORN,
    WeatherFlag.WHOLE_FRAME_CHANGE: Showing.MOVED,
    WeatherFlag.MOVED: Showing.MOVED,
}


@dataclass(frozen=True)
class Shown:
    """What may be shown now."""

    why: Showing
    picture: ByteArray | None = None
    framing: Framing | None = None


class View:
    """Learns the place; `shown` may be asked from any thread."""

    def __init__(self, line: Callable[[], Line], search: Search, clock: Clock) -> None:
        """Begin to learn.

        Args:
            line: Makes a line that knows nothing yet.
            search: Looks for a person in what would be shown.
            clock: The real one.
        """
        self._make, self._search, self._clock = line, search, clock
        self._line = line()
        self._learned_s = self._stood_s = self._unchecked_s = self._waited_s = 0.0
        self._why = Showing.LEARNING
        self._lock = threading.Lock()
        self._shown = Shown(Showing.LEARNING)
        self._trouble = Showing.NO_PICTURE
        self._good_s = clock.monotonic_s()
        self.drawn_on: Framing | None = None
        """Of the last picture that was shown: what is drawn on stays known without one."""

    @property
    def shown(self) -> Shown:
        """Return what may be shown now."""
        with self._lock:
            late = self._clock.monotonic_s() - self._good_s > TROUBLE_S
            return Shown(self._trouble) if late else self._shown

    def missed(self) -> None:
        """Note that the camera gives nothing."""
        self._trouble = Showing.NO_PICTURE

    def take(self, frame: Frame) -> None:
        """Learn from a frame."""
        looked = self._line.look(frame)
        if not looked.seen:
            self._unseen(looked.flags)
            return
        self._learned_s = self._learned_s + looked.dt if looked.learned else 0.0
        self._unchecked_s += looked.dt
        self._waited_s += looked.dt
        stands = any(track.standing for track in looked.tracks)
        self._stood_s = max(0.0, self._stood_s + (looked.dt if stands else -looked.dt))
        if self._stood_s > STOOD_S:
            self._tell(Shown(Showing.STANDS))
        elif self._learned_s < LEARN_S:
            self._tell(Shown(self._why))
        elif self._unchecked_s >= CHECK_S or self._shown.picture is None:
            self._unchecked_s = 0.0
            self._check(looked.framing)
        self._good()

    def _unseen(self, flags: WeatherFlag) -> None:
        self._trouble = _TROUBLE.get(flags, Showing.NO_PICTURE)
        other = self._trouble in {Showing.TORN, Showing.MOVED}
        if other and self._clock.monotonic_s() - self._good_s > OTHER_S:
            # Somebody turns the camera at set-up: another place is nothing wrong.
            self._line = self._make()
            flags = WeatherFlag.MOVED
        if flags == WeatherFlag.MOVED:
            self._begin_anew(Showing.MOVED)

    def _check(self, framing: Framing) -> None:
        width, height = framing.inside
        picture = self._line.background.picture[:height, :width].copy()
        somebody = self._search(picture)
        waited = self._waited_s > BUSY_S and somebody.mean() < MOST_COVERED
        if somebody.any() and not waited:
            self._line = self._make()
            self._begin_anew(Showing.PERSON)
            return
        self.drawn_on = framing
        if somebody.any():
            picture[somebody] = COVER
            self._tell(Shown(Showing.IN_PART, picture, framing))
            return
        self._why = Showing.LEARNING
        self._waited_s = 0.0
        self._tell(Shown(Showing.SHOWN, picture, framing))

    def _begin_anew(self, why: Showing) -> None:
        self._learned_s = self._stood_s = 0.0
        self._why = why
        self._tell(Shown(why))

    def _tell(self, shown: Shown) -> None:
        """Show this, or what to do if the place is never empty."""
        somebody = shown.why in {Showing.STANDS, Showing.PERSON}
        if somebody and self._waited_s > BUSY_S:
            shown = Shown(Showing.BUSY)
        with self._lock:
            self._shown = shown

    def _good(self) -> None:
        """Note a good frame: if none follows, the camera is silent."""
        with self._lock:
            self._trouble, self._good_s = Showing.NO_PICTURE, self._clock.monotonic_s()
