"""The life of a grant, and how its codes are drawn. Pure; imports no framework.

    requested -> signed -> sent -> acked -> live -> used -> ended
         any of them before the end -> revoking -> revoked | revoke_unconfirmed

A code has eight digits, ten when more than six codes are alive at one of its doors. Two
codes at a door within 24 hours of each other differ in at least two digits, so that one
slip of a cold finger never opens a door for somebody else's booking.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

DIGITS = 8
DIGITS_IN_A_CROWD = 10
CROWD = 6
"""More live codes than this at one door, and new ones get ten digits."""
DISTANCE = 2
APART = timedelta(hours=24)
NO_REUSE = timedelta(days=180)
COVERED = timedelta(days=14)
REVOKE_PATIENCE = timedelta(minutes=2)
DRAWS = 1000


class State(StrEnum):
    """Where a grant is in its life."""

    REQUESTED = "requested"
    SIGNED = "signed"
    SENT = "sent"
    ACKED = "acked"
    LIVE = "live"
    USED = "used"
    ENDED = "ended"
    REVOKING = "revoking"
    REVOKED = "revoked"
    REVOKE_UNCONFIRMED = "revoke unconfirmed"


class Step(StrEnum):
    """What happens to a grant."""

    SIGN = "its manifest was signed"
    SEND = "its manifest was handed to the broker"
    ACK = "an edge of its route has acked"
    ACK_LAST = "every edge of its route has acked"
    USE = "a door was opened with it"
    CHANGE = "its booking was changed"
    CANCEL = "its booking was cancelled"
    WAIT = "an ack of its withdrawal is overdue"
    END = "its last window has ended"


class CodesUsedUpError(Exception):
    """No free code was found: far too many are alive at these doors."""


_ALIVE = (
    State.REQUESTED,
    State.SIGNED,
    State.SENT,
    State.ACKED,
    State.LIVE,
    State.USED,
)
_TABLE: dict[tuple[State, Step], State] = {
    (State.REQUESTED, Step.SIGN): State.SIGNED,
    (State.SIGNED, Step.SEND): State.SENT,
    # An ack may overtake our own note that the manifest was sent.
    **{
        (state, Step.ACK): State.ACKED
        for state in (State.SIGNED, State.SENT, State.ACKED)
    },
    **{
        (state, Step.ACK_LAST): State.LIVE
        for state in (State.SIGNED, State.SENT, State.ACKED)
    },
    # A door that knows the grant may open before the other edge has acked.
    **{(state, Step.USE): State.USED for state in _ALIVE},
    **{(state, Step.CHANGE): State.REQUESTED for state in _ALIVE},
    **{(state, Step.CANCEL): State.REVOKING for state in _ALIVE},
    **{(state, Step.END): State.ENDED for state in _ALIVE},
    (State.REVOKING, Step.ACK_LAST): State.REVOKED,
    (State.REVOKING, Step.WAIT): State.REVOKE_UNCONFIRMED,
    (State.REVOKING, Step.END): State.REVOKE_UNCONFIRMED,
    (State.REVOKE_UNCONFIRMED, Step.ACK_LAST): State.REVOKED,
}


def after(state: State, step: Step) -> State:
    """Return the state after a step; a step that does not apply changes nothing."""
    return _TABLE.get((state, step), state)


def opens(state: State) -> bool:
    """Tell whether a manifest should hold a grant in this state."""
    return state in _ALIVE


def distance(one: str, other: str) -> int:
    """Return in how many digits two codes differ; all of them when lengths differ."""
    if len(one) != len(other):
        return max(len(one), len(other))
    return sum(a != b for a, b in zip(one, other, strict=True))


def digits_for(live_codes: int) -> int:
    """Return how long a code must be at a door where so many, it too, are alive."""
    return DIGITS_IN_A_CROWD if live_codes > CROWD else DIGITS


def draw(digits: int) -> str:
    """Return random digits from the system's source of secrets."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def new_code(
    digits: int,
    taken: Collection[str],
    was_used: Callable[[str], bool],
    source: Callable[[int], str] = draw,
) -> str:
    """Return a code that keeps its distance from every other at its doors.

    Args:
        digits: Its length.
        taken: The codes at any of its doors within 24 hours of its windows.
        was_used: Whether a code was given out in the last 180 days.
        source: Where random digits come from.

    Raises:
        CodesUsedUpError: None found in `DRAWS` draws.
    """
    for _ in range(DRAWS):
        code = source(digits)
        near = any(distance(code, other) < DISTANCE for other in taken)
        if not near and not was_used(code):
            return code
    raise CodesUsedUpError(f"{len(taken)} codes are taken")


def code_mark(code: str, key: bytes) -> str:
    """Return the keyed digest by which a code is known once it is forgotten."""
    return hmac.new(key, code.encode(), hashlib.sha256).hexdigest()


def days(from_at: datetime, until_at: datetime) -> Iterator[str]:
    """Yield the UTC days, as manifests name them, that `[from_at, until_at)` touches."""
    day = from_at.date()
    last = (until_at - timedelta(microseconds=1)).date()
    while day <= last:
        yield day.isoformat()
        day += timedelta(days=1)


def clash(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    """Tell whether two windows are within 24 hours of each other."""
    return one[0] - APART < other[1] and other[0] - APART < one[1]
