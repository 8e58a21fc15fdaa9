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
from kit.pages import HEADERS, FromOurPage, Pages, serve_assets
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
    serve_assets(app)

    @app.get("/")
    def page(request: Request) -> HTMLResponse:
        pages: Pages = request.app.state.pages
        return pages.show(request, "page.html")

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


@pytest.mark.parametrize("page", TEMPLATES, ids=lambda p: p.name)
def test_a_template_can_be_read(page: Path) -> None:
    jinja2.Environment(autoescape=True).parse(page.read_text())
