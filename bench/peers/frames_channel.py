"""A channel that hands libosdp whole frames only.

The 3.2.9 wheel throws away a frame that is not complete within one refresh, so at a
real speed it would never come up on bytes as they arrive.
"""

import time

from osdp import Channel
from serial import Serial

_SHORTEST, _LONGEST, _SOM = 7, 1440, 0x53
_GIVE_UP_S = 0.1


class FramesChannel(Channel):  # type: ignore[misc]  # the library has no types
    """A serial port that collects frames."""

    def __init__(self, port: str, baud: int) -> None:
        """Open the port."""
        super().__init__()
        self.id = 0
        self._port = Serial(port, baud, timeout=0)
        self._raw = bytearray()
        self._whole = bytearray()
        self._heard_s = 0.0

    def read(self, max_read: int) -> bytes:
        """Return bytes of frames that are whole."""
        self._collect()
        data = bytes(self._whole[:max_read])
        del self._whole[:max_read]
        return data

    def write(self, buf: bytes) -> int:
        """Send bytes."""
        return self._port.write(bytes(buf)) or 0

    def flush(self) -> None:
        """Forget what has come."""
        self._port.reset_input_buffer()
        self._raw.clear()
        self._whole.clear()

    def _collect(self) -> None:
        data, now_s = self._port.read(4096), time.monotonic()
        if data:
            self._raw += data
            self._heard_s = now_s
        elif now_s - self._heard_s > _GIVE_UP_S:
            self._raw.clear()
        while (start := self._raw.find(_SOM)) >= 0:
            del self._raw[:start]
            length = int.from_bytes(self._raw[2:4].ljust(2, b"\0"), "little")
            if len(self._raw) < _SHORTEST:
                return
            if not _SHORTEST <= length <= _LONGEST:
                del self._raw[0]
                continue
            if len(self._raw) < length:
                return
            self._whole += self._raw[:length]
            del self._raw[:length]
        self._raw.clear()
