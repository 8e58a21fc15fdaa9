"""Who may see the pages of the facility staff."""

from typing import Annotated

from fastapi import Depends

from kit.identity import Person, requires

STAFF = "facility staff"

get_staff = requires(frozenset({STAFF}), "This page is for facility staff.")

Staff = Annotated[Person, Depends(get_staff)]
