"""Whether a code opens a door. Pure: the manifest and the moment are handed in.

    window   [from_ms ............ until_ms)
    answer   TOO_EARLY | granted | TOO_LATE

A window holds its first moment and not its last, so that back-to-back reservations never
share one. Several grants may hold one code; the best answer that any of them gives counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.clock import to_ms
from contracts.doors import Refusal
from contracts.messages import DoorWindow, Grant, Manifest
from contracts.signing import code_digest


@dataclass(frozen=True)
class Decision:
    """What a code is worth at one door: a grant with its window, or a refusal."""

    grant: Grant | None = None
    window: DoorWindow | None = None
    refusal: Refusal | None = None


UNKNOWN = Decision(refusal=Refusal.UNKNOWN)
_BEST_FIRST = (
    None,
    Refusal.USED_UP,
    Refusal.TOO_EARLY,
    Refusal.TOO_LATE,
    Refusal.OTHER_DOOR,
)


def day_of(now: datetime) -> str:
    """Return the UTC day of a moment as manifests name it."""
    return now.strftime("%Y-%m-%d")


def digest_for_day(code: str, manifest: Manifest, now: datetime) -> str | None:
    """Digest a code under the salt of the day: the one slow hash of a try.

    Returns:
        Hex digest, or `None` when the manifest has no salt for this UTC day.
    """
    salt = manifest.salts.get(day_of(now))
    return None if salt is None else code_digest(code, bytes.fromhex(salt))


def decide(
    digest: str | None,
    manifest: Manifest,
    door: str,
    now: datetime,
    opens: Mapping[str, int],
) -> Decision:
    """Decide on a code that was presented at `door` at `now`.

    Args:
        digest: The code's digest under the salt of the UTC day of `now`.
        manifest: The grants in force.
        door: Where the code was typed.
        now: When.
        opens: How often each counted grant has opened; missing means never.
    """
    if digest is None:
        return UNKNOWN
    day = day_of(now)
    found = [
        _judge(grant, door, to_ms(now), opens.get(grant.id, 0))
        for grant in manifest.grants
        if grant.digests.get(day) == digest
    ]
    return min(found, key=lambda d: _BEST_FIRST.index(d.refusal), default=UNKNOWN)


def _judge(grant: Grant, door: str, now_ms: int, opened: int) -> Decision:
    windows = [window for window in grant.doors if window.door == door]
    if not windows:
        return Decision(grant, None, Refusal.OTHER_DOOR)
    for window in windows:
        if window.from_ms <= now_ms < window.until_ms:
            used_up = grant.max_opens is not None and opened >= grant.max_opens
            return Decision(grant, window, Refusal.USED_UP if used_up else None)
    early = any(now_ms < window.from_ms for window in windows)
    return Decision(grant, None, Refusal.TOO_EARLY if early else Refusal.TOO_LATE)
