"""What was tried is printed, with its counts and its controls."""

import pytest

from tests.faults.evidence import TALLIES, Tally
from tests.privacy.private import TOLD


@pytest.fixture(scope="session")
def config(request: pytest.FixtureRequest) -> pytest.Config:
    return request.config


@pytest.fixture(scope="session")
def tally(config: pytest.Config) -> Tally:
    """What all of it comes to; `python -m tests.privacy --full` keeps it."""
    tallies = config.stash.setdefault(TALLIES, {})
    full = bool(config.getoption("--full", default=False))
    return tallies.setdefault("privacy", Tally("privacy", full))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    lines = config.stash.get(TOLD, [])
    if lines:
        terminalreporter.section("privacy")
    for line in lines:
        terminalreporter.line(line)
