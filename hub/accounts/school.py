"""Who may see a school's pages, and who may change its timetable."""

from typing import Annotated

from fastapi import Depends

from kit.identity import Person, get_person
from kit.problems import ForbiddenError

HEAD = "head teacher"
READERS = frozenset({HEAD, "facility staff"})


def get_reader(person: Annotated[Person, Depends(get_person)]) -> Person:
    """Return the signed-in person of the school.

    Raises:
        ForbiddenError: The person is of another kind.
    """
    if not person.roles & READERS:
        raise ForbiddenError("This page is for schools.")
    return person


def get_head(person: Annotated[Person, Depends(get_person)]) -> Person:
    """Return the signed-in head teacher.

    Raises:
        ForbiddenError: The person is of another kind.
    """
    if HEAD not in person.roles:
        raise ForbiddenError("Only the head teacher may change this.")
    return person


Reader = Annotated[Person, Depends(get_reader)]
Head = Annotated[Person, Depends(get_head)]
