"""The provider on the network, played by a transport in memory."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from hub.messages.gateway import Fate, GatewayError, RefusedError, Sms
from hub.messages.http import HttpGateway, ReceiptError, read_receipt, sign

NOW = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
SECRET = b"s" * 32
BODY = b'{"reference": "r1", "state": "delivered", "at": "2026-11-27T14:29:59Z"}'
SMS = Sms(UUID(int=7), "+358401234567", "Ovikoodi 4827", timedelta(hours=2))


def gateway(answer: Callable[[httpx.Request], httpx.Response]) -> HttpGateway:
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return HttpGateway(client, "https://sms.example/v1")


def test_a_message_is_posted_once_for_its_id() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202, json={"reference": "r1"})

    assert gateway(answer).submit(SMS) == "r1"
    assert seen[0].headers["Idempotency-Key"] == str(UUID(int=7))
    assert json.loads(seen[0].content) == {
        "to": SMS.to,
        "text": SMS.text,
        "validity_s": 7200,
    }


@pytest.mark.parametrize(
    ("status", "temporary"), [(400, False), (422, False), (429, True), (503, True)]
)
def test_a_refusal_carries_the_status(status: int, *, temporary: bool) -> None:
    with pytest.raises(RefusedError) as caught:
        gateway(lambda _: httpx.Response(status)).submit(SMS)
    assert (caught.value.number, caught.value.temporary) == (status, temporary)


@pytest.mark.parametrize("body", [b"", b"OK", b"{}", b'{"reference": ""}', b"\xff"])
def test_an_answer_that_is_none_is_the_gateways_error(body: bytes) -> None:
    with pytest.raises(GatewayError):
        gateway(lambda _: httpx.Response(200, content=body)).submit(SMS)


def test_a_provider_out_of_reach_is_the_gateways_error_without_the_message() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(GatewayError) as caught:
        gateway(answer).submit(SMS)
    assert not isinstance(caught.value, RefusedError)
    assert "4827" not in str(caught.value)


def test_a_signed_receipt_is_read() -> None:
    receipt = read_receipt(SECRET, BODY, STAMP, sign(SECRET, STAMP, BODY), now=NOW)
    assert (receipt.reference, receipt.fate) == ("r1", Fate.DELIVERED)
    assert receipt.at == datetime(2026, 11, 27, 14, 29, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "stamp", "signature"),
    [
        (BODY, STAMP, ""),
        (BODY, STAMP, "ä"),
        (BODY, STAMP, sign(b"other", STAMP, BODY)),
        (BODY + b" ", STAMP, sign(SECRET, STAMP, BODY)),
        (BODY, str(int(STAMP) + 1), sign(SECRET, STAMP, BODY)),
    ],
)
def test_a_forged_receipt_is_refused(body: bytes, stamp: str, signature: str) -> None:
    with pytest.raises(ReceiptError, match="signature"):
        read_receipt(SECRET, body, stamp, signature, now=NOW)


@pytest.mark.parametrize("late_s", [-301, 301])
def test_a_replayed_receipt_is_refused(late_s: int) -> None:
    signature = sign(SECRET, STAMP, BODY)
    with pytest.raises(ReceiptError, match="now"):
        read_receipt(
            SECRET, BODY, STAMP, signature, now=NOW + timedelta(seconds=late_s)
        )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"reference": "r1", "state": "eaten", "at": "2026-11-27T14:29:59Z"}',
        b'{"reference": "r1", "state": "delivered", "at": "2026-11-27T14:29:59"}',
    ],
)
def test_a_signed_body_that_is_no_receipt_is_refused(body: bytes) -> None:
    with pytest.raises(ReceiptError):
        read_receipt(SECRET, body, STAMP, sign(SECRET, STAMP, body), now=NOW)


def test_a_time_stamp_that_is_no_number_is_refused() -> None:
    with pytest.raises(ReceiptError):
        read_receipt(SECRET, BODY, "soon", sign(SECRET, "soon", BODY), now=NOW)
