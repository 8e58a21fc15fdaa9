"""Mosquitto beside the embedded broker, with the same accounts and rights."""

import shutil
import socket
import subprocess
from pathlib import Path

from hub.broker import Account
from tests.conditions import until

HUB = Account("hub", "hub-secret")
EDGE = Account("edge-1", "edge-secret", ("haapaniemi", "edge-1"))
STRANGER = Account("edge-2", "other-secret", ("haapaniemi", "edge-2"))


def mosquitto(
    program: str, port: int, folder: Path, more: str = ""
) -> "subprocess.Popen[bytes]":
    """Start Mosquitto on a loopback port, with more lines of settings if given."""
    folder.chmod(0o755)
    passwords, rules, conf = folder / "passwords", folder / "acl", folder / "conf"
    tool = shutil.which("mosquitto_passwd")
    assert tool is not None
    for account in (HUB, EDGE, STRANGER):
        create = [] if passwords.exists() else ["-c"]
        subprocess.run(
            [
                tool,
                "-b",
                *create,
                passwords,
                account.name,
                account.password,
            ],
            check=True,
        )
    rules.write_text(
        "user hub\ntopic readwrite kynnys/v1/#\n"
        + "".join(map(_rules, (EDGE, STRANGER)))
    )
    conf.write_text(
        f"listener {port} 127.0.0.1\npassword_file {passwords}\nacl_file {rules}\n"
        f"allow_anonymous false\nuser root\n{more}"
    )
    process = subprocess.Popen(
        [program, "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until(lambda: _listens(port))
    return process


def _rules(account: Account) -> str:
    assert account.node is not None
    own = "kynnys/v1/" + "/".join(account.node)
    writes = (
        "status",
        "birth",
        "state/+",
        "health",
        "ev",
        "grid",
        "grants/ack",
        "reply/+",
    )
    reads = ("grants", "permit/+", "cmd/+", "ack")
    lines = [f"topic write {own}/{tail}" for tail in writes]
    lines += [f"topic read {own}/{tail}" for tail in reads]
    return "\n".join([f"user {account.name}", *lines, ""])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
