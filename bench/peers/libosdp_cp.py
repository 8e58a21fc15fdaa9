"""libosdp's control panel as a program: `libosdp_cp.py PORT BAUD KEY READERS`.

Prints `ready` when the reader is online in Secure Channel, then answers each `#` with a
pulse of output 0.
"""

import queue
import sys
from typing import Any

from osdp import Command, ControlPanel, Event, LibFlag, LogLevel, PDInfo

from bench.peers.frames_channel import FramesChannel


def main() -> None:
    """Run until terminated."""
    port, baud, key, _ = sys.argv[1:]
    channel = FramesChannel(port, int(baud))
    info = PDInfo(0, channel, scbk=bytes.fromhex(key), flags=[LibFlag.EnforceSecure])
    pressed: queue.Queue[bytes] = queue.Queue()

    def on_event(_pd: int, event: dict[str, Any]) -> int:
        # Orders are given outside this callback: inside it the library deadlocks.
        if event["event"] == Event.KeyPress:
            pressed.put(bytes(event["data"]))
        return 0

    panel = ControlPanel([info], log_level=LogLevel.Error, event_handler=on_event)
    panel.start()
    while not panel.sc_wait(0, timeout=1):
        pass
    print("ready", flush=True)
    pulse = {
        "command": Command.Output,
        "output_no": 0,
        "control_code": 5,
        "timer_count": 10,
    }
    while True:
        if pressed.get().endswith((b"\r", b"#")):
            panel.submit_command(0, pulse)


if __name__ == "__main__":
    main()
