"""What no filter can refuse: told with its rate, not hidden. Nothing else may be there."""

import json

import pytest

from tests.privacy import private
from tests.privacy.side_channels import CHANNELS, Rate

pytestmark = pytest.mark.scenario
KNOWN = {
    "the size of its memory",
    "how much of it is in use",
    "its command line",
    "whether it runs",
}
"""Closed only by not letting others see the worker's /proc, as the units do."""
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def rates(
    tmp_path_factory: pytest.TempPathFactory, config: pytest.Config
) -> list[Rate]:
    private.require_namespaces()
    place = tmp_path_factory.mktemp("channels")
    done = private.run("tests.privacy.side_channels", place, within_s=PATIENCE_S)
    assert done.returncode == 0, done.stderr[-2000:]
    rates = [Rate(**json.loads(line)) for line in done.stdout.splitlines()]
    lines = [
        "side channels, to somebody on the machine who sees the worker's /proc, bits a second:"
    ]
    lines += [f"  {r.name}: {r.locked} locked, {r.unlocked} unlocked" for r in rates]
    private.tell(config, lines)
    return rates


def test_every_side_channel_is_tried(rates: list[Rate]) -> None:
    assert [rate.name for rate in rates] == [channel.name for channel in CHANNELS]


def test_the_side_channels_that_are_left_are_those_that_are_known(
    rates: list[Rate],
) -> None:
    assert {rate.name for rate in rates if rate.locked} == KNOWN


def test_each_side_channel_is_heard_where_there_is_no_lock(rates: list[Rate]) -> None:
    assert [rate for rate in rates if not rate.unlocked] == []
