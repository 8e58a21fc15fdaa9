"""Sockets: local ones, those of the network, and those that a library left open."""

import ctypes
import socket
import struct
from collections.abc import Callable
from pathlib import Path

from tests.privacy.arena import Arena, Fire, Way, raw
from tests.privacy.calls import address, sys
from tests.privacy.eyes import descriptor
from tests.privacy.ways.open_files import marked_file, marked_pipe, vector

KIND = "sockets"
UNIX, INET, INET6, PACKET = 1, 2, 10, 17
STREAM, DGRAM, RAW, SEQPACKET = 1, 2, 3, 5
_UDPLITE, _MPTCP, _SCTP, _SPARE = 136, 262, 132, 253
_LOOPBACK = "127.0.0.1"
_ALL = 3
_FASTOPEN = 0x20000000

Place = tuple[object, ...] | str | bytes


def listen(
    family: int, kind: int, where: Callable[[Arena], Place], protocol: int = 0
) -> Callable[[Arena], None]:
    """Have somebody who listens; where is kept for the child."""

    def ready(arena: Arena) -> None:
        listener = socket.socket(family, kind, protocol)
        arena.held["listener"] = listener
        place = where(arena)
        listener.bind(place)
        arena.held["place"] = listener.getsockname() if family != PACKET else place
        if kind in (STREAM, SEQPACKET):
            listener.listen()
        listener.setblocking(False)

    return ready


def heard(arena: Arena) -> bool:
    """The mark reached who listens."""
    return arena.mark in _gather(arena)


def _gather(arena: Arena) -> bytes:
    held = arena.held
    listener = held["listener"]
    try:
        if listener.type in (STREAM, SEQPACKET) and "caller" not in held:
            held["caller"], _ = listener.accept()
            held["caller"].setblocking(False)
        source = held.get("caller", listener)
        while data := source.recv(1 << 16):
            held["got"] = held.get("got", b"") + data
    except OSError:
        pass
    return bytes(held.get("got", b""))


def _called(arena: Arena) -> bool:
    """Somebody called who listens, whatever was said."""
    _gather(arena)
    return "caller" in arena.held


def _path(arena: Arena) -> str:
    return str(arena.folder / "socket")


def _abstract(arena: Arena) -> str:
    return "\0" + arena.folder.name


def _inet(_: Arena) -> Place:
    return (_LOOPBACK, 0)


def _inet6(_: Arena) -> Place:
    return ("::1", 0)


def _loopback(_: Arena) -> Place:
    return ("lo", _ALL)


def _any(_: Arena) -> Place:
    return (_LOOPBACK, 0)


def _sends(family: int, kind: int, protocol: int = 0) -> Callable[[Arena], Fire]:
    """Make a socket and send the mark to who listens."""

    def arm(arena: Arena) -> Fire:
        place = arena.held["place"]

        def fire() -> None:
            with socket.socket(family, kind, protocol) as sender:
                if kind in (STREAM, SEQPACKET):
                    sender.connect(place)
                    sender.sendall(arena.mark)
                else:
                    sender.sendto(arena.mark, place)

        return fire

    return arm


def _to(
    name: str,
    family: int,
    kind: int,
    where: Callable[[Arena], Place],
    protocol: int = 0,
) -> Way:
    ready = listen(family, kind, where, protocol)
    return Way(KIND, name, _sends(family, kind, protocol), heard, ready)


def _packet(arena: Arena) -> Fire:
    """A frame of our own making, past IP."""
    frame = bytes(12) + b"\x88\xb5" + arena.mark

    def fire() -> None:
        with socket.socket(PACKET, RAW, 0) as sender:
            sender.bind(("lo", 0))
            sender.send(frame)

    return fire


def _raw_ip(arena: Arena) -> Fire:
    def fire() -> None:
        with socket.socket(INET, RAW, _SPARE) as sender:
            sender.sendto(arena.mark, (_LOOPBACK, 0))

    return fire


def _fast(arena: Arena) -> Fire:
    """Data in the first packet of a connection."""
    place = arena.held["place"]

    def fire() -> None:
        sender = socket.socket(INET, STREAM)
        sender.sendto(arena.mark, _FASTOPEN, place)

    return fire


def _connect_only(arena: Arena) -> Fire:
    """Only knock: with a socket that was there before."""
    sender, place = socket.socket(INET, STREAM), arena.held["place"]
    told = struct.pack("!HH4s8x", INET << 8, place[1], socket.inet_aton(place[0]))
    return lambda: sys("connect", sender.fileno(), told, 16)


def _connected(call: str, arguments: Callable[[Arena], tuple[object, ...]]) -> Way:
    """Use a socket that a library left open and connected."""

    def arm(arena: Arena) -> Fire:
        sender = socket.socket(INET, DGRAM)
        sender.connect(arena.held["place"])
        arena.held["sender"] = sender
        given = arguments(arena)
        return lambda: sys(call, sender.fileno(), *given)

    name = f"{call} on a socket left open"
    return Way(KIND, name, arm, heard, listen(INET, DGRAM, _inet), call)


def _message(arena: Arena) -> bytes:
    """Return a `msghdr` (or, longer, an `mmsghdr`) of the mark."""
    arena.held["vector"] = kept = ctypes.create_string_buffer(vector(arena))
    return struct.pack("<QIxxxxQQQQIxxxxQ", 0, 0, address(kept), 1, 0, 0, 0, 0)


def _from_file(call: str) -> Way:
    def arm(arena: Arena) -> Fire:
        sender = socket.socket(INET, DGRAM)
        sender.connect(arena.held["place"])
        arena.held["sender"], to = sender, sender.fileno()
        if call == "sendfile":
            source = marked_file(arena)
            return lambda: sys(call, to, source, None, 16)
        source = marked_pipe(arena)
        return lambda: sys(call, source, None, to, None, 16, 0)

    name = f"{call} on a socket left open"
    return Way(KIND, name, arm, heard, listen(INET, DGRAM, _inet), call)


def _port(arena: Arena) -> int:
    return 20_000 + int(arena.mark[:3], 16)


def _bound(arena: Arena) -> Fire:
    """Tell something by the port that is taken."""
    arena.held["sender"] = sender = socket.socket(INET, STREAM)
    told = struct.pack("!HH4s8x", INET << 8, _port(arena), socket.inet_aton(_LOOPBACK))

    def fire() -> None:
        sys("bind", sender.fileno(), told, 16)
        sys("listen", sender.fileno(), 1)

    return fire


def _listens(arena: Arena) -> bool:
    """Somebody listens there."""
    rows = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    return any(row.split()[1].endswith(f":{_port(arena):04X}") for row in rows)


def _named(arena: Arena) -> Fire:
    """Tell something by the name of an abstract socket."""
    sender = socket.socket(UNIX, DGRAM)
    told = struct.pack("<Hx", UNIX) + arena.mark
    arena.held["sender"] = sender
    return lambda: sys("bind", sender.fileno(), told, len(told))


def _in_names(arena: Arena) -> bool:
    return arena.mark in Path("/proc/net/unix").read_bytes()


def _shut(arena: Arena) -> Fire:
    """Only say that nothing more will come."""
    sender = socket.create_connection(arena.held["place"])
    arena.held["sender"] = sender
    return lambda: sys("shutdown", sender.fileno(), socket.SHUT_WR)


def _ended(arena: Arena) -> bool:
    """The caller said goodbye and is still there."""
    _gather(arena)
    caller = arena.held.get("caller")
    if caller is None or arena.status is not None:
        return False
    state = caller.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    close_wait = 8
    return state[0] == close_wait


WAYS = (
    _to("unix stream", UNIX, STREAM, _path),
    _to("unix datagram", UNIX, DGRAM, _path),
    _to("unix packets in order", UNIX, SEQPACKET, _path),
    _to("unix, abstract name", UNIX, STREAM, _abstract),
    _to("TCP", INET, STREAM, _inet),
    _to("UDP", INET, DGRAM, _inet),
    _to("UDP-Lite", INET, DGRAM, _inet, _UDPLITE),
    _to("Multipath TCP", INET, STREAM, _inet, _MPTCP),
    _to("SCTP", INET, STREAM, _inet, _SCTP),
    _to("TCP over IPv6", INET6, STREAM, _inet6),
    _to("UDP over IPv6", INET6, DGRAM, _inet6),
    _to("IPv6 of our own protocol", INET6, RAW, _inet6, _SPARE),
    Way(
        KIND, "IP of our own protocol", _raw_ip, heard, listen(INET, RAW, _any, _SPARE)
    ),
    Way(KIND, "packets", _packet, heard, listen(PACKET, RAW, _loopback, 0x0300)),
    Way(
        KIND, "TCP, data in the first packet", _fast, heard, listen(INET, STREAM, _inet)
    ),
    Way(
        KIND,
        "TCP, knocking only",
        _connect_only,
        _called,
        listen(INET, STREAM, _inet),
        "connect",
    ),
    _connected("write", lambda a: (a.mark, 16)),
    _connected("writev", lambda a: (vector(a), 1)),
    _connected("sendto", lambda a: (a.mark, 16, 0, None, 0)),
    _connected("sendmsg", lambda a: (_message(a), 0)),
    _connected("sendmmsg", lambda a: (_message(a) + bytes(8), 1, 0)),
    _from_file("sendfile"),
    _from_file("splice"),
    Way(KIND, "a port that is taken", _bound, _listens),
    Way(KIND, "an abstract name that is taken", _named, _in_names, call="bind"),
    Way(KIND, "shutdown", _shut, _ended, listen(INET, STREAM, _inet), "shutdown"),
    raw(
        KIND,
        "socketpair",
        lambda _: (UNIX, STREAM, 0, ctypes.create_string_buffer(8)),
        descriptor("^socket:", 2),
    ),
)
