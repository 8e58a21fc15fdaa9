"""Keys of a pad to codes: digits, '#' ends, '*' clears. Pure.

OSDP sends '#' as 0x0D and '*' as 0x7F; some readers send the characters themselves.
"""

from dataclasses import dataclass, field

ENDS = "#\r"
CLEARS = "*\x7f"
LENGTHS = (8, 10)
IDLE_S = 30.0


@dataclass(frozen=True)
class Entry:
    """Something that was ended with '#'.

    Attributes:
        code: The digits, or `None` when no code has that length.
    """

    code: str | None = field(repr=False)


class Keypad:
    """The digits typed so far at one reader. They are never logged."""

    def __init__(self, idle_s: float = IDLE_S) -> None:
        self._idle_s = idle_s
        self._digits = ""
        self._last_s = 0.0

    def press(self, keys: str, now_s: float) -> list[Entry]:
        """Take keys and return what was ended by them.

        '#' without digits is nothing. Keys that no pad has are left out.
        """
        if now_s - self._last_s >= self._idle_s:
            self._digits = ""
        self._last_s = now_s
        entries = []
        for key in keys:
            if key in CLEARS:
                self._digits = ""
            elif key in ENDS:
                if self._digits:
                    fits = len(self._digits) in LENGTHS
                    entries.append(Entry(self._digits if fits else None))
                self._digits = ""
            elif key in "0123456789":
                # One digit too many is kept, so that 11 digits are not a right 10.
                self._digits = (self._digits + key)[: max(LENGTHS) + 1]
        return entries
