"""A permit's periods, and every way its bytes can be wrong."""

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.messages import Command, Manifest, MessageError, encode
from contracts.permits import Period, Permit
from contracts.signing import SignatureError, sign, verify

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PERMIT = Permit("s", "n", "yard", 7, 1000, (Period(1000, 2000), Period(3000, 4000)))


@pytest.mark.parametrize(
    ("now_ms", "covered"),
    [
        (999, False),
        (1000, True),
        (1999, True),
        (2000, False),
        (3000, True),
        (4000, False),
    ],
)
def test_a_period_holds_its_first_moment_and_not_its_end(
    now_ms: int, *, covered: bool
) -> None:
    assert PERMIT.covers(now_ms) is covered


def test_a_permit_is_over_when_its_last_period_is() -> None:
    assert not PERMIT.is_over(3999)
    assert PERMIT.is_over(4000)


def test_a_withdrawal_covers_nothing_and_is_never_over() -> None:
    withdrawn = Permit("s", "n", "yard", 7, 1000, ())
    assert not withdrawn.covers(1000)
    assert not withdrawn.is_over(2**40)


def test_a_signed_permit_is_read_back() -> None:
    assert verify(encode(sign(PERMIT, KEY)), Permit, KEY.public_key()) == PERMIT


def test_a_flipped_bit_is_never_a_permit_of_another_meaning() -> None:
    payload, chance = encode(sign(PERMIT, KEY)), random.Random(4)
    refused = 0
    for _ in range(500):
        damaged = bytearray(payload)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        try:
            assert verify(bytes(damaged), Permit, KEY.public_key()) == PERMIT
        except (MessageError, SignatureError):
            refused += 1
    # What is left are flips in the key's name and in the case of a hexadecimal digit.
    assert refused > 400


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_half_a_permit_is_none(cut: int) -> None:
    with pytest.raises(MessageError):
        verify(encode(sign(PERMIT, KEY))[:cut], Permit, KEY.public_key())


@pytest.mark.parametrize(
    "periods",
    [
        tuple(Period(n, n + 1) for n in range(65)),
        (Period(-1, 5),),
        (Period(0, 10**18),),
    ],
    ids=["too many", "before 1970", "after the year 9999"],
)
def test_periods_out_of_bounds_are_refused(periods: tuple[Period, ...]) -> None:
    body = Permit("s", "n", "yard", 1, 1, periods)
    with pytest.raises(MessageError):
        verify(encode(sign(body, KEY)), Permit, KEY.public_key())


def test_no_other_thing_that_the_hub_signs_is_a_permit() -> None:
    manifest = Manifest("s", "n", 1, 1000, 2000, {}, ())
    payload = encode(sign(manifest, KEY))
    with pytest.raises(MessageError):
        verify(payload, Permit, KEY.public_key())
    payload = encode(sign(PERMIT, KEY))
    for kind in (Manifest, Command):
        with pytest.raises(MessageError):
            verify(payload, kind, KEY.public_key())
