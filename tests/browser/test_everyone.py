"""The pages for those who zoom, use a keyboard, see no colour, or bear no motion."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.sight import (
    assert_whole,
    follow,
    skip_to_content,
    tab_to,
)

pytestmark = pytest.mark.browser
STAFF = "Emily Carter"
PATHS = (
    "/spaces/",
    "/spaces/mine",
    "/account",
    "/doors",
    "/messages",
    "/yards/haapaniemi/yard",
    "/yards/haapaniemi/yard?days=7&time=recess&against=before",
    "/recesses/haapaniemi",
    "/cameras",
    "/cameras/haapaniemi/yard/now",
    "/cameras/haapaniemi/yard",
    "/nowhere",
)
BORDER = "(e) => getComputedStyle(e).borderBottomColor"


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_at_400_percent_every_page_fits_in_every_language(
    enter: Enter, wrong: list[str], language: str
) -> None:
    """1280 x 1024 at 400 % is 320 x 256."""
    page = enter(STAFF, width=320, height=256).new_page()
    for path in PATHS:
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.locator("html").get_attribute("lang") == language
        assert_whole(page)
    # The browser complains about the page that does not exist.
    assert [text for text in wrong if "404" not in text] == []
    wrong.clear()


def test_the_officers_form_fits_at_400_percent_in_every_language(enter: Enter) -> None:
    page = enter("Tuula Heikkinen", width=320, height=256).new_page()
    for language in ("fi", "sv", "en"):
        page.goto(f"/cameras/haapaniemi/yard?lang={language}")
        assert page.locator("#photo").count() == 1
        assert_whole(page)


def test_at_200_percent_with_text_twice_as_large_every_page_fits(enter: Enter) -> None:
    page = enter(STAFF, width=640, height=512).new_page()
    for path in PATHS[:-1]:
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert_whole(page)


def test_a_keyboard_finds_reserves_and_cancels(enter: Enter) -> None:
    page = enter().new_page()
    page.goto("/spaces/")
    skip_to_content(page)
    tab_to(page, "Mihin")
    page.keyboard.type("Kokous")
    for step in ("Hae", "Musiikkiluokka"):
        tab_to(page, step)
        follow(page)
    for step in ("Kirjaudu", "Kirjaudu: Aino Korhonen"):
        skip_to_content(page)
        tab_to(page, step)
        follow(page)
    tab_to(page, "Montako henkilöä")
    page.keyboard.press("Control+A")
    page.keyboard.type("12")
    for step in ("Varaa", "Peru varaus"):
        tab_to(page, step)
        follow(page)
    expect(page.get_by_text("peruttu")).to_be_visible()


def test_what_is_wrong_is_said_first_and_what_was_typed_stays(
    enter: Enter, wrong: list[str]
) -> None:
    page = enter().new_page()
    page.goto("/spaces/")
    page.get_by_label("Päivä").fill("huomenna")
    page.get_by_role("button", name="Hae").click()
    said = page.get_by_role("alert")
    expect(said).to_be_focused()
    assert page.title().startswith("Virhe: ")
    day = page.get_by_label("Päivä")
    expect(day).to_have_value("huomenna")
    expect(day).to_have_attribute("aria-invalid", "true")
    said.get_by_role("link").click()
    expect(day).to_be_focused()
    wrong.clear()


def test_who_asked_for_less_motion_gets_none(enter: Enter) -> None:
    moving = """[...document.querySelectorAll("*")].filter((e) => {
      const style = getComputedStyle(e);
      return parseFloat(style.transitionDuration) > 0 || style.animationName !== "none";
    }).length"""
    page = enter().new_page()
    page.goto("/spaces/")
    assert page.evaluate(moving) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == 0


def test_with_forced_colours_the_current_page_and_the_buttons_still_show(
    enter: Enter,
) -> None:
    page = enter(forced_colors="active").new_page()
    page.goto("/spaces/")
    menu = page.get_by_role("navigation", name="Päävalikko").get_by_role("link")
    here, other = (menu.nth(n).evaluate(BORDER) for n in (0, 1))
    assert here != other
    button = page.get_by_role("button", name="Hae")
    assert button.evaluate("(e) => getComputedStyle(e).borderTopStyle") == "solid"
    assert button.evaluate("(e) => getComputedStyle(e).borderTopWidth") == "1px"


def test_no_state_is_told_by_colour_alone(enter: Enter) -> None:
    page = enter(STAFF).new_page()
    page.goto("/doors")
    tags = page.locator("[data-door] .tag").all_inner_texts()
    assert tags
    assert [tag for tag in tags if not re.fullmatch(r"\W [\w ]{3,}", tag)] == []
