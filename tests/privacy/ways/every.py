"""All ways out, kind by kind."""

from collections.abc import Iterator

from tests.privacy.arena import Way
from tests.privacy.ways import (
    calling,
    files,
    keys,
    libraries,
    makers,
    memory,
    netlink,
    open_files,
    others,
    pipes,
    places,
    processes,
    rings,
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
        netlink,
        memory,
        others,
        keys,
        signals,
        processes,
        states,
        places,
        rings,
        libraries,
        calling,
    ):
        yield from module.WAYS
