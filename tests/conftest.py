"""What every test may ask for: a clock that stands still, a bus, both brokers."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from contracts.bus import InMemoryBus
from contracts.clock import ManualClock
from contracts.paho_bus import Broker as Address
from hub.broker import Broker, free_port
from tests.brokers import EDGE, HUB, STRANGER, mosquitto
from tests.conditions import require
from tests.databases import Server, running_postgres

EVENING = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let browser tests come last: the box they share would run beside all others."""
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EVENING)


@pytest.fixture
def bus() -> InMemoryBus:
    return InMemoryBus()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Start one PostgreSQL for all tests when the first asks for it."""
    with ExitStack() as stack:
        yield cache(lambda: stack.enter_context(running_postgres()))


@pytest.fixture(params=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    """A real broker on a free port, with accounts HUB, EDGE and STRANGER."""
    port = free_port()
    if request.param == "nats":
        nats = Broker(tmp_path / "nats", port, [HUB, EDGE, STRANGER])
        yield Address(port=port)
        nats.stop()
        return
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    require(program, "needs mosquitto: sudo ./run system")
    process = mosquitto(str(program), port, tmp_path)
    yield Address(port=port)
    process.terminate()
    process.wait(10)
