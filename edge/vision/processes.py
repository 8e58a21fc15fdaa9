"""Where a node's records come from: programs it starts itself, or a pipe of the units'.

feeder --frames--> worker --records--> here
"""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from edge.vision.oslock import NOT_LOCKED


class Records(Protocol):
    """An open pipe of records."""

    descriptor: int

    def why(self) -> str:
        """Return, in fixed words, why no more will come."""

    def close(self) -> None:
        """Let go of it, and of whoever writes to it."""


class Origin(Protocol):
    """What opens one, again and again."""

    def open(self) -> Records:
        """Open it.

        Raises:
            OSError: Not now.
        """


class Children:
    """Feeder and worker as programs of the node."""

    def __init__(
        self,
        camera: Mapping[str, Any],
        clock: str,
        held: tuple[int, ...],
        *,
        remote: bool,
    ) -> None:
        """Start nothing yet.

        Args:
            camera: What `VisionSettings.parse` reads.
            clock: What the feeder's `open_clock` reads.
            held: Descriptors that a feeder inherits: what holds the camera for it.
            remote: The camera is at an address.
        """
        # An address may hold a password: it is not for the command line.
        order = {"camera": dict(camera), "clock": clock}
        self._order = json.dumps(order).encode() + b"\n"
        self._feeder = "feeder_rtsp" if remote else "feeder"
        self._held = held

    def open(self) -> "_Family":
        """Start both."""
        (frames, fed), (records, told) = os.pipe(), os.pipe()
        try:
            worker = _run("worker", frames, told)
            try:
                feeder = _run(self._feeder, subprocess.PIPE, fed, self._held)
            except OSError:
                _end(worker)
                raise
        except OSError:
            os.close(records)
            raise
        finally:
            for end in (frames, fed, told):
                os.close(end)
        # One that has ended already is noticed when the records are read.
        if feeder.stdin is not None:
            with suppress(BrokenPipeError):
                feeder.stdin.write(self._order)
                feeder.stdin.flush()
        return _Family(records, feeder, worker)


class _Family:
    def __init__(
        self,
        descriptor: int,
        feeder: subprocess.Popen[bytes],
        worker: subprocess.Popen[bytes],
    ) -> None:
        self.descriptor = descriptor
        self._feeder, self._worker = feeder, worker

    def why(self) -> str:
        ended = self._worker.wait()
        if ended == -signal.SIGSYS:
            return "worker stopped by its lock"
        if ended == NOT_LOCKED:
            return "worker cannot be locked"
        if self._feeder.poll() is not None:
            return "feeder ended"
        return "worker ended"

    def close(self) -> None:
        os.close(self.descriptor)
        _end(self._feeder, self._worker)


class Fifo:
    """A named pipe that another unit's worker writes to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> "_Reader":
        """Open it, whether somebody writes to it yet or not."""
        descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(f"{self._path} is not a pipe")
        return _Reader(descriptor)


class _Reader:
    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def why(self) -> str:
        return "worker ended"

    def close(self) -> None:
        os.close(self.descriptor)


def _run(
    program: str, stdin: int, stdout: int, held: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (sys.executable, "-m", f"edge.vision.{program}"),
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        pass_fds=held,
    )


def _end(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        process.kill()
        process.wait()
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
