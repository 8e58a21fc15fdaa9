"""Frames with a marker through the real node, and the marker looked for everywhere after.

`python -m tests.privacy.marker FOLDER FRAMES [--leak]`, in namespaces of its own: the
node runs as it does anywhere (feeder, worker, gate), over a layer that holds what it
writes, with a real broker, every packet and every message kept. One JSON line at the end.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import cv2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.clock import open_clock
from contracts.messages import Ack, Envelope, WindowEvent, decode
from firmware_sim.clock import WorldClock
from hub.children import die_with_parent, write_settings
from tests.brokers import EDGE
from tests.permits import keep_permit, public_hex
from tests.privacy import leaks, overlay, pattern
from tests.privacy.ears import NODE, SITE, messages, packets
from tests.privacy.private import ROOT, furnish

START: Final = datetime(2026, 11, 27, 9, tzinfo=UTC)
RATE: Final = 80.0
"""Frames a second of real time: one a second of the simulated."""
SLOW_S: Final = 420.0
_LOOK_S: Final = 0.05
_DATA: Final = Path("/data-of-the-node")
_SOURCE: Final = Path("/source-of-the-node")
"""Where the node finds them."""
_OWN: Final = ("outbox.db", "camera.lock", "permit.db", "sensing.toml")
"""How the names of the node's own files begin."""


@dataclass
class Told:
    """What came of it."""

    frames: int
    """That the counts say were seen."""
    found: dict[str, list[str]]
    """By channel, the forms in which the marker was found."""
    searched: dict[str, int]
    """By channel, how many bytes were looked at."""
    files: list[str]
    """Made by anybody but the node for its outbox."""
    sockets: dict[str, int]
    """By process, the most that it had at once."""
    written: list[str]
    """Files that feeder or worker held open for writing."""


@dataclass
class Watch:
    """Everything that is seen while the node runs."""

    packets: list[bytes] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    whole: int = 0
    minutes: dict[tuple[str, int], int] = field(default_factory=dict)
    sockets: dict[str, int] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)

    def hear(self, name: str, payload: bytes) -> Ack | None:
        """Keep a message and count the frames that it tells of; answer as a hub does."""
        self.messages.append(payload)
        if not name.endswith("/ev"):
            return None
        envelope: Envelope = decode(payload, Envelope)
        for event in envelope.ev:
            self.whole = max(self.whole, event.seq)
            if isinstance(event.value, WindowEvent):
                self.minutes[event.subject, event.value.starts_ms] = event.value.seen_s
        return Ack(envelope.boot, self.whole)

    @property
    def frames(self) -> int:
        """How many frames were seen: one a second."""
        return sum(self.minutes.values())

    def look_at(self, node: int) -> None:
        """See what node, feeder and worker have open."""
        for pid, name in _family(node):
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                try:
                    self._look(name, pid, entry)
                except OSError:
                    continue
            mine = sum(to.startswith("socket:") for to in _descriptors(pid))
            self.sockets[name] = max(self.sockets.get(name, 0), mine)

    def _look(self, name: str, pid: int, entry: Path) -> None:
        to, told = str(entry.readlink()), Path(f"/proc/{pid}/fdinfo", entry.name)
        flags = int(told.read_text("ascii").split("flags:")[1].split()[0], 8)
        writes = flags & (os.O_WRONLY | os.O_RDWR) and to.startswith("/")
        if name != "node" and writes and not to.endswith(os.devnull):
            self.written.add(f"{name}: {to}")


def _descriptors(pid: int) -> Iterator[str]:
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield str(entry.readlink())
        except OSError:
            continue


def _family(node: int) -> list[tuple[int, str]]:
    """Return the node and its children, by name."""
    found = [(node, "node")]
    children = Path(f"/proc/{node}/task/{node}/children")
    for path in children.parents[1].glob("*/children"):
        for child in path.read_text("ascii").split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            # Before it is a program of its own it is a copy of the node.
            if len(words) > 2 and words[2].startswith(b"edge.vision."):
                found.append((int(child), words[2].decode().rpartition(".")[2]))
    return found


@contextmanager
def _node(root: Path, place: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a node over the layer; its log is a file."""
    broker = {"host": "127.0.0.1", "port": port, "username": EDGE.name}
    key, data = Ed25519PrivateKey.generate(), root / _DATA.relative_to("/")
    keep_permit(data, key, open_clock(f"simulated:{place / 'source' / 'clock'}"))
    told = {
        "site": SITE,
        "node": NODE,
        "data": str(_DATA),
        "clock": f"simulated:{_SOURCE / 'clock'}",
        "hub_key": public_hex(key),
        "broker": broker | {"password": EDGE.password},
        "camera": {
            "camera": "yard",
            "source": str(_SOURCE),
            "width": pattern.WIDTH,
            "height": pattern.HEIGHT,
            "fps": 1,
        },
    }
    write_settings(data / "sensing.toml", told)

    def enter() -> None:
        die_with_parent()
        os.chroot(root)
        os.chdir(ROOT)

    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "edge", "sense", "--config", _DATA / "sensing.toml"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "TMPDIR": str(_DATA), leaks.PORT: str(port)},
            preexec_fn=enter,  # noqa: PLW1509 - no locks of threads
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _paint(folder: Path, row: pattern.Bytes) -> None:
    folder.mkdir()
    for number in range(24):
        cv2.imwrite(str(folder / f"{number:02}.png"), pattern.picture(row, number))


def run(place: Path, frames: int, *, leaking: bool) -> Told:
    """Let so many frames through, then search."""
    row, watch = pattern.draw(), Watch()
    _paint(place / "source", row)
    root, layer = overlay.lay(place)
    overlay.bind(place / "source", _made(root / _SOURCE.relative_to("/")))
    overlay.bind(_made(layer / "own"), _made(root / _DATA.relative_to("/")))
    if leaking:
        vision = ROOT / "edge" / "vision"
        leaks.build(vision, place / "leaking")
        overlay.bind(place / "leaking", root / vision.relative_to("/"))
    there = {path for path in layer.rglob("*") if path.is_file()}
    with ExitStack() as stack:
        stack.enter_context(packets(watch.packets))
        port = stack.enter_context(messages(_made(place / "broker"), watch.hear))
        clock = WorldClock.create(place / "source" / "clock", START, rate=RATE)
        stack.callback(clock.close)
        node = stack.enter_context(_node(root, place, port))
        deadline = time.monotonic() + SLOW_S
        while watch.frames < frames and time.monotonic() < deadline:
            watch.look_at(node.pid)
            time.sleep(_LOOK_S)
    return _searched(place, layer, there, row, watch)


def _searched(
    place: Path, layer: Path, there: set[Path], row: pattern.Bytes, watch: Watch
) -> Told:
    channels = {
        "packets": b"\n".join(watch.packets),
        "messages": b"\n".join(watch.messages),
        "log": (place / "log").read_bytes(),
    }
    found = {name: sorted(pattern.forms(row, data)) for name, data in channels.items()}
    searched = {name: len(data) for name, data in channels.items()}
    disk: set[str] = set()
    size = 0
    for folder in (layer, Path("/dev/shm")):  # noqa: S108 - our own
        held, looked = pattern.in_files(row, folder)
        disk, size = disk | held, size + looked
    found["disk"], searched["disk"] = sorted(disk), size
    made = {path for path in layer.rglob("*") if path.is_file()} - there
    strange = [path for path in made if not path.name.startswith(_OWN)]
    return Told(
        watch.frames,
        found,
        searched,
        sorted(str(path.relative_to(layer)) for path in strange),
        watch.sockets,
        sorted(watch.written),
    )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.privacy.marker")
    parser.add_argument("place", type=Path)
    parser.add_argument("frames", type=int)
    parser.add_argument("--leak", action="store_true")
    options = parser.parse_args()
    furnish(options.place)
    told = run(options.place, options.frames, leaking=options.leak)
    print(json.dumps(asdict(told)))  # noqa: T201 - its output
    return 0


if __name__ == "__main__":
    sys.exit(main())
