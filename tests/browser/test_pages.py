"""The four pages in Debian's Chromium, at phone and desktop width, with axe."""

import re
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from hub.broker import free_port
from hub.children import Child
from tests.conditions import require

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--force-color-profile=srgb"
)
WIDTHS = {"phone": (360, 740), "desktop": (1280, 900)}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A whole box on a free port."""
    require(CHROMIUM, "needs Chromium: sudo ./run system")
    folder, port = tmp_path_factory.mktemp("box"), free_port()
    order = ["hub", "up", "--folder", str(folder), "--port", str(port)]
    box = Child("hub", order, folder / "logs")
    try:
        box.find("(Ctrl-C ends everything)")
        yield f"http://127.0.0.1:{port}"
    finally:
        box.end()


@pytest.fixture(scope="module")
def chromium(pages: str) -> Iterator[Browser]:
    assert pages
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS.split()
        )
        yield browser
        browser.close()


@pytest.fixture(params=WIDTHS)
def page(
    request: pytest.FixtureRequest, chromium: Browser, pages: str
) -> Iterator[Page]:
    width, height = WIDTHS[request.param]
    page = chromium.new_page(
        viewport={"width": width, "height": height}, locale="fi-FI", base_url=pages
    )
    wrong: list[str] = []
    asked: set[str] = set()
    page.set_default_timeout(15_000)
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: asked.add(urlsplit(r.url).netloc))
    yield page
    page.close()
    assert wrong == []
    assert asked <= {urlsplit(pages).netloc}


def sign_in(page: Page, name: str, then: str) -> None:
    page.goto(f"/account?next={then}")
    page.get_by_role("main").get_by_role("link", name="Kirjaudu").click()
    page.get_by_role("button", name=name).click()


def assert_cared_for(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    serious = [v["id"] for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def test_a_resident_finds_reserves_and_cancels(page: Page) -> None:
    page.goto("/spaces/")
    page.get_by_label("Mihin", exact=True).select_option("meeting")
    page.get_by_role("button", name="Hae").click()
    assert_cared_for(page)
    free = page.get_by_role("link", name=re.compile("Musiikkiluokka"))
    free.nth(free.count() // 2).click()
    page.get_by_role("main").get_by_role("link", name="Kirjaudu").click()
    page.get_by_role("button", name="Aino Korhonen").click()
    assert_cared_for(page)
    page.get_by_role("button", name="Varaa").click()
    assert page.get_by_text("vahvistettu").is_visible()
    assert_cared_for(page)
    page.get_by_role("button", name="Peru varaus").click()
    assert page.get_by_text("peruttu").is_visible()


def test_staff_see_every_door_live(page: Page) -> None:
    sign_in(page, "Emily Carter", "/doors")
    page.wait_for_function("document.querySelectorAll('[data-door]').length === 10")
    page.wait_for_function(
        "document.querySelectorAll('[data-state=\"locked and closed\"]').length === 10"
    )
    assert_cared_for(page)


def test_the_head_sees_the_yard_and_that_nothing_was_seen_is_said(page: Page) -> None:
    sign_in(page, "Matti Savolainen", "/yards/haapaniemi/yard")
    assert page.get_by_role("img", name="Pihan lämpökartta").is_visible()
    assert page.get_by_text("mikä ei tarkoita, ettei paikalla ollut").is_visible()
    assert_cared_for(page)


def test_who_may_not_see_the_doors_is_told_so(page: Page) -> None:
    sign_in(page, "Aino Korhonen", "/account")
    answer = page.request.get("/doors", headers={"accept": "text/html"})
    assert answer.status == 403
    assert "kiinteistöhenkilöstölle" in answer.text()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_language_is_spoken(page: Page, language: str) -> None:
    page.goto(f"/spaces/?lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    assert_cared_for(page)


def test_a_keyboard_reaches_the_search_button(page: Page) -> None:
    page.goto("/spaces/")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Hae":
            return
    pytest.fail("the search button was not reached")


def test_without_scripts_the_pages_still_work(chromium: Browser, pages: str) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="fi-FI")
    page = context.new_page()
    page.goto(f"{pages}/spaces/")
    page.get_by_role("button", name="Hae").click()
    assert page.get_by_role("heading", name="Etsi tila").is_visible()
    context.close()
