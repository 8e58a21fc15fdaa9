"""The lock, on processes of the test: what is left to them, and when they refuse.

`tests/privacy` tries the ways out of a whole worker.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from contracts.records import RECORD_BYTES, WindowRecord, unpack
from edge.vision import oslock
from edge.vision.feed import frame_message, missed_message, settings_message
from edge.vision.frames import Frame
from tests.edge.vision.conftest import MakeClip, MakeStation

Try = Callable[[str], "subprocess.CompletedProcess[bytes]"]
LOCK = "oslock.lock(oslock.program())\n"
TOLD = f"""
from contextlib import suppress
try:
    {LOCK}
except oslock.LockError as error:
    # One of the two is open: 2 is closed before the filter can fail.
    for descriptor in (1, 2):
        with suppress(OSError):
            os.write(descriptor, str(error).encode())
    os._exit(9)
"""


@pytest.fixture
def tried() -> Try:
    """Run some Python in a process with pipes for 0 and 1."""

    def run(code: str) -> "subprocess.CompletedProcess[bytes]":
        program = f"import os\nfrom edge.vision import oslock\n{code}\nos._exit(0)"
        return subprocess.run(
            (sys.executable, "-c", program),
            input=b"frame",
            capture_output=True,
            timeout=60,
            check=False,
        )

    return run


def test_a_locked_process_reads_frames_and_writes_records(tried: Try) -> None:
    ended = tried(
        LOCK + f"seen = os.read(0, 5)\nos.write(1, seen.ljust({RECORD_BYTES}))"
    )
    assert ended.returncode == 0
    assert ended.stdout == b"frame".ljust(RECORD_BYTES)


@pytest.mark.parametrize(
    "call",
    [
        f"os.write(1, bytes({RECORD_BYTES - 1}))",
        f"os.write(1, bytes({RECORD_BYTES + 1}))",
        f"os.write(0, bytes({RECORD_BYTES}))",
        "os.read(1, 1)",
        "os.open('/', os.O_RDONLY)",
        "os.getpid()",
        "os._exit(7)",
        "os.kill(0, 0)",
        "import mmap; mmap.mmap(-1, 4096, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)",
        "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_EXEC, flags=0x22)",
    ],
)
def test_whatever_else_it_calls_ends_it(tried: Try, call: str) -> None:
    before, _, last = call.rpartition("; ")
    assert tried(f"{before}\n{last}").returncode in {0, 1, 7}, "control: not by a lock"
    ended = tried(f"{before}\n{LOCK}{last}")
    assert ended.returncode == -signal.SIGSYS
    assert ended.stdout == b""


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (
            "import threading\nthreading.Thread(target=threading.Event().wait).start()",
            "one thread",
        ),
        ("import mmap\nkept = mmap.mmap(-1, 4096)", "mapped rw-s"),
        ("os.dup2(os.open('/dev/null', os.O_RDWR), 1)", "1 is not a pipe"),
        ("os.close(0)", "Bad file descriptor"),
        ("oslock.program = lambda: bytes(8)", "seccomp: Invalid argument"),
    ],
    ids=["two threads", "shared memory", "no pipe", "nothing at 0", "no filter"],
)
def test_a_process_that_cannot_be_locked_is_told_so(
    tried: Try, before: str, why: str
) -> None:
    ended = tried(before + TOLD)
    assert ended.returncode == 9
    assert why in (ended.stdout + ended.stderr).decode()


def test_a_machine_without_a_table_has_no_filter() -> None:
    with pytest.raises(oslock.LockError):
        oslock.program("sparc64")
    assert len({oslock.digest(machine) for machine in oslock.MACHINES}) == 2


@pytest.mark.scenario
def test_the_worker_of_a_node_is_locked_and_holds_two_pipes(
    clip: MakeClip, station: MakeStation
) -> None:
    yard = station({"camera": "yard", "source": str(clip(range(100, 140))), "fps": 5})
    yard.wait_for(object)
    folder = Path(f"/proc/{yard.worker}")
    told = (folder / "status").read_text()
    assert "Seccomp:\t2" in told
    assert "NoNewPrivs:\t1" in told
    assert "Threads:\t1" in told
    open_now = {
        fd.name: str(fd.readlink()).split(":")[0] for fd in (folder / "fd").iterdir()
    }
    assert open_now == {"0": "pipe", "1": "pipe"}


@pytest.mark.scenario
def test_a_worker_that_cannot_be_locked_reads_no_frame(tmp_path: Path) -> None:
    frames, fed = os.pipe()
    os.write(fed, settings_message({"camera": "yard"}) + b"a frame")
    with (tmp_path / "records").open("wb") as records:
        ended = subprocess.run(
            (sys.executable, "-m", "edge.vision.worker"),
            stdin=frames,
            stdout=records,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    os.close(fed)
    assert ended.returncode == oslock.NOT_LOCKED
    assert b"not locked" in ended.stderr
    assert os.read(frames, 100) == b"a frame"
    os.close(frames)
    assert (tmp_path / "records").read_bytes() == b""


@pytest.mark.scenario
def test_a_locked_worker_goes_on_when_its_camera_gives_pictures_of_other_sizes() -> (
    None
):
    worker = subprocess.Popen(
        (sys.executable, "-m", "edge.vision.worker"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert worker.stdin and worker.stdout  # noqa: PT018
    worker.stdin.write(settings_message({"camera": "yard"}))
    moment, random = datetime(2026, 1, 12, 8, tzinfo=UTC), np.random.default_rng(1)
    for width, height in ((640, 480), (64, 48), (1920, 1080), (4000, 3000), (640, 480)):
        still = random.integers(60, 200, (height, width, 3), np.uint8)
        for n in range(8):
            picture = still.copy()
            picture[height // 3 : height // 2, n * width // 9 : n * width // 9 + 40] = 0
            moment += timedelta(seconds=2)
            for part in frame_message(Frame(moment, picture)):
                worker.stdin.write(part)
    with worker:
        worker.stdin.write(missed_message(moment + timedelta(minutes=2)))
        worker.stdin.close()
        told = worker.stdout.read()
    assert worker.returncode == 0
    minutes = [
        unpack(told[n : n + RECORD_BYTES]) for n in range(0, len(told), RECORD_BYTES)
    ]
    assert [type(record) for record in minutes] == [
        WindowRecord,
        WindowRecord,
        WindowRecord,
    ]
