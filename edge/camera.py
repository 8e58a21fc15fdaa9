"""Who has the camera of this node: the feeder, or a person at set-up. Never both.

The lock is an `flock` on the data folder: who may read it can hold it, and nothing is
written. It belongs to the open folder, not to a process: whoever inherits the descriptor
holds it too, and the kernel lets it go with the last of them, however that ended. So a
feeder that outlives its node keeps the camera.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.settings import SettingsError


class CameraTakenError(Exception):
    """Somebody else has the camera."""


def make_folder(data: Path) -> None:
    """Make a node's data folder, if it is not there.

    Raises:
        SettingsError: It cannot be made.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"data: {error}") from error


@contextmanager
def camera_of(data: Path) -> Iterator[int]:
    """Hold the camera of the node with this data folder; yield what to inherit.

    Raises:
        CameraTakenError: The worker, or a set-up, has it.
        SettingsError: The folder cannot be made or read.
    """
    make_folder(data)
    try:
        held = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SettingsError(f"data: {error}") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(held)
        raise CameraTakenError(
            "the camera is in use: worker and set-up never run beside each other"
        ) from error
    try:
        yield held
    finally:
        os.close(held)
