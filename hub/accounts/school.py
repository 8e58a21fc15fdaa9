"""Who may see a school's pages, and who may change its timetable."""

from typing import Annotated

from fastapi import Depends

from hub.accounts.staff import STAFF
from kit.identity import Person, requires

HEAD = "head teacher"
READERS = frozenset({HEAD, STAFF})

get_reader = requires(READERS, "This page is for schools.")
get_head = requires(frozenset({HEAD}), "Only the head teacher may change this.")

Reader = Annotated[Person, Depends(get_reader)]
Head = Annotated[Person, Depends(get_head)]
