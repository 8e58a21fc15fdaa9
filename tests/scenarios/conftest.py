"""Stories mostly wait, so they are lived side by side: with the first all others begin."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

Story = Callable[[Path], None]
Begun = Mapping[Story, "Future[None]"]


def story(live: Story) -> Callable[[Begun], None]:
    """Make a test of a story, which gets a folder and a thread of its own."""

    def test(begun: Begun) -> None:
        begun[live].result()

    test.__name__, test.__doc__ = live.__name__, live.__doc__
    return pytest.mark.story.with_args(live)(test)


@pytest.fixture(scope="session")
def begun(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Begun]:
    """Begin every story that was chosen."""
    marks = (item.get_closest_marker("story") for item in request.session.items)
    stories = [mark.args[0] for mark in marks if mark]
    with ThreadPoolExecutor(len(stories)) as pool:
        yield {
            live: pool.submit(live, tmp_path_factory.mktemp("story"))
            for live in stories
        }
