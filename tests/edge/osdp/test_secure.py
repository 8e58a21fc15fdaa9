"""The Secure Channel, both roles."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.osdp.frame import Frame, decode, encode
from edge.osdp.secure import MacError, SecureChannel

KEY = bytes(range(0x30, 0x40))
RND_A = bytes(range(0xB0, 0xB8))
RND_B = bytes(range(0xA0, 0xA8))


def ends() -> tuple[SecureChannel, SecureChannel]:
    return SecureChannel(KEY, RND_A, RND_B), SecureChannel(KEY, RND_A, RND_B)


def command(payload: bytes, sequence: int = 1) -> Frame:
    return Frame(0, sequence, payload)


def reply(payload: bytes, sequence: int = 1) -> Frame:
    return Frame(0, sequence, payload, is_reply=True)


def test_both_ends_prove_the_same_key_with_different_cryptograms() -> None:
    cp, pd = ends()
    assert cp.client_cryptogram == pd.client_cryptogram
    assert cp.server_cryptogram == pd.server_cryptogram
    assert cp.client_cryptogram != cp.server_cryptogram


def test_another_key_gives_another_cryptogram() -> None:
    cp, _ = ends()
    other = SecureChannel(bytes(16), RND_A, RND_B)
    assert cp.client_cryptogram != other.client_cryptogram


@given(st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=8))
def test_commands_and_replies_pass_in_turn(payloads: list[bytes]) -> None:
    cp, pd = ends()
    for payload in payloads:
        sent = decode(encode(cp.seal(command(payload))))
        assert pd.open(sent).payload == payload
        back = decode(encode(pd.seal(reply(payload))))
        assert cp.open(back).payload == payload


def test_the_sizes_on_the_wire_are_the_standards() -> None:
    cp, pd = ends()
    poll, out = command(b"\x60"), command(b"\x68\x00\x05\x32\x00", 2)
    ack, keypad = reply(b"\x40"), reply(b"\x53\x00\x01\x0d", 2)

    sizes = []
    for end, frame in ((cp, poll), (pd, ack), (cp, out), (pd, keypad)):
        sizes.append(len(encode(end.seal(frame))))

    # A command is one more on the wire: the mark that goes before it.
    assert sizes == [14, 14, 30, 30]


def test_data_is_not_readable_on_the_wire() -> None:
    cp, _ = ends()
    assert b"48271635" not in encode(cp.seal(command(b"\x6b48271635")))


def test_a_changed_packet_is_refused_and_the_true_one_still_passes() -> None:
    cp, pd = ends()
    sealed = cp.seal(command(b"\x60"))

    with pytest.raises(MacError):
        pd.open(replace(sealed, payload=b"\x61"))

    assert pd.open(sealed).payload == b"\x60"


def test_a_packet_cannot_be_replayed() -> None:
    cp, pd = ends()
    sealed = cp.seal(command(b"\x60"))
    pd.open(sealed)
    with pytest.raises(MacError):
        pd.open(sealed)


def test_a_command_does_not_pass_for_a_reply() -> None:
    cp, pd = ends()
    sealed = cp.seal(command(b"\x60"))
    with pytest.raises(MacError):
        pd.open(replace(sealed, is_reply=True))
