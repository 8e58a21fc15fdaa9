"""All ways out, kind by kind."""

from collections.abc import Iterator

from tests.privacy.arena import Way
from tests.privacy.ways import (
    files,
    keys,
    makers,
    memory,
    open_files,
    pipes,
    places,
    processes,
    signals,
    sockets,
    states,
)


def every_way() -> Iterator[Way]:
    """Return every way; kinds in the order in which they are told."""
    for module in (
        files,
        open_files,
        pipes,
        makers,
        sockets,
        memory,
        keys,
        signals,
        processes,
        states,
        places,
    ):
        yield from module.WAYS
