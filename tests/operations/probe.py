"""Run in a unit's place: tries what the unit is to keep it from, prints what it could do.

Only what Debian's own Python has: a machine of `tests.operations.machine` has no more.
"""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/srv", "/etc/kynnys", "/root")  # noqa: S108


def write(folder: str) -> None:
    file = Path(folder, "probe")
    file.write_bytes(b"x")
    file.unlink()


def open_camera() -> None:
    try:
        os.close(os.open("/dev/video0", os.O_RDWR))
    except OSError as error:
        # Opening is allowed; only, no camera hangs behind the name on this machine.
        if error.errno != errno.ENXIO:
            raise


def tried() -> dict[str, Callable[[], object]]:
    def send(address: str) -> None:
        socket.create_connection((address, 554), timeout=1).close()

    pipe = os.O_RDONLY | os.O_NONBLOCK
    return {
        "camera": open_camera,
        "one address": lambda: send("127.0.0.9"),
        "another": lambda: send("127.0.0.8"),
        "frames": lambda: os.close(os.open("/run/kynnys/frames", pipe)),
        "settings": lambda: os.close(os.open("/etc/kynnys/eye.toml", os.O_RDONLY)),
        **{folder: lambda folder=folder: write(folder) for folder in FOLDERS},
    }


for what, try_it in tried().items():
    try:
        try_it()
    except OSError:
        continue
    os.write(1, f"{what}\n".encode())
