"""What a sign-in may do. Pure; imports no framework.

A session is opaque: the browser holds a random token, the database its SHA-256, so that
a copy of the database signs nobody in.
"""

import base64
import hashlib
import ipaddress
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

SESSION_LASTS = timedelta(hours=12)
PENDING_LASTS = timedelta(minutes=10)
_TOKEN_BYTES = 32


def new_token() -> str:
    """Return 256 random bits for a cookie, a state, a nonce or a PKCE verifier."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_digest(token: str) -> str:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_loopback(host: str) -> bool:
    """Tell whether an address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def demo_allowed(listens_on: str, *, simulated_clock: bool) -> bool:
    """Tell whether made-up people may sign in: never on a real clock and a real net."""
    return simulated_clock or is_loopback(listens_on)


def safe_next(page: str | None) -> str:
    """Return a page of this service to go on to; never one of somebody else's."""
    if not page or not page.startswith("/"):
        return "/"
    # Browsers read a backslash as a slash, and skip tabs and line ends.
    if page.startswith("//") or any(c in "\\\t\r\n" for c in page):
        return "/"
    parts = urlsplit(page)
    return page if not parts.scheme and not parts.netloc else "/"
