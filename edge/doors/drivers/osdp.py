"""Doors whose reader talks OSDP and moves the lock with its own timed relay."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.doors.drivers import (
    Capabilities,
    DoorReport,
    DriverEvent,
    Inputs,
    Keys,
    LineGoneError,
    Offline,
    Online,
    Power,
    Signal,
    Tamper,
)
from edge.osdp import controller
from edge.osdp.codes import Colour
from edge.osdp.controller import ControlPanel, PanelEvent
from edge.osdp.line import Line, LineLostError

_TENTH_MS: Final = 100
_SIMULATED_PORTS: Final = "/dev/pts/"


@dataclass(frozen=True)
class Reader:
    """One reader on a line and the door it serves.

    Attributes:
        scbk: Secure channel base key, 16 bytes.
        output: Number of the relay that releases the lock.
    """

    door: str
    address: int
    scbk: bytes
    output: int = 0


class OsdpDoor:
    """One door behind one reader."""

    capabilities = Capabilities(
        codes=True, timed_output=True, position=True, signals=True
    )

    def __init__(self, panel: ControlPanel, output: int) -> None:
        self._panel, self._output = panel, output

    def open(self, pulse_ms: int) -> bool:
        """Have the reader pulse its relay; false when it is not reached."""
        return self._panel.pulse(self._output, max(1, pulse_ms // _TENTH_MS))

    def lock(self) -> None:
        """Replace a running pulse by the shortest one there is."""
        self._panel.pulse(self._output, 1)

    def signal(self, signal: Signal) -> None:
        """Light and sound: one green, three red, ticks while waiting."""
        match signal:
            case Signal.ACCEPTED:
                self._panel.led(Colour.GREEN, 30)
                self._panel.buzz(3)
            case Signal.REFUSED:
                self._panel.led(Colour.RED, 20)
                self._panel.buzz(1, 1, 3)
            case Signal.WAIT:
                self._panel.led(Colour.AMBER, 20)
                self._panel.buzz(1, 4, 4)
            case Signal.HELD_OPEN_SOON:
                self._panel.buzz(2, 8, 5)


class OsdpLine:
    """An open RS-485 line with its readers."""

    def __init__(self, port: Path, baud: int, readers: tuple[Reader, ...]) -> None:
        """Open the port.

        Raises:
            LineGoneError: It cannot be opened.
        """
        panels = {r.door: ControlPanel(r.address, r.scbk) for r in readers}
        self._door_at = {r.address: r.door for r in readers}
        self.doors: Mapping[str, OsdpDoor] = {
            r.door: OsdpDoor(panels[r.door], r.output) for r in readers
        }
        try:
            self._line = Line(str(port), baud, tuple(panels.values()))
        except LineLostError as error:
            raise LineGoneError(str(error)) from error

    def poll(self) -> list[DoorReport]:
        """Talk to the reader whose turn it is.

        Raises:
            LineGoneError: The port has vanished.
        """
        try:
            heard = self._line.poll_once()
        except LineLostError as error:
            raise LineGoneError(str(error)) from error
        return [
            DoorReport(self._door_at[address], _translated(event))
            for address, event in heard
        ]

    def close(self) -> None:
        """Let go of the port."""
        self._line.close()


def require_simulated(port: Path) -> None:
    """Check that a port leads to no hardware.

    Raises:
        LineGoneError: It is no pseudo-terminal, so a simulated clock must not drive it.
    """
    if not str(port.resolve()).startswith(_SIMULATED_PORTS):
        raise LineGoneError(f"{port}: a simulated clock drives pseudo-terminals only")


def _translated(event: PanelEvent) -> DriverEvent:
    told: DriverEvent
    match event:
        case controller.Keys(text):
            told = Keys(text)
        case controller.Inputs(active):
            told = Inputs(active)
        case controller.Tamper(active):
            told = Tamper(active)
        case controller.Power(failed):
            told = Power(failed)
        case controller.Online():
            told = Online()
        case controller.Offline(why):
            told = Offline(why)
    return told
