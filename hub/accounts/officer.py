"""Who may see the records of cameras, and who may change them."""

from typing import Annotated

from fastapi import Depends

from kit.identity import Person, get_person
from kit.problems import ForbiddenError

OFFICER = "data protection officer"
KEEPERS = frozenset({OFFICER, "facility staff"})


def get_keeper(person: Annotated[Person, Depends(get_person)]) -> Person:
    """Return the signed-in person who may see records and switch gyms on and off.

    Raises:
        ForbiddenError: The person is of another kind.
    """
    if not person.roles & KEEPERS:
        raise ForbiddenError("This page is for facility staff.")
    return person


def get_officer(person: Annotated[Person, Depends(get_person)]) -> Person:
    """Return the signed-in data protection officer.

    Raises:
        ForbiddenError: The person is of another kind.
    """
    if OFFICER not in person.roles:
        raise ForbiddenError("Only the data protection officer may change this.")
    return person


Keeper = Annotated[Person, Depends(get_keeper)]
Officer = Annotated[Person, Depends(get_officer)]
