"""Worker and set-up never have the camera at the same time, whatever ends how."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.camera import CameraTakenError, camera_of
from edge.settings import SettingsError
from tests.conditions import until

HOLDER = (
    "import subprocess, sys, time; from pathlib import Path; from edge.camera import"
    " camera_of\nwith camera_of(Path(sys.argv[1])) as held:\n"
    "    child = subprocess.Popen(['sleep', '60'], pass_fds=(held,))\n"
    "    print(child.pid, flush=True); time.sleep(60)"
)


def is_free(data: Path) -> bool:
    try:
        with camera_of(data):
            return True
    except CameraTakenError:
        return False


def test_only_one_has_the_camera_until_it_lets_go(tmp_path: Path) -> None:
    with camera_of(tmp_path / "data"):
        assert not is_free(tmp_path / "data")
        assert is_free(tmp_path / "another node")
    assert is_free(tmp_path / "data")


def test_a_failure_inside_lets_go(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), camera_of(tmp_path):
        raise RuntimeError
    assert is_free(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(SettingsError, match="data:"),
        camera_of(tmp_path / "file" / "x"),
    ):
        pass


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


@pytest.mark.scenario
def test_a_worker_that_outlives_its_node_keeps_the_camera(
    holder: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    assert holder.stdout is not None
    worker = int(holder.stdout.readline())
    assert not is_free(tmp_path)

    holder.send_signal(signal.SIGKILL)
    holder.wait(10)
    assert not is_free(tmp_path), "the worker still sees"

    os.kill(worker, signal.SIGKILL)
    until(lambda: is_free(tmp_path), 10)


def test_a_node_beside_a_feeder_of_its_own_makes_its_folder(tmp_path: Path) -> None:
    """The feeder may write nowhere, so it cannot."""
    pipe, settings = tmp_path / "records", tmp_path / "eye.toml"
    os.mkfifo(pipe)
    settings.write_text(
        f'site = "s"\nnode = "n"\ndata = "{tmp_path / "deep" / "data"}"\n'
        '[camera]\ncamera = "c"\nsource = "0"\n'
    )
    command = ["-m", "edge", "sense", "--config", str(settings), "--records", str(pipe)]
    with subprocess.Popen([sys.executable, *command]) as node:
        until((tmp_path / "deep" / "data" / "outbox.db").exists, within_s=60)
        assert is_free(tmp_path / "deep" / "data")
        node.terminate()
