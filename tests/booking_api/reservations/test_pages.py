"""The residents' pages, as they are used and as they are misused."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from booking_api.availability.rules import Refusal
from booking_api.reservations.models import Reservation
from booking_api.units import service as units
from hub.box.up import MENU
from kit.languages import Catalogue
from kit.problems import ServiceError
from tests.booking_api.conftest import HOUR, NOW, Hall, new_unit
from tests.booking_api.reservations.conftest import Browser

START = NOW + 3 * HOUR


def form(unit: UUID, /, **changes: object) -> dict[str, object]:
    sound: dict[str, object] = {
        "unit": unit,
        "start": START.isoformat(),
        "length": 60,
        "key": "k1",
        "persons": 4,
    }
    return sound | changes


def reservations(engine: Engine) -> list[Reservation]:
    with Session(engine) as session:
        return list(session.exec(select(Reservation)).all())


@pytest.mark.usefixtures("hall")
def test_what_the_search_offers_can_be_reserved_and_cancelled(
    browser: Browser, engine: Engine
) -> None:
    _, found = browser.open("/", day="2.3.2026", after="10", before="12.00")
    offers = re.findall(r'href="(/reserve\?unit=[^"]+)"', found)
    assert len(offers) == 4 * 5

    status, asked = browser.open(offers[0].replace("&amp;", "&"))
    assert (status, "Vahvista varaus" in asked) == (200, True)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked))
    status, mine = browser.send("/reserve", **fields)
    assert status == 303

    assert "vahvistettu" in browser.open(mine)[1]
    assert browser.send(f"{mine}/cancel") == (303, mine)
    assert "peruttu" in browser.open(mine)[1]
    assert [r.state for r in reservations(engine)] == ["cancelled"]


@pytest.mark.parametrize("camera", ["", "haapaniemi/gym"])
def test_a_camera_in_a_space_is_told_before_it_is_reserved(
    browser: Browser, engine: Engine, camera: str
) -> None:
    with Session(engine) as session:
        space = units.add_space(session, "Sali", "urn:gym")
        watched = units.add_unit(session, new_unit([space.id], camera=camera)).id
        session.commit()
    status, page = browser.open(
        "/reserve", unit=watched, start=START.isoformat(), length=60
    )
    assert status == 200
    assert (f'href="/cameras/{camera}/now"' in page) == bool(camera)
    assert ("voi laskea ihmisiä" in page) == bool(camera)


@pytest.mark.parametrize("persons", ["0", "kaksi", "1000", "-4", ""])
def test_a_wrong_number_of_people_is_named_and_what_was_typed_stays(
    browser: Browser, engine: Engine, hall: Hall, persons: str
) -> None:
    browser.open("/")
    status, page = browser.send("/reserve", **form(hall.whole, persons=persons))
    assert status == 422
    assert '<a href="#persons">' in page
    assert f'value="{persons}"' in page
    assert 'name="key" value="k1"' in page
    assert reservations(engine) == []


def test_a_form_that_is_sent_twice_reserves_once(
    browser: Browser, engine: Engine, hall: Hall
) -> None:
    first, second = (browser.send("/reserve", **form(hall.thirds[0])) for _ in range(2))
    assert first == second
    assert first[0] == 303
    assert len(reservations(engine)) == 1


UNREADABLE: list[dict[str, str]] = [
    {"day": "tomorrow"},
    {"day": "31.2.2026"},
    {"day": "31.12.9999"},
    {"day": "1.1.0001"},
    {"day": "2026-03-02"},
    {"after": "xx"},
    {"after": "-1.0"},
    {"after": "17.60"},
    {"before": "24.15"},
    {"after": "22.00", "before": "16.00"},
    {"length": "17"},
    {"length": "9" * 30},
    {"length": ""},
    {"purpose": "x" * 61},
]


def test_a_search_that_cannot_be_read_is_refused_as_a_page(browser: Browser) -> None:
    for wish in UNREADABLE:
        status, page = browser.open("/", **wish)
        assert (status, page[:15]) == (422, "<!doctype html>"), wish


@pytest.mark.usefixtures("night")
@pytest.mark.parametrize(
    ("day", "after", "before", "starts"),
    [
        ("28.3.2027", "2", "5", ["02.00", "02.15", "02.30", "02.45", "04.00"]),
        ("25.10.2026", "3", "4", ["03.00", "03.15", "03.30", "03.45", "03.00"]),
    ],
    ids=["an hour is missing", "an hour comes twice"],
)
def test_the_nights_when_the_clocks_change_offer_the_time_that_passes(
    browser: Browser, day: str, after: str, before: str, starts: list[str]
) -> None:
    _, page = browser.open("/", day=day, after=after, before=before, length=60)
    assert re.findall(r'length=60">([0-9.]+)', page) == starts


REFUSED: list[tuple[dict[str, object], int]] = [
    ({"start": (NOW - HOUR).isoformat()}, 422),
    ({"start": "2026-03-02T09:00:00"}, 422),
    ({"start": "9999-12-31T23:59:00Z"}, 422),
    ({"start": "0001-01-01T00:00:00+14:00"}, 422),
    ({"unit": uuid4()}, 404),
    ({"unit": "gym"}, 422),
    ({"persons": 10**9}, 422),
    ({"persons": "many"}, 422),
    ({"length": 17}, 422),
    ({"length": -60}, 422),
    ({"key": "a\x00b"}, 422),
    ({"key": ""}, 422),
    ({"csrf": "another"}, 403),
    ({"csrf": ""}, 403),
]


def test_a_wrong_form_is_refused_as_a_page_and_reserves_nothing(
    browser: Browser, engine: Engine, hall: Hall
) -> None:
    for changes, expected in REFUSED:
        sent = form(hall.thirds[0], **changes)
        status, page = browser.send("/reserve", **sent)
        assert (status, page[:15]) == (expected, "<!doctype html>"), changes
    assert reservations(engine) == []


def test_an_address_that_was_tampered_with_is_refused(
    browser: Browser, hall: Hall
) -> None:
    sound = {"unit": hall.whole, "start": "2026-03-02T09:00:00Z", "length": 60}
    assert browser.open("/reserve", **sound)[0] == 200
    for sly in (
        {"start": "9999-12-31T23:59:00Z"},
        {"start": "0001-01-01T00:00:00+14:00"},
        {"start": "2026-03-02T09:00:00"},
        {"unit": "gym"},
        {"length": 10**9},
    ):
        assert browser.open("/reserve", **(sound | sly))[0] == 422, sly


def test_a_form_of_another_site_reserves_nothing(
    browser: Browser, client: TestClient, engine: Engine, hall: Hall
) -> None:
    for header in (
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
    ):
        client.headers.update(header)
        assert browser.send("/reserve", **form(hall.thirds[0]))[0] == 403
        for name in header:
            del client.headers[name]
    assert reservations(engine) == []


def test_a_huge_form_is_not_read_to_its_end(
    browser: Browser, engine: Engine, hall: Hall
) -> None:
    huge = form(hall.thirds[0], note="x" * 5_000_000)
    many = form(hall.thirds[0]) | {f"field-{n}": n for n in range(2000)}
    assert browser.send("/reserve", **huge)[0] in {400, 413}
    assert browser.send("/reserve", **many)[0] in {400, 413}
    assert reservations(engine) == []


def test_nobody_sees_or_cancels_anothers_reservation(
    browser: Browser, client: TestClient, engine: Engine, hall: Hall
) -> None:
    _, mine = browser.send("/reserve", **form(hall.thirds[0]))
    client.headers["x-person"] = "eino"

    assert browser.open(mine)[0] == 403
    assert browser.send(f"{mine}/cancel")[0] == 403
    assert "Sali" not in browser.open("/mine")[1]
    assert browser.open(f"/mine/{uuid4()}")[0] == 404
    assert browser.open("/mine/first")[0] == 422
    assert [r.state for r in reservations(engine)] == ["confirmed"]


def test_damaged_cookies_are_as_good_as_none(client: TestClient) -> None:
    cookies = b"language=\xff\xfe; __Host-csrf=\xe4; =; ;;; x"
    answer = client.get("/", headers={"cookie": cookies, "accept": "text/html"})
    assert (answer.status_code, 'lang="fi"' in answer.text) == (200, True)


def test_a_taken_time_offers_others_that_can_be_reserved(
    browser: Browser, client: TestClient, hall: Hall
) -> None:
    browser.send("/reserve", **form(hall.whole))
    client.headers["x-person"] = "eino"

    status, page = browser.send("/reserve", **form(hall.thirds[0], key="k2"))
    assert (status, "Joku on varannut tämän ajan" in page) == (409, True)

    others = re.findall(r'href="(/reserve\?unit=[^"]+)"', page)
    assert len(others) == 3
    assert browser.open(others[0].replace("&amp;", "&"))[0] == 200


def test_a_field_that_cannot_be_read_is_named_beside_the_rest_of_the_form(
    browser: Browser,
) -> None:
    status, page = browser.open("/", day="27.11", after="17", before="20.30", length=90)
    assert status == 422
    assert '<a href="#day">Kirjoita päivä näin: 27.11.2026.</a>' in page
    assert re.search(r'id="day"[^>]*aria-invalid="true" value="27.11"', page)
    assert re.search(r'id="before"[^>]*name="before" value="20.30"', page)
    assert "Vapaana" not in page


def test_every_refusal_can_be_read_in_every_language() -> None:
    texts = {refusal.title for refusal in _kinds(ServiceError)}
    texts |= {f"{reason.capitalize()}." for reason in Refusal}
    root = Path(__file__).parents[3]
    known = Catalogue([root / "kit/locale", root / "booking_api/locale"])
    assert known.missing(texts) == {"fi": [], "sv": []}


def test_the_menu_of_a_box_is_translated_for_bookings_pages_too() -> None:
    root = Path(__file__).parents[3]
    known = Catalogue([root / "kit/locale", root / "booking_api/locale"])
    assert known.missing(link.label for link in MENU) == {"fi": [], "sv": []}


def _kinds(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    if kind.__module__.startswith(("kit.pages", "booking_api.reservations")):
        yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
