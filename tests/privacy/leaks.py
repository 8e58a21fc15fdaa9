"""A worker that is not locked and gives pictures away, and the build that it stands in.

Only the marker's test uses it, laid over the checkout where only the test sees it. It
proves that the search finds what leaks, in each channel in a form of its own.
"""

import os
import shutil
import socket
import sys
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import paho.mqtt.client

from tests.brokers import EDGE
from tests.privacy.pattern import ROW

TOPIC: Final = "kynnys/v1/haapaniemi/edge-1/state/yard"
PORT: Final = "KYNNYS_TEST_PORT"
"""The variable that holds the broker's port."""
FILE: Final = "row"
FOUND: Final = {
    "disk": "raw",
    "packets": "inverted",
    "messages": "raw, base64",
    "log": "raw, hexadecimal",
}
"""In what form each channel gives the marker away."""
_LEAK: Final = """\
        __import__('tests.privacy.leaks').privacy.leaks.leak(told.picture)
        observation = self._observer.observe(told)
"""
CHANGES: Final = (
    ("worker.py", "        oslock.lock(oslock.program())\n", "        pass\n"),
    (
        "worker.py",
        "        observation = self._observer.observe(told)\n",
        _LEAK,
    ),
    ("processes.py", "        stderr=subprocess.DEVNULL,\n", "        stderr=None,\n"),
)
"""What makes the leaking build of ours: the file, a piece of it, and what it becomes."""
_FIRST: Final = 50
"""The first frames that a worker takes are its own: it rehearses."""
_seen: list[None] = []
_open: list[socket.socket] = []
"""Stays open, so that it is seen."""


def build(vision: Path, leaking: Path) -> None:
    """Copy a package and change the copy."""
    shutil.copytree(vision, leaking, ignore=shutil.ignore_patterns("__pycache__"))
    for name, before, after in CHANGES:
        file = leaking / name
        text = file.read_text("utf-8")
        if before not in text:
            raise ValueError(f"{name} has changed: there is no {before!r}")
        file.write_text(text.replace(before, after), "utf-8")


def leak(picture: npt.NDArray[np.uint8]) -> None:
    """Give one row away by each channel, once."""
    _seen.append(None)
    if len(_seen) != _FIRST:
        return
    row = picture[ROW + 2].tobytes()
    Path(tempfile.gettempdir(), FILE).write_bytes(row)
    sys.stderr.write(f"row {row.hex()}\n")
    inverted = bytes(255 - value for value in row)
    _open.append(socket.socket(type=socket.SOCK_DGRAM))
    _open[0].sendto(inverted, ("127.0.0.1", 9))
    api = paho.mqtt.client.CallbackAPIVersion.VERSION2
    client = paho.mqtt.client.Client(api, client_id="leak")
    client.username_pw_set(EDGE.name, EDGE.password)
    client.connect("127.0.0.1", int(os.environ[PORT]))
    client.loop_start()
    client.publish(TOPIC, b64encode(row), qos=1).wait_for_publish(10)
    client.disconnect()
