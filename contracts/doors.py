"""The words of doors: what they report, why they refuse, what they are."""

from enum import StrEnum


class DoorEventKind(StrEnum):
    """What a door reports, in the words of the access-control field."""

    GRANTED = "granted"
    DENIED = "denied"
    OPENED = "opened"
    CLOSED = "closed"
    NOT_OPENED = "not opened"
    FORCED = "forced"
    OPENED_UNEXPLAINED = "opened unexplained"
    HELD_OPEN = "held open"
    HELD_OPEN_ENDED = "held open ended"
    FAULT = "fault"
    TAMPER = "tamper"
    TAMPER_ENDED = "tamper ended"
    OFFLINE = "offline"
    ONLINE = "online"
    GUESSING = "guessing"


class Refusal(StrEnum):
    """Why a door stayed locked."""

    UNKNOWN = "unknown credential"
    TOO_EARLY = "grant has not started"
    TOO_LATE = "grant has ended"
    OTHER_DOOR = "grant is for another door"
    USED_UP = "grant has no opens left"
    WAIT = "too many wrong codes"
    CLOCK_UNKNOWN = "time is not known"
    LOCKDOWN = "lockdown"


class DoorState(StrEnum):
    """What a door is now."""

    UNKNOWN = "unknown"
    LOCKED_CLOSED = "locked and closed"
    UNLOCKED = "unlocked"
    OPEN_OK = "open"
    HELD_OPEN = "held open"
    FORCED = "forced"
    NOT_OPENED = "not opened"
    FAULT = "fault"
    TAMPER = "tamper"
    OFFLINE = "offline"


class DoorMode(StrEnum):
    """How a door is run."""

    NORMAL = "normal"
    HELD_UNLOCKED = "held unlocked"
    LOCKDOWN = "lockdown"
