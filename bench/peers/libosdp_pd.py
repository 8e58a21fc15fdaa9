"""libosdp's reader as a program: `libosdp_pd.py PORT BAUD KEY ADDRESS`.

Takes a line of keys, presses them one by one; prints a JSON line for each command that
it is given.
"""

import json
import sys
from typing import Any

from osdp import (
    Capability,
    Event,
    LibFlag,
    LogLevel,
    PDCapabilities,
    PDInfo,
    PeripheralDevice,
)

from bench.peers.frames_channel import FramesChannel

_WIRE_KEYS = str.maketrans("#*", "\r\x7f")


def _report(command: dict[str, Any]) -> tuple[int, None]:
    names = {key: value for key, value in command.items() if isinstance(value, int)}
    print(json.dumps(names), flush=True)
    return 0, None


def main() -> None:
    """Run until standard input ends."""
    port, baud, key, address = sys.argv[1:]
    channel = FramesChannel(port, int(baud))
    info = PDInfo(
        int(address),
        channel,
        scbk=bytes.fromhex(key),
        flags=[LibFlag.EnforceSecure],
    )
    capabilities = PDCapabilities(
        [
            (Capability.OutputControl, 1, 1),
            (Capability.LEDControl, 1, 1),
            (Capability.AudibleControl, 1, 1),
            (Capability.TextOutput, 1, 1),
        ]
    )
    reader = PeripheralDevice(
        info, capabilities, log_level=LogLevel.Error, command_handler=_report
    )
    reader.start()
    for line in sys.stdin:
        for pressed in line.strip().translate(_WIRE_KEYS):
            event = {
                "event": Event.KeyPress,
                "reader_no": 0,
                "data": pressed.encode(),
            }
            reader.submit_event(event)
    reader.teardown()


if __name__ == "__main__":
    main()
