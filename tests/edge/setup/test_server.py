"""What the page's server answers whom, over a real socket."""

import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

import edge.setup
from edge.setup.codes import Answer
from edge.setup.drawing import Wrong
from edge.setup.program import certify
from edge.setup.server import Server
from edge.setup.view import Showing
from edge.setup.words import words

PICTURE = b"\x89PNG the empty yard"


@dataclass
class Desk:
    """A desk that notes what it is asked."""

    asked: list[str] = field(default_factory=list)
    shows: bool = True

    def enter(self, code: str) -> tuple[Answer, str, int]:
        self.asked.append(code)
        right = code == "12345678"
        return (Answer.RIGHT, "token", 5) if right else (Answer.WRONG, "", 4)

    def admits(self, token: str) -> bool:
        return token == "token"

    def state(self) -> Mapping[str, Any]:
        return {"left_s": 60}

    def picture(self) -> bytes | None:
        return PICTURE if self.shows else None

    def check(self, payload: bytes) -> Mapping[str, Any]:
        return {"problems": [], "bytes": len(payload)}

    def save(self, payload: bytes) -> Mapping[str, Any]:
        return {"refused": payload.decode()}

    def end(self) -> None:
        self.asked.append("end")


@dataclass
class Page:
    """Somebody's phone."""

    port: int
    desk: Desk
    tls: ssl.SSLContext | None = None

    def ask(
        self, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[HTTPResponse, bytes]:
        if self.tls:
            link: http.client.HTTPConnection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=20, context=self.tls
            )
        else:
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        scheme = "https" if self.tls else "http"
        given = {"Origin": f"{scheme}://127.0.0.1:{self.port}"} if body else {}
        given |= {"Content-Type": "application/json"} if body else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        link.request("POST" if body is not None else "GET", path, body, given)
        answer = link.getresponse()
        said = answer.read()
        link.close()
        return answer, said


@pytest.fixture
def page() -> Iterator[Page]:
    desk = Desk()
    server = Server(("127.0.0.1", 0), desk, None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Page(server.server_port, desk)
    server.shutdown()
    server.server_close()


IN = {"Cookie": "setup=token"}


@pytest.mark.parametrize("path", ["/state", "/background.png", "/anything"])
def test_nobody_without_the_session_sees_anything(page: Page, path: str) -> None:
    for cookie in ("", "setup=", "setup=other", "other=token", "setup=token2", ";;="):
        answer, said = page.ask(path, Cookie=cookie)
        assert (answer.status, said) == (401, b"{}")


@pytest.mark.parametrize("path", ["/check", "/save", "/end", "/anything"])
def test_nobody_without_the_session_changes_anything(page: Page, path: str) -> None:
    assert page.ask(path, b"{}")[0].status == 401
    assert page.desk.asked == []


def test_the_right_code_gives_a_session_that_no_script_can_read(page: Page) -> None:
    answer, _ = page.ask("/code", b'{"code": "12345678"}')
    assert answer.status == 200
    cookie = answer.headers["Set-Cookie"]
    assert cookie == "setup=token; HttpOnly; SameSite=Strict; Path=/"


def test_a_wrong_code_says_how_many_are_left(page: Page) -> None:
    answer, said = page.ask("/code", b'{"code": "1"}')
    assert answer.status == 403
    assert json.loads(said) == {"answer": "wrong", "left": 4}
    assert answer.headers["Set-Cookie"] is None


@pytest.mark.parametrize("path", ["/", "/state", "/background.png", "/words.json"])
def test_nothing_may_be_stored_or_taken_elsewhere(page: Page, path: str) -> None:
    answer, _ = page.ask(path, **IN)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_there_is_a_picture_only_when_one_may_be_shown(page: Page) -> None:
    assert page.ask("/background.png", **IN)[1] == PICTURE
    page.desk.shows = False
    answer, said = page.ask("/background.png", **IN)
    assert (answer.status, said) == (409, b"{}")


def test_a_drawing_is_judged_and_a_refusal_is_an_error(page: Page) -> None:
    assert page.ask("/check", b"{}", **IN)[0].status == 200
    answer, said = page.ask("/save", b"why", **IN)
    assert (answer.status, json.loads(said)) == (422, {"refused": "why"})


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Host": "elsewhere.example"},
        {"Content_Type": "text/plain"},
        {"Content_Length": "-1"},
        {"Content_Length": "999999"},
        {"Content_Length": "٣"},
    ],
)
def test_what_is_not_sent_by_this_page_changes_nothing(
    page: Page, headers: dict[str, str]
) -> None:
    sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert page.ask("/end", b"{}", **IN, **sent)[0].status == 400
    assert page.desk.asked == []


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"code": 1}', b'{"kode": ""}'])
def test_what_is_no_code_is_not_tried(page: Page, body: bytes) -> None:
    assert page.ask("/code", body)[0].status == 400
    assert page.desk.asked == []


def test_no_file_but_the_pages_own_is_given(page: Page) -> None:
    for path in ("/../codes.py", "/page.html", "/static/page.html", "//etc/passwd"):
        assert page.ask(path, **IN)[0].status == 404


def test_whoever_sends_nonsense_or_nothing_stops_nobody(page: Page) -> None:
    silent = socket.create_connection(("127.0.0.1", page.port))
    with socket.create_connection(("127.0.0.1", page.port)) as rude:
        rude.sendall(b"\x16\x03\x01" + b"\0" * 500 + b"\r\n\r\n")
        assert page.ask("/state", **IN)[0].status == 200
    silent.close()


def test_away_from_loopback_it_is_https_with_a_certificate_of_its_own() -> None:
    context, mark = certify("127.0.0.1", timedelta(minutes=15))
    server = Server(("127.0.0.1", 0), Desk(), context)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        seen = ssl.get_server_certificate(("127.0.0.1", server.server_port))
        trust = ssl.create_default_context(cadata=seen)
        page = Page(server.server_port, server.desk, trust)  # type: ignore[arg-type]
        answer, _ = page.ask("/code", b'{"code": "12345678"}')
        assert answer.headers["Set-Cookie"].endswith("; Secure")
        with pytest.raises(OSError, match=r"."):
            Page(server.server_port, Desk()).ask("/state")
    finally:
        server.shutdown()
        server.server_close()
    assert mark.count(":") == 16, "one for each two bytes, and one after the words"


def test_every_word_of_the_page_is_there_in_three_languages() -> None:
    folder = Path(edge.setup.__file__).parent / "static"
    files = (folder / "page.html", *folder.glob("*.js"))
    text = "".join(file.read_text() for file in files)
    used = set(re.findall(r'data-word="([^"]+)"|\bt\("([^"$]+)"', text))
    keys = {a or b for a, b in used} - {"wrong: "}
    for said in re.findall(r"\bsay\(([^;]*);", text):
        keys |= set(re.findall(r'"([^"]+)"', said))
    keys |= {f"wrong: {one}" for one in Wrong} | {f"view: {one}" for one in Showing}
    keys |= {f"code: {one}" for one in Answer if one is not Answer.RIGHT}
    for texts in words().values():
        assert keys <= texts.keys()
        assert all(texts.values())
