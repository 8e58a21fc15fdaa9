"""The frame of every page: languages, headers, forms that only we can send."""

import re
from pathlib import Path

import jinja2
import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient
from starlette.requests import Request

from contracts.clock import ManualClock
from contracts.doors import DoorEventKind, DoorMode, DoorState, Refusal
from hub.doors.rules import Alarm
from kit.identity import HubAwayError, Person
from kit.pages import (
    HEADERS,
    FromOurPage,
    Link,
    Pages,
    Wrong,
    serve_assets,
    show_errors_as_pages,
)
from kit.problems import answer_errors_as_problems
from tests.conftest import EVENING

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(ROOT.glob("*/**/templates/*.html"))


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.state.clock = ManualClock(EVENING)
    app.state.pages = Pages([])
    answer_errors_as_problems(app)
    show_errors_as_pages(app)
    serve_assets(app)

    @app.get("/")
    def page(request: Request) -> HTMLResponse:
        pages: Pages = request.app.state.pages
        return pages.show(request, "page.html")

    @app.get("/counted")
    def counted(request: Request, number: int) -> HTMLResponse:
        pages: Pages = request.app.state.pages
        wrong = [Wrong("number", "Not found")] if number < 0 else []
        return pages.show(request, "page.html", wrong=wrong)

    @app.post("/form", dependencies=[FromOurPage])
    def form() -> dict[str, bool]:
        return {"taken": True}

    return TestClient(app, base_url="https://testserver")


@pytest.mark.parametrize(
    ("path", "header", "language"),
    [
        ("/", "", "fi"),
        ("/", "sv-FI,sv;q=0.9", "sv"),
        ("/?lang=en", "sv", "en"),
        ("/?lang=xx", "de", "fi"),
    ],
    ids=["nothing said", "the browser's", "the link's", "unknown ones"],
)
def test_a_page_speaks_the_readers_language(
    client: TestClient, path: str, header: str, language: str
) -> None:
    page = client.get(path, headers={"accept-language": header})
    assert f'<html lang="{language}">' in page.text


def test_the_chosen_language_stays(client: TestClient) -> None:
    client.get("/?lang=sv")
    assert '<html lang="sv">' in client.get("/").text


def test_every_answer_carries_the_protecting_headers(client: TestClient) -> None:
    for path in ("/", "/static/kynnys.css", "/missing"):
        answer = client.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/missing", 404, "Sivua ei ole."),
        ("/counted?number=many", 422, "Palaa takaisin ja katso, mitä kirjoitit."),
    ],
    ids=["no such page", "no such number"],
)
def test_a_person_is_answered_in_words_and_a_program_in_json(
    client: TestClient, path: str, status: int, said: str
) -> None:
    page = client.get(path, headers={"accept": "text/html"})
    assert (page.status_code, said in page.text) == (status, True)
    program = client.get(path, headers={"accept": "application/json"})
    assert program.status_code == status
    assert program.headers["content-type"].endswith("json")


def test_what_is_wrong_on_a_form_is_listed_first_and_leads_to_the_field(
    client: TestClient,
) -> None:
    page = client.get("/counted?number=-1").text
    assert re.search(r'role="alert" tabindex="-1" autofocus', page)
    assert '<a href="#number">Ei löydy</a>' in page
    assert "<title>Virhe: " in page
    assert "autofocus" not in client.get("/counted?number=1").text


def test_a_form_of_our_own_page_is_taken(client: TestClient) -> None:
    client.get("/")
    token = client.cookies["__Host-csrf"]
    assert client.post("/form", data={"csrf": token}).json() == {"taken": True}


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"origin": "https://evil.example"}, "right"),
        ({"sec-fetch-site": "cross-site"}, "right"),
        ({}, "wrong"),
        ({}, ""),
    ],
    ids=["another origin", "another site", "wrong token", "no token"],
)
def test_a_forged_form_is_refused(
    client: TestClient, headers: dict[str, str], token: str
) -> None:
    client.get("/")
    token = client.cookies["__Host-csrf"] if token == "right" else token
    assert (
        client.post("/form", data={"csrf": token}, headers=headers).status_code == 403
    )


def test_a_form_without_a_cookie_is_refused(client: TestClient) -> None:
    assert client.post("/form", data={"csrf": ""}).status_code == 403


class Away:
    """An authenticator whose hub does not answer."""

    def person(self, _request: Request) -> Person | None:
        raise HubAwayError("The hub does not answer.")


def test_a_page_is_shown_though_nobody_can_say_who_asks(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    app.state.authenticator = Away()
    links = (Link("/all", "Error"), Link("/some", "Error", frozenset({"staff"})))
    app.state.pages = Pages([], links)
    page = client.get("/")
    assert page.status_code == 200
    assert 'href="/all"' in page.text
    assert 'href="/some"' not in page.text


def test_finnish_and_swedish_are_complete() -> None:
    packages = [
        ROOT / name for name in ("hub", "booking_api") if (ROOT / name).is_dir()
    ]
    said = {
        quoted[1]
        for page in TEMPLATES
        for quoted in re.findall(r"""_\((["'])(.+?)\1\)""", page.read_text())
    }
    assert len(said) > 20
    missing = Pages(packages).catalogue.missing(said)
    assert missing == {"fi": [], "sv": []}


def test_what_doors_say_is_translated() -> None:
    kinds = (DoorEventKind, DoorMode, DoorState, Refusal, Alarm)
    said = {word.value for kind in kinds for word in kind} - {"normal"}
    nodes = (ROOT / "edge").rglob("*.py")
    reported = {
        word
        for module in nodes
        for word in re.findall(r'NodeEvent\("(.+?)"', module.read_text())
    }
    reported |= {"time trusted", "time suspect"}
    reported |= {"manifest has ended", "manifest ends soon"}
    assert "started" in reported
    missing = Pages([ROOT / "hub"]).catalogue.missing(said | reported)
    assert missing == {"fi": [], "sv": []}


@pytest.mark.parametrize("page", TEMPLATES, ids=lambda p: p.name)
def test_a_template_can_be_read(page: Path) -> None:
    jinja2.Environment(autoescape=True).parse(page.read_text())
