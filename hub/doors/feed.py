"""Live changes inside one process: the ingest tells, pages listen."""

from collections.abc import Callable

from hub.doors.models import Change


class ChangeFeed:
    """Tells whoever listens in this process what has changed."""

    def __init__(self) -> None:
        self._listeners: tuple[Callable[[Change], None], ...] = ()

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` for each change; call what is returned to stop that."""
        self._listeners = (*self._listeners, listener)

        def cancel() -> None:
            self._listeners = tuple(one for one in self._listeners if one != listener)

        return cancel

    def __call__(self, change: Change) -> None:
        """Tell every listener."""
        for listener in self._listeners:
            listener(change)
