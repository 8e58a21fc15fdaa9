"""The monitor page at two in the morning: never an old green, alarms first, one hand."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Box, Enter
from tests.browser.sight import (
    assert_cared_for,
    focused,
    follow,
    skip_to_content,
    tab_to,
)
from tests.browser.test_pages import expect_doors_locked

pytestmark = pytest.mark.browser
STAFF = "Emily Carter"
SECONDS = 1000


@contextmanager
def stopped(process: int) -> Iterator[None]:
    """Freeze a process: nothing is closed, nothing is said."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@contextmanager
def forced(box: Box, door: str) -> Iterator[None]:
    """Somebody forces a door, and it is shut again."""
    box.world.do("force", door=door)
    try:
        yield
    finally:
        box.world.do("close", door=door)


@pytest.fixture
def page(enter: Enter) -> Page:
    page = enter(STAFF).new_page()
    page.goto("/doors")
    expect_doors_locked(page)
    return page


def alarm(page: Page, subject: str, word: str) -> Locator:
    return page.locator(f".alarm[data-alarm='{subject}']", has_text=word)


def lost(page: Page) -> Locator:
    return page.get_by_role("alert").filter(has_text="Ei yhteyttä palvelimeen")


def test_an_alarm_is_announced_once_seen_by_keyboard_and_gone_when_over(
    page: Page, box: Box
) -> None:
    news = page.locator("#news")
    expect(news).to_have_text("")
    with forced(box, "C"):
        expect(alarm(page, "C", "murrettu")).to_be_visible()
        expect(news).to_have_text("Hälytykset: C Pääovi, murrettu.")
        assert_cared_for(page)

        skip_to_content(page)
        tab_to(page, "Olen nähnyt C")
        held = focused(page)
        box.world.do("press", door="D", keys="12345678#")
        expect(page.locator("#events tr", has_text="D Aulan")).to_have_count(1)
        expect(news).to_have_text("Hälytykset: C Pääovi, murrettu.")
        assert focused(page) == held
        follow(page)
        assert page.url.endswith("/doors#alarms")
        expect(alarm(page, "C", "Nähty")).to_be_visible()
    expect(page.locator("[data-alarm='C']")).to_have_count(0)


def test_a_focus_whose_place_is_gone_goes_to_the_alarms(
    page: Page, enter: Enter, box: Box
) -> None:
    with forced(box, "C"):
        skip_to_content(page)
        expect(alarm(page, "C", "murrettu")).to_be_visible()
        tab_to(page, "Olen nähnyt C")
        other = enter(STAFF).new_page()
        other.goto("/doors")
        other.get_by_role("button", name="Olen nähnyt C").click()
    expect(page.locator("#alarms")).to_be_focused()


def test_a_phone_without_network_shows_nothing_as_the_present(
    page: Page, wrong: list[str]
) -> None:
    expect(lost(page)).to_be_hidden()
    page.context.set_offline(True)
    expect(lost(page)).to_be_visible(timeout=3 * SECONDS)
    expect(lost(page)).to_contain_text(re.compile(r"vanhaa: [1-9]\d* s"))
    good = page.locator("[data-door] .tag").first
    assert good.evaluate("(e) => getComputedStyle(e).borderTopStyle") == "dashed"
    page.context.set_offline(False)
    expect(lost(page)).to_be_hidden()
    wrong.clear()


def test_a_hub_that_says_nothing_and_a_node_that_is_gone_show_within_seconds(
    page: Page, box: Box, wrong: list[str]
) -> None:
    with stopped(box.node("edge-2")):
        with stopped(box.hub):
            expect(lost(page)).to_be_visible(timeout=15 * SECONDS)
        expect(lost(page)).to_be_hidden()
        gone = alarm(page, "edge-2", "laite ei vastaa")
        expect(gone).to_contain_text("Sen ovet: B, F")
        offline = page.locator("[data-state='offline']")
        expect(offline.first).to_contain_text("▲ ei yhteyttä")
    expect(gone).to_be_hidden()
    expect_doors_locked(page)
    wrong.clear()
