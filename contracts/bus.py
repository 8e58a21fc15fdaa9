"""The bus as our code sees it, and the one that lives in memory."""

from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

Receiver = Callable[[str, bytes], None]
"""Called with the topic name and the payload of each message."""


class Bus(Protocol):
    """Publish and subscribe. The real one is MQTT; see `contracts.paho_bus`.

    The broker keeps no truth: after each connection `on_connect` hooks run, and the
    owner of a retained topic publishes it again there.
    """

    @property
    def connected(self) -> bool:
        """Whether the broker is reached at this moment."""

    def publish(self, name: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hand a message to the broker, QoS 1; false when there is no connection."""

    def subscribe(self, pattern: str, receiver: Receiver) -> None:
        """Call `receiver` for every message whose name matches the filter."""

    def on_connect(self, hook: Callable[[], None]) -> None:
        """Call `hook` after every connection, and at once when connected already."""


class InMemoryBus:
    """A broker in one process: synchronous, ordered, with retained messages."""

    def __init__(self) -> None:
        self.connected = True
        self.sent: list[tuple[str, bytes]] = []
        self._receivers: dict[str, list[Receiver]] = defaultdict(list)
        self._retained: dict[str, bytes] = {}
        self._hooks: list[Callable[[], None]] = []

    def publish(self, name: str, payload: bytes, *, retain: bool = False) -> bool:
        """Deliver at once to every matching subscriber."""
        if not self.connected:
            return False
        self.sent.append((name, payload))
        if retain:
            self._retained[name] = payload
        for pattern, receivers in list(self._receivers.items()):
            if matches(pattern, name):
                for receiver in receivers:
                    receiver(name, payload)
        return True

    def subscribe(self, pattern: str, receiver: Receiver) -> None:
        """Register, and replay what is retained, as a broker does."""
        self._receivers[pattern].append(receiver)
        for name, payload in list(self._retained.items()):
            if matches(pattern, name):
                receiver(name, payload)

    def on_connect(self, hook: Callable[[], None]) -> None:
        """Register, and call at once."""
        self._hooks.append(hook)
        if self.connected:
            hook()

    def cut(self) -> None:
        """Lose the connection, as when the network goes down."""
        self.connected = False

    def restore(self) -> None:
        """Come back; the hooks run, as after every connection."""
        self.connected = True
        for hook in self._hooks:
            hook()


def matches(pattern: str, name: str) -> bool:
    """Tell whether an MQTT filter with `+` and a last `#` matches a topic name."""
    wanted, given = pattern.split("/"), name.split("/")
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        given = given[: len(wanted)]
    return len(wanted) == len(given) and all(
        want in ("+", give) for want, give in zip(wanted, given, strict=True)
    )
