"""Permits for nodes of tests: signed by a key of the test, put where the node looks."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.clock import Clock, to_ms
from contracts.messages import encode
from contracts.permits import Period, Permit
from contracts.signing import sign
from edge.permit import Eye, PermitBook

HOUR_MS = 3_600_000
EYE = Eye("haapaniemi", "edge-1", "yard")


def public_hex(key: Ed25519PrivateKey) -> str:
    """Return what a node is told to trust."""
    return key.public_key().public_bytes_raw().hex()


def signed_permit(
    key: Ed25519PrivateKey,
    issued_ms: int,
    *periods: tuple[int, int],
    eye: Eye = EYE,
) -> bytes:
    """Return a permit for these periods; for none, a withdrawal."""
    times = tuple(Period(*period) for period in periods)
    body = Permit(eye.site, eye.node, eye.camera, issued_ms, issued_ms, times)
    return encode(sign(body, key))


def keep_permit(
    data: Path, key: Ed25519PrivateKey, clock: Clock, eye: Eye = EYE
) -> None:
    """Let a node that is not running find a permit for ten days in its data folder."""
    data.mkdir(parents=True, exist_ok=True)
    now_ms = to_ms(clock.utc())
    book = PermitBook(data / "permit.db", eye, key.public_key(), clock)
    lasts = (now_ms - HOUR_MS, now_ms + 240 * HOUR_MS)
    book.take(signed_permit(key, now_ms, lasts, eye=eye))
    book.close()
