"""The node's two processes from outside: what ends with what, and what they write."""

import os
import signal
import sqlite3
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts import topics
from contracts.clock import open_clock
from contracts.paho_bus import Broker, PahoBus
from tests.brokers import EDGE, HUB
from tests.conditions import until
from tests.edge.vision.stations import workers_of
from tests.permits import keep_permit, public_hex

HUB_KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
pytestmark = pytest.mark.scenario
SLOW_S = 60.0
SIGNATURES = (
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"BM",
    b"RIFF",
    b"II*\x00",
    b"MM\x00*",
    b"\x93NUMPY",
)
MARKER = (37, 201, 90)
"""A colour that stands in every frame of the film, in a run of so many pixels."""
RUN = 12


class Node:
    """`python -m edge sense` and its worker."""

    def __init__(self, folder: Path, film: Path, clock: str, broker: str = "") -> None:
        self.data = folder / "data"
        self._config = folder / "sensing.toml"
        self._config.write_text(
            f'site = "haapaniemi"\nnode = "edge-1"\ndata = "{self.data}"\n'
            f'clock = "{clock}"\nhub_key = "{public_hex(HUB_KEY)}"\n{broker}'
            f'[camera]\ncamera = "yard"\nsource = "{film}"\n'
            "width = 64\nheight = 48\nfps = 1\n"
        )
        keep_permit(self.data, HUB_KEY, open_clock(clock))
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "edge", "sense", "--config", str(self._config)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.worker = until(lambda: workers_of(self.process.pid), SLOW_S)[0]
        return self.process

    def windows(self) -> int:
        """Return how many minutes are in the outbox."""
        try:
            with sqlite3.connect(f"file:{self.data}/outbox.db?mode=ro", uri=True) as db:
                (count,) = db.execute(_COUNT).fetchone()
        except sqlite3.OperationalError:
            return 0
        return int(count)


_COUNT = "SELECT count(*) FROM events WHERE instr(CAST(body AS TEXT), 'window')"


@pytest.fixture
def rate() -> float:
    """A minute a second, of a picture each simulated second."""
    return 60.0


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film" / "clip.avi"
    path.parent.mkdir()
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"FFV1"), 2, (64, 48))
    assert video.isOpened()
    picture = np.full((48, 64, 3), MARKER, np.uint8)
    for _ in range(40):
        video.write(picture)
    video.release()
    return path


@pytest.fixture
def node(film: Path, hurried: str, tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path, film, hurried)
    yield node
    node.process.terminate()
    node.process.wait(20)


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_when_the_gate_is_killed_the_worker_ends_and_the_next_gate_counts_on(
    node: Node,
) -> None:
    until(node.windows, SLOW_S)
    orphan = node.worker
    node.process.send_signal(signal.SIGKILL)
    node.process.wait(20)
    until(lambda: not is_alive(orphan), SLOW_S)

    before = node.windows()
    node.start()
    until(lambda: node.windows() > before, SLOW_S)


def test_a_node_told_to_stop_ends_with_its_worker(node: Node) -> None:
    until(node.windows, SLOW_S)
    node.process.terminate()
    assert node.process.wait(20) == 0
    until(lambda: not is_alive(node.worker), SLOW_S)


def open_for_writing(pids: list[int]) -> set[Path]:
    """Return the regular files that processes can write to now."""
    files = set()
    for pid in pids:
        for entry in Path(f"/proc/{pid}/fdinfo").iterdir():
            with suppress(FileNotFoundError):  # closed while we look
                flags = int(entry.read_text().split("flags:")[1].split()[0], 8)
                target = entry.parents[1].joinpath("fd", entry.name).readlink()
                if flags & (os.O_WRONLY | os.O_RDWR) and target.is_file():
                    files.add(target)
    return files


def holds_a_picture(file: Path) -> bool:
    data = file.read_bytes()
    return data.startswith(SIGNATURES) or bytes(MARKER) * RUN in data


def watch(pids: list[int], folder: Path, enough: Callable[[], object]) -> set[Path]:
    """Return every file the processes held open for writing, or made in the folder."""
    before = set(folder.rglob("*"))
    held: set[Path] = set()

    def look() -> object:
        held.update(open_for_writing(pids))
        return enough()

    until(look, SLOW_S)
    return held | {file for file in set(folder.rglob("*")) - before if file.is_file()}


def test_neither_worker_nor_gate_writes_a_picture(node: Node, tmp_path: Path) -> None:
    files = watch(
        [node.process.pid, node.worker], tmp_path, lambda: node.windows() >= 3
    )
    assert node.data / "outbox.db" in files
    assert not [file for file in files if file.exists() and holds_a_picture(file)]


def sockets_of(pid: int) -> list[str]:
    ends = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()]
    return [end for end in ends if end.startswith("socket:")]


def test_what_is_sent_holds_no_picture_and_the_worker_cannot_send(
    broker: Broker, film: Path, hurried: str, tmp_path: Path
) -> None:
    heard: list[bytes] = []
    hub = PahoBus(replace(broker, username=HUB.name, password=HUB.password), "hub")
    for topic in topics.ALL:
        hub.subscribe(topic.filter, lambda _name, payload: heard.append(payload))
    hub.start()
    until(lambda: hub.connected)
    login = f'username = "{EDGE.name}"\npassword = "{EDGE.password}"\n'
    node = Node(
        tmp_path,
        film,
        hurried,
        f'[broker]\nhost = "127.0.0.1"\nport = {broker.port}\n{login}',
    )
    until(lambda: any(b"window" in payload for payload in heard), SLOW_S)
    worker, gate = sockets_of(node.worker), sockets_of(node.process.pid)
    node.process.terminate()
    node.process.wait(20)
    hub.stop()

    seen = bytes(MARKER) * RUN
    assert not [p for p in heard if seen in p or b64encode(seen) in p]
    assert worker == []
    assert gate, "control: the gate speaks to the broker"


def test_the_gate_has_nothing_that_could_read_a_camera(node: Node) -> None:
    until(node.windows, SLOW_S)
    gate, worker = (
        Path(f"/proc/{pid}/maps").read_text() for pid in (node.process.pid, node.worker)
    )
    assert "cv2" in worker, "control"
    assert "cv2" not in gate


@pytest.mark.parametrize(
    "way",
    [
        "cv2.imwrite('made.png', picture)",
        "cv2.imwrite('made.jpg', picture)",
        "picture.tofile('made.raw')",
    ],
)
def test_the_watch_sees_a_picture_that_is_written(
    way: str, film: Path, tmp_path: Path
) -> None:
    """Control: a program that does write one of the film's frames is caught."""
    program = (
        f"import cv2; film = cv2.VideoCapture({str(film)!r}); _, picture = film.read();"
        f"{way}; input()"
    )
    thief = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdin=subprocess.PIPE
    )
    files = watch([thief.pid], tmp_path, lambda: list(tmp_path.glob("made.*")))
    thief.communicate(b"\n", 20)
    assert [file.name for file in files if holds_a_picture(file)] == [way.split("'")[1]]
