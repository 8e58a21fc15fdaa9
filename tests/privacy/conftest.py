"""What was tried is printed, with its counts and its controls."""

import pytest

from tests.privacy.private import TOLD


@pytest.fixture(scope="session")
def config(request: pytest.FixtureRequest) -> pytest.Config:
    return request.config


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    lines = config.stash.get(TOLD, [])
    if lines:
        terminalreporter.section("privacy")
    for line in lines:
        terminalreporter.line(line)
