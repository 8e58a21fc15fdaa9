"""What a word of a call must be: conditions on its bits, and whether all can be met.

Each is `(word & mask) relation value`, on 32 bits without sign. Whether some word meets
several is decided exactly, from the highest bit down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FULL: Final = (1 << 32) - 1
_MOST_STATES: Final = 20_000


class EntangledError(Exception):
    """So many conditions on one word that they cannot be decided."""


class Relation(StrEnum):
    """How a masked word stands to a value."""

    IS = "="
    IS_NOT = "!="
    ABOVE = ">"
    FROM = ">="
    BELOW = "<"
    UP_TO = "<="


_Signs = tuple[int, ...]
_MEETS: Final[dict[Relation, _Signs]] = {
    Relation.IS: (0,),
    Relation.IS_NOT: (-1, 1),
    Relation.ABOVE: (1,),
    Relation.FROM: (0, 1),
    Relation.BELOW: (-1,),
    Relation.UP_TO: (-1, 0),
}


@dataclass(frozen=True)
class Condition:
    """What one word must be on a path."""

    word: int
    mask: int
    relation: Relation
    value: int

    def met_by(self, word: int) -> bool:
        """Tell whether a word meets it."""
        masked = word & self.mask
        sign = (masked > self.value) - (masked < self.value)
        return sign in _MEETS[self.relation]


def example(conditions: Iterable[Condition]) -> int | None:
    """Return a word that meets all conditions, or `None` if there is none.

    Raises:
        EntangledError: There are too many to decide.
    """
    told = list(conditions)
    near = {v for c in told for v in (c.value, c.value + 1, c.value - 1, ~c.mask)}
    for value in sorted({0, FULL} | {v & FULL for v in near}):
        if all(c.met_by(value) for c in told):
            return value
    return _searched(told)


def _searched(told: list[Condition]) -> int | None:
    """Decide from the highest bit down: a state is how each comparison stands so far."""
    states: dict[_Signs, int] = {(0,) * len(told): 0}
    for bit in reversed(range(32)):
        following: dict[_Signs, int] = {}
        for signs, value in states.items():
            for on in (0, 1):
                after = tuple(
                    sign or (on & c.mask >> bit) - (c.value >> bit & 1)
                    for sign, c in zip(signs, told, strict=True)
                )
                if _can_be_met(after, told):
                    following[after] = value | on << bit
        if len(following) > _MOST_STATES:
            raise EntangledError(f"{len(told)} conditions on word {told[0].word}")
        states = following
    for signs, value in states.items():
        if all(s in _MEETS[c.relation] for s, c in zip(signs, told, strict=True)):
            return value
    return None


def _can_be_met(signs: _Signs, told: list[Condition]) -> bool:
    pairs = zip(signs, told, strict=True)
    return all(not sign or sign in _MEETS[c.relation] for sign, c in pairs)
