"""The feeder of a camera at an address, the only one that may use the network.

It can send, and `docs/privacy.md` says so; its unit lets it reach exactly one address.
"""

from edge.vision.feeder import main

if __name__ == "__main__":
    raise SystemExit(main(addresses=True))
