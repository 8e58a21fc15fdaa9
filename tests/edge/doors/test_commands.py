from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from contracts.clock import ManualClock, to_ms
from contracts.messages import Action, Command, Reply, encode
from contracts.signing import sign
from edge.doors.commands import CommandGate

Check = Callable[..., Command | Reply | None]


@pytest.fixture
def gate(hub_key: Ed25519PrivateKey) -> CommandGate:
    return CommandGate("edge-1", hub_key.public_key())


@pytest.fixture
def command(clock: ManualClock) -> Command:
    expires_ms = to_ms(clock.utc()) + 10_000
    return Command(
        "c-1", "edge-1", "door-a", Action.OPEN, expires_ms, "boot", "staff-1"
    )


@pytest.fixture
def check(gate: CommandGate, hub_key: Ed25519PrivateKey, clock: ManualClock) -> Check:
    def do(command: Command, name: str = "c-1", late_s: float = 0) -> object:
        now = clock.utc() + timedelta(seconds=late_s)
        return gate.check(encode(sign(command, hub_key)), name, "boot", now)

    return do


def test_a_signed_command_passes_until_its_expiry(
    check: Check, command: Command
) -> None:
    assert check(command, late_s=9.9) == command


def test_a_late_command_is_never_carried_out(check: Check, command: Command) -> None:
    assert check(command, late_s=10) == Reply("c-1", done=False, why="expired")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"node": "edge-2"}, "for another node"),
        ({"boot": "old"}, "for an earlier start of this node"),
        ({"id": "c-2"}, "its topic names another command"),
    ],
)
def test_a_command_for_something_else_is_refused(
    check: Check, command: Command, change: dict[str, str], why: str
) -> None:
    assert check(replace(command, **change)) == Reply("c-1", done=False, why=why)


def test_a_command_that_lives_too_long_is_refused(
    check: Check, command: Command
) -> None:
    long = replace(command, expires_ms=command.expires_ms + 1)
    assert check(long) == Reply("c-1", done=False, why="expires too late")


def test_a_duplicate_is_answered_from_memory_and_not_repeated(
    check: Check, gate: CommandGate, command: Command
) -> None:
    assert check(command) == command
    assert check(command) is None
    gate.answered(Reply("c-1", done=True))
    assert check(command, late_s=60) == Reply("c-1", done=True)


def test_an_unsigned_forged_or_damaged_command_is_refused(
    gate: CommandGate, command: Command, clock: ManualClock
) -> None:
    forged = encode(sign(command, Ed25519PrivateKey.generate()))
    for payload in (forged, encode(command), b"", b"{}"):
        reply = gate.check(payload, "c-1", "boot", clock.utc())
        assert isinstance(reply, Reply)
        assert not reply.done


def test_a_node_that_trusts_no_key_obeys_nobody(
    command: Command, hub_key: Ed25519PrivateKey, clock: ManualClock
) -> None:
    gate = CommandGate("edge-1", None)
    reply = gate.check(encode(sign(command, hub_key)), "c-1", "boot", clock.utc())
    assert isinstance(reply, Reply)
