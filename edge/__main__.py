"""The edge's command line: run a node, print an example, sign a manifest by hand.

Programs of the node are subcommands; each adds itself in `_parser`.
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from contracts import logs
from contracts.clock import Clock, ClockFileError, SystemClock, open_clock
from contracts.paho_bus import Broker, PahoBus, open_tls
from edge.camera import CameraTakenError, camera_of, make_folder
from edge.doors import assembly
from edge.doors.drivers import LineGoneError
from edge.doors.drivers.osdp import require_simulated
from edge.doors.example import example_config, example_grants
from edge.doors.signing import ManifestSourceError, sign_file
from edge.settings import (
    BrokerSettings,
    SensingSettings,
    Settings,
    SettingsError,
    load,
    read,
)
from edge.spool import SpoolFullError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    logs.start()
    try:
        status: int = options.do(options)
    except (
        CameraTakenError,
        ClockFileError,
        LineGoneError,
        ManifestSourceError,
        SettingsError,
        SpoolFullError,
    ) as error:
        print(f"edge: {error}", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m edge", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run the doors of this node")
    run.set_defaults(do=_run)

    sense = commands.add_parser("sense", help="count with the camera of this node")
    sense.add_argument(
        "--records",
        type=Path,
        metavar="PIPE",
        help="of a worker that runs by itself; else one is started",
    )
    sense.set_defaults(do=_sense)

    camera = commands.add_parser(
        "setup", help="set this node's camera up, for a person on site"
    )
    camera.add_argument("--by", required=True, metavar="ID", help="who does it")
    camera.add_argument("--address", default="127.0.0.1", help="to serve the page at")
    camera.add_argument("--port", type=int, default=8480)
    camera.add_argument(
        "--minutes", type=int, default=15, choices=range(1, 61), metavar="1..60"
    )
    camera.set_defaults(do=_setup)

    for command in (run, sense, camera):
        command.add_argument("--config", type=Path, required=True, metavar="FILE")

    example = commands.add_parser(
        "example-config", help="print a complete settings file"
    )
    example.set_defaults(do=_example)

    grants = commands.add_parser(
        "example-grants", help="print grants for the example, to be signed"
    )
    grants.set_defaults(do=_grants)

    sign = commands.add_parser(
        "sign-manifest", help="sign grants for a node without hub"
    )
    sign.add_argument("--key", type=Path, required=True, metavar="FILE")
    sign.add_argument("--new-key", action="store_true", help="make the key file")
    sign.add_argument("source", type=Path, metavar="IN.json")
    sign.add_argument("target", type=Path, metavar="OUT")
    sign.set_defaults(do=_sign)

    return parser


def _run(options: argparse.Namespace) -> int:
    settings = load(options.config, os.environ)
    clock = open_clock(settings.clock)
    _require_simulated_ports(settings, clock)
    identity = assembly.identity_of(settings)
    broker = _broker(settings.broker) if settings.broker else Broker()
    bus = PahoBus(broker, f"edge-{settings.site}-{settings.node}", identity.will)
    node = assembly.build(settings, identity, bus, clock)
    if settings.broker:
        bus.start()
    node.run(_until_signal(), Path(settings.manifest) if settings.manifest else None)
    if settings.broker:
        bus.stop()
    return 0


def _sense(options: argparse.Namespace) -> int:
    # A door node has no camera: only this command needs OpenCV and numpy.
    from edge.vision.node import SensingNode, identity_of  # noqa: PLC0415

    settings = read(options.config, os.environ, SensingSettings)
    clock = open_clock(settings.clock)
    identity = identity_of(settings)
    broker = _broker(settings.broker) if settings.broker else Broker()
    bus = PahoBus(broker, f"edge-{settings.site}-{settings.node}", identity.will)
    with ExitStack() as stack:
        held: tuple[int, ...] = ()
        make_folder(Path(settings.data))
        if options.records is None:
            held = (stack.enter_context(camera_of(Path(settings.data))),)
        node = SensingNode(settings, identity, bus, clock, held, options.records)
        if settings.broker:
            bus.start()
        node.run(_until_signal())
        if settings.broker:
            bus.stop()
    return 0


def _setup(options: argparse.Namespace) -> int:
    # As above: a door node has no camera.
    from edge.setup.program import Order, set_up  # noqa: PLC0415
    from edge.vision.node import identity_of  # noqa: PLC0415

    settings = read(options.config, os.environ, SensingSettings)
    identity = identity_of(settings)
    broker = _broker(settings.broker) if settings.broker else Broker()
    bus = PahoBus(broker, f"edge-{settings.site}-{settings.node}", identity.will)
    where = (options.address, options.port)
    order = Order(options.config, options.by, where, 60.0 * options.minutes)
    with camera_of(Path(settings.data)):
        if settings.broker:
            bus.start()
        why = set_up(order, settings, identity, bus, _until_signal())
        if settings.broker:
            bus.stop()
    print(f"edge: the set-up is over: {why}")
    return 0


def _until_signal() -> threading.Event:
    """Return an event that Ctrl-C or SIGTERM sets."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _example(_: argparse.Namespace) -> int:
    print(example_config(), end="")
    return 0


def _grants(_: argparse.Namespace) -> int:
    print(example_grants(SystemClock().utc()), end="")
    return 0


def _sign(options: argparse.Namespace) -> int:
    signed = sign_file(
        options.key, options.source, options.target, new_key=options.new_key
    )
    print(signed)
    return 0


def _require_simulated_ports(settings: Settings, clock: Clock) -> None:
    for line in settings.lines if clock.simulated else ():
        # A port that is missing now is looked at again when it is opened.
        if Path(line.port).exists():
            require_simulated(Path(line.port))


def _broker(settings: BrokerSettings) -> Broker:
    tls = None
    if settings.ca:
        try:
            tls = open_tls(settings.ca, settings.certificate or "", settings.key or "")
        except OSError as error:
            raise SettingsError(f"broker.ca, certificate or key: {error}") from error
    return Broker(
        settings.host, settings.port, settings.username, settings.password, tls
    )


if __name__ == "__main__":
    sys.exit(main())
