"""Namespaces of one's own: what is tried in them goes with them.

    user  mount  IPC  UTS  PID  network  cgroup

Whoever runs in them is root there and nobody outside; the loopback is up, and disk,
shared memory and queues are new.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conditions import require
from tests.privacy.calls import sys as call

ROOT = Path(__file__).parents[2]
TOLD = pytest.StashKey[list[str]]()
"""What a run has to say at its end."""
_UNSHARE = (
    "unshare",
    *("--user", "--map-root-user", "--mount", "--propagation", "private"),
    *("--ipc", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"),
    *("--net", "--cgroup"),
)
_SIOCSIFFLAGS = 0x8914
_UP = 1
_JOIN_SESSION = 1
_DETACH = 2


def tell(config: pytest.Config, lines: Sequence[str]) -> None:
    """Have lines printed at the end of the run."""
    config.stash.setdefault(TOLD, []).extend(lines)


def require_namespaces() -> None:
    """Skip where the machine gives no namespaces."""
    tried = subprocess.run(
        [*_UNSHARE, "true"], capture_output=True, text=True, check=False
    )
    require(tried.returncode == 0, f"needs namespaces: {tried.stderr.strip()}")


def run(
    module: str, *arguments: object, within_s: float
) -> "subprocess.CompletedProcess[str]":
    """Run `python -m MODULE` in namespaces of its own, without what marks a CI."""
    return subprocess.run(
        [*_UNSHARE, sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )


def plain_environment() -> dict[str, str]:
    """Return what a node's unit would give: libraries behave otherwise in a CI."""
    kept = ("PATH", "HOME", "LANG")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def furnish(folder: Path, mounts: Sequence[tuple[str, str]] = ()) -> None:
    """Give the namespaces what a machine has: disk, shared memory, queues, loopback.

    Args:
        folder: Becomes a disk in memory, and where temporary files go.
        mounts: More file systems: kind and folder.
    """
    wanted = [("tmpfs", str(folder)), ("tmpfs", "/dev/shm"), *mounts]  # noqa: S108 - ours
    queues = Path("/dev/mqueue")
    if queues.is_dir():
        wanted.append(("mqueue", str(queues)))
    for kind, where in wanted:
        call("mount", kind.encode(), where.encode(), kind.encode(), 0, None)
    os.environ["TMPDIR"] = str(folder)
    with socket.socket() as any_socket:
        up = struct.pack("16sh14x", b"lo", _UP)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, up)
    call("keyctl", _JOIN_SESSION, None)


def unmount(folder: Path) -> None:
    """Take away what is mounted beneath a folder, but not on it."""
    rows = Path("/proc/self/mountinfo").read_text("ascii").splitlines()
    mounted = [row.split()[4] for row in rows]
    for where in reversed(mounted):
        if where.startswith(f"{folder}/"):
            call("umount2", where.encode(), _DETACH)
