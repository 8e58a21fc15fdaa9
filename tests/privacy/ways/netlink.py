"""Netlink, and sockets of every other family that the machine has."""

import socket
import struct

from tests.privacy.arena import Arena, Fire, Way
from tests.privacy.calls import sys
from tests.privacy.eyes import descriptor
from tests.privacy.ways.sockets import DGRAM, KIND, RAW, SEQPACKET, STREAM

_NETLINK = 16
_GROUP = 1
_ROUTE, _USERSOCK, _UEVENT = 0, 2, 15
_FAMILIES = {
    "ax25": 3, "ipx": 4, "appletalk": 5, "netrom": 6, "atm": 8, "x25": 9, "rose": 11,
    "key": 15, "rds": 21, "ppp over x": 24, "llc": 26, "infiniband": 27, "can": 29,
    "tipc": 30, "bluetooth": 31, "iucv": 32, "rxrpc": 33, "phonet": 35,
    "ieee 802.15.4": 36, "caif": 37, "alg": 38, "nfc": 39, "vsock": 40, "kcm": 41,
    "qipcrtr": 42, "smc": 43, "xdp": 44, "mctp": 45,
}  # fmt: skip


def _to_group(protocol: int) -> Way:
    """Tell a group of netlink."""

    def ready(arena: Arena) -> None:
        listener = socket.socket(_NETLINK, RAW, protocol)
        listener.bind((0, _GROUP))
        listener.setblocking(False)
        arena.held["listener"] = listener

    def arm(arena: Arena) -> Fire:
        def fire() -> None:
            with socket.socket(_NETLINK, RAW, protocol) as sender:
                body = struct.pack("<IHHII", 32, 16, 0, 0, 0) + arena.mark
                sender.sendto(body, (0, _GROUP))

        return fire

    return Way(KIND, f"netlink {protocol}, to a group", arm, _group_heard, ready)


def _group_heard(arena: Arena) -> bool:
    try:
        return arena.mark in arena.held["listener"].recv(4096)
    except BlockingIOError:
        return False


def _link(arena: Arena) -> Fire:
    """Give a network interface another name: an alias of the loopback."""
    alias = struct.pack("<HH", 4 + 16, 20) + arena.mark
    body = struct.pack("<BxHiII", 0, 0, 1, 0, 0) + alias
    message = struct.pack("<IHHII", 16 + len(body), 16, 5, 1, 0) + body

    def fire() -> None:
        with socket.socket(_NETLINK, RAW, _ROUTE) as sender:
            sender.sendto(message, (0, 0))

    return fire


def _aliased(arena: Arena) -> bool:
    with socket.socket(_NETLINK, RAW, _ROUTE) as asks:
        body = struct.pack("<BxHiII", 0, 0, 1, 0, 0)
        asks.sendto(struct.pack("<IHHII", 32, 18, 1, 1, 0) + body, (0, 0))
        return arena.mark in asks.recv(1 << 16)


def _family(name: str, number: int) -> Way:
    """Only make a socket of a family: /proc shows that there is one."""

    def arm(_: Arena) -> Fire:
        def fire() -> int:
            for kind in (RAW, DGRAM, SEQPACKET, STREAM):
                try:
                    return sys("socket", number, kind, 0)
                except OSError as met:
                    error = met
            raise error

        return fire

    return Way(KIND, f"family {name}", arm, descriptor("^socket:"), call="socket")


WAYS = (
    _to_group(_USERSOCK),
    _to_group(_UEVENT),
    Way(KIND, "netlink 0, an alias of an interface", _link, _aliased),
    *(_family(name, number) for name, number in _FAMILIES.items()),
)
