"""Who hears everything that a node sends: every packet, and every message of a broker."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from contracts import topics
from contracts.messages import Ack, encode
from contracts.paho_bus import Broker as Address
from contracts.paho_bus import PahoBus
from hub.broker import Broker, free_port
from tests.brokers import EDGE, HUB

SITE: Final = "haapaniemi"
NODE: Final = "edge-1"
_ALL: Final = 3


@contextmanager
def packets(kept: list[bytes]) -> Iterator[None]:
    """Keep every packet of the loopback."""
    ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    ear.settimeout(0.1)
    stop = threading.Event()

    def hear() -> None:
        while not stop.is_set():
            try:
                kept.append(ear.recv(1 << 17))
            except TimeoutError:
                continue

    thread = threading.Thread(target=hear)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        ear.close()


@contextmanager
def messages(folder: Path, hear: Callable[[str, bytes], Ack | None]) -> Iterator[int]:
    """Run a broker and keep every message; return its port."""

    def answer(name: str, payload: bytes) -> None:
        ack = hear(name, payload)
        if ack is not None:
            to = topics.ACK.name(site=SITE, node=NODE)
            bus.publish(to, encode(ack), retain=True)

    port = free_port()
    broker = Broker(folder, port, [HUB, EDGE])
    bus = PahoBus(Address("127.0.0.1", port, HUB.name, HUB.password), "hub")
    for topic in topics.ALL:
        bus.subscribe(topic.filter, answer)
    bus.start()
    try:
        yield port
    finally:
        bus.stop()
        broker.stop()
