"""Text messages through a provider that speaks JSON over HTTP.

    POST url  {"to", "text", "validity_s"}   Idempotency-Key: the message's id
    200..202  {"reference": "..."}

    receipt   {"reference", "state", "at"}   X-Timestamp: seconds since 1970
                                             X-Signature: hex of
                                             HMAC-SHA256(secret, timestamp "." body)

Receipts are posted by the provider; the route hands body and headers to `read_receipt`.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

import httpx
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from hub.messages.gateway import Fate, GatewayError, Receipt, RefusedError, Sms

_RECEIPT_AGE_S = 300
_TEMPORARY = frozenset(
    (
        httpx.codes.REQUEST_TIMEOUT,
        httpx.codes.TOO_EARLY,
        httpx.codes.TOO_MANY_REQUESTS,
    )
)
_FATES = {
    "delivered": Fate.DELIVERED,
    "pending": Fate.PENDING,
    "unconfirmed": Fate.UNCONFIRMED,
    "failed": Fate.FAILED,
    "expired": Fate.EXPIRED,
}


class ReceiptError(Exception):
    """The receipt is not from the provider, too old, or not a receipt."""


class _Taken(BaseModel):
    reference: str = Field(min_length=1, max_length=128)


class _Posted(BaseModel):
    reference: str = Field(min_length=1, max_length=128)
    state: str
    at: AwareDatetime


class HttpGateway:
    """The gateway that is a provider on the network."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        """Use a client that carries the time-outs and the authorization."""
        self._client = client
        self._url = url

    def submit(self, sms: Sms) -> str:
        """Post the message and return the provider's reference.

        Raises:
            RefusedError: The provider said no, with the HTTP status.
            GatewayError: It cannot be reached, or its answer is no answer.
        """
        validity_s = int(sms.validity / timedelta(seconds=1))
        try:
            answer = self._client.post(
                self._url,
                json={"to": sms.to, "text": sms.text, "validity_s": validity_s},
                headers={"Idempotency-Key": str(sms.id)},
            )
        except httpx.HTTPError as error:
            # Its text may hold the address only, never the body.
            raise GatewayError(type(error).__name__) from error
        if not answer.is_success:
            status = answer.status_code
            temporary = answer.is_server_error or status in _TEMPORARY
            raise RefusedError(status, temporary=temporary)
        try:
            return _Taken.model_validate_json(answer.content).reference
        except ValidationError:
            # Not chained: the error quotes what came, and that may repeat the message.
            raise GatewayError("the provider's answer is no answer") from None

    def receipts(self) -> list[Receipt]:
        """Return nothing: this gateway's receipts are posted to the hub."""
        return []


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature of a receipt."""
    what = timestamp.encode() + b"." + body
    return hmac.new(secret, what, hashlib.sha256).hexdigest()


def read_receipt(
    secret: bytes, body: bytes, timestamp: str, signature: str, *, now: datetime
) -> Receipt:
    """Check and read a posted receipt.

    Raises:
        ReceiptError: It is not signed with the secret, is older or newer than five
            minutes, or is not a receipt.
    """
    expected = sign(secret, timestamp, body)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise ReceiptError("the signature does not match")
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise ReceiptError("the time stamp is no number")
    if abs(now.timestamp() - int(timestamp)) > _RECEIPT_AGE_S:
        raise ReceiptError("the receipt is not of now")
    try:
        posted = _Posted.model_validate_json(body)
    except ValidationError:
        raise ReceiptError("the body is no receipt") from None
    if posted.state not in _FATES:
        raise ReceiptError("the state is unknown")
    return Receipt(posted.reference, _FATES[posted.state], posted.at)
