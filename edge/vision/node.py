"""A sensing node: one camera's worker and gate, and the outbox that their counts go to."""

import threading
from pathlib import Path

from contracts.bus import Bus
from contracts.clock import Clock
from edge.agent import GROUP_S, Agent, Identity
from edge.loops import keep_going
from edge.settings import SensingSettings, SettingsError
from edge.spool import Spool
from edge.vision import coverage
from edge.vision.settings import VisionSettings, VisionSettingsError
from edge.vision.supervisor import Supervisor


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
        self._agent.start()

    def run(self, stop: threading.Event) -> None:
        """Count, and tell, until told to stop."""

        def watch() -> float:
            self._eye.run(stop)
            return 0.0

        def tell() -> float:
            self._agent.step()
            return GROUP_S

        eye = threading.Thread(target=keep_going, args=("eye", watch, stop), name="eye")
        eye.start()
        keep_going("node", tell, stop)
        eye.join()
        self._agent.stop()
