"""One whole box and one Chromium for all browser tests; people who are signed in."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from firmware_sim.person import World
from hub.broker import free_port
from hub.children import Child
from tests.conditions import require

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--force-color-profile=srgb"
)
PATIENCE_MS = 30_000
WIDTHS = {"phone": (360, 740), "desktop": (1280, 900)}
Enter = Callable[..., BrowserContext]


@dataclass(frozen=True)
class Box:
    """A running box: its pages, its world, its processes."""

    pages: str
    world: World
    folder: Path
    hub: int
    """Process id."""

    def node(self, name: str) -> int:
        """Return the process id of an edge."""
        told = str(self.folder / "edges" / f"{name}.toml").encode()
        return next(
            int(process.parent.name)
            for process in Path("/proc").glob("[0-9]*/cmdline")
            if told in process.read_bytes()
        )


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    require(CHROMIUM, "needs Chromium: sudo ./run system")
    folder, port = tmp_path_factory.mktemp("box"), free_port()
    order = ["hub", "up", "--folder", str(folder), "--port", str(port)]
    box = Child("hub", order, folder / "logs")
    try:
        world = World(box.find(r"(http://\S+)\s+the world"))
        box.find("(Ctrl-C ends everything)")
        yield Box(f"http://127.0.0.1:{port}", world, folder, box.process.pid)
    finally:
        box.end()


@pytest.fixture(scope="session")
def chromium(box: Box) -> Iterator[Browser]:
    assert box
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS.split()
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def known() -> dict[str, object]:
    """Who has signed in before: their cookies."""
    return {}


@pytest.fixture
def wrong() -> list[str]:
    """What the browser complained about; a test may expect and clear it."""
    return []


@pytest.fixture
def enter(
    chromium: Browser, box: Box, known: dict[str, object], wrong: list[str]
) -> Iterator[Enter]:
    """Open a browser window as somebody: `enter("Emily Carter", width=320)`."""
    opened: list[BrowserContext] = []
    asked: set[str] = set()

    def enter(
        who: str = "", *, width: int = 360, height: int = 740, **more: object
    ) -> BrowserContext:
        window = chromium.new_context(
            viewport={"width": width, "height": height},
            base_url=box.pages,
            **({"locale": "fi-FI"} | more),  # type: ignore[arg-type]
        )
        opened.append(window)
        window.set_default_timeout(PATIENCE_MS)
        window.on("console", lambda m: m.type == "error" and wrong.append(m.text))
        window.on("weberror", lambda e: wrong.append(str(e.error)))
        window.on("request", lambda r: asked.add(urlsplit(r.url).netloc))
        if who in known:
            window.add_cookies(known[who])  # type: ignore[arg-type]
        elif who:
            known[who] = sign_in(window, who)
        return window

    yield enter
    for window in opened:
        window.close()
    assert wrong == []
    assert asked <= {urlsplit(box.pages).netloc}


@pytest.fixture(params=WIDTHS)
def size(request: pytest.FixtureRequest) -> dict[str, int]:
    return dict(zip(("width", "height"), WIDTHS[request.param], strict=True))


def sign_in(window: BrowserContext, who: str) -> object:
    """Sign in; return the cookies, read while a page is open: after that they may hang."""
    page = window.new_page()
    page.goto("/account?lang=fi")
    through(page, who)
    cookies = window.cookies()
    page.close()
    return cookies


def through(page: Page, who: str) -> None:
    """Go from "sign in" to being signed in."""
    page.get_by_role("main").get_by_role("link", name="Kirjaudu").click()
    page.get_by_role("button", name=re.compile(who)).click()
