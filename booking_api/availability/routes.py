"""HTTP for the search."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from booking_api.availability import service
from booking_api.availability.models import FreeQuery, FreeUnit
from booking_api.availability.rules import Span
from booking_api.units import service as units
from kit.db import DbSession
from kit.problems import Now, UnprocessableError

router = APIRouter(prefix="/v1/free", tags=["free time"])

_LONGEST_SEARCH = timedelta(days=62)


class BadPeriodError(UnprocessableError):
    """The period that was asked for cannot be searched."""

    title = "This period cannot be searched"


@router.get("")
def free(
    session: DbSession, now: Now, query: Annotated[FreeQuery, Query()]
) -> list[FreeUnit]:
    """Return every free start for a purpose: it begins and ends in the period."""
    length = timedelta(minutes=query.length)
    if not length <= query.until - query.since <= _LONGEST_SEARCH:
        raise BadPeriodError(
            f"At most {_LONGEST_SEARCH.days} days, at least {query.length} minutes."
        )
    wanted = units.find_units(session, query.purpose)
    period = Span(query.since, query.until)
    return [
        FreeUnit(
            unit_id=time.unit.id,
            name=time.unit.name(query.language),
            place_urn=time.unit.place_urn,
            length_min=query.length,
            starts=time.starts,
        )
        for time in service.search(session, wanted, period, length, now=now)
    ]
