"""The embedded broker: nats-server's MQTT 3.1.1 side, a child process with a file store.

A city may run Mosquitto, or three nats-servers, instead; the settings then name them and
this module is not used. Permissions follow the topic table: a node writes what it owns,
reads what is addressed to it, and nothing else.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hub.children import die_with_parent

STARTS_WITHIN_S = 15.0
STOPS_WITHIN_S = 10.0


class BrokerError(Exception):
    """The broker cannot be started."""


@dataclass(frozen=True)
class Account:
    """Who may connect. Nodes are `site/node`; the hub sees everything.

    Attributes:
        name: Login name.
        password: Shared secret, made at enrolment and never logged.
        node: `(site, node)`, or `None` for the hub.
    """

    name: str
    password: str
    node: tuple[str, str] | None = None


def configuration(port: int, store: Path, accounts: Iterable[Account]) -> str:
    """Return nats-server's configuration: loopback, MQTT only, a right for each node."""
    users = [_user(account) for account in accounts]
    return json.dumps(
        {
            "server_name": "kynnys",
            "host": "127.0.0.1",
            "port": -1,
            "jetstream": {"store_dir": str(store), "sync_interval": "always"},
            "mqtt": {"host": "127.0.0.1", "port": port},
            "authorization": {"users": users},
        },
        indent=1,
    )


def _user(account: Account) -> dict[str, object]:
    user: dict[str, object] = {"user": account.name, "password": account.password}
    if account.node is None:
        return user
    own = "kynnys.v1." + ".".join(_level(level) for level in account.node)
    sends = (
        "status",
        "birth",
        "state.*",
        "health",
        "ev",
        "grid",
        "grants.ack",
        "reply.*",
    )
    hears = ("grants", "permit.*", "cmd.*", "ack")
    user["permissions"] = {
        "publish": [f"{own}.{tail}" for tail in sends],
        # MQTT delivery goes over these internal subjects of nats-server.
        "subscribe": [*(f"{own}.{tail}" for tail in hears), "$MQTT.sub.>"],
    }
    return user


def _level(level: str) -> str:
    # nats-server carries a dot inside an MQTT level as two slashes.
    return level.replace(".", "//")


class Broker:
    """A running nats-server. `port` is where MQTT is spoken."""

    def __init__(self, folder: Path, port: int, accounts: Iterable[Account]) -> None:
        """Write the configuration and start.

        Raises:
            BrokerError: The program is missing, or does not answer in time.
        """
        self.port = port
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "nats.conf"
        file.touch(mode=0o600)
        file.write_text(configuration(port, folder / "store", accounts))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start, and return when MQTT is spoken.

        Raises:
            BrokerError: See the class.
        """
        with (self._folder / "nats.log").open("ab") as log:
            self._process = subprocess.Popen(
                [program(), "-c", str(self._folder / "nats.conf")],
                stdout=log,
                stderr=log,
                # A terminal's Ctrl-C is not for it: it must outlive the hub's farewell.
                preexec_fn=die_with_parent,  # noqa: PLW1509 - no locks of threads
            )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                why = (self._folder / "nats.log").read_text(errors="replace")[-400:]
                raise BrokerError(
                    f"nats-server did not start on port {self.port}: {why}"
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """End it, politely first."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def program() -> str:
    """Return the path of nats-server: beside this Python, or on the PATH.

    Raises:
        BrokerError: It is not installed.
    """
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("nats-server")
    if found is None:
        raise BrokerError("nats-server is not installed; ./run installs its wheel")
    return found


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
