r"""What a GSM modem says, from bytes to words; no I/O.

    \r\nOK\r\n   \r\n+CMS ERROR: 331\r\n   \r\n> (no line end: the prompt)
    \r\n+CDS: 26\r\n07913...\r\n        (unasked for, also inside an answer)

Source: 3GPP TS 27.005, 3.4 and 4; TS 27.007 for `+CME ERROR`. Which command is waiting
for an answer is the modem's business.
"""

import re
from dataclasses import dataclass, field
from enum import Enum, auto

_LONGEST_LINE = 1024
_ERROR = re.compile(r"\+CM([SE]) ERROR: *(\d+)")
_HEX = re.compile(r"[0-9A-Fa-f]+")
# Reasons that pass by themselves (TS 27.005, 3.2.5 and TS 24.011, annex E-2).
_TEMPORARY_CMS = frozenset((17, 38, 41, 42, 47, 311, 314, 322, 331, 332, 500, 512))


class Kind(Enum):
    """What a word of the modem is."""

    PROMPT = auto()
    OK = auto()
    ERROR = auto()
    INFO = auto()
    REPORT = auto()
    DELIVERED = auto()


@dataclass(frozen=True)
class Word:
    """One thing the modem said; `text` is the line or the PDU."""

    kind: Kind
    text: str = field(default="", repr=False)


def error_number(line: str) -> int:
    """Return the number of `+CMS ERROR` or `+CME ERROR`, 0 for a bare `ERROR`."""
    found = _ERROR.fullmatch(line)
    return int(found[2]) if found else 0


def is_temporary(number: int) -> bool:
    """Tell whether a CMS error passes by itself."""
    return number in _TEMPORARY_CMS


_OPENINGS = (
    (Kind.REPORT, re.compile(r"\+CDS: *\d+")),
    (Kind.DELIVERED, re.compile(r"\+CMT: .*")),
)
# A prompt is a line when something unasked for follows it at once.
_FIXED = {"OK": Kind.OK, ">": Kind.PROMPT}


class AtReader:
    """Cuts the stream into words, however it is torn.

    Bytes that no modem sends are noise and dropped; a line that noise has made longer
    than any real one is dropped whole.
    """

    def __init__(self) -> None:
        self._buffer = ""
        self._pdu_of: Kind | None = None

    def feed(self, data: bytes) -> list[Word]:
        """Take bytes and return the words they complete."""
        self._buffer += "".join(
            chr(byte)
            for byte in data
            if byte in b"\r\n" or 0x20 <= byte < 0x7F  # noqa: PLR2004
        )
        *lines, self._buffer = re.split(r"[\r\n]+", self._buffer)
        words = [word for line in lines if line and (word := self._word(line))]
        if self._buffer.rstrip(" ") == ">" and self._buffer.endswith(" "):
            self._buffer = ""
            words.append(Word(Kind.PROMPT))
        if len(self._buffer) > _LONGEST_LINE:
            self._buffer = ""
        return words

    def _word(self, line: str) -> Word | None:
        waiting, self._pdu_of = self._pdu_of, None
        line = line.strip()
        if waiting and _HEX.fullmatch(line):
            return Word(waiting, line)
        for kind, opening in _OPENINGS:
            if opening.fullmatch(line):
                self._pdu_of = kind
                return None
        if line in _FIXED:
            return Word(_FIXED[line])
        if line == "ERROR" or _ERROR.fullmatch(line):
            return Word(Kind.ERROR, line)
        return Word(Kind.INFO, line)
