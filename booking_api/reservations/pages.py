"""Pages for residents: find a free time, confirm it, see and cancel one's own.

They call the same services as the JSON routes, so a page can do nothing that a program
cannot, and the other way round.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import AwareDatetime

from booking_api.availability import service as availability
from booking_api.availability.rules import Span
from booking_api.reservations import service
from booking_api.reservations.models import ReservationCreate
from booking_api.units import service as units
from kit.db import DbSession
from kit.identity import SignedIn
from kit.pages import FromOurPage, Pages
from kit.problems import Now, UnprocessableError

HERE = Path(__file__).parent
HELSINKI = ZoneInfo("Europe/Helsinki")
LENGTHS_MIN = (60, 90, 120, 180)

router = APIRouter(tags=["pages"], include_in_schema=False)


class DayError(UnprocessableError):
    """The day or the hours on the form cannot be read."""

    title = "Write the day as 27.11.2026 and the time as 17.00"


@dataclass(frozen=True)
class Wish:
    """What the search form says, as it is typed."""

    purpose: str
    day: str
    after: str
    before: str
    length: int

    def span(self) -> Span:
        """Return the period in UTC.

        A wall clock moment that the spring night leaves out moves forward with the
        clock; one that the autumn night has twice is the first.

        Raises:
            DayError: The day or a time is none.
        """
        try:
            number, month, year = (int(part) for part in self.day.strip().split("."))
            on = date(year, month, number)
            start, end = _moment(on, self.after), _moment(on, self.before)
        except (ValueError, OverflowError) as error:
            raise DayError("This is not a day or a time.") from error
        if start >= end:
            raise DayError("The time must end after it starts.")
        return Span(start, end)


def _moment(on: date, text: str) -> datetime:
    hour, _, minute = text.strip().replace(":", ".").partition(".")
    at = time(int(hour) % 24, int(minute or 0))
    later = on + timedelta(days=int(hour) // 24)
    return datetime.combine(later, at, HELSINKI).astimezone(ZoneInfo("UTC"))


@router.get("/")
def search(  # noqa: PLR0913, PLR0917 - the form's fields
    request: Request,
    session: DbSession,
    now: Now,
    purpose: Annotated[str, Query(max_length=60)] = "",
    day: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[str, Query(max_length=5)] = "16.00",
    before: Annotated[str, Query(max_length=5)] = "22.00",
    length: Annotated[int, Query(ge=15, le=720, multiple_of=15)] = 60,
) -> HTMLResponse:
    """Show the search form and what is free."""
    local = now.astimezone(HELSINKI)
    today = f"{local.day}.{local.month}.{local.year}"
    wish = Wish(purpose, day or today, after, before, length)
    everything = units.find_units(session, None)
    found = availability.search(
        session,
        units.find_units(session, purpose or None),
        wish.span(),
        timedelta(minutes=length),
        now=now,
    )
    pages: Pages = request.app.state.pages
    return pages.show(
        request,
        "search.html",
        wish=wish,
        purposes=sorted({name for unit in everything for name in unit.purposes}),
        lengths=LENGTHS_MIN,
        found=found,
        minutes=timedelta(minutes=length),
    )


@router.get("/reserve")
def ask(
    request: Request,
    session: DbSession,
    person: SignedIn,
    unit: UUID,
    start: AwareDatetime,
    length: Annotated[int, Query(ge=15, le=720, multiple_of=15)],
) -> HTMLResponse:
    """Show what is about to be reserved, and ask."""
    pages: Pages = request.app.state.pages
    return pages.show(
        request,
        "reserve.html",
        unit=units.get_unit(session, unit),
        person=person,
        start=start,
        end=start + timedelta(minutes=length),
        length=length,
        key=secrets.token_urlsafe(16),
    )


@router.post("/reserve", dependencies=[FromOurPage])
def reserve(  # noqa: PLR0913, PLR0917 - the form's fields
    request: Request,
    session: DbSession,
    now: Now,
    person: SignedIn,
    unit: Annotated[UUID, Form()],
    start: Annotated[AwareDatetime, Form()],
    length: Annotated[int, Form(ge=15, le=720, multiple_of=15)],
    key: Annotated[str, Form(min_length=1, max_length=200)],
    persons: Annotated[int, Form(gt=0)] = 1,
) -> RedirectResponse:
    """Reserve. Sending the form twice reserves once."""
    wish = ReservationCreate(
        unit_id=unit,
        starts_at=start,
        ends_at=start + timedelta(minutes=length),
        persons=persons,
    )
    made = service.book(session, wish, person, now=now, key=key)
    return _to(request, f"/mine/{made.id}")


@router.get("/mine")
def mine(
    request: Request, session: DbSession, now: Now, person: SignedIn
) -> HTMLResponse:
    """Show the person's reservations, the next one first."""
    pages: Pages = request.app.state.pages
    made = service.reservations_of(session, person)
    called = {r.unit_id: units.get_unit(session, r.unit_id) for r in made}
    return pages.show(request, "mine.html", reservations=made, units=called, now=now)


@router.get("/mine/{reservation_id}")
def one(
    request: Request,
    session: DbSession,
    now: Now,
    person: SignedIn,
    reservation_id: UUID,
) -> HTMLResponse:
    """Show one reservation."""
    pages: Pages = request.app.state.pages
    reservation = service.get(session, reservation_id, person)
    unit = units.get_unit(session, reservation.unit_id)
    return pages.show(
        request, "reservation.html", reservation=reservation, unit=unit, now=now
    )


@router.post("/mine/{reservation_id}/cancel", dependencies=[FromOurPage])
def cancel(
    request: Request,
    session: DbSession,
    now: Now,
    person: SignedIn,
    reservation_id: UUID,
) -> RedirectResponse:
    """Cancel one reservation."""
    service.cancel(session, reservation_id, person, now=now)
    return _to(request, f"/mine/{reservation_id}")


def _to(request: Request, path: str) -> RedirectResponse:
    return RedirectResponse(
        request.scope.get("root_path", "") + path, HTTPStatus.SEE_OTHER
    )
