"""The program `python -m edge setup`: the parts of one set-up, put together.

    camera -> watch (a thread) -> View ----.
                                            Desk <- Server (threads) <- the person's phone
    settings file <-------------------------'
    the hub <- Record <- Ending

On loopback the page is plain HTTP, for a tunnel; anywhere else it is HTTPS with a
certificate made for this one set-up, whose fingerprint stands beside the code.
"""

import ipaddress
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from contracts.bus import Bus
from contracts.clock import SystemClock, open_clock
from edge.agent import Identity
from edge.loops import keep_going
from edge.settings import SensingSettings, SettingsError
from edge.setup.desk import Desk, Node
from edge.setup.drawing import DrawingError
from edge.setup.search import person_like
from edge.setup.server import Server
from edge.setup.session import Ending, Record, Who, end_without_fail
from edge.setup.view import View
from edge.vision.frames import (
    DamagedFrameError,
    FrameSource,
    FrameSourceError,
    open_source,
)
from edge.vision.net import Net
from edge.vision.pipeline import Pipeline
from edge.vision.settings import VisionSettings, VisionSettingsError

_AGAIN_S: Final = 1.0
_NOT_DUE_S: Final = 0.02
_HANGS_S: Final = 6.0


@dataclass(frozen=True)
class Order:
    """What the person asked for at the console."""

    file: Path
    by: str
    where: tuple[str, int]
    """Address and port of the page; port 0 is any."""
    lasts_s: float


def set_up(
    order: Order,
    settings: SensingSettings,
    identity: Identity,
    bus: Bus,
    stop: threading.Event,
) -> str:
    """Serve one set-up to its end; the camera is held already. Return why it ended.

    Raises:
        SettingsError: The camera's settings are wrong, or the address cannot be had.
        SpoolFullError: The hub could not be told that a picture is possible.
    """
    end_without_fail(order.lasts_s)
    clock, real = open_clock(settings.clock), SystemClock()
    try:
        camera = VisionSettings.parse(settings.camera)
    except VisionSettingsError as error:
        raise SettingsError(f"camera: {error}") from error
    net = Net()
    view = View(
        lambda: Pipeline(net, camera.size),
        lambda seen: person_like(net, seen),
        real,
    )
    ending = Ending(real, order.lasts_s)
    node = Node(order.file, settings.camera, os.environ, net.thresholds.least_px)
    try:
        desk = Desk(node, view, ending, real)
    except DrawingError as error:
        raise SettingsError(f"camera: {error}") from error
    with _serving(order, desk) as where:
        data, who = Path(settings.data), Who(camera.camera, order.by)
        record = Record(who, identity, bus, clock, data)
        desk.on_saved = record.saved
        _show(desk.entry.code, where, order.lasts_s)
        with _watching(Watch(view, lambda: open_source(camera, clock))):
            ending.wait(record, stop)
    record.end(ending.why)
    return ending.why


class Watch:
    """Lets the view learn from the camera, frame by frame; opens it again when it is gone."""

    def __init__(self, view: View, opened: Callable[[], FrameSource]) -> None:
        self._view, self._open = view, opened
        self._source: FrameSource | None = None

    def __call__(self) -> float:
        """Take one frame; return how long to rest."""
        try:
            if self._source is None:
                self._source = self._open()
            frame = self._source.read()
        except DamagedFrameError:
            return _NOT_DUE_S
        except FrameSourceError:
            if self._source is not None:
                self._source.close()
            self._source = None
            self._view.missed()
            return _AGAIN_S
        if frame is None:
            return _NOT_DUE_S
        self._view.take(frame)
        return 0.0


@contextmanager
def _watching(watch: Watch) -> Iterator[None]:
    over = threading.Event()
    thread = threading.Thread(
        target=keep_going, args=("view", watch, over), daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        # A camera that hangs is not waited for longer than it is asked.
        thread.join(_HANGS_S)


@contextmanager
def _serving(order: Order, desk: Desk) -> Iterator[str]:
    address, port = order.where
    tls, mark = None, ""
    try:
        if not ipaddress.ip_address(address).is_loopback:
            tls, mark = certify(address, timedelta(seconds=order.lasts_s))
        server = Server(order.where, desk, tls)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{address}:{port}: {error}") from error
    threading.Thread(target=server.serve_forever, daemon=True).start()
    scheme = "https" if tls else "http"
    try:
        yield f"{scheme}://{address}:{server.server_port}/{mark}"
    finally:
        server.shutdown()
        server.server_close()


def certify(address: str, lasts: timedelta) -> tuple[ssl.SSLContext, str]:
    """Return TLS with a certificate for this set-up only, and its fingerprint in words.

    The key is written to memory only.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Kynnys set-up")])
    # The real clock: a phone has no other.
    now = SystemClock().utc()
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + lasts + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM) + key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with os.fdopen(os.memfd_create("certificate"), "wb") as memory:
        memory.write(pem)
        memory.flush()
        context.load_cert_chain(f"/proc/self/fd/{memory.fileno()}")
    mark = certificate.fingerprint(SHA256()).hex(":", 2)
    return context, f"\nFingerprint of its certificate: {mark}"


def _show(code: str, where: str, lasts_s: float) -> None:
    """Show the person at the console how to get in; it is kept nowhere."""
    print(  # noqa: T201 - the console is where the person stands
        f"\nCode {code[:4]} {code[4:]}, good once and for five minutes, at {where}\n"
        f"A picture is possible now, and the hub shows it. All ends by itself in"
        f" {lasts_s / 60:.0f} minutes; Ctrl-C ends it at once.\n",
        flush=True,
    )
