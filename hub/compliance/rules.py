"""When a record is whole, when a camera may see, and what its sign shows. Pure.

    yard   whole record ---------------------------------------->  always
    gym    whole record      [switched on)     [switched on)       only in these hours

A permit is cut to `LASTS` from when it is issued, and issued again each `AGAIN`, so that a
node which loses its hub goes on for at least the difference, and no longer than `LASTS`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from contracts.clock import to_ms
from hub.compliance.models import CameraRecord, Kind, SwitchedOn

LASTS: Final = timedelta(hours=48)
AGAIN: Final = timedelta(hours=24)
EARLY_MS: Final = 60_000
"""A permit begins a little before it is issued: clocks differ."""
REACH: Final = timedelta(days=31)
"""How far ahead a gym may be switched on."""
LONGEST: Final = timedelta(hours=16)
MOST_SPANS: Final = 60
LONGEST_TEXT: Final = 200
_EVER: Final = (0, 253_402_214_400_000)
_DAY: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.(20[0-9]{2})")
_TIME: Final = re.compile(r"([0-9]{1,2})[.:]([0-5][0-9])")

Span = tuple[int, int]
"""A time in which a camera may see, in ms, `[from, until)`."""


class WrongEntryError(ValueError):
    """Something typed cannot be taken; the text is a message id."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field, self.text = field, text


class Light(StrEnum):
    """What the sign by the door shows; when in doubt, never that the camera is off."""

    COUNTING = "The camera is counting now"
    MAYBE = "The camera may be on"
    OFF = "The camera is not on"


PARTS: Final = {
    "controller": "Controller",
    "processor": "Processor",
    "legal_basis": "Legal basis",
    "dpia_by": "Who approved the impact assessment (DPIA)",
    "dpia_on": "When it was approved",
    "co_determination_on": "Co-determination with the staff, on",
    "guardians_on": "Guardians informed, on",
    "pupils_on": "Pupils informed, on",
    "sign_sha256": "Photo of the sign in its place",
}
"""What a whole record holds, and what each part is called on pages."""


def missing(record: CameraRecord) -> tuple[str, ...]:
    """Return the parts that a record has not yet, in the order of `PARTS`."""
    return tuple(name for name in PARTS if not getattr(record, name))


def is_whole(record: CameraRecord) -> bool:
    """Tell whether a camera may see by its record."""
    return record.withdrawn_ms is None and not missing(record)


def spans(
    record: CameraRecord | None, hours: Iterable[SwitchedOn], now_ms: int
) -> tuple[Span, ...]:
    """Return when a camera may see, as far as a permit of now would tell it."""
    if record is None or not record.is_whole:
        return ()
    if record.kind is Kind.YARD:
        return (_EVER,)
    horizon = now_ms + _ms(LASTS)
    ahead = {
        (one.from_ms, one.until_ms)
        for one in hours
        if one.from_ms < one.until_ms
        and one.until_ms > now_ms
        and one.from_ms < horizon
    }
    return tuple(sorted(ahead)[:MOST_SPANS])


def periods(wanted: Iterable[Sequence[int]], now_ms: int) -> list[list[int]]:
    """Return what of the spans goes into a permit that is issued now."""
    early, end = max(0, now_ms - EARLY_MS), now_ms + _ms(LASTS)
    return [[max(start, early), min(until, end)] for start, until in wanted]


def covers(cut: Iterable[Sequence[int]], now_ms: int) -> bool:
    """Tell whether a permit of these periods lets its camera see now."""
    return any(start <= now_ms < until for start, until in cut)


@dataclass(frozen=True)
class Seen:
    """What the hub knows of a camera at this moment."""

    may_see: bool
    """By the permit that was sent last."""
    might: bool
    """By an earlier one, which a node that cannot be reached may still have."""
    says_so: bool
    """The node's last word is that it has a permit in force."""
    online: bool


def light(seen: Seen) -> Light:
    """Return what the sign shows."""
    if seen.says_so and seen.online:
        return Light.COUNTING
    doubt = seen.may_see or (seen.might and not seen.online)
    return Light.MAYBE if doubt else Light.OFF


def read_text(text: str, field: str) -> str:
    """Return what was typed, on one line.

    Raises:
        WrongEntryError: It is too long, or holds what cannot be printed.
    """
    clean = " ".join(text.split())
    if len(clean) > LONGEST_TEXT or not clean.isprintable():
        raise WrongEntryError(field, "Write at most 200 characters on one line.")
    return clean


def read_day(text: str, field: str) -> date | None:
    """Return a day as it is written in Finland, or none where nothing was typed.

    Raises:
        WrongEntryError: It is no day.
    """
    if not text.strip():
        return None
    found = _DAY.fullmatch(text.strip())
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        pass
    raise WrongEntryError(field, "Write the day like this: 27.11.2026.")


def written(day: date | None) -> str:
    """Return a day as it is written in Finland; nothing for none."""
    return f"{day.day}.{day.month}.{day.year}" if day else ""


def read_past_day(text: str, field: str, today: date) -> date | None:
    """Return a day that is not ahead.

    Raises:
        WrongEntryError: It is no day, or has not come yet.
    """
    day = read_day(text, field)
    if day is not None and day > today:
        raise WrongEntryError(field, "This day has not come yet.")
    return day


def read_hours(day: str, starts: str, ends: str, now: datetime, zone: ZoneInfo) -> Span:
    """Return the hours in which a gym's camera shall see.

    Raises:
        WrongEntryError: They are no hours, too long, over, or too far ahead.
    """
    on = read_day(day, "day")
    if on is None:
        raise WrongEntryError("day", "Write the day like this: 27.11.2026.")
    start = datetime.combine(on, _time(starts, "starts"), zone)
    end = datetime.combine(on, _time(ends, "ends"), zone)
    if end <= start:
        raise WrongEntryError("ends", "The end must be after the beginning.")
    if to_ms(end) - to_ms(start) > _ms(LONGEST):
        raise WrongEntryError("ends", "At most 16 hours at a time.")
    if end <= now:
        raise WrongEntryError("day", "These hours are over.")
    if start > now + REACH:
        raise WrongEntryError("day", "At most 31 days ahead.")
    return to_ms(start), to_ms(end)


def _time(text: str, field: str) -> time:
    found = _TIME.fullmatch(text.strip())
    if found is None or int(found[1]) > 23:  # noqa: PLR2004 - hours of a day
        raise WrongEntryError(field, "Write the time like this: 17.30.")
    return time(int(found[1]), int(found[2]))


def _ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)
