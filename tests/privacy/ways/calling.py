"""What the libraries at hand would send, if they were asked to."""

import asyncio
import http.client
import logging
import logging.handlers
import urllib.request
from collections.abc import Callable
from multiprocessing.connection import Client

import cv2
import paho.mqtt.client

from tests.privacy.arena import Arena, Fire, Way
from tests.privacy.ways.libraries import KIND, say
from tests.privacy.ways.sockets import DGRAM, INET, STREAM, UNIX, heard, listen

_HERE = "127.0.0.1"
_PATIENCE_S = 0.2


def _to_port(name: str, send: Callable[[int, str], object], kind: int = STREAM) -> Way:
    """Have a library say the mark to a port."""

    def arm(arena: Arena) -> Fire:
        port, text = arena.held["place"][1], arena.mark.decode()
        return lambda: send(port, text)

    return Way(KIND, name, arm, heard, listen(INET, kind, lambda _: (_HERE, 0)))


def _request(port: int, text: str) -> None:
    http.client.HTTPConnection(_HERE, port).request("GET", f"/{text}")


def _asked(port: int, text: str) -> None:
    urllib.request.urlopen(f"http://{_HERE}:{port}/{text}", timeout=_PATIENCE_S)


def _in_loop(port: int, text: str) -> None:
    async def say() -> None:
        _, writer = await asyncio.open_connection(_HERE, port)
        writer.write(text.encode())
        await writer.drain()

    asyncio.run(say())


def _published(port: int, text: str) -> None:
    api = paho.mqtt.client.CallbackAPIVersion.VERSION2
    paho.mqtt.client.Client(api, client_id=text).connect(_HERE, port)


def _watched(port: int, text: str) -> None:
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 200, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 200]
    cv2.VideoCapture(f"http://{_HERE}:{port}/{text}", cv2.CAP_FFMPEG, limits)


def _journal(arena: Arena) -> Fire:
    path, text = str(arena.folder / "journal"), arena.mark.decode()
    return lambda: say(logging.handlers.SysLogHandler(path), text)


WAYS = (
    _to_port("http.client", _request),
    _to_port("urllib", _asked),
    _to_port("asyncio", _in_loop),
    _to_port(
        "multiprocessing.connection",
        lambda port, text: Client((_HERE, port)).send_bytes(text.encode()),
    ),
    _to_port(
        "logging to a socket",
        lambda port, text: say(logging.handlers.SocketHandler(_HERE, port), text),
    ),
    _to_port(
        "logging to UDP",
        lambda port, text: say(logging.handlers.DatagramHandler(_HERE, port), text),
        DGRAM,
    ),
    _to_port("paho-mqtt", _published),
    _to_port("OpenCV, an address", _watched),
    Way(
        KIND,
        "logging to the journal",
        _journal,
        heard,
        listen(UNIX, DGRAM, lambda a: str(a.folder / "journal")),
    ),
)
