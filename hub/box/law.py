"""The record of a box's cameras: whole, and plainly made up, as everything in a box is."""

import struct
import zlib
from datetime import datetime, timedelta

from sqlmodel import Session

from hub.compliance import cameras, photos, service
from hub.compliance.models import DAYS, CameraRecord, Kind
from hub.compliance.service import Author, Entry

_WIDTH, _HEIGHT = 240, 160
_TEXTS = {
    "controller": "Esimerkkikaupunki (simuloitu ilta)",
    "processor": "Esimerkkikaupunki, tietohallinto",
    "legal_basis": "GDPR 6(1)(e), tietosuojalaki 4 §",
    "dpia_by": "Esimerkkikaupunki, sivistysjohtaja",
}


def fill_in(session: Session, now: datetime) -> None:
    """Give each camera a record, but not a second time: somebody may have withdrawn it."""
    for camera in cameras.cameras(session, now):
        if session.get(CameraRecord, (camera.site, camera.camera)) is not None:
            continue
        author = Author(camera.site, camera.camera, "box", now)
        first = now.date() - timedelta(days=7 * len(DAYS))
        days = {name: first + timedelta(days=7 * n) for n, name in enumerate(DAYS)}
        service.save(session, author, Entry(Kind.YARD, _TEXTS, days))
        service.put_sign(session, author, photos.made_anew(_sign()))


def _sign() -> bytes:
    """Return a PNG of a white sign with the outline of a camera: no photo, a drawing."""
    rows = b"".join(
        b"\0" + bytes(_ink(x, y) for x in range(_WIDTH)) for y in range(_HEIGHT)
    )
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def _ink(x: int, y: int) -> int:
    frame = min(x, y, _WIDTH - 1 - x, _HEIGHT - 1 - y) < 6  # noqa: PLR2004 - pixels
    body = 50 <= x < 150 and 50 <= y < 110  # noqa: PLR2004
    lens = 160 <= x < 200 and abs(y - 80) < 10 + (x - 160) // 2  # noqa: PLR2004
    return 0 if frame or body or lens else 255
