"""The set-up's one page and what it asks for, over the standard library's server.

    GET  /  its scripts and styles  /words.json     for everybody
    POST /code           {"code": ".."}             -> the session's cookie
    GET  /state                                     time left, what is drawn, the view
    GET  /background.png                            the picture, made at this moment
    POST /check          a drawing                  -> problems, cells, size
    POST /save           a drawing                  -> the same, and how many were saved
    POST /end

Nothing that is sent may be stored by a browser. Requests that change anything must come
from this page, as JSON. Nothing is logged of a request.
"""

import ssl
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from typing_extensions import override

from edge.setup.codes import TRIES, Answer
from edge.setup.words import words

COOKIE: Final = "setup"
_STATIC: Final = Path(__file__).with_name("static")
_FILES: Final = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/setup.js": ("setup.js", "text/javascript; charset=utf-8"),
    "/tables.js": ("tables.js", "text/javascript; charset=utf-8"),
    "/setup.css": ("setup.css", "text/css; charset=utf-8"),
}
_LONGEST: Final = 64 << 10
_PATIENCE_S: Final = 10.0
_JSON: Final = "application/json"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Desk(Protocol):
    """What the page works on; see `edge.setup.desk`."""

    def enter(self, code: str) -> tuple[Answer, str, int]:
        """Try a code; return the session's token and how many tries are left."""

    def admits(self, token: str) -> bool:
        """Tell whether this is the session."""

    def state(self) -> Mapping[str, Any]:
        """Return what the page shows."""

    def picture(self) -> bytes | None:
        """Return the background as PNG, if it may be shown."""

    def check(self, payload: bytes) -> Mapping[str, Any]:
        """Return what is wrong with a drawing, and what the camera would see."""

    def save(self, payload: bytes) -> Mapping[str, Any]:
        """Save a drawing that is right; return the same."""

    def end(self) -> None:
        """End the set-up."""


class _Code(msgspec.Struct, forbid_unknown_fields=True):
    code: str


class Server(ThreadingHTTPServer):
    """Serves one set-up."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], desk: Desk, tls: ssl.SSLContext | None
    ) -> None:
        """Bind.

        Raises:
            OSError: The address cannot be had.
        """
        super().__init__(address, _Handler)
        self.desk, self.tls = desk, tls

    @override
    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer in the connection's own thread; so its handshake holds up nobody."""
        request.settimeout(_PATIENCE_S)
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        with self.tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "kynnys", ""

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what is asked for is nobody's business."""

    def do_GET(self) -> None:
        """Answer what only looks."""
        if self.path in _FILES:
            name, kind = _FILES[self.path]
            self._answer(HTTPStatus.OK, (_STATIC / name).read_bytes(), kind)
        elif self.path == "/words.json":
            self._say(HTTPStatus.OK, words())
        elif not self._is_admitted():
            self._say(HTTPStatus.UNAUTHORIZED, {})
        elif self.path == "/state":
            self._say(HTTPStatus.OK, self.server.desk.state())
        elif self.path == "/background.png":
            picture = self.server.desk.picture()
            if picture is None:
                self._say(HTTPStatus.CONFLICT, {})
            else:
                self._answer(HTTPStatus.OK, picture, "image/png")
        else:
            self._say(HTTPStatus.NOT_FOUND, {})

    def do_POST(self) -> None:
        """Answer what changes something."""
        body = self._body()
        if body is None:
            self.close_connection = True
            self._say(HTTPStatus.BAD_REQUEST, {})
            return
        desk = self.server.desk
        if self.path == "/code":
            self._enter(body)
        elif not self._is_admitted():
            self._say(HTTPStatus.UNAUTHORIZED, {})
        elif self.path == "/check":
            self._judge(desk.check, body)
        elif self.path == "/save":
            self._judge(desk.save, body)
        elif self.path == "/end":
            desk.end()
            self._say(HTTPStatus.OK, {})
        else:
            self._say(HTTPStatus.NOT_FOUND, {})

    def _enter(self, body: bytes) -> None:
        try:
            typed = msgspec.json.decode(body, type=_Code).code
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._say(HTTPStatus.BAD_REQUEST, {})
            return
        answer, token, left = self.server.desk.enter(typed)
        if answer is not Answer.RIGHT:
            self._say(HTTPStatus.FORBIDDEN, {"answer": answer, "left": left})
            return
        secure = "; Secure" if self.server.tls else ""
        cookie = f"{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/{secure}"
        self._say(HTTPStatus.OK, {"left": TRIES}, {"Set-Cookie": cookie})

    def _judge(self, ask: Callable[[bytes], Mapping[str, Any]], body: bytes) -> None:
        said = ask(body)
        bad = "refused" in said
        self._say(HTTPStatus.UNPROCESSABLE_ENTITY if bad else HTTPStatus.OK, said)

    def _is_admitted(self) -> bool:
        try:
            cookies = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            return False
        return COOKIE in cookies and self.server.desk.admits(cookies[COOKIE].value)

    def _body(self) -> bytes | None:
        """Return what a page of ours sent, or nothing if it is none."""
        origin = self.headers.get("Origin", "")
        scheme = "https" if self.server.tls else "http"
        if origin != f"{scheme}://{self.headers.get('Host', '')}":
            return None
        if self.headers.get("Content-Type") != _JSON:
            return None
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > _LONGEST:
            return None
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else None

    def _say(
        self,
        status: HTTPStatus,
        said: Any,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self._answer(status, msgspec.json.encode(said), _JSON, more)

    def _answer(
        self,
        status: HTTPStatus,
        body: bytes,
        kind: str,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        for name, value in {**headers, **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
