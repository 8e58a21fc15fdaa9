"""What a unit may say, and which leaves it takes up. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

# Everything in booking is counted in quarters of an hour, in UTC.
QUANTUM_MIN = 15
DAY_MIN = 24 * 60

# The basic alphabet of 3GPP TS 23.038, 6.2.1, one septet a letter. The extension
# table (a septet more for each letter) is left out: a hint has room for 40 septets.
GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_CAMERA = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_-][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Branch:
    """A space, as far as the tree goes."""

    id: UUID
    parent_id: UUID | None
    leaf_no: int | None


@dataclass(frozen=True)
class Hours:
    """Opening hours of a weekday (0 is Monday) or of a date, in wall-clock minutes."""

    weekday: int | None
    day: date | None
    opens_min: int
    closes_min: int


def names_camera(text: str) -> bool:
    """Tell whether this is `SITE/CAMERA`, so that the address of its sign can be made."""
    return _CAMERA.fullmatch(text) is not None


def fits_in_sms(text: str) -> bool:
    """Tell whether every letter is one septet of an SMS."""
    return GSM7.issuperset(text)


class SpaceTree:
    """All spaces; answers which leaves are in some of them."""

    def __init__(self, branches: Iterable[Branch]) -> None:
        self._children: dict[UUID | None, list[Branch]] = {}
        self._by_id: dict[UUID, Branch] = {}
        for branch in branches:
            self._children.setdefault(branch.parent_id, []).append(branch)
            self._by_id[branch.id] = branch

    def leaves_under(self, roots: Iterable[UUID]) -> tuple[int, ...]:
        """Return the leaf numbers of the roots and of all that is in them, ascending."""
        found, stack = set[int](), [self._by_id[root] for root in roots]
        while stack:
            branch = stack.pop()
            if branch.leaf_no is not None:
                found.add(branch.leaf_no)
            stack.extend(self._children.get(branch.id, ()))
        return tuple(sorted(found))
