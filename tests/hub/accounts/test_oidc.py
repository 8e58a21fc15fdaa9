from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from hub.accounts import rules
from hub.accounts.models import Identity
from hub.accounts.oidc import OidcClient, OidcProvider
from hub.accounts.providers import Away, IdentityError

NOON = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
ISSUER = "https://id.example"
AWAY = Away("state-1", "v" * 50, "nonce-1")
KEY = ECKey.generate_key("P-256", {"kid": "1"})
CLAIMS = {
    "iss": ISSUER,
    "aud": "kynnys",
    "sub": "77",
    "exp": int((NOON + timedelta(minutes=5)).timestamp()),
    "nonce": "nonce-1",
    "name": "Aino Korhonen",
    "locale": "sv-FI",
    "phone_number": "+358400000101",
    "phone_number_verified": True,
}


def provider(
    claims: dict[str, Any] | None = None, key: ECKey = KEY, issuer: str = ISSUER
) -> OidcProvider:
    """Make our client of a city's provider that lives in memory."""

    def answer(request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/.well-known/openid-configuration":
                names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                ends = {name: f"{ISSUER}/{name}" for name in names}
                return httpx.Response(200, json={"issuer": issuer, **ends})
            case "/jwks_uri":
                return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
        form = parse_qs(request.content.decode())
        if form["code_verifier"] != [AWAY.verifier] or form["code"] != ["code-1"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        token = jwt.encode({"alg": "ES256", "kid": "1"}, CLAIMS | (claims or {}), key)
        body = {"access_token": "a", "token_type": "Bearer", "id_token": token}
        return httpx.Response(200, json=body)

    client = OidcClient("kynnys", "https://hub.example/back", "secret")
    return OidcProvider(ISSUER, client, httpx.MockTransport(answer))


def test_the_browser_is_sent_with_state_nonce_and_challenge() -> None:
    query = parse_qs(urlsplit(provider().address(AWAY)).query)
    assert query["state"] == ["state-1"]
    assert query["nonce"] == ["nonce-1"]
    assert query["code_challenge"] == [rules.challenge(AWAY.verifier)]
    assert query["code_challenge_method"] == ["S256"]


def test_the_code_is_exchanged_for_a_person() -> None:
    assert provider().identity({"code": "code-1"}, AWAY, now=NOON) == Identity(
        subject=f"{ISSUER}|77",
        name="Aino Korhonen",
        language="sv",
        phone="+358400000101",
    )


def test_an_unverified_number_is_not_taken() -> None:
    oidc = provider({"phone_number_verified": False})
    assert oidc.identity({"code": "code-1"}, AWAY, now=NOON).phone is None


@pytest.mark.parametrize(
    ("oidc", "answer"),
    [
        (provider(), {}),
        (provider(), {"code": "another"}),
        (provider({"nonce": "another"}), {"code": "code-1"}),
        (provider({"aud": "another"}), {"code": "code-1"}),
        (provider({"iss": "https://evil.example"}), {"code": "code-1"}),
        (provider({"exp": int(NOON.timestamp()) - 120}), {"code": "code-1"}),
        (provider(key=ECKey.generate_key("P-256", {"kid": "1"})), {"code": "code-1"}),
        (provider(issuer="https://evil.example"), {"code": "code-1"}),
    ],
    ids=["no code", "wrong code", "nonce", "aud", "iss", "expired", "key", "discovery"],
)
def test_an_answer_that_proves_nothing_is_refused(
    oidc: OidcProvider, answer: dict[str, str]
) -> None:
    with pytest.raises(IdentityError):
        oidc.identity(answer, AWAY, now=NOON)
