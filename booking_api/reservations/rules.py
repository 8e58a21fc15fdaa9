"""The states of a reservation, and which may follow which. Pure."""

from enum import StrEnum


class State(StrEnum):
    """Where a reservation is on its way."""

    CREATED = "created"
    WAITING_FOR_PAYMENT = "waiting_for_payment"
    REQUIRES_HANDLING = "requires_handling"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    DENIED = "denied"


class Kind(StrEnum):
    """Why the time is taken."""

    NORMAL = "normal"
    BLOCKED = "blocked"
    STAFF = "staff"
    BEHALF = "behalf"
    SEASONAL = "seasonal"
    DESK = "desk"


NEXT: dict[State, frozenset[State]] = {
    State.CREATED: frozenset(
        {
            State.WAITING_FOR_PAYMENT,
            State.REQUIRES_HANDLING,
            State.CONFIRMED,
            State.CANCELLED,
        }
    ),
    State.WAITING_FOR_PAYMENT: frozenset(
        {State.REQUIRES_HANDLING, State.CONFIRMED, State.CANCELLED}
    ),
    State.REQUIRES_HANDLING: frozenset(
        {State.CONFIRMED, State.DENIED, State.CANCELLED}
    ),
    State.CONFIRMED: frozenset({State.CANCELLED}),
    State.CANCELLED: frozenset(),
    State.DENIED: frozenset(),
}


def may_follow(state: State, following: State) -> bool:
    """Tell whether a reservation may go from one state to another."""
    return following in NEXT[state]
