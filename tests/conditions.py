"""What a test waits for, and what it needs of the machine."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")


def require(condition: object, reason: str) -> None:
    """Skip with a reason, or fail where every optional part is required."""
    if condition:
        return
    if os.environ.get("KYNNYS_REQUIRE") == "all":
        pytest.fail(reason)
    pytest.skip(reason)


def until(look: Callable[[], T], within_s: float = 10.0) -> T:
    """Wait on a condition with a deadline and return what it saw."""
    deadline = time.monotonic() + within_s
    while not (seen := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"not seen within {within_s} s")
        time.sleep(0.01)
    return seen
