"""Who may see the records of cameras, and who may change them."""

from typing import Annotated

from fastapi import Depends

from hub.accounts.staff import STAFF
from kit.identity import Person, requires

OFFICER = "data protection officer"
KEEPERS = frozenset({OFFICER, STAFF})

get_keeper = requires(KEEPERS, "This page is for facility staff.")
get_officer = requires(
    frozenset({OFFICER}), "Only the data protection officer may change this."
)

Keeper = Annotated[Person, Depends(get_keeper)]
Officer = Annotated[Person, Depends(get_officer)]
