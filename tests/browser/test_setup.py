"""The set-up's page in a browser: by finger, by key and by number it draws the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from edge.settings import SensingSettings, read
from tests.browser.conftest import PATIENCE_MS
from tests.browser.sight import assert_cared_for
from tests.edge.setup.test_program import SetUp

pytestmark = pytest.mark.browser
PHONE = {"width": 320, "height": 700}


@pytest.fixture
def set_up(tmp_path: Path) -> Iterator[SetUp]:
    one = SetUp(tmp_path)
    yield one
    one.process.kill()
    one.process.communicate()


@pytest.fixture
def page(chromium: Browser, set_up: SetUp) -> Iterator[Page]:
    """The page of a set-up that shows the empty place, on a narrow phone."""
    code = set_up.begin()
    context = chromium.new_context(viewport=PHONE, locale="fi-FI")  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"http://127.0.0.1:{set_up.port}/")
    page.get_by_label("Koodi").fill(code)
    page.get_by_role("button", name="Avaa").click()
    expect(page.locator("#background")).to_be_visible(timeout=2 * PATIENCE_MS)
    yield page
    context.close()


def corner(page: Page) -> Locator:
    return page.locator('[data-handle="zones-0-0"]')


def numbers(page: Page) -> tuple[float, float]:
    """Return the first corner of the first area as the table has it."""
    fields = page.locator("#zones-0 tbody tr").first.locator("input")
    return float(fields.nth(0).input_value()), float(fields.nth(1).input_value())


def test_finger_keys_and_numbers_move_one_and_the_same_corner(page: Page) -> None:
    page.get_by_role("button", name="Lisää alue").click()
    page.locator("#zones-0").get_by_label("Nimi").fill("keinut")
    x, y = numbers(page)

    corner(page).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    assert numbers(page) == (x - 1, y - 10)
    expect(corner(page)).to_be_focused()

    page.locator("#stage").scroll_into_view_if_needed()
    # In one step: the page may draw it anew at any moment.
    dot = page.evaluate(
        "document.querySelector('[data-handle=zones-0-0] .dot')"
        ".getBoundingClientRect().toJSON()"
    )
    place = dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2
    page.mouse.move(*place)
    page.mouse.down()
    page.mouse.move(place[0] - 30, place[1] - 20, steps=3)
    page.mouse.up()
    dragged = numbers(page)
    assert dragged[0] < x - 11
    assert dragged[1] < y - 20

    page.locator("#zones-0 tbody input").first.fill("7")
    expect(corner(page)).to_have_attribute(
        "aria-label", f"Alue keinut, Kulma 1: 7, {dragged[1]:g}"
    )


def test_what_is_missing_is_named_and_then_saved(page: Page, set_up: SetUp) -> None:
    before = set_up.file.read_text()
    page.get_by_role("button", name="Lisää viiva").click()
    page.get_by_role("button", name="Tallenna").click()
    expect(page.locator("#said")).to_contain_text("Ei tallennettu")
    problems = page.locator("#problems")
    expect(problems).to_contain_text("nimi puuttuu")
    expect(problems).to_contain_text("neljä maan pistettä puuttuu")
    assert set_up.file.read_text() == before

    page.locator("#lines-0").get_by_label("Nimi").fill("portti")
    page.get_by_role("button", name="Lisää maan pisteet").click()
    expect(page.locator("#checks")).to_be_hidden()
    expect(page.locator("#coverage")).not_to_be_empty()
    page.get_by_role("button", name="Tallenna").click()
    expect(page.locator("#said")).to_contain_text("Tallennettu")
    camera = read(set_up.file, {}, SensingSettings).camera
    assert [line["name"] for line in camera["lines"]] == ["portti"]


def test_it_is_fit_for_everyone_at_320_pixels_in_three_languages(page: Page) -> None:
    for name in ("alue", "viiva", "maan pisteet"):
        page.get_by_role("button", name=f"Lisää {name}").click()
    for language in ("Suomi", "Svenska", "English"):
        page.get_by_role("button", name=language).click()
        assert_cared_for(page)


def test_what_was_said_is_said_in_the_language_that_is_chosen_then(page: Page) -> None:
    page.get_by_role("button", name="Tallenna").click()
    expect(page.locator("#said")).to_contain_text("Ei tallennettu")
    page.get_by_role("button", name="Svenska").click()
    expect(page.locator("#said")).to_contain_text("Inte sparat")
    expect(page.locator("#view")).to_contain_text("Bakgrund")


def test_a_drawing_that_is_not_saved_is_not_lost_by_one_press(page: Page) -> None:
    page.get_by_role("button", name="Lisää viiva").click()
    page.get_by_role("button", name="Lopeta").click()
    expect(page.locator("#said")).to_contain_text("Piirrosta ei ole tallennettu")
    page.get_by_role("button", name="Lopeta").click()
    expect(page.locator("#said")).to_contain_text("Asetus on päättynyt")


def test_another_page_of_the_same_person_is_told_of_a_save(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#background")).to_be_visible()
    page.get_by_role("button", name="Lisää maan pisteet").click()
    page.get_by_role("button", name="Tallenna").click()
    expect(page.locator("#said")).to_contain_text("Tallennettu")
    expect(other.locator("#said")).to_contain_text("Toisella sivulla on tallennettu")


def test_a_page_whose_node_is_gone_shows_no_picture(page: Page, set_up: SetUp) -> None:
    set_up.process.kill()
    expect(page.locator("#said")).to_contain_text("Laite ei vastaa")
    expect(page.locator("#background")).to_be_hidden()
    expect(page.get_by_role("button", name="Tallenna")).to_be_visible()


def test_when_it_ends_the_picture_is_gone_from_the_page(page: Page) -> None:
    page.get_by_role("button", name="Lopeta").click()
    expect(page.locator("#said")).to_contain_text("Asetus on päättynyt")
    expect(page.locator("#background")).to_be_hidden()
    assert page.locator("#background").get_attribute("src") is None
