"""HTTP for the officer: each camera's record; for everybody: whether it counts now."""

from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from contracts.clock import from_ms
from hub.accounts.officer import OFFICER, Keeper, get_keeper, get_officer
from hub.compliance import cameras as standing
from hub.compliance import photos, rules, service
from hub.compliance.cameras import Camera
from hub.compliance.models import DAYS, TEXTS, Kind
from hub.compliance.photos import BoundedRoute
from hub.compliance.rules import Light, WrongEntryError
from hub.compliance.service import Author, Entry
from hub.places import service as places
from kit.db import DbSession
from kit.identity import Person
from kit.languages import language_of
from kit.pages import FromOurPage, Pages, Wrong
from kit.problems import Now

router = APIRouter(prefix="/cameras", tags=["compliance"], route_class=BoundedRoute)

_Text = Annotated[str, Form(max_length=400)]
BY_THE_OFFICER = [Depends(get_officer), FromOurPage]
BY_STAFF = [Depends(get_keeper), FromOurPage]


@dataclass(frozen=True)
class RecordForm:
    """The form of a record, as typed."""

    kind: Annotated[Kind, Form()] = Kind.YARD
    controller: _Text = ""
    processor: _Text = ""
    legal_basis: _Text = ""
    dpia_by: _Text = ""
    dpia_on: _Text = ""
    co_determination_on: _Text = ""
    guardians_on: _Text = ""
    pupils_on: _Text = ""

    def entry(self, today: date) -> Entry:
        """Return what was typed, read.

        Raises:
            WrongEntryError: A field cannot be taken.
        """
        return Entry(
            self.kind,
            {name: rules.read_text(getattr(self, name), name) for name in TEXTS},
            {
                name: rules.read_past_day(getattr(self, name), name, today)
                for name in DAYS
            },
        )


@dataclass(frozen=True)
class HoursForm:
    """The form that switches a gym on, as typed."""

    day: _Text = ""
    starts: _Text = ""
    ends: _Text = ""


@dataclass(frozen=True)
class Visit:
    """Somebody of the staff at a camera's page."""

    request: Request
    session: Session
    now: datetime
    person: Person
    site: str
    camera: str

    @property
    def author(self) -> Author:
        """Who would change something."""
        return Author(self.site, self.camera, self.person.id, self.now)


def get_visit(
    request: Request,
    session: DbSession,
    now: Now,
    person: Keeper,
    site: str,
    camera: str,
) -> Visit:
    """Return who is here, at which camera."""
    return Visit(request, session, now, person, site, camera)


def get_jpeg(photo: Annotated[bytes, File()] = b"") -> bytes | WrongEntryError:
    """Return the photo that was sent, made anew, or why it is refused.

    It is asked for before the visit: the database shall not wait for it.
    """
    try:
        return photos.made_anew(photo)
    except WrongEntryError as error:
        return error


@router.get("", dependencies=[Depends(get_keeper)])
def cameras(request: Request, session: DbSession, now: Now) -> HTMLResponse:
    """Show every camera and what its record is missing."""
    pages: Pages = request.app.state.pages
    return pages.show(
        request,
        "cameras.html",
        cameras=standing.cameras(session, now),
        strangers=standing.strangers(session),
        sites={one.id: one for one in places.sites(session)},
        parts=rules.PARTS,
        at=from_ms,
    )


@router.get("/{site}/{camera}")
def record(visit: Annotated[Visit, Depends(get_visit)]) -> HTMLResponse:
    """Show a camera's record, its hours and its changes."""
    return _show(visit)


@router.post("/{site}/{camera}", dependencies=BY_THE_OFFICER)
def save(
    visit: Annotated[Visit, Depends(get_visit)], typed: Annotated[RecordForm, Depends()]
) -> Response:
    """Change a record."""
    today = visit.now.astimezone(service.zone_of(visit.session, visit.site)).date()
    try:
        entry = typed.entry(today)
    except WrongEntryError as error:
        return _show(visit, error, typed=typed)
    service.save(visit.session, visit.author, entry)
    return _back(visit)


@router.post("/{site}/{camera}/sign", dependencies=BY_THE_OFFICER)
def put_sign(
    made: Annotated[bytes | WrongEntryError, Depends(get_jpeg)],
    visit: Annotated[Visit, Depends(get_visit)],
) -> Response:
    """Put a photo of the sign into the record."""
    if isinstance(made, WrongEntryError):
        return _show(visit, made)
    service.put_sign(visit.session, visit.author, made)
    return _back(visit)


@router.get("/{site}/{camera}/sign")
def sign(visit: Annotated[Visit, Depends(get_visit)]) -> Response:
    """Return the photo of the sign."""
    photo = service.sign(visit.session, visit.site, visit.camera)
    return Response(
        photo, media_type="image/jpeg", headers={"Cache-Control": "no-store"}
    )


@router.post("/{site}/{camera}/withdraw", dependencies=BY_THE_OFFICER)
def withdraw(visit: Annotated[Visit, Depends(get_visit)], why: _Text = "") -> Response:
    """Stop a camera."""
    try:
        service.withdraw(visit.session, visit.author, why)
    except WrongEntryError as error:
        return _show(visit, error, why=why)
    return _back(visit)


@router.post("/{site}/{camera}/restore", dependencies=BY_THE_OFFICER)
def restore(visit: Annotated[Visit, Depends(get_visit)]) -> Response:
    """Take a withdrawn record into force again."""
    service.restore(visit.session, visit.author)
    return _back(visit)


@router.post("/{site}/{camera}/hours", dependencies=BY_STAFF)
def switch_on(
    visit: Annotated[Visit, Depends(get_visit)], typed: Annotated[HoursForm, Depends()]
) -> Response:
    """Let the camera of a gym see for some hours."""
    zone = service.zone_of(visit.session, visit.site)
    try:
        hours = rules.read_hours(typed.day, typed.starts, typed.ends, visit.now, zone)
        service.switch_on(visit.session, visit.author, hours)
    except WrongEntryError as error:
        return _show(visit, error, hours_typed=typed)
    return _back(visit)


@router.post("/{site}/{camera}/hours/{hours_id}/end", dependencies=BY_STAFF)
def switch_off(visit: Annotated[Visit, Depends(get_visit)], hours_id: UUID) -> Response:
    """End hours of a gym."""
    service.switch_off(visit.session, visit.author, hours_id)
    return _back(visit)


@router.get("/{site}/{camera}/now")
def light(
    request: Request, session: DbSession, now: Now, site: str, camera: str
) -> HTMLResponse:
    """Show everybody whether a camera counts now, and what it counts."""
    pages: Pages = request.app.state.pages
    return pages.show(
        request,
        "camera_now.html",
        camera=standing.camera(session, site, camera, now),
        site=places.site(session, site),
        lights=Light,
    )


def _show(
    visit: Visit, error: WrongEntryError | None = None, **typed: Any
) -> HTMLResponse:
    session, request = visit.session, visit.request
    pages: Pages = request.app.state.pages
    shown = standing.camera(session, visit.site, visit.camera, visit.now)
    changes = service.changes(session, visit.site, visit.camera)
    wrong: tuple[Wrong, ...] = ()
    if error is not None:
        text = pages.catalogue.text(language_of(request), error.text)
        wrong = (Wrong(error.field, text),)
    facts = {
        "camera": shown,
        "site": places.site(session, visit.site),
        "typed": _typed(shown),
        "texts": TEXTS,
        "days": DAYS,
        "kinds": tuple(Kind),
        "parts": rules.PARTS,
        "hours": service.switched_on(session, visit.site, visit.camera, visit.now),
        "hours_typed": HoursForm(),
        "why": "",
        "changes": changes,
        "names": service.names(session, {one.by for one in changes}),
        "may_change": OFFICER in visit.person.roles,
        "at": from_ms,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return pages.show(
        request, "camera.html", status=status, wrong=wrong, **(facts | typed)
    )


def _typed(shown: Camera) -> RecordForm:
    """Return the form of a record as it stands."""
    record = shown.record
    texts = {name: getattr(record, name) for name in TEXTS}
    days = {name: rules.written(getattr(record, name)) for name in DAYS}
    return RecordForm(record.kind, **texts, **days)


def _back(visit: Visit) -> RedirectResponse:
    path = f"/cameras/{visit.site}/{visit.camera}"
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)
