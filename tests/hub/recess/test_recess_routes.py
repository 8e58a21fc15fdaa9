"""The head teacher's page of recesses: one tap, the week, what is refused and why."""

import re
from datetime import date
from html import unescape
from uuid import uuid4

import pytest
from fastapi import FastAPI

from hub.app import HERE
from hub.box.up import MENU
from hub.recess import routes, rules
from hub.recess.models import Kind, What
from kit.languages import Catalogue
from kit.pages import Pages
from tests.hub.recess.conftest import SITE, Office

DASH = "\N{EN DASH}"


def text(page: str) -> str:
    """Return what a page says."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def recess(office: Office) -> str:
    """One recess on each school day; the id of Friday's."""
    office.add(starts="9.45", ends="10.00")
    return str(next(one.id for one in office.recesses() if one.weekday == 4))


def test_the_recesses_lead_back_to_the_yard(office: Office) -> None:
    assert f'href="/yards/{SITE}/yard"' in office.page()


@pytest.mark.parametrize(
    ("roles", "shown"), [({"head teacher"}, True), ({"resident"}, False), ((), False)]
)
def test_the_menu_shows_recesses_to_who_may_change_them(
    office: Office, roles: set[str], *, shown: bool
) -> None:
    app = office.client.app
    assert isinstance(app, FastAPI)
    app.state.pages = Pages([HERE], MENU)
    office.roles = frozenset(roles)
    menu = office.client.get("/account").text.split("<main")[0]
    assert (f'href="/recesses/{SITE}"' in menu) is shown
    assert 'href="/yards/' in menu, "control"


def test_a_recess_is_added_to_several_days_at_once(office: Office) -> None:
    assert office.add(starts="9.45", ends="10.00") == f"/recesses/{SITE}#week"
    assert [one.weekday for one in office.recesses()] == [0, 1, 2, 3, 4]
    assert f"9.45{DASH}10.00 1{DASH}2" in text(office.page())


def test_indoor_recess_today_is_one_tap_and_so_is_its_undoing(
    office: Office, recess: str
) -> None:
    assert recess
    assert "Sisävälitunti tänään" in office.page()

    office.send("/marks", day="27.11.2026", kind="indoor")
    page = text(office.page())
    assert "⌂ sisävälitunti Kaikki päivän välitunnit Matti Savolainen" in page
    assert "Sisävälitunti tänään" not in page

    (mark,) = office.marks()
    assert (mark.day, mark.made_by) == (date(2026, 11, 27), "matti")
    office.send(f"/marks/{mark.id}/remove")
    assert office.marks() == []
    assert "Sisävälitunti tänään" in office.page()


def test_a_day_to_come_can_be_marked_with_why(office: Office, recess: str) -> None:
    assert recess
    where = office.send(
        "/marks", day="4.12.2026", kind="excluded", note="Liikuntapäivä"
    )
    assert where == f"/recesses/{SITE}?day=4.12.2026#today"
    assert "pe 4.12.2026 Kaikki päivän välitunnit ≠ ei mukana luvuissa" in text(
        office.page()
    )
    assert "Liikuntapäivä" in office.page("?day=4.12.2026")


def test_a_moved_recess_is_at_its_new_time(office: Office, recess: str) -> None:
    office.send(
        "/marks",
        day="27.11.2026",
        recess=recess,
        kind="moved",
        new_starts="10.15",
        new_ends="10.30",
    )
    assert f"10.15{DASH}10.30 1{DASH}2 → siirretty" in text(office.page())


def test_a_changed_recess_is_another_one_from_the_day_on(
    office: Office, recess: str
) -> None:
    form = office.client.get(f"/recesses/{SITE}/{recess}")
    assert form.status_code == 200
    assert 'value="27.11.2026"' in form.text
    office.send(
        f"/{recess}",
        band="1-2",
        weekday=[4],
        starts="10.30",
        ends="10.45",
        first_day="27.11.2026",
    )
    assert f"10.30{DASH}10.45" in text(office.page("?day=27.11.2026"))
    assert f"9.45{DASH}10.00" in text(office.page("?day=20.11.2026"))


def test_a_removed_recess_is_gone_from_the_week(office: Office, recess: str) -> None:
    office.send(f"/{recess}/remove")
    page = office.page()
    assert "Tälle päivälle ei ole merkitty välitunteja." in page
    assert "poisti välitunnin" in page
    assert recess not in page


@pytest.mark.parametrize(
    ("form", "field", "says"),
    [
        ({"starts": "9.50", "ends": "10.10"}, "starts", f"maanantai 9.45{DASH}10.00"),
        ({"starts": "11.00", "ends": "10.45"}, "ends", "alkunsa jälkeen"),
        ({"starts": "5.00", "ends": "5.15"}, "starts", "6.00 ja 20.00 välillä"),
        ({"starts": "kymmenen", "ends": "10.45"}, "starts", "muodossa 9.45"),
        ({"band": " ", "starts": "11.00", "ends": "11.15"}, "band", "luokat"),
        ({"weekday": [], "starts": "11.00", "ends": "11.15"}, "weekday-0", "viikonp"),
        ({"weekday": [9], "starts": "11.00", "ends": "11.15"}, "weekday-0", "viikonp"),
        (
            {"first_day": "31.2.2026", "starts": "11.00", "ends": "11.15"},
            "first_day",
            "27.11.2026",
        ),
        (
            {"first_day": "1.1.9999", "starts": "11.00", "ends": "11.15"},
            "first_day",
            "27.11.2026",
        ),
    ],
)
def test_what_cannot_be_added_is_said_by_its_field_and_kept_as_typed(
    office: Office, recess: str, form: dict[str, object], field: str, says: str
) -> None:
    assert recess
    page = office.add(422, **form)
    said = page.split('role="alert"')[1].split("</div>")[0]
    assert f'href="#{field}"' in said
    assert says in unescape(said)
    assert f'value="{form["starts"]}"' in page
    assert len(office.recesses()) == 5


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"day": "huomenna"}, "day"),
        ({"day": "30.2.2026"}, "day"),
        ({"day": "28.11.2026", "recess": "its"}, "recess"),
        ({"day": "27.11.2026", "recess": "no"}, "recess"),
        ({"day": "27.11.2026", "kind": "moved"}, "recess"),
        ({"day": "27.11.2026", "kind": "moved", "recess": "its"}, "new_starts"),
    ],
)
def test_what_cannot_be_marked_is_said_by_its_field(
    office: Office, recess: str, form: dict[str, str], field: str
) -> None:
    if form.get("recess") == "its":
        form = form | {"recess": recess}
    page = office.send("/marks", 422, **form)
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    assert office.marks() == []


@pytest.mark.parametrize("query", ["?day=huomenna", "?day=1.1.9999"])
def test_a_day_that_cannot_be_shown_is_said(office: Office, query: str) -> None:
    page = office.page(query, 422)
    assert 'href="#asked"' in page
    assert 'id="asked"' in page


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/marks", {"day": "27.11.2026", "kind": "unheard of"}),
        ("/marks", {"day": "27.11.2026", "note": "x" * 121}),
        ("", {"weekday": ["many"]}),
        ("/no-uuid/remove", {}),
    ],
)
def test_a_form_that_no_page_of_ours_sends_is_refused(
    office: Office, path: str, form: dict[str, object]
) -> None:
    office.send(path, 422, **form)


def test_what_is_not_there_is_not_found(office: Office) -> None:
    office.send(f"/{uuid4()}/remove", 404)
    office.send(f"/marks/{uuid4()}/remove", 404)
    office.send("/marks", 404, day="27.11.2026", recess=str(uuid4()))
    assert office.client.get("/recesses/other").status_code == 404


def test_facility_staff_see_the_recesses_and_change_nothing(
    office: Office, recess: str
) -> None:
    office.roles = frozenset({"facility staff"})
    page = office.page()
    assert "<form" not in page
    assert recess not in page
    office.send("/marks", 403, day="27.11.2026")
    office.send(f"/{recess}/remove", 403)
    assert office.client.get(f"/recesses/{SITE}/{recess}").status_code == 403
    assert len(office.recesses()) == 5


def test_residents_see_nothing(office: Office) -> None:
    office.roles = frozenset({"resident"})
    office.page(status=403)


def test_a_forged_form_changes_nothing(office: Office) -> None:
    office.page()
    answer = office.client.post(f"/recesses/{SITE}/marks", data={"day": "27.11.2026"})
    assert answer.status_code == 403
    assert office.marks() == []


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_pages_speak_three_languages(
    office: Office, recess: str, language: str
) -> None:
    said = {"fi": "välitunnit", "sv": "raster", "en": "recesses"}
    assert said[language] in office.page(f"?lang={language}")
    assert office.client.get(f"/recesses/{SITE}/{recess}?lang={language}")


def test_every_word_that_a_rule_or_a_kind_says_is_translated() -> None:
    said = [f"recess: {kind.value}" for kind in Kind] + [what.value for what in What]
    for module in (rules, routes):
        source = module.__loader__.get_source(module.__name__)  # type: ignore[union-attr]
        said += re.findall(r'(?<!")"([A-Z][^"\n]+[.}])"(?!")', source)
    said += routes.WEEKDAYS
    assert len(said) > 20
    assert Catalogue([HERE / "locale"]).missing(said) == {"fi": [], "sv": []}
