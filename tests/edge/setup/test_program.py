"""A whole set-up as a process: what it shows, tells, keeps, and that it ends."""

import http.client
import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from contracts.clock import LAYOUT, MAGIC
from edge.camera import CameraTakenError, camera_of
from edge.settings import SensingSettings, read
from edge.vision.settings import VisionSettings
from tests.conditions import until
from tests.edge.vision.test_node import open_for_writing

pytestmark = pytest.mark.scenario
SLOW_S = 60.0
RATE = 4.0
SIZE = (320, 240)
# The net that is shipped sees people in this noise or not; here nobody is in it.
NOBODY = (
    "import numpy as np, edge.setup.program as p;"
    " p.person_like = lambda _, seen: np.full(seen.shape, {person});"
)
RUN = "from edge.__main__ import main; raise SystemExit(main())"
GROUND = {
    "pixels": [[60, 60], [260, 60], [300, 220], [20, 220]],
    "metres": [[0, 0], [8, 0], [8, 6], [0, 6]],
    "size_m": [8, 6],
}
DRAWING = {"zones": [], "lines": [], "ground": GROUND}


def empty_place() -> "np.ndarray[Any, np.dtype[np.uint8]]":
    noise = np.random.default_rng(5).normal(120, 25, (SIZE[1] // 4, SIZE[0] // 4))
    grey = np.kron(np.clip(noise, 0, 255), np.ones((4, 4))).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


class SetUp:
    """`python -m edge setup` and the phone of the person on site."""

    def __init__(self, folder: Path, *, person: bool = False, minutes: int = 9) -> None:
        self.data, self.file = folder / "data", folder / "eye.toml"
        film = folder / "film"
        if not film.exists():
            film.mkdir()
            chance = np.random.default_rng(6)
            for number in range(9):
                # A camera whose pictures are all the same is a frozen one.
                noise = chance.normal(0, 2, (*SIZE[::-1], 1))
                picture = np.clip(empty_place() + noise, 0, 255).astype(np.uint8)
                cv2.imwrite(str(film / f"{number}.png"), picture)
            clock = LAYOUT.pack(
                MAGIC, 0, time.monotonic_ns(), 1_795_000_000 * 10**9, 0, RATE
            )
            (folder / "clock").write_bytes(clock)
            self.file.write_text(
                f'site = "haapaniemi"\nnode = "yard-1"\ndata = "{self.data}"\n'
                f'clock = "simulated:{folder / "clock"}"\n'
                f'[camera]\ncamera = "yard"\nsource = "{film}"\nfps = 2\n'
                "width = 320\nheight = 240\ncatch_up_s = 0\n"
            )
        order = ["setup", "--config", str(self.file), "--by", "staff-17", "--port", "0"]
        order += ["--minutes", str(minutes)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", NOBODY.format(person=person) + RUN, *order],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said, self.cookie = "", ""

    def begin(self) -> str:
        """Read the console; return the code."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if found := re.search(r"Code (\d{4}) (\d{4}).*:(\d+)/", line):
                self.port = int(found[3])
                return found[1] + found[2]
        raise AssertionError(self.process.communicate()[1])

    def ask(self, path: str, said: Any = None) -> tuple[int, bytes]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"Cookie": self.cookie}
        if said is not None:
            origin = f"http://127.0.0.1:{self.port}"
            sent |= {"Origin": origin, "Content-Type": "application/json"}
        body = None if said is None else json.dumps(said)
        link.request("GET" if said is None else "POST", path, body, sent)
        answer = link.getresponse()
        self.cookie = (answer.headers["Set-Cookie"] or self.cookie).split(";")[0]
        got = answer.read()
        link.close()
        return answer.status, got

    def open(self) -> None:
        """Type the code that the console shows."""
        assert self.ask("/code", {"code": self.begin()})[0] == 200

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.ask("/state")[1]))

    def told(self) -> list[tuple[str, str]]:
        """Return what waits for the hub about the camera: what, and why."""
        with sqlite3.connect(f"file:{self.data}/outbox.db?mode=ro", uri=True) as db:
            rows = db.execute(
                "SELECT e.body FROM events e JOIN boots b USING (boot) ORDER BY b.n, seq"
            )
            events = [json.loads(body) for (body,) in rows]
        return [(e[4]["what"], e[4].get("why", "")) for e in events if e[3] == "yard"]

    def end(self) -> int:
        out, _ = self.process.communicate(timeout=30)
        self.said += out
        return self.process.returncode


@pytest.fixture
def set_up(tmp_path: Path) -> Iterator[SetUp]:
    one = SetUp(tmp_path)
    yield one
    one.process.kill()
    one.process.communicate()


def test_a_person_draws_saves_and_ends_and_the_hub_is_told(set_up: SetUp) -> None:
    set_up.open()
    assert set_up.told() == [("picture possible", "set-up by staff-17")]
    until(lambda: set_up.state()["view"] == "shown", SLOW_S)
    status, judged = set_up.ask("/check", DRAWING)
    assert status == 200
    assert len(json.loads(judged)["cells"]) == 192

    status, saved = set_up.ask("/save", DRAWING)
    assert (status, json.loads(saved)["saves"]) == (200, 1)
    camera = VisionSettings.parse(read(set_up.file, {}, SensingSettings).camera)
    assert camera.ground is not None
    assert camera.series

    assert set_up.ask("/end", {})[0] == 200
    assert set_up.end() == 0
    assert [what for what, _ in set_up.told()] == [
        "picture possible",
        "camera set up",
        "picture over",
    ]
    with camera_of(set_up.data):
        pass


def test_the_background_is_seen_and_nothing_on_the_disk_holds_it(
    set_up: SetUp, tmp_path: Path
) -> None:
    set_up.open()
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    until(lambda: set_up.state()["view"] == "shown", SLOW_S)
    _, png = set_up.ask("/background.png")
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert np.abs(picture.astype(int) - empty_place()[..., 0]).max() <= 12, "control"
    set_up.ask("/save", DRAWING)
    held = open_for_writing([set_up.process.pid])
    set_up.ask("/end", {})
    set_up.end()

    row = picture[100, 40:104].tobytes()
    fresh = [
        file
        for file in tmp_path.rglob("*")
        if file.is_file() and before.get(file) != file.read_bytes()
    ]
    assert fresh, "control: it has written something"
    for file in fresh:
        data = file.read_bytes()
        assert row not in data
        assert not data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"BM"))
    elsewhere = [file for file in held if not file.is_relative_to(tmp_path)]
    assert elsewhere == []


def test_a_place_with_a_person_in_it_is_never_shown(tmp_path: Path) -> None:
    one = SetUp(tmp_path, person=True)
    try:
        one.open()
        seen = set()

        def thrown_away() -> bool:
            seen.add(one.state()["view"])
            return "somebody was in it" in seen

        until(thrown_away, SLOW_S)
        assert one.ask("/background.png")[0] == 409
        assert "shown" not in seen
    finally:
        one.process.kill()
        one.process.communicate()


def test_five_wrong_codes_end_it(set_up: SetUp) -> None:
    right = set_up.begin()
    wrong = f"{(int(right) + 1) % 10**8:08}"
    for _ in range(5):
        assert set_up.ask("/code", {"code": wrong})[0] == 403
    assert set_up.end() == 0
    assert set_up.told()[-1] == ("picture over", "too many wrong codes")


def test_it_cannot_run_beside_the_worker_nor_beside_another(
    set_up: SetUp, tmp_path: Path
) -> None:
    set_up.open()
    worker = subprocess.run(
        [sys.executable, "-m", "edge", "sense", "--config", str(set_up.file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    other = SetUp(tmp_path)
    assert other.end() == 1
    assert worker.returncode == 1
    assert "the camera is in use" in worker.stderr
    assert [what for what, _ in set_up.told()] == ["picture possible"]


def test_while_the_worker_counts_there_is_no_set_up(tmp_path: Path) -> None:
    first = SetUp(tmp_path)
    first.begin()
    first.process.kill()
    first.process.communicate()
    command = [sys.executable, "-m", "edge", "sense", "--config", str(first.file)]
    node = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        until(lambda: is_taken(first.data), SLOW_S)
        second = SetUp(tmp_path)
        assert second.end() == 1
    finally:
        node.terminate()
        node.wait(20)


def is_taken(data: Path) -> bool:
    try:
        with camera_of(data):
            return False
    except CameraTakenError:
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_says_so(set_up: SetUp, number: signal.Signals) -> None:
    set_up.open()
    set_up.process.send_signal(number)
    assert set_up.end() == 0
    assert set_up.told()[-1] == ("picture over", "stopped at the node")


def test_a_set_up_that_is_killed_frees_the_camera_and_the_next_start_says_so(
    set_up: SetUp,
) -> None:
    set_up.open()
    set_up.process.kill()
    set_up.process.communicate()
    assert set_up.told() == [("picture possible", "set-up by staff-17")]
    command = [sys.executable, "-m", "edge", "sense", "--config", str(set_up.file)]
    node = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        until(lambda: started(set_up.data) == 2, SLOW_S)
    finally:
        node.terminate()
        node.wait(20)


def started(data: Path) -> int:
    with sqlite3.connect(f"file:{data}/outbox.db?mode=ro", uri=True) as db:
        query = (
            "SELECT count(*) FROM events WHERE instr(CAST(body AS TEXT), '\"started\"')"
        )
        (count,) = db.execute(query).fetchone()
    return int(count)


def test_the_kernel_ends_what_hangs() -> None:
    """The last resort alone: nothing in the process looks at the time any more."""
    hangs = (
        "import edge.setup.session as s; s._GRACE_S = 0.2; s.end_without_fail(0.3);"
        "print('hangs', flush=True);\nwhile True: pass"
    )
    process = subprocess.Popen([sys.executable, "-c", hangs], stdout=subprocess.PIPE)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGALRM


def test_nothing_that_the_console_showed_is_in_a_log_or_at_the_hub(
    set_up: SetUp,
) -> None:
    code = set_up.begin()
    set_up.process.send_signal(signal.SIGTERM)
    _, log = set_up.process.communicate(timeout=30)
    assert "picture possible" in log
    assert code not in log
    assert code not in str(set_up.told())
