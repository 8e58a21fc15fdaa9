"""What the set-up's page works on: the view, the drawing, the node's settings file."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2

from contracts.clock import Clock
from edge.settings import SettingsError
from edge.setup import drawing, saving
from edge.setup.codes import Answer, Entry
from edge.setup.drawing import Drawing, DrawingError
from edge.setup.reach import Reach, reach_of
from edge.setup.session import Ending
from edge.setup.view import View

MANY_WRONG: Final = "too many wrong codes"


@dataclass(frozen=True)
class Node:
    """The node whose camera is set up."""

    file: Path
    camera: Mapping[str, Any]
    environment: Mapping[str, str]
    least_px: float
    """How high somebody must be for its net."""


class Desk:
    """One set-up's work. Safe to use from several threads."""

    def __init__(self, node: Node, view: View, ending: Ending, clock: Clock) -> None:
        """Prepare, with a fresh code.

        Args:
            node: Whose settings are drawn.
            view: What its camera sees.
            ending: When this is over.
            clock: The real one.

        Raises:
            DrawingError: The settings hold what the page cannot draw.
        """
        self._node, self._view, self._ending, self._clock = node, view, ending, clock
        self._drawn = drawing.of_camera(node.camera)
        self._saves = 0
        self.entry = Entry(clock.monotonic_s())
        self.on_saved: Callable[[], None] = lambda: None

    def enter(self, code: str) -> tuple[Answer, str, int]:
        """Try a code; return the session's token and how many tries are left."""
        answer, token = self.entry.open(code, self._clock.monotonic_s())
        if self.entry.is_over:
            self._ending.end(MANY_WRONG)
        return answer, token, self.entry.left

    def admits(self, token: str) -> bool:
        """Tell whether this is the session, and it is not over."""
        return self._ending.left_s > 0 and self.entry.admits(token)

    def state(self) -> Mapping[str, Any]:
        """Return what the page shows."""
        shown = self._view.shown
        return {
            "camera": self._node.camera["camera"],
            "left_s": self._ending.left_s,
            "saves": self._saves,
            "view": shown.why,
            "inside": shown.framing.inside if shown.framing else None,
            "drawing": self._drawn,
        }

    def picture(self) -> bytes | None:
        """Return the background as PNG, if it may be shown."""
        picture = self._view.shown.picture
        if picture is None or not self._ending.left_s:
            return None
        return cv2.imencode(".png", picture)[1].tobytes()

    def check(self, payload: bytes) -> Mapping[str, Any]:
        """Return what is wrong with a drawing, and what the camera would see."""
        try:
            drawn = drawing.read(payload)
        except DrawingError as error:
            return {"refused": str(error)}
        return self._judged(drawn, self._reach(drawn))

    def save(self, payload: bytes) -> Mapping[str, Any]:
        """Save a drawing that is right; return the same, and how many were saved."""
        try:
            drawn = drawing.read(payload)
        except DrawingError as error:
            return {"refused": str(error)}
        reach = self._reach(drawn)
        judged = self._judged(drawn, reach)
        if judged["problems"] or reach is None:
            return {"refused": "", **judged}
        try:
            fresh = drawing.settings(self._node.camera, drawn, reach.size, reach.factor)
            fresh |= self._figures(fresh)
            saving.save(self._node.file, fresh, self._node.environment)
        except (DrawingError, SettingsError) as error:
            return {"refused": str(error), **judged}
        self._drawn = drawn
        self._saves += 1
        self.on_saved()
        return {"saves": self._saves, **judged}

    def end(self) -> None:
        """End the set-up, as the person wishes."""
        self._ending.end("ended by the person")

    def _reach(self, drawn: Drawing) -> Reach | None:
        framing = self._view.drawn_on
        wrong = any(p.where == "ground" for p in drawing.problems(drawn))
        if framing is None or drawn.ground is None or wrong:
            return None
        return reach_of(drawn.ground, framing, self._node.least_px)

    def _judged(self, drawn: Drawing, reach: Reach | None) -> dict[str, Any]:
        framing = self._view.drawn_on
        return {
            "problems": drawing.problems(drawn, framing.inside if framing else None),
            "cells": reach.cells if reach else [],
            "size": reach.size if reach else None,
        }

    def _figures(self, fresh: Mapping[str, Any]) -> dict[str, Any]:
        """Return what goes with a drawing; another view begins a new series."""
        before = self._node.camera
        kept = before.get("series") if _viewed(before) == _viewed(fresh) else None
        series = kept or secrets.token_hex(4)
        return {"least_px": self._node.least_px, "series": series}


def _viewed(camera: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what makes heat cells of before and after comparable."""
    drawn = drawing.of_camera(camera).ground
    return camera.get("width"), camera.get("height"), drawn
