"""HTTP of the simulated world, on the loopback address only.

    GET  /                the page            GET  /state         all that it shows
    GET  /events          server-sent events  GET  /events?after=N[&wait_s=S]  a JSON list
    POST /do              one order, as on standard input
         /oidc/...        the outside identity provider

A request must name this address as its host, and a browser's also as its origin, so that
no other page that the person has open can drive the world.
"""

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from firmware_sim.actions import Building, do_line
from firmware_sim.oidc import Answer, Provider
from firmware_sim.page.journal import Facts
from firmware_sim.phone import Network

_FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}
_HERE = Path(__file__).parent
_LONGEST_BODY = 16384
_MOST_DIGITS = 12
_LONGEST_WAIT_S = 25.0
_SSE_BEAT_S = 5.0
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Page(ThreadingHTTPServer):
    """The server; one thread for each request."""

    daemon_threads = True

    def __init__(
        self,
        port: int,
        building: Building,
        network: Network,
        site: dict[str, Any],
        provider: Provider,
    ) -> None:
        """Open the port; 0 takes a free one."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.building = building
        self.network = network
        self.site = site
        self.provider = provider
        self.address = f"http://127.0.0.1:{self.server_port}/"
        provider.issuer = f"{self.address}oidc"
        names = ("127.0.0.1", "localhost")
        self.hosts = [f"{name}:{self.server_port}" for name in names]

    def state(self) -> Facts:
        """Return everything that the page shows."""
        building = self.building
        with building.lock:
            number = building.journal.last
            doors = [
                {key: door.get(key) for key in ("id", "name", "node", "outer_door")}
                | {"line": f"{door['node']}/{door['line']}"}
                | building.doors[door["id"]].state()
                for door in self.site["door"]
            ]
            lines = [{"id": n, "cut": c.is_cut} for n, c in building.lines.items()]
        return {
            "last": number,
            "utc": building.journal.now(),
            "rate": building.rate,
            "movable": building.clock is not None,
            "site": self.site.get("site", {}).get("name", {}),
            "doors": doors,
            "lines": lines,
            "switches": building.switches,
            "phones": [self._phone(persona) for persona in self.site["persona"]],
        }

    def _phone(self, persona: dict[str, Any]) -> Facts:
        phone = self.network.phone(persona["phone"])
        return {
            "name": persona["name"],
            "number": phone.number,
            "reachable": phone.reachable,
            "inbox": [
                {"at": sms.at.isoformat(), "text": sms.text} for sms in phone.inbox
            ],
        }


class _Handler(BaseHTTPRequestHandler):
    server: Page
    server_version = "world"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """Answer a GET."""
        if not self._is_from_here():
            return
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        if url.path in _FILES:
            name, kind = _FILES[url.path]
            self._send(Answer(200, (_HERE / name).read_bytes(), kind))
        elif url.path == "/events" and "after" not in query:
            self._stream(self.headers.get("Last-Event-ID", ""))
        elif url.path in ("/events", "/state"):
            self._send(self._told(url.path, query))
        else:
            self._send(self._provided(url.path, query))

    def do_POST(self) -> None:
        """Answer a POST."""
        if not self._is_from_here():
            return
        body = self._body()
        url = urlsplit(self.path)
        if body is None:
            return
        if url.path == "/do":
            if self.headers.get_content_type() != "application/json":
                self._send(_refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON"))
                return
            answer = do_line(self.server.building, body)
            self._send(_json(answer, 200 if answer["ok"] else 422))
            return
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        if url.path == "/oidc/token":
            self._send(self.server.provider.token(form))
        elif url.path == "/oidc/authorize":
            query = dict(parse_qsl(url.query))
            persona = form.get("persona", "")
            self._send(self.server.provider.chosen(query, persona))
        else:
            self._send(_refused(HTTPStatus.NOT_FOUND, "no such place"))

    # `typing.override` is of 3.12; the name `format` is the standard library's.
    def log_message(  # type: ignore[explicit-override]
        self,
        format: str,  # noqa: A002
        *args: object,
    ) -> None:
        """Say nothing: standard output is the journal's."""

    def _provided(self, path: str, query: dict[str, str]) -> Answer:
        provider = self.server.provider
        match path:
            case "/oidc/.well-known/openid-configuration":
                return provider.configuration()
            case "/oidc/jwks":
                return provider.jwks()
            case "/oidc/authorize":
                return provider.choose(query)
            case "/oidc/userinfo":
                return provider.userinfo(self.headers.get("Authorization", ""))
        return _refused(HTTPStatus.NOT_FOUND, "no such place")

    def _told(self, path: str, query: dict[str, str]) -> Answer:
        if path == "/state":
            return _json(self.server.state())
        try:
            after = int(query["after"])
            # In this order NaN becomes 0.
            wait_s = min(max(0.0, float(query.get("wait_s", 0))), _LONGEST_WAIT_S)
        except ValueError:
            return _refused(HTTPStatus.BAD_REQUEST, "`after` and `wait_s` are numbers")
        return _json(self.server.building.journal.after(after, wait_s))

    def _stream(self, last_id: str) -> None:
        journal = self.server.building.journal
        last = _number(last_id)
        last = journal.last if last is None else last
        self.close_connection = True
        self.send_response(200)
        self._headers("text/event-stream")
        self.end_headers()
        try:
            self.wfile.write(f"retry: 1000\nid: {last}\n\n".encode())
            while True:
                events = journal.after(last, _SSE_BEAT_S)
                for event in events:
                    last = int(str(event["n"]))
                    text = json.dumps(event, ensure_ascii=False)
                    self.wfile.write(f"id: {last}\ndata: {text}\n\n".encode())
                if not events:
                    self.wfile.write(b": still here\n\n")
        except OSError:
            return  # the page was closed

    def _is_from_here(self) -> bool:
        host, origin = self.headers.get("Host"), self.headers.get("Origin")
        origins = (None, *(f"http://{name}" for name in self.server.hosts))
        if host in self.server.hosts and origin in origins:
            return True
        self.close_connection = True
        self._send(_refused(HTTPStatus.FORBIDDEN, "ask from this machine's own page"))
        return False

    def _body(self) -> bytes | None:
        length = _number(self.headers.get("Content-Length", ""))
        if length is not None and length <= _LONGEST_BODY:
            return self.rfile.read(length)
        self.close_connection = True
        self._send(_refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too long"))
        return None

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self._headers(answer.kind, answer.headers.get("Form-Action", ""))
        for name, value in answer.headers.items():
            if name not in ("Form-Action", "Cache-Control"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _headers(self, kind: str, form_action: str = "") -> None:
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", f"{_POLICY} {form_action}".strip())
        for name, value in _HEADERS.items():
            self.send_header(name, value)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def _json(body: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False).encode())


def _refused(status: HTTPStatus, why: str) -> Answer:
    return _json({"ok": False, "error": why}, status)
