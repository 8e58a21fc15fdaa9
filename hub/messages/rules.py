"""What a text message may say, how long it may be and to whom it may go.

Lengths are counted in septets of the GSM 7-bit alphabet. A character of the extension
table costs two, and one part holds 160.

Source: 3GPP TS 23.038, 6.2.1. Encoding to a PDU is `hub.messages.pdu`'s work.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
ESCAPE = 0x1B
ONE_PART_SEPTETS = 160
HINT_SEPTETS = 40
HELSINKI = ZoneInfo("Europe/Helsinki")

_CODES = {c: i for i, c in enumerate(ALPHABET) if i != ESCAPE}
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
# Finnish mobile prefixes: 040 to 049 and 050.
_FINNISH_MOBILE = re.compile(r"\+358(4[0-9]|50)[0-9]{4,8}")
_LINK = re.compile(r"https?:|www\.|[a-z0-9]\.(?:com|fi|net|org|se)\b", re.IGNORECASE)


class TextError(ValueError):
    """The text cannot be sent as it is."""


class NotGsm7Error(TextError):
    """A character is not in the GSM 7-bit alphabet."""


class TooLongError(TextError):
    """The text does not fit its room."""


class LinkError(TextError):
    """The text looks like a link; messages of the city carry none."""


class PhoneError(ValueError):
    """The number may not be written to."""


class Language(StrEnum):
    """The holder's language."""

    FI = "fi"
    SV = "sv"
    EN = "en"


@dataclass(frozen=True)
class CodeText:
    """What the code message says.

    Attributes:
        starts_at: First moment of the window, aware.
        ends_at: End of the window, aware.
    """

    city: str
    code: str
    place: str
    room: str
    door: str
    hint: str
    starts_at: datetime
    ends_at: datetime
    help_phone: str


@dataclass(frozen=True)
class Guards:
    """How much may be sent, and where to.

    Attributes:
        key: Secret under which a number is counted for a day after it is removed.
        abroad: Whether numbers other than Finnish mobile ones are written to.
        per_booking: Messages of one purpose for one booking.
        per_number: Messages for one number and local day.
        per_hour: Messages of the whole city in an hour: the circuit breaker.
    """

    key: bytes
    abroad: bool = False
    per_booking: int = 3
    per_number: int = 10
    per_hour: int = 600


@dataclass(frozen=True)
class _Words:
    template: str
    days: tuple[str, ...]
    moment: str
    until: str


_WORDS = {
    Language.FI: _Words(
        "{city}: Ovikoodisi on {code}#. {place}, {room}, ovi {door}. {hint}"
        "Voimassa {window}. Älä jaa koodia. Apua: {help}",
        ("ma", "ti", "ke", "to", "pe", "la", "su"),
        "{day} {date:%-d.%-m.} klo {date:%-H.%M}",
        "{date:%-H.%M}",
    ),
    Language.SV: _Words(
        "{city}: Din dörrkod är {code}#. {place}, {room}, dörr {door}. {hint}"
        "Gäller {window}. Dela inte koden. Hjälp: {help}",
        ("må", "ti", "on", "to", "fr", "lö", "sö"),
        "{day} {date:%-d.%-m.} kl. {date:%-H.%M}",
        "{date:%-H.%M}",
    ),
    Language.EN: _Words(
        "{city}: Your door code is {code}#. {place}, {room}, door {door}. {hint}"
        "Valid {window}. Do not share the code. Help: {help}",
        ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        "{day} {date:%-d.%-m.} {date:%-H:%M}",
        "{date:%-H:%M}",
    ),
}
# The longest that a window within one day and a code can be: two digits everywhere,
# and the ten-digit code that is sent while an edge is offline.
_WORST_CODE = "0000000000"
_WORST_START = datetime(2026, 12, 21, 10, 0, tzinfo=HELSINKI)
_WORST_END = datetime(2026, 12, 21, 22, 0, tzinfo=HELSINKI)


def septets(text: str) -> bytes:
    """Return the text as 7-bit values, one a byte.

    Raises:
        NotGsm7Error: A character is not in the alphabet.
    """
    values = bytearray()
    for character in text:
        if character in EXTENSION:
            values += bytes((ESCAPE, EXTENSION[character]))
        elif character in _CODES:
            values.append(_CODES[character])
        else:
            # The character alone: the text may hold a code.
            raise NotGsm7Error(f"U+{ord(character):04X} is not in the GSM alphabet")
    return bytes(values)


def is_gsm7(text: str) -> bool:
    """Tell whether every character is in the GSM 7-bit alphabet."""
    return all(character in _CODES or character in EXTENSION for character in text)


def fits_one_part(text: str) -> bool:
    """Tell whether the text is one GSM-7 message; false also when it is not GSM-7."""
    return is_gsm7(text) and len(septets(text)) <= ONE_PART_SEPTETS


def grouped(code: str) -> str:
    """Return the code in groups of four, as it is read aloud."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def window(starts_at: datetime, ends_at: datetime, language: Language) -> str:
    """Return the window in Finnish wall clock; the second day only if it differs."""
    words = _WORDS[language]
    start, end = starts_at.astimezone(HELSINKI), ends_at.astimezone(HELSINKI)
    same_day = start.date() == end.date()
    # When the clocks go back, 3.30-3.10 would read as nonsense: name the day again.
    plain = same_day and start.replace(tzinfo=None) < end.replace(tzinfo=None)
    first = words.moment.format(day=words.days[start.weekday()], date=start)
    if plain:
        return f"{first}-{words.until.format(date=end)}"
    return f"{first} - {words.moment.format(day=words.days[end.weekday()], date=end)}"


def code_text(what: CodeText, language: Language) -> str:
    """Return the message that carries a code, one part long.

    The hint is left out when a window over midnight leaves no room for it: a code
    without its hint is worth more than no code.

    Raises:
        TextError: Even without the hint it is no single GSM-7 message.
    """
    text = _compose(what, language)
    if not fits_one_part(text) and what.hint:
        text = _compose(replace(what, hint=""), language)
    length = len(septets(text))
    if length > ONE_PART_SEPTETS:
        raise TooLongError(f"{language}: {length} septets, {ONE_PART_SEPTETS} fit")
    return text


def check_hint(what: CodeText) -> None:
    """Refuse, where it is typed, a hint with which a code message would not fit.

    The code and the window of `what` do not matter: the longest ones are tried, in
    every language.

    Raises:
        NotGsm7Error: The hint, or a name, has a character phones may not show.
        TooLongError: The hint alone, or the message in some language, is too long.
        LinkError: The hint looks like a link.
    """
    if len(septets(what.hint)) > HINT_SEPTETS:
        raise TooLongError(f"a hint has at most {HINT_SEPTETS} characters")
    if "\n" in what.hint or "\r" in what.hint:
        raise NotGsm7Error("a hint is one line")
    if _LINK.search(what.hint):
        raise LinkError("a message of the city carries no link")
    worst = replace(what, code=_WORST_CODE, starts_at=_WORST_START, ends_at=_WORST_END)
    for language in Language:
        over = len(septets(_compose(worst, language))) - ONE_PART_SEPTETS
        if over > 0:
            raise TooLongError(f"the message in {language} is {over} too long")


def check_phone(phone: str, *, abroad: bool = False) -> str:
    """Return the number in international form, without spaces.

    Raises:
        PhoneError: It is no number, or none that may be written to. The number itself
            is not in the error.
    """
    number = re.sub(r"[\s-]", "", phone)
    if _FINNISH_MOBILE.fullmatch(number):
        return number
    if not _PHONE.fullmatch(number):
        raise PhoneError("the number must be international: + and 7 to 15 digits")
    if not abroad or number.startswith("+358"):
        raise PhoneError("only Finnish mobile numbers are written to")
    return number


def local_day(now: datetime) -> date:
    """Return the day in Finland on which `now` falls."""
    return now.astimezone(UTC).astimezone(HELSINKI).date()


def number_mark(phone: str, now: datetime, key: bytes) -> str:
    """Return what counts a number for one local day without keeping the number.

    The day is in the mark, so that the marks of two days do not tell who is the same.
    """
    what = f"{local_day(now).isoformat()}|{phone}".encode()
    return hmac.new(key, what, hashlib.sha256).hexdigest()


def _compose(what: CodeText, language: Language) -> str:
    return _WORDS[language].template.format(
        city=what.city,
        code=grouped(what.code),
        place=what.place,
        room=what.room,
        door=what.door,
        hint=f"{what.hint.rstrip('.')}. " if what.hint else "",
        window=window(what.starts_at, what.ends_at, language).rstrip("."),
        help=what.help_phone,
    )
