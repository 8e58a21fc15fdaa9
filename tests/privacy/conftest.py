"""What was tried is printed, with its counts and its controls."""

import pytest

from tests.privacy.private import TOLD


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    lines = config.stash.get(TOLD, [])
    if lines:
        terminalreporter.section("ways out of the locked worker")
    for line in lines:
        terminalreporter.line(line)
