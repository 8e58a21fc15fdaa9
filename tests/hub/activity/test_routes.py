"""The school page as a head teacher sees it; who may not; what cannot be shown."""

import re
from datetime import date, datetime, timedelta
from html import unescape

import pytest

from contracts.records import WeatherFlag
from hub.activity.rules import Trust
from hub.app import HERE
from hub.recess.models import Kind, Mark, Recess
from kit.languages import Catalogue
from tests.hub.activity.conftest import CAMERA, MINUTE, NOON, QUARTER, School

START = NOON - 4 * QUARTER
DASH = "\N{EN DASH}"


def row(page: str, *words: str) -> list[str]:
    """Return the cells of the table row that says all the words."""
    for found in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL):
        cells = [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", found, re.DOTALL)
        ]
        if all(any(word in cell for cell in cells) for word in words):
            return cells
    raise AssertionError(f"no row says {words}")


def said(page: str) -> str:
    """Return what a page says."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def with_recess(school: School, kind: Kind) -> None:
    """Let the first grades be out on school days at 11.15, and mark this Friday."""
    for weekday in range(5):
        school.yard.session.add(
            Recess(
                site="haapaniemi",
                band="1-2",
                weekday=weekday,
                starts_min=11 * 60 + 15,
                ends_min=11 * 60 + 30,
                first_day=date(2026, 8, 1),
            )
        )
    school.yard.session.add(
        Mark(
            site="haapaniemi",
            day=date(2026, 11, 27),
            kind=kind,
            made_by="p",
            made_ms=0,
        )
    )


def steps(page: str) -> list[int]:
    """Return the steps of the cells that somebody used."""
    return [int(step) for step in re.findall(r'data-step="(\d)"', page)]


def test_the_busiest_cell_is_darkest_and_says_its_minutes(school: School) -> None:
    school.yard.grid(START, {3: 3, 4: 1})

    page = school.page()

    assert steps(page) == [5, 2]
    assert "<title>D1: 12,0 henkilöminuuttia tunnissa</title>" in page


def test_zones_are_told_by_share_mean_and_most(school: School) -> None:
    school.yard.minute(START, 20, zones={"ball-field": 10, "swings": 2})

    page = school.page()

    assert row(page, "Pallokenttä") == ["1 Pallokenttä", "50 %", "10,0", "10"]
    assert row(page, "Keinut") == ["4 Keinut", "10 %", "2,0", "alle 5"]
    assert row(page, "Aukio") == ["3 Aukio", *3 * [DASH]]
    assert row(page, "Koko piha") == ["Koko piha", "100 %", "20,0", "20"]


def test_few_crossings_are_not_told_apart(school: School) -> None:
    school.yard.minute(START, 9, crossed=(7, 2))

    page = school.page()

    assert row(page, "koululta aukiolle")[-3:] == ["7", "0", "0"]
    assert row(page, "aukiolta koululle")[-3:] == ["alle 5", "0", "0"]


def test_an_hour_with_few_people_is_not_told_exactly(school: School) -> None:
    school.yard.minute(START, 3)
    assert row(school.page(), f"11{DASH}12")[5] == "alle 5"


def test_a_quarter_that_is_not_over_is_not_shown(school: School) -> None:
    school.yard.minute(NOON, 20, zones={"swings": 9}, crossed=(9, 9))
    school.yard.grid(NOON, {3: 3})
    school.clock.advance(14 * 60)

    assert steps(school.page()) == []
    assert "Koko piha" not in school.page()

    school.clock.advance(60)
    assert steps(school.page()) == [5]
    assert row(school.page(), "Koko piha")[-1] == "20"


def test_nothing_seen_is_said_and_hatched(school: School) -> None:
    page = school.page()
    assert "mikä ei tarkoita, ettei paikalla ollut" in page
    assert page.count('fill="url(#unseen1)"') == 16 * 12 + 1


def test_few_people_give_no_map_and_the_page_says_why(school: School) -> None:
    school.yard.minute(START, 4)
    page = school.page()
    assert "Karttaa ei piirretä" in page
    assert "mikä ei tarkoita" not in page


def test_low_trust_is_shown_and_not_hidden(school: School) -> None:
    school.yard.minute(START, 20, zones={"swings": 9}, trust=0.4)
    page = school.page()
    assert "heikko, 40 %" in page
    assert "Nämä luvut ovat epävarmoja" in page
    assert row(page, "Keinut")[1] == "45 %"


def test_a_covered_camera_is_told_at_once(school: School) -> None:
    covered = WeatherFlag.LENS_COVERED
    school.yard.minute(NOON, 0, trust=0.05, flags=covered)
    school.clock.advance(120)
    assert "kamera on peitossa" in school.page()


def test_a_silent_camera_is_told(school: School) -> None:
    school.yard.minute(NOON - 10 * MINUTE, 9)
    assert "hiljaa sen jälkeen" in school.page()


def test_the_period_can_be_written(school: School) -> None:
    school.yard.grid(START, {3: 3})
    assert steps(school.page("?first=27.11.2026&last=27.11.2026")) == [5]
    assert steps(school.page("?first=25.11.2026&last=26.11.2026")) == []
    assert steps(school.page("?first=27.11.2026")) == [5]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("first=27.11.2026&last=26.11.2026", "Ensimmäinen päivä on viimeisen jälkeen."),
        ("first=31.12.9999&last=31.12.9999", "Nämä päivät ovat vasta edessä."),
        ("first=1.1.0001&last=27.11.2026", "enintään 366 päivää"),
        ("first=30.2.2026", "Kirjoita päivä muodossa 27.11.2026."),
        ("first=27.11.2026&last=eilen", "Kirjoita päivä muodossa 27.11.2026."),
    ],
    ids=["reversed", "year 9999", "year 1", "no such day", "a word"],
)
def test_a_period_that_cannot_be_shown_is_said_by_its_field(
    school: School, query: str, says: str
) -> None:
    page = school.page(f"?{query}", status=422)
    assert says in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("days", ["0", "367", "-1", "week", "9" * 30])
def test_a_number_of_days_out_of_reach_is_refused(school: School, days: str) -> None:
    school.page(f"?days={days}", status=422)


def test_an_unknown_camera_or_school_is_not_found(school: School) -> None:
    school.page(camera="roof", status=404)
    assert school.client.get("/yards/other/yard").status_code == 404


def test_a_zone_that_nobody_has_drawn_is_left_out(school: School) -> None:
    school.yard.minute(START, 20, zones={"moon": 9, "swings": 9})
    page = school.page()
    assert "moon" not in page
    assert row(page, "Keinut")[1] == "45 %"


def test_the_table_says_what_the_map_shows_and_what_is_not_seen(school: School) -> None:
    school.yard.view(START - QUARTER, {4})
    school.yard.grid(START, {3: 3, 4: 1})

    page = school.page()

    first, *_ = re.findall(r'<table class="week cells">.*?</table>', page, re.DOTALL)
    assert row(first, "12,0")[:6] == ["1", "0,0", "0,0", "0,0", "12,0", "ei nähty"]
    assert len(re.findall(r"<td>", first)) == 16 * 12
    assert "E1 (Keinut): ei nähty" in page
    assert steps(page) == [5]


def test_use_of_equipment_and_who_is_on_the_move(school: School) -> None:
    school.yard.minute(START, 20, zones={"swings": 2}, active_mean=5, undercount=0.08)
    school.yard.tell(START, "swings", used_s=45, visits=2, dwell_s=70)
    school.yard.minute(START + MINUTE, 20, zones={"ball-field": 9})

    page = school.page()
    table = page.split('id="equipment"')[1]

    assert row(table, "Keinut") == ["Keinut", "75 %", "120,0", "35 s"]
    assert row(table, "Kiipeilyteline") == ["Kiipeilyteline", *3 * [DASH]]
    assert "Pallokenttä" not in table.split("</table>")[0]
    assert "25 % ihmisistä" in said(page)
    assert "Luultavasti näkemättä jäi noin 8 % paikalla olevista" in said(page)


def test_how_many_are_missed_stands_with_the_figures_that_it_concerns(
    school: School,
) -> None:
    school.yard.minute(START, 20, zones={"swings": 2}, undercount=0.08)
    school.yard.grid(START, {3: 3})
    page = school.page()
    for table in ("missed", "missed-hours"):
        assert f'aria-describedby="{table}"' in page
        (text,) = re.findall(rf'id="{table}">(.*?)</p>', page)
        assert "heistä jää näkemättä noin 8 %" in text
    figure = page.split("<figcaption>")[1].split("</figcaption>")[0]
    assert "heistä jää näkemättä noin 8 %" in figure


def test_where_nobody_knows_how_many_are_missed_the_page_says_so(
    school: School,
) -> None:
    school.yard.minute(START, 20, zones={"swings": 2})
    assert "Luultavasti näkemättä jäi tältä ajalta ei tiedetä" in said(school.page())


def test_the_list_of_schools_leads_to_yards_and_recesses(school: School) -> None:
    school.yard.session.commit()
    page = school.client.get("/yards").text
    assert f'href="/yards/haapaniemi/{CAMERA}"' in page
    assert 'href="/recesses/haapaniemi"' in page
    school.visitor.roles = frozenset({"resident"})
    assert school.client.get("/yards").status_code == 403


def test_recesses_leave_out_what_is_marked(school: School) -> None:
    with_recess(school, Kind.EXCLUDED)
    friday, thursday = START + QUARTER, START + QUARTER - timedelta(days=1)
    school.yard.minute(friday, 50)
    school.yard.minute(thursday, 20)
    school.yard.minute(thursday + 30 * MINUTE, 90)

    page = school.page("?time=recess")

    assert row(page, "Koko piha")[-1] == "20"
    assert "Välitunnit 5 jätetty pois: 1 ei mukana luvuissa" in said(page)
    assert row(school.page("?time=band-1-2"), "Koko piha")[-1] == "20"
    assert "Tälle jaksolle ei ole merkitty" in school.page("?time=band-7-9")
    assert row(school.page(), "Koko piha")[-1] == "90"


def test_a_class_of_six_is_never_visible_by_itself(school: School) -> None:
    with_recess(school, Kind.MOVED)
    for day in range(1, 5):
        at = START + QUARTER - timedelta(days=day)
        school.yard.minute(at, 6, zones={"swings": 6}, crossed=(6, 6), active_mean=6)
        school.yard.grid(at, {3: 3})
        school.yard.minute(at + 60 * MINUTE, 30, zones={"swings": 9})
    narrow = ("time=recess", "time=band-1-2", "time=hour-11", "weekday=3&time=hour-11")
    for query in narrow:
        page = school.page(f"?{query}&against=before")
        assert "Näin pientä ryhmää ei näytetä yksinään" in page
        assert steps(page) == []
        assert "Koko piha" not in page
        assert row(page, "koululta aukiolle")[-3:] == 3 * [DASH]
        assert f"Liikkeessä {DASH} " in said(page)
        assert row(page, "Ihmisiä keskimäärin")[1] == DASH
        assert "hyvä, 90 %" in page
    assert row(school.page(), "Koko piha")[-1] == "30"


def test_an_hour_and_a_weekday_can_be_chosen(school: School) -> None:
    school.yard.minute(START, 20)
    school.yard.minute(START - timedelta(days=1), 30)
    school.yard.minute(START - timedelta(hours=1), 40)
    for query, most in (("time=hour-11", "30"), ("weekday=4", "40")):
        assert row(school.page(f"?{query}"), "Koko piha")[-1] == most
    assert row(school.page("?time=hour-11&weekday=4"), "Koko piha")[-1] == "20"


def days_of(school: School, last: datetime, swings: int, cell: int) -> None:
    """Let seven days go by with so many of twenty at the swings."""
    for number in range(7):
        at = last - timedelta(days=number)
        people = 20 + number % 2
        school.yard.minute(at, people, zones={"swings": swings})
        school.yard.grid(at, {cell: 3, 100: 3 - number % 2})


def test_two_periods_are_beside_each_other_with_what_has_changed(
    school: School,
) -> None:
    days_of(school, START, swings=8, cell=3)
    days_of(school, START - timedelta(days=7), swings=2, cell=4)
    query = "time=hour-11&against=before"
    page = school.page(f"?{query}").split('id="change"')[1]
    # 11 to 12 is 60 minutes and one of them was seen: not enough to tell.
    assert row(page, "Keinut: osuus ajasta")[-1] == "liian vähän päiviä"

    for number in range(1, 20):
        for at in (START, START - timedelta(days=7)):
            for back in range(7):
                when = at - timedelta(days=back) + number * MINUTE
                swings = 8 if at == START else 2
                school.yard.minute(when, 20, zones={"swings": swings})
    page = school.page(f"?{query}").split('id="change"')[1]
    swings = row(page, "Keinut: osuus ajasta")
    assert swings[1:3] == ["40 %", "10 %"]
    assert swings[3].startswith("+30,0 (+29,9")
    assert swings[4] == "+ enemmän"
    assert row(page, "Ihmisiä keskimäärin")[4] == "= ei selvää eroa"
    assert row(page, "D1")[-1] == "+ enemmän"
    assert row(page, "E1")[-1] == "\N{MINUS SIGN} vähemmän"
    assert re.findall(r'data-sign="(-?1)"', page) == ["1", "-1"]


def test_a_moved_camera_lets_no_places_be_compared(school: School) -> None:
    school.yard.view(START - timedelta(days=20), {1}, "a")
    school.yard.view(START - timedelta(days=3), {2}, "b")
    days_of(school, START, swings=8, cell=3)
    days_of(school, START - timedelta(days=7), swings=2, cell=4)
    page = school.page("?against=before")
    assert "Paikkoja ei voi verrata." in page
    assert "Kamera siirrettiin: sitä ennen" in page
    assert "data-sign" not in page
    assert "Keinut: osuus ajasta" not in page


def test_few_people_are_not_compared(school: School) -> None:
    for day in range(14):
        for number in range(15):
            at = START - timedelta(days=day) + number * MINUTE
            school.yard.minute(at, 20 if day < 7 else 2)
    page = school.page("?against=before&time=hour-11").split('id="change"')[1]
    assert row(page, "Ihmisiä keskimäärin")[1:] == ["20,0", "alle 5", DASH, DASH]


def test_own_days_can_be_compared_and_what_is_wrong_with_them_is_said(
    school: School,
) -> None:
    good = "against=own&other_first=1.11.2026&other_last=7.11.2026"
    assert "Vertailujakso: 1.11.2026 00.00" in said(school.page(f"?{good}"))
    for bad in ("against=own", "against=own&other_first=31.11.2026"):
        page = school.page(f"?{bad}", status=422)
        assert 'href="#other_first"' in page
        assert 'id="other_first"' in page


def test_a_year_ago_is_compared_by_the_same_weekdays(school: School) -> None:
    page = school.page("?first=23.11.2026&last=24.11.2026&against=year")
    assert f"Vertailujakso: 24.11.2025 00.00 {DASH} 26.11.2025 00.00" in said(page)


@pytest.mark.parametrize(
    "query",
    [
        "weekday=7",
        "weekday=x",
        "time=hour-24",
        "time=never",
        "time=band-",
        "against=them",
    ],
)
def test_a_choice_that_the_page_does_not_offer_is_refused(
    school: School, query: str
) -> None:
    school.page(f"?{query}", status=422)


def test_what_the_choices_say_is_translated() -> None:
    labels = ["Nothing", "The time before", "A year ago", "Own days"]
    page = (HERE / "activity/templates/yard_wish.html").read_text()
    assert all(f'"{label}"' in page for label in labels)
    words = [*labels, "Last day", "Last week", "Four weeks"]
    assert Catalogue([HERE / "locale"]).missing(words) == {"fi": [], "sv": []}


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("head teacher", 200),
        ("facility staff", 200),
        ("resident", 403),
        ("club leader", 403),
    ],
)
def test_only_the_school_may_look(school: School, role: str, status: int) -> None:
    school.visitor.roles = frozenset({role})
    school.page(status=status)


def test_who_has_not_signed_in_is_led_there(school: School) -> None:
    school.visitor.signed_in = False
    answer = school.client.get(f"/yards/haapaniemi/{CAMERA}?days=1")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/account?next=")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_page_speaks_three_languages(school: School, language: str) -> None:
    school.yard.minute(START, 20, zones={"swings": 9}, trust=0.6)
    page = school.page(f"?lang={language}")
    number = "20.0" if language == "en" else "20,0"
    names = {"fi": "Keinut", "sv": "Gungor", "en": "Swings"}
    assert row(page, names[language])
    assert number in page


def test_every_word_for_trust_and_weather_is_translated() -> None:
    said = [f"trust: {word.value}" for word in Trust]
    said += [f"weather: {str(f.name).lower().replace('_', ' ')}" for f in WeatherFlag]
    missing = Catalogue([HERE / "locale"]).missing(said)
    assert missing == {"fi": [], "sv": []}
