"""The outside identity provider: OpenID Connect with the personas of the world.

    /oidc/.well-known/openid-configuration   /oidc/jwks
    /oidc/authorize   lists the personas; a choice goes back with a code
    /oidc/token       the code, once, with its PKCE verifier, for an id_token (RS256)
    /oidc/userinfo    what the access token's person is called

A stand-in for the city's provider: it asks for no password, since its people are nobody
real, and sends codes to loopback addresses only. Everything else is as strict as the
standard: one public client, PKCE with S256 required, exact redirect URI, codes that work
once. Tokens are dated by the clock that is handed in, the world's: a client of the same
world judges them by the same one.

Source: OpenID Connect Core 1.0, RFC 6749, RFC 7636, RFC 9207.
"""

import base64
import hashlib
import html
import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from contracts.clock import Clock

CLIENT_ID = "kynnys"
_CODE_LIVES_S = 60
_TOKEN_LIVES_S = 600
_LOOPBACK = ("127.0.0.1", "localhost")
_SCOPES = ("openid", "profile", "phone")

Persona = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    body: bytes = b""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Grant:
    persona: Persona
    redirect_uri: str
    challenge: str
    nonce: str | None
    ends_s: float


class ProviderError(Exception):
    """The request is refused; the text is the standard's error code."""


class Provider:
    """The provider, without HTTP. `issuer` is set by whoever serves it."""

    def __init__(self, personas: Sequence[Persona], clock: Clock) -> None:
        """Start with a fresh signing key."""
        self.issuer = ""
        self._personas = {str(persona["id"]): persona for persona in personas}
        self._clock = clock
        self._key = RSAKey.generate_key(
            2048, {"use": "sig", "alg": "RS256", "kid": secrets.token_hex(8)}
        )
        self._codes: dict[str, _Grant] = {}
        self._tokens: dict[str, _Grant] = {}
        self._lock = threading.Lock()

    def configuration(self) -> Answer:
        """Answer discovery."""
        at = self.issuer
        return _json(
            {
                "issuer": at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "userinfo_endpoint": f"{at}/userinfo",
                "jwks_uri": f"{at}/jwks",
                "scopes_supported": _SCOPES,
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    def jwks(self) -> Answer:
        """Answer with the public half of the signing key."""
        return _json({"keys": [self._key.as_dict(private=False)]})

    def choose(self, query: Mapping[str, str]) -> Answer:
        """Answer an authorization request with the list of personas."""
        try:
            origin = _redirect_origin(query)
        except ProviderError as error:
            return _refused(str(error))
        if wrong := _wrong(query):
            return self._back(query, {"error": wrong})
        rows = "".join(_row(persona) for persona in self._personas.values())
        page = _PAGE.format(query=html.escape(urlencode(query)), rows=rows)
        # The browser follows the redirect of a form only where the policy lets it.
        return Answer(
            200, page.encode(), "text/html; charset=utf-8", {"Form-Action": origin}
        )

    def chosen(self, query: Mapping[str, str], persona_id: str) -> Answer:
        """Send the person who was chosen back with a code."""
        try:
            _redirect_origin(query)
        except ProviderError as error:
            return _refused(str(error))
        if wrong := _wrong(query):
            return self._back(query, {"error": wrong})
        persona = self._personas.get(persona_id)
        if persona is None:
            return self._back(query, {"error": "access_denied"})
        code = secrets.token_urlsafe(24)
        grant = _Grant(
            persona,
            query["redirect_uri"],
            query["code_challenge"],
            query.get("nonce"),
            self._clock.monotonic_s() + _CODE_LIVES_S,
        )
        with self._lock:
            self._codes[code] = grant
        return self._back(query, {"code": code})

    def token(self, form: Mapping[str, str]) -> Answer:
        """Exchange a code for tokens; a code works once, rightly used or not."""
        if form.get("grant_type") != "authorization_code":
            return _json({"error": "unsupported_grant_type"}, 400)
        if form.get("client_id") != CLIENT_ID:
            return _json({"error": "invalid_client"}, 401)
        with self._lock:
            grant = self._codes.pop(form.get("code", ""), None)
        if grant is None or not self._is_redeemed(grant, form):
            return _json({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(24)
        lives_s = self._clock.monotonic_s() + _TOKEN_LIVES_S
        with self._lock:
            self._tokens[access] = _Grant(grant.persona, "", "", None, lives_s)
        return _json(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": _TOKEN_LIVES_S,
                "scope": " ".join(_SCOPES),
                "id_token": self._id_token(grant),
            }
        )

    def userinfo(self, authorization: str) -> Answer:
        """Answer with the claims of the access token's person."""
        grant = self._tokens.get(authorization.removeprefix("Bearer "))
        if grant is None or self._clock.monotonic_s() >= grant.ends_s:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return Answer(401, b"{}", headers=challenge)
        return _json(_claims(grant.persona))

    def _is_redeemed(self, grant: _Grant, form: Mapping[str, str]) -> bool:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return (
            self._clock.monotonic_s() < grant.ends_s
            and form.get("redirect_uri") == grant.redirect_uri
            and secrets.compare_digest(challenge.encode(), grant.challenge.encode())
        )

    def _id_token(self, grant: _Grant) -> str:
        now = int(self._clock.utc().timestamp())
        claims = _claims(grant.persona) | {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "auth_time": now,
            "exp": now + _TOKEN_LIVES_S,
        }
        if grant.nonce is not None:
            claims["nonce"] = grant.nonce
        header = {"alg": "RS256", "kid": self._key.kid, "typ": "JWT"}
        return jwt.encode(header, claims, self._key)

    def _back(self, query: Mapping[str, str], answer: dict[str, str]) -> Answer:
        if "state" in query:
            answer["state"] = query["state"]
        answer["iss"] = self.issuer
        uri = query["redirect_uri"]
        separator = "&" if "?" in uri else "?"
        return Answer(303, headers={"Location": f"{uri}{separator}{urlencode(answer)}"})


def _claims(persona: Persona) -> dict[str, object]:
    claims: dict[str, object] = {
        "sub": str(persona["id"]),
        "name": persona["name"],
        "locale": persona["language"],
        "roles": list(persona.get("roles", ())),
    }
    if "phone" in persona:
        claims |= {"phone_number": persona["phone"], "phone_number_verified": True}
    return claims


def _redirect_origin(query: Mapping[str, str]) -> str:
    """Return where the person goes back to.

    Raises:
        ProviderError: The client is unknown or the address is not on this machine;
            then nobody is sent there.
    """
    if query.get("client_id") != CLIENT_ID:
        raise ProviderError("unknown client_id")
    try:
        uri = urlsplit(query.get("redirect_uri", ""))
        port = uri.port
    except ValueError as error:
        raise ProviderError("redirect_uri cannot be read") from error
    if uri.scheme != "http" or uri.hostname not in _LOOPBACK or uri.fragment:
        raise ProviderError("redirect_uri is not on this machine")
    return f"http://{uri.hostname}:{port or 80}"


def _wrong(query: Mapping[str, str]) -> str | None:
    if query.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in query.get("scope", "").split():
        return "invalid_scope"
    is_s256 = query.get("code_challenge_method") == "S256"
    return None if is_s256 and query.get("code_challenge") else "invalid_request"


def _json(body: object, status: int = 200) -> Answer:
    return Answer(
        status, json.dumps(body).encode(), headers={"Cache-Control": "no-store"}
    )


def _refused(why: str) -> Answer:
    return Answer(400, f"{why}\n".encode(), "text/plain; charset=utf-8")


def _row(persona: Persona) -> str:
    name, roles = persona["name"], ", ".join(persona.get("roles", ()))
    return (
        f'<li><button name="persona" value="{html.escape(str(persona["id"]))}">'
        f"<strong>{html.escape(name)}</strong><span>{html.escape(roles)}</span>"
        "</button></li>"
    )


_PAGE = """<!doctype html>
<html lang="fi"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tunnistautuminen (simuloitu)</title><link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/page.css">
<main class="sign-in"><h1>Kuka olet?</h1>
<p>Simuloitu tunnistautuminen: henkilöt ovat keksittyjä.
<span lang="en">Simulated sign-in; nobody here is real.</span></p>
<form method="post" action="/oidc/authorize?{query}"><ul>{rows}</ul>
<button class="quiet" name="persona" value="">Peruuta · Cancel</button></form></main>
</html>
"""
