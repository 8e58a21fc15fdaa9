"""The world over HTTP: who may ask, what is told, and that two may look at once."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

Json = dict[str, Any]
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def netloc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host and port of a running world's page."""
    folder = tmp_path_factory.mktemp("page")
    command = [sys.executable, "-m", "firmware_sim.world", "--folder", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        yield urlsplit(json.loads(program.stdout.readline())["page"]).netloc
        program.terminate()


def ask(
    netloc: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(netloc, timeout=10)
    connection.request("POST" if body is not None else "GET", path, body, headers or {})
    reply = connection.getresponse()
    answer = reply.status, reply.headers, reply.read()
    connection.close()
    return answer


def do(netloc: str, **order: object) -> Json:
    body = json.dumps(order).encode()
    answer: Json = json.loads(ask(netloc, "/do", body, headers=JSON)[2])
    return answer


def last(netloc: str) -> int:
    number: int = json.loads(ask(netloc, "/state")[2])["last"]
    return number


@pytest.mark.parametrize("path", ["/", "/page.css", "/page.js", "/icon.svg"])
def test_the_page_loads_only_from_itself(netloc: str, path: str) -> None:
    status, headers, body = ask(netloc, path)

    assert status == 200
    assert body
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "kynnys.example"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "http://kynnys.example"},
        {"Origin": "null"},
    ],
    ids=lambda headers: "".join(headers.values()),
)
def test_another_site_can_neither_look_nor_act(
    netloc: str, headers: dict[str, str]
) -> None:
    before = last(netloc)

    assert ask(netloc, "/state", None, headers)[0] == 403
    assert ask(netloc, "/do", b'{"do":"push","door":"A"}', headers)[0] == 403

    assert last(netloc) == before


def test_an_order_must_say_that_it_is_json(netloc: str) -> None:
    order = b'{"do":"handle","door":"A"}'
    assert ask(netloc, "/do", order, {"Content-Type": "text/plain"})[0] == 415


@pytest.mark.parametrize("length", ["100000000", "-1", "many", "9" * 5000])
def test_a_body_of_strange_length_is_refused(netloc: str, length: str) -> None:
    assert ask(netloc, "/do", b"{}", {"Content-Length": length})[0] == 413


@pytest.mark.parametrize("path", ["/nothing", "/../world.toml", "/page/server.py"])
def test_there_is_nothing_else(netloc: str, path: str) -> None:
    assert ask(netloc, path)[0] == 404


def test_the_state_names_every_door_in_three_languages(netloc: str) -> None:
    doors = json.loads(ask(netloc, "/state")[2])["doors"]

    assert [door["id"] for door in doors] == list("ABCDEFGHIJ")
    assert all({"fi", "sv", "en"} <= door["name"].keys() for door in doors)


def test_two_clients_see_the_same_events(netloc: str) -> None:
    before = last(netloc)
    do(netloc, do="push", door="B")
    do(netloc, do="close", door="B")

    seen = [json.loads(ask(netloc, f"/events?after={before}")[2]) for _ in range(2)]

    assert seen[0] == seen[1]
    moves = [event["state"] for event in seen[0] if event["event"] == "leaf"]
    assert moves == ["open", "closed"]


def test_a_client_waits_until_something_happens(netloc: str) -> None:
    connection = http.client.HTTPConnection(netloc, timeout=10)
    connection.request("GET", f"/events?after={last(netloc)}&wait_s=10")
    do(netloc, do="push", door="C")

    events = json.loads(connection.getresponse().read())
    connection.close()

    assert events[0]["door"] == "C"


@pytest.mark.parametrize(
    "query", ["after=soon", "after=1&wait_s=long", "after=" + "9" * 5000]
)
def test_a_strange_question_for_events_is_refused(netloc: str, query: str) -> None:
    assert ask(netloc, f"/events?{query}")[0] == 400


def test_a_wait_that_is_no_number_is_no_wait(netloc: str) -> None:
    after = last(netloc) + 1000
    assert ask(netloc, f"/events?after={after}&wait_s=nan")[2] == b"[]"


def test_a_stream_resumes_after_the_last_event_it_saw(netloc: str) -> None:
    before = last(netloc)
    do(netloc, do="push", door="D")
    connection = http.client.HTTPConnection(netloc, timeout=10)
    connection.request("GET", "/events", headers={"Last-Event-ID": str(before)})

    reply = connection.getresponse()
    lines = iter(reply.readline, b"")
    data = next(line for line in lines if line.startswith(b"data: "))
    connection.close()

    assert reply.headers["Content-Type"] == "text/event-stream"
    assert json.loads(data.removeprefix(b"data: "))["n"] == before + 1


def test_the_sign_in_page_may_send_a_person_to_who_asked_and_nowhere_else(
    netloc: str,
) -> None:
    told = json.loads(ask(netloc, "/oidc/.well-known/openid-configuration")[2])
    query = (
        "response_type=code&client_id=kynnys&scope=openid&code_challenge=c"
        "&code_challenge_method=S256&redirect_uri=http://127.0.0.1:8080/back"
    )

    status, headers, _ = ask(netloc, f"/oidc/authorize?{query}")
    chosen, back, _ = ask(netloc, f"/oidc/authorize?{query}", b"persona=resident")

    assert told["issuer"] == f"http://{netloc}/oidc"
    assert status == 200
    policy = headers["Content-Security-Policy"]
    assert policy.endswith("form-action 'self' http://127.0.0.1:8080")
    assert chosen == 303
    assert back["Location"].startswith("http://127.0.0.1:8080/back?code=")


def test_a_code_is_refused_over_http_as_the_standard_says(netloc: str) -> None:
    form = b"grant_type=authorization_code&client_id=kynnys&code=guessed"
    status, _, body = ask(netloc, "/oidc/token", form)
    assert (status, json.loads(body)) == (400, {"error": "invalid_grant"})
    assert ask(netloc, "/oidc/userinfo")[0] == 401
    assert json.loads(ask(netloc, "/oidc/jwks")[2])["keys"][0]["alg"] == "RS256"
