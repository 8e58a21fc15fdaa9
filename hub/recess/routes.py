"""HTTP for head teachers: today's recesses, the week, and the days that differ."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from contracts.clock import from_ms, to_ms
from hub.accounts.school import HEAD, Reader, get_head
from hub.places import service as places
from hub.places.models import Site
from hub.recess import rules, service
from hub.recess.models import Kind, Mark, Recess
from hub.recess.rules import WrongEntryError
from hub.recess.service import Author, Entry
from kit.db import DbSession
from kit.identity import Person
from kit.languages import language_of
from kit.pages import FromOurPage, Pages, Wrong
from kit.problems import Now

router = APIRouter(prefix="/recesses", tags=["recess"])

WEEKDAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
WHOLE_DAY = "day"
_SHOWN_BEFORE, _SHOWN_AFTER = timedelta(days=28), timedelta(days=400)
_DAY = timedelta(days=1)
_Text = Annotated[str, Form(max_length=40)]


@dataclass(frozen=True)
class NewRecess:
    """The form of a recess, as typed."""

    band: _Text = ""
    weekday: Annotated[tuple[int, ...], Form()] = ()
    starts: _Text = ""
    ends: _Text = ""
    first_day: _Text = ""

    def entries(self, today: date) -> list[Entry]:
        """Return the recesses.

        Raises:
            WrongEntryError: A field cannot be taken.
        """
        days = sorted({day for day in self.weekday if day in range(len(WEEKDAYS))})
        if not days:
            raise WrongEntryError("weekday-0", "Choose at least one weekday.")
        band = rules.read_band(self.band)
        hours = rules.read_hours(self.starts, self.ends)
        first_day = rules.read_day(self.first_day, "first_day", today)
        return [Entry(band, day, hours, first_day) for day in days]


@dataclass(frozen=True)
class NewMark:
    """The form of a mark, as typed."""

    day: _Text = ""
    recess: _Text = WHOLE_DAY
    kind: Annotated[Kind, Form()] = Kind.INDOOR
    new_starts: _Text = ""
    new_ends: _Text = ""
    note: Annotated[str, Form(max_length=120)] = ""

    def mark(self, author: Author, today: date) -> Mark:
        """Return the mark.

        Raises:
            WrongEntryError: A field cannot be taken.
        """
        hours = None
        day = rules.read_day(self.day, "day", today)
        whole = self.recess == WHOLE_DAY
        if self.kind is Kind.MOVED:
            if whole:
                raise WrongEntryError("recess", "Choose which recess is moved.")
            hours = rules.read_hours(self.new_starts, self.new_ends, "new_")
        return Mark(
            site=author.site,
            day=day,
            recess=None if whole else _uuid(self.recess),
            kind=self.kind,
            starts_min=hours.starts_min if hours else None,
            ends_min=hours.ends_min if hours else None,
            note=self.note.strip(),
            made_by=author.person,
            made_ms=to_ms(author.now),
        )


@dataclass(frozen=True)
class Visit:
    """Somebody of a school at its page."""

    request: Request
    session: Session
    now: datetime
    person: Person
    site: Site
    today: date

    @property
    def author(self) -> Author:
        """Who would change something."""
        return Author(self.site.id, self.person.id, self.now)

    def wrong(self, error: WrongEntryError) -> tuple[Wrong, ...]:
        """Return what is wrong, in the reader's language."""
        catalogue = self.request.app.state.pages.catalogue
        language = language_of(self.request)
        text = catalogue.text(language, error.text)
        if error.clash is not None:
            weekday = catalogue.text(language, WEEKDAYS[error.clash.weekday])
            when = f"{weekday} {_clock(rules.hours_of(error.clash))}"
            text = text.replace("{when}", when)
        return (Wrong(error.field, text),)


def get_visit(
    request: Request, session: DbSession, now: Now, person: Reader, site: str
) -> Visit:
    """Return who is here, at which school and on which day of its calendar."""
    today = now.astimezone(service.zone_of(session, site)).date()
    return Visit(request, session, now, person, places.site(session, site), today)


BY_THE_HEAD = [FromOurPage, Depends(get_head)]


@router.get("/{site}")
def page(
    visit: Annotated[Visit, Depends(get_visit)],
    day: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """Show a day's recesses, the week, and what differs."""
    try:
        wanted = rules.read_day(day, "asked", visit.today) if day else visit.today
    except WrongEntryError as error:
        return _show(visit, visit.today, wrong=visit.wrong(error), asked=day)
    return _show(visit, wanted)


@router.post("/{site}", dependencies=BY_THE_HEAD)
def add(
    visit: Annotated[Visit, Depends(get_visit)], new: Annotated[NewRecess, Depends()]
) -> Response:
    """Add a recess to one or several weekdays."""
    try:
        service.add(visit.session, visit.author, new.entries(visit.today))
    except WrongEntryError as error:
        return _show(visit, visit.today, wrong=visit.wrong(error), new=new)
    return _back(visit, "#week")


@router.post("/{site}/marks", dependencies=BY_THE_HEAD)
def mark(
    visit: Annotated[Visit, Depends(get_visit)], new: Annotated[NewMark, Depends()]
) -> Response:
    """Mark a day, or a recess of it."""
    day = visit.today
    try:
        wanted = new.mark(visit.author, visit.today)
        day = wanted.day
        service.mark(visit.session, visit.author, wanted)
    except WrongEntryError as error:
        return _show(visit, day, wrong=visit.wrong(error), marking=new)
    return _back(visit, f"?day={_written(day)}#today")


@router.post("/{site}/marks/{mark_id}/remove", dependencies=BY_THE_HEAD)
def unmark(visit: Annotated[Visit, Depends(get_visit)], mark_id: UUID) -> Response:
    """Undo a mark."""
    undone = service.unmark(visit.session, visit.author, mark_id)
    return _back(visit, f"?day={_written(undone.day)}#today")


@router.get("/{site}/{recess_id}", dependencies=[Depends(get_head)])
def edit(visit: Annotated[Visit, Depends(get_visit)], recess_id: UUID) -> HTMLResponse:
    """Show the form that changes a recess."""
    old = service.recess(visit.session, visit.site.id, recess_id)
    starts, ends = (_minutes(m) for m in (old.starts_min, old.ends_min))
    since = _written(max(visit.today, old.first_day))
    return _form(visit, old, NewRecess(old.band, (old.weekday,), starts, ends, since))


@router.post("/{site}/{recess_id}", dependencies=BY_THE_HEAD)
def change(
    visit: Annotated[Visit, Depends(get_visit)],
    recess_id: UUID,
    new: Annotated[NewRecess, Depends()],
) -> Response:
    """Change a recess from a day on."""
    old = service.recess(visit.session, visit.site.id, recess_id)
    try:
        entry = new.entries(visit.today)[0]
        service.change(visit.session, visit.author, old, entry)
    except WrongEntryError as error:
        return _form(visit, old, new, visit.wrong(error))
    return _back(visit, "#week")


@router.post("/{site}/{recess_id}/remove", dependencies=BY_THE_HEAD)
def remove(visit: Annotated[Visit, Depends(get_visit)], recess_id: UUID) -> Response:
    """Take a recess out of the timetable."""
    old = service.recess(visit.session, visit.site.id, recess_id)
    service.remove(visit.session, visit.author, old, visit.today)
    return _back(visit, "#week")


def _show(
    visit: Visit, day: date, wrong: tuple[Wrong, ...] = (), **typed: Any
) -> HTMLResponse:
    session, site = visit.session, visit.site.id
    shown = (visit.today - _SHOWN_BEFORE, visit.today + _SHOWN_AFTER)
    marks = service.marks(
        session, site, (min(day, shown[0]), max(day + _DAY, shown[1]))
    )
    since = _written(rules.year_begins(visit.today))
    facts = {
        "day_shown": day,
        "held": service.recesses(session, site, (day, day + _DAY)),
        "marks": marks,
        "marked": {one.recess: one for one in marks if one.day == day},
        "names": service.names(session, {one.made_by for one in marks}),
        "timetable": service.timetable(session, site, visit.today),
        "recesses": {one.id: one for one in service.timetable(session, site, date.min)},
        "bands": service.bands(session, site),
        "changes": service.latest_changes(session, site),
        "may_change": HEAD in visit.person.roles,
        "cameras": places.cameras_of(session, site),
        "kinds": tuple(Kind),
        "new": NewRecess(weekday=tuple(range(5)), first_day=since),
        "marking": NewMark(day=_written(day)),
        "asked": _written(day),
        "at": from_ms,
    }
    return _render(visit, "recesses.html", wrong, facts | typed)


def _form(
    visit: Visit, old: Recess, new: NewRecess, wrong: tuple[Wrong, ...] = ()
) -> HTMLResponse:
    bands = service.bands(visit.session, visit.site.id)
    return _render(
        visit, "recess.html", wrong, {"old": old, "new": new, "bands": bands}
    )


def _render(
    visit: Visit, name: str, wrong: tuple[Wrong, ...], facts: dict[str, Any]
) -> HTMLResponse:
    pages: Pages = visit.request.app.state.pages
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    always = {"site": visit.site, "today": visit.today, "weekdays": WEEKDAYS}
    always |= {"written": _written, "clock": _minutes}
    return pages.show(
        visit.request, name, status=status, wrong=wrong, **(always | facts)
    )


def _back(visit: Visit, where: str) -> RedirectResponse:
    path = f"/recesses/{visit.site.id}{where}"
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise WrongEntryError("recess", "Choose a recess.") from error


def _written(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def _minutes(minutes: int) -> str:
    return f"{minutes // 60}.{minutes % 60:02}"


def _clock(hours: rules.Hours) -> str:
    return f"{_minutes(hours.starts_min)}\N{EN DASH}{_minutes(hours.ends_min)}"
