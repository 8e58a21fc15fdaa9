import httpx
import pytest
from fastapi import Request

from kit.identity import HubAuthenticator, Person

AINO = {"id": "aino", "display_name": "Aino", "language": "fi", "roles": ["staff"]}


def answer(request: httpx.Request) -> httpx.Response:
    assert request.url.path == "/internal/person"
    known = {"session=good": (200, AINO), "session=odd": (500, {})}
    status, body = known.get(request.headers["cookie"], (401, {}))
    return httpx.Response(status, json=body)


@pytest.fixture
def authenticator() -> HubAuthenticator:
    transport = httpx.MockTransport(answer)
    return HubAuthenticator(httpx.Client(base_url="http://hub", transport=transport))


def request(cookie: str | None) -> Request:
    headers = [] if cookie is None else [(b"cookie", cookie.encode())]
    return Request({"type": "http", "headers": headers})


def test_the_hub_says_who_it_is(authenticator: HubAuthenticator) -> None:
    person = authenticator.person(request("session=good"))
    assert person == Person("aino", "Aino", "fi", frozenset({"staff"}))


@pytest.mark.parametrize("cookie", [None, "session=old"])
def test_nobody_is_signed_in(
    authenticator: HubAuthenticator, cookie: str | None
) -> None:
    assert authenticator.person(request(cookie)) is None


def test_a_hub_in_trouble_is_not_an_anonymous_visitor(
    authenticator: HubAuthenticator,
) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        authenticator.person(request("session=odd"))
