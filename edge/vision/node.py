"""A sensing node: one camera's worker and gate, and the outbox that their counts go to.

    permit in force -> feeder and worker run      no permit -> nothing of the camera is opened

Whether there is a permit is asked again and again on a thread of its own. When it is lost,
feeder and worker end first, and then the hub is told so. Where units run them, the worker
ends at its next record, within a minute, and the feeder with it.
"""

import logging
import threading
from pathlib import Path
from typing import Final

from contracts import topics
from contracts.bus import Bus
from contracts.clock import Clock
from contracts.messages import NodeEvent
from edge.agent import GROUP_S, Agent, Identity
from edge.loops import keep_going
from edge.permit import Eye, PermitBook, PermitRefusedError, Refusal, Standing
from edge.settings import SensingSettings, SettingsError
from edge.spool import Spool
from edge.vision import coverage
from edge.vision.settings import VisionSettings, VisionSettingsError
from edge.vision.supervisor import Supervisor

log = logging.getLogger(__name__)

LOOK_S: Final = 0.25


def identity_of(settings: SensingSettings) -> Identity:
    """Return what the node calls itself on the bus, and which cells it never sees.

    Raises:
        SettingsError: A key of the camera is wrong.
    """
    try:
        camera = VisionSettings.parse(settings.camera)
    except VisionSettingsError as error:
        raise SettingsError(f"camera: {error}") from error
    view = coverage.view(camera)
    return Identity(
        settings.site,
        settings.node,
        "sensing",
        cameras=(camera.camera,),
        views=(view,) if view else (),
    )


class SensingNode:
    """Runs until told to stop. It sends counts, and has no way to send anything else."""

    def __init__(
        self,
        settings: SensingSettings,
        identity: Identity,
        bus: Bus,
        clock: Clock,
        held: tuple[int, ...] = (),
        records: Path | None = None,
    ) -> None:
        """Put the node together.

        Args:
            settings: Of this node; its data folder is there.
            identity: What it calls itself.
            bus: The way to the hub.
            clock: Domain time.
            held: What holds the camera, as `edge.camera` gives it.
            records: The named pipe of a worker that a unit runs.

        Raises:
            SettingsError: A key of the camera is wrong.
            SpoolFullError: The outbox cannot be opened.
        """
        data = Path(settings.data)
        spool = Spool(data / "outbox.db", settings.node, clock)
        self._agent = Agent(identity, bus, spool, clock, data)
        try:
            self._eye = Supervisor(
                settings.camera,
                settings.clock,
                self._agent.report,
                held=held,
                records=records,
            )
        except VisionSettingsError as error:
            raise SettingsError(f"camera: {error}") from error
        (camera,) = identity.cameras
        where = Eye(settings.site, settings.node, camera)
        self._permits = PermitBook(
            data / "permit.db", where, settings.public_key, clock
        )
        self._camera = camera
        self._standing: Standing | None = None
        self._refused: Refusal | None = None
        self._dark, self._rests = threading.Event(), threading.Event()
        """The camera may not be open; nothing of it is open."""
        self._dark.set()
        try:
            permits = identity.topic(topics.PERMIT, camera=camera)
        except ValueError as error:
            raise SettingsError(f"camera.camera: {error}") from error
        self._agent.start()
        bus.subscribe(permits, self._permitted)

    def run(self, stop: threading.Event) -> None:
        """Count, and tell, until told to stop."""

        def tell() -> float:
            self._agent.step()
            return GROUP_S

        eye, permit = (
            threading.Thread(target=keep_going, args=(name, step, stop), name=name)
            for name, step in (("eye", self._watch), ("permit", self._heed))
        )
        eye.start()
        permit.start()
        keep_going("node", tell, stop)
        permit.join()
        self._dark.set()
        eye.join()
        self._permits.close()
        self._agent.stop()

    def _watch(self) -> float:
        if self._dark.is_set():
            self._rests.set()
            return LOOK_S
        self._rests.clear()
        self._eye.run(self._dark)
        return 0.0

    def _heed(self) -> float:
        """Let the camera be open while there is a permit, and say when that changes."""
        standing = Standing.NONE
        try:
            standing = self._permits.standing()
        finally:
            is_permitted = standing is Standing.IN_FORCE
            (self._dark.clear if is_permitted else self._dark.set)()
        if standing is not self._standing and (is_permitted or self._rests.is_set()):
            self._standing = standing
            self._tell(standing)
        return LOOK_S

    def _tell(self, standing: Standing) -> None:
        if standing is Standing.IN_FORCE:
            log.info("permit in force", extra={"camera": self._camera})
            self._agent.report(self._camera, NodeEvent("permit in force"))
            return
        why = standing.value
        log.warning("no permit", extra={"camera": self._camera, "why": why})
        self._agent.report(self._camera, NodeEvent("no permit", why=why))

    def _permitted(self, _name: str, payload: bytes) -> None:
        try:
            self._permits.take(payload)
        except PermitRefusedError as error:
            # Once for each reason: somebody may send the same noise again and again.
            if error.why is not self._refused:
                log.warning("permit refused", extra={"why": error.why.value})
                event = NodeEvent("permit refused", why=error.why.value)
                self._agent.report(self._camera, event)
            self._refused = error.why
        else:
            self._refused = None
