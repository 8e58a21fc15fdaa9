"""Pages: templates, the frame around them, and the headers that keep them to themselves.

A page needs no script. Status is told in words and shapes, colour only adds to it. All
that a page loads comes from its own origin, and the headers make the browser insist.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from fastapi import Depends, FastAPI, Form, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.responses import Response

from kit.identity import Authenticator
from kit.languages import COOKIE, LANGUAGES, Catalogue, language_of
from kit.problems import (
    ForbiddenError,
    MalformedRequestError,
    NotFoundError,
    ServiceError,
    SignInNeededError,
    malformed,
    problem,
)

HERE = Path(__file__).parent
HELSINKI = ZoneInfo("Europe/Helsinki")
CSRF_COOKIE = "__Host-csrf"
_A_YEAR_S = 365 * 24 * 3600
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True)
class Link:
    """One entry of the main menu."""

    path: str
    label: str
    roles: frozenset[str] = frozenset()
    """For people of one of these; nothing: for everybody."""


@dataclass(frozen=True)
class Wrong:
    """One field of a form that cannot be taken as it was typed."""

    field: str
    """The id of its input."""
    text: str
    """What is wrong and how to write it, as a message id."""


class ForgedFormError(ForbiddenError):
    """The form was not sent from one of our pages, or the page is too old."""

    title = "Open the page again and send the form once more"


class Pages:
    """Renders the templates of every mounted package."""

    def __init__(self, folders: Sequence[Path], menu: Iterable[Link] = ()) -> None:
        packages = (HERE, *folders)
        self.catalogue = Catalogue(
            f / "locale" for f in packages if (f / "locale").is_dir()
        )
        self._menu = tuple(menu)
        places = [
            HERE / "templates",
            *(t for f in folders for t in f.rglob("templates")),
        ]
        self._environment = Environment(
            loader=FileSystemLoader(places),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(
        self, request: Request, name: str, *, status: int = 200, **facts: Any
    ) -> HTMLResponse:
        """Render a template in the reader's language.

        Templates see `_` (text), `day`, `clock_time`, `moment` (Helsinki time), `csrf`, `here`,
        `languages`, and the given facts. `wrong` lists the fields to write again.
        """
        language = language_of(request)
        token = request.cookies.get(CSRF_COOKIE) or secrets.token_urlsafe(24)
        frame = {
            "_": lambda message: self.catalogue.text(language, message),
            "language": language,
            "languages": [(tag, _with_language(request, tag)) for tag in LANGUAGES],
            "menu": self._menu_for(request),
            "here": request.url.path,
            "base": request.scope.get("root_path", ""),
            "csrf": token,
            "wrong": (),
            "simulated": request.app.state.clock.simulated,
            "day": lambda at: format_date(
                at.astimezone(HELSINKI), "EEE d.M.", locale=language
            ),
            "clock_time": lambda at: format_time(_local(at), "HH.mm", locale=language),
            "moment": lambda at: format_datetime(
                _local(at), "d.M.yyyy HH.mm", locale=language
            ),
        }
        body = self._environment.get_template(name).render(frame | facts)
        answer = HTMLResponse(
            body, status_code=status, headers={"Cache-Control": "no-store"}
        )
        answer.set_cookie(
            CSRF_COOKIE, token, secure=True, httponly=True, samesite="lax"
        )
        answer.set_cookie(COOKIE, language, max_age=_A_YEAR_S, samesite="lax")
        return answer

    def _menu_for(self, request: Request) -> tuple[Link, ...]:
        if not any(link.roles for link in self._menu):
            return self._menu
        authenticator: Authenticator = request.app.state.authenticator
        try:
            person = authenticator.person(request)
        except ServiceError:
            # The page is shown though nobody can say who asks.
            person = None
        roles = person.roles if person else frozenset()
        return tuple(
            link for link in self._menu if not link.roles or link.roles & roles
        )


def _local(at: datetime) -> datetime:
    return at.astimezone(HELSINKI).replace(tzinfo=None)


def _with_language(request: Request, language: str) -> str:
    query = {**request.query_params, "lang": language}
    return f"{request.url.path}?{urlencode(query)}"


def check_form(request: Request, csrf: Annotated[str, Form()] = "") -> None:
    """Let a form through only when one of our own pages sent it.

    Raises:
        ForgedFormError: Another site sent it, or its token is not the cookie's.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.url.netloc
    cookie = request.cookies.get(CSRF_COOKIE, "")
    if site not in ("same-origin", "none") or foreign or not cookie:
        raise ForgedFormError("the form came from another site")
    if not secrets.compare_digest(csrf.encode(), cookie.encode()):
        raise ForgedFormError("the form's token is not this browser's")


FromOurPage = Depends(check_form)


def show_errors_as_pages(app: FastAPI) -> None:
    """Show a refusal as a page to people, and as a problem document to programs.

    Who must sign in first is led there, and back afterwards.
    """

    @app.exception_handler(RequestValidationError)
    def _(request: Request, error: RequestValidationError) -> Response:
        if not _for_a_person(request):
            return malformed(error)
        return _refuse(
            request, MalformedRequestError("Go back and look at what you wrote.")
        )

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.NOT_FOUND and _for_a_person(request):
            return _refuse(request, NotFoundError("There is no such page."))
        return await http_exception_handler(request, error)

    @app.exception_handler(ServiceError)
    def _(request: Request, error: ServiceError) -> Response:
        if not _for_a_person(request):
            return problem(error)
        if isinstance(error, SignInNeededError) and request.method == "GET":
            query = f"?{request.url.query}" if request.url.query else ""
            back = urlencode({"next": request.url.path + query})
            return RedirectResponse(f"/account?{back}", HTTPStatus.SEE_OTHER)
        return _refuse(request, error)


def _for_a_person(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _refuse(request: Request, error: ServiceError) -> HTMLResponse:
    pages: Pages = request.app.state.pages
    return pages.show(request, "refused.html", status=int(error.status), error=error)


def serve_assets(app: FastAPI) -> None:
    """Serve styles and scripts, and put the protecting headers on every answer."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")

    @app.middleware("http")
    async def protect(request: Request, call_next: RequestResponseEndpoint) -> Response:
        answer = await call_next(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer
