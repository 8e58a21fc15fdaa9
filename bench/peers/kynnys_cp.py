"""Our control panel as a program: `kynnys_cp.py PORT BAUD KEY READERS`.

Prints `ready` when all readers are online in Secure Channel, then answers each `#` with
a pulse of output 0, as the other programs in this folder do.
"""

import sys

from edge.osdp.controller import ControlPanel, Keys, Offline, Online
from edge.osdp.line import Line


def main() -> None:
    """Run until terminated."""
    port, baud, key, readers = sys.argv[1:]
    panels = [
        ControlPanel(address, bytes.fromhex(key)) for address in range(int(readers))
    ]
    line = Line(port, int(baud), panels)
    while True:
        for address, event in line.poll_once():
            if isinstance(event, Keys) and event.text.endswith("#"):
                panels[address].pulse(0, 10)
            if isinstance(event, Online) and all(panel.online for panel in panels):
                print("ready", flush=True)
            if isinstance(event, Offline):
                print(event, file=sys.stderr)


if __name__ == "__main__":
    main()
