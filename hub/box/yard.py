"""The camera of a box, and the sensing node that watches it.

It is a film: a rendered winter yard, or one that was given. The file that the node reads
is a copy, so that a hand of the simulated world can cover the camera, and frost its lens:

    yard/yard.avi  covered.avi  iced-1.avi ..  ->  yard/camera.avi  ->  node
"""

import json
import logging
import shutil
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.clock import Clock, open_clock
from hub.children import Child, write_settings

log = logging.getLogger(__name__)

SECONDS = 60
"""Length of the rendered recess; it is watched again and again."""
FPS = 5
LOOK_S = 0.2
SHEETS = 4
SHEET_S = 60.0
"""How long a sheet of ice takes to form or to melt, in the world's time."""


@dataclass
class Frost:
    """Ice on the lens: it grows in the cold and melts otherwise, a sheet at a time."""

    is_cold: bool = False
    sheets: int = 0
    _since_s: float | None = None

    def passes(self, now_s: float) -> bool:
        """Let time pass; tell whether the ice has changed."""
        wanted = SHEETS if self.is_cold else 0
        if self.sheets == wanted:
            self._since_s = None
            return False
        if self._since_s is None:
            self._since_s = now_s
        if now_s - self._since_s < SHEET_S:
            return False
        self._since_s = now_s
        self.sheets += 1 if self.is_cold else -1
        return True


class SimulatedYard:
    """Makes the film at the first start, then lets a node watch it until the end.

    All of it happens on one thread, since the kernel ends a child with the thread that
    started it.
    """

    def __init__(
        self, folder: Path, node: str, told: Mapping[str, Any], film: Path | None
    ) -> None:
        """Prepare.

        Args:
            folder: Where the box keeps things.
            node: The sensing node.
            told: Its settings but the camera's.
            film: What the camera sees; without one, a yard is rendered.
        """
        self._folder, self._node, self._told = folder, node, dict(told)
        pace = ["--seconds", str(SECONDS), "--fps", str(FPS)]
        self._order = ["--width", "320", *pace]
        if film is not None:
            self._order = ["--film", str(film)]
        self._films = folder / "yard"
        self._stop = threading.Event()
        self._covering = threading.Lock()
        self._covered = False
        self._frost = Frost()
        self._thread = threading.Thread(target=self._run, name="yard")

    def start(self) -> None:
        """Begin in the background: nobody waits for a picture to be painted."""
        self._thread.start()

    def hear(self, said: Mapping[str, Any]) -> None:
        """Do to the camera what somebody did to it in the world."""
        if said.get("event") == "camera":
            self._covered = not said.get("on")
            self._show()
        elif said.get("event") == "lens":
            self._frost.is_cold = not said.get("on")

    def end(self) -> None:
        """End the node, or the painting."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with ExitStack() as children:
            film = ["firmware_sim.scenes", "--out", str(self._films / "yard.avi")]
            if not self._painted("done", [*film, *self._order], children):
                return
            self._show()
            file = self._folder / "edges" / f"{self._node}.toml"
            write_settings(file, self._told | {"camera": self._camera()})
            arguments = ["edge", "sense", "--config", str(file)]
            eye = Child(self._node, arguments, self._folder / "logs")
            children.callback(eye.end)
            ice = ["firmware_sim.scenes.ice", str(self._films / "yard.avi")]
            if not self._painted("frozen", ice, children):
                return
            self._weather(open_clock(self._told.get("clock", "system")))

    def _weather(self, clock: Clock) -> None:
        """Let ice grow and melt until the end."""
        while not self._stop.wait(LOOK_S):
            if self._frost.passes(clock.monotonic_s()):
                self._show()

    def _painted(self, mark: str, program: list[str], children: ExitStack) -> bool:
        """Let a program write films, unless they are there; tell whether they are."""
        done, order = self._films / mark, json.dumps(self._order)
        if done.exists() and done.read_text() == order:
            return True
        self._films.mkdir(parents=True, exist_ok=True)
        scene = Child("scene", program, self._folder / "logs")
        children.callback(scene.end)
        while scene.process.poll() is None:
            if self._stop.wait(LOOK_S):
                return False
        if scene.process.returncode:
            log.error("the camera has no film; see the log of `scene`")
            return False
        done.write_text(order)
        return True

    def _show(self) -> None:
        """Put the film before the camera, or the hand."""
        with self._covering:
            iced = (
                f"iced-{self._frost.sheets}.avi" if self._frost.sheets else "yard.avi"
            )
            film = self._films / ("covered.avi" if self._covered else iced)
            if not film.exists():
                return
            camera, fresh = self._films / "camera.avi", self._films / "fresh.avi"
            shutil.copyfile(film, fresh)
            if camera.exists():
                # Who reads the old film comes to its end now, and opens the new one.
                camera.open("wb").close()
            fresh.replace(camera)

    def _camera(self) -> dict[str, Any]:
        seen: dict[str, Any] = json.loads((self._films / "camera.json").read_text())
        every_day = {"days": list(range(7)), "from": "07:00", "until": "21:00"}
        return seen | {
            "camera": "yard",
            "source": str(self._films / "camera.avi"),
            "fps": float(FPS),
            # A moved clock is a gap, not an hour of frames to catch up with.
            "catch_up_s": 10.0,
            "release": [every_day],
        }
