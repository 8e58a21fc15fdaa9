"""The outside identity provider, asked as a client of the standard would ask."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from contracts.clock import ManualClock
from firmware_sim.oidc import Answer, Provider

VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
    .rstrip(b"=")
    .decode()
)
BACK = "http://127.0.0.1:8080/signed-in"
ASKED = {
    "response_type": "code",
    "client_id": "kynnys",
    "redirect_uri": BACK,
    "scope": "openid profile",
    "state": "s&1",
    "nonce": "n1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
AINO = {
    "id": "resident",
    "name": "Aino <Korhonen>",
    "language": "fi",
    "phone": "+358400000101",
    "roles": ["resident"],
}


@pytest.fixture
def now() -> ManualClock:
    return ManualClock(datetime(2026, 11, 27, 14, 30, tzinfo=UTC))


@pytest.fixture
def provider(now: ManualClock) -> Provider:
    made = Provider([AINO], now)
    made.issuer = "http://127.0.0.1:9000/oidc"
    return made


def body(answer: Answer) -> Any:
    return json.loads(answer.body)


def sent_back(answer: Answer) -> dict[str, str]:
    assert answer.status == 303
    assert answer.headers["Location"].startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def redeem(provider: Provider, code: str, **changed: str) -> Answer:
    form: Mapping[str, str] = {
        "grant_type": "authorization_code",
        "client_id": "kynnys",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        **changed,
    }
    return provider.token(form)


def test_discovery_names_what_the_standard_requires(provider: Provider) -> None:
    told = body(provider.configuration())

    assert told["issuer"] == provider.issuer
    assert told["code_challenge_methods_supported"] == ["S256"]
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        assert told[name].startswith(provider.issuer + "/")


def test_the_published_key_has_no_private_half(provider: Provider) -> None:
    (key,) = body(provider.jwks())["keys"]
    assert {"kty", "n", "e", "kid"} <= key.keys()
    assert not {"d", "p", "q"} & key.keys()


def test_the_page_lists_the_personas_as_text(provider: Provider) -> None:
    answer = provider.choose(ASKED)
    assert b"Aino &lt;Korhonen&gt;" in answer.body
    assert answer.headers["Form-Action"] == "http://127.0.0.1:8080"


def test_a_choice_becomes_a_signed_token_about_that_person(
    provider: Provider, now: ManualClock
) -> None:
    back = sent_back(provider.chosen(ASKED, "resident"))
    tokens = body(redeem(provider, back["code"]))

    keys = KeySet.import_key_set(body(provider.jwks()))
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims

    assert back["state"] == "s&1"
    assert back["iss"] == claims["iss"] == provider.issuer
    assert (claims["sub"], claims["aud"], claims["nonce"]) == (
        "resident",
        "kynnys",
        "n1",
    )
    assert claims["iat"] == now.utc().timestamp() < claims["exp"]
    person = body(provider.userinfo(f"Bearer {tokens['access_token']}"))
    assert person["phone_number"] == "+358400000101"


def test_a_code_works_once(provider: Provider) -> None:
    code = sent_back(provider.chosen(ASKED, "resident"))["code"]
    assert redeem(provider, code).status == 200
    assert body(redeem(provider, code)) == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "changed", [{"code_verifier": "w" * 43}, {"redirect_uri": BACK + "/"}]
)
def test_a_stolen_code_is_useless(provider: Provider, changed: dict[str, str]) -> None:
    code = sent_back(provider.chosen(ASKED, "resident"))["code"]
    assert redeem(provider, code, **changed).status == 400
    assert redeem(provider, code).status == 400


def test_a_code_lives_a_minute(provider: Provider, now: ManualClock) -> None:
    code = sent_back(provider.chosen(ASKED, "resident"))["code"]
    now.advance(60)
    assert redeem(provider, code).status == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "other"},
        {"redirect_uri": "http://kynnys.example/signed-in"},
        {"redirect_uri": "http://127.0.0.1:99999/"},
        {"redirect_uri": "http://127.0.0.1.kynnys.example/"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
    ids=lambda changed: "".join(changed.values()),
)
def test_nobody_is_sent_to_a_strange_address(
    provider: Provider, changed: dict[str, str]
) -> None:
    for answer in (
        provider.choose(ASKED | changed),
        provider.chosen(ASKED | changed, "resident"),
    ):
        assert answer.status == 400
        assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
    ],
)
def test_a_request_against_the_rules_goes_back_with_the_reason(
    provider: Provider, changed: dict[str, str], error: str
) -> None:
    assert sent_back(provider.choose(ASKED | changed))["error"] == error


def test_somebody_may_cancel(provider: Provider) -> None:
    assert sent_back(provider.chosen(ASKED, ""))["error"] == "access_denied"


def test_userinfo_needs_a_living_token(provider: Provider, now: ManualClock) -> None:
    code = sent_back(provider.chosen(ASKED, "resident"))["code"]
    token = body(redeem(provider, code))["access_token"]
    now.advance(600)

    assert provider.userinfo(f"Bearer {token}").status == 401
    assert provider.userinfo("").status == 401
