"""A pattern that stands in every frame, and how it is found again, however it is written.

One row of noise crosses the whole frame, drawn anew for each run. It is looked for as
bytes in the order of a frame and the other way round, in grey, inverted, twice and half
as wide, and each of these as base64, hexadecimal and as numbers in decimal.
"""

import os
from base64 import b64encode
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
WIDTH, HEIGHT = 64, 48
ROW: Final = 20
THICK: Final = 6
"""Rows that hold it: it survives being made half as large."""
PIECE: Final = 24
"""Bytes that are looked for at once: they are not there by chance."""
SIGNATURES: Final = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0\x00\x10JFIF",
    b"AVI LIST",
    b"\x93NUMPY",
)
"""How a picture begins that hides its pixels by being compressed, or a film."""


def draw() -> Bytes:
    """Return a new row, blue, green and red."""
    return np.frombuffer(os.urandom(3 * WIDTH), np.uint8).reshape(WIDTH, 3)


def picture(row: Bytes, number: int) -> Bytes:
    """Return a frame with the row in it, and somebody who walks."""
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    left = 4 * (number % 12)
    frame[30:44, left : left + 6] = 220
    frame[ROW : ROW + THICK] = row
    return frame


def _pixels(row: Bytes) -> dict[str, bytes]:
    """Return the row as others may keep it."""
    band = np.broadcast_to(row, (2, WIDTH, 3))
    grey = cv2.cvtColor(row[np.newaxis], cv2.COLOR_BGR2GRAY)[0]
    half = cv2.resize(band, (WIDTH // 2, 1), interpolation=cv2.INTER_AREA)
    return {
        "raw": row.tobytes(),
        "red first": row[:, ::-1].tobytes(),
        "one colour": row[:, 0].tobytes(),
        "grey": grey.tobytes(),
        "inverted": (255 - row).tobytes(),
        "grey, inverted": (255 - grey).tobytes(),
        "twice as wide": np.repeat(row, 2, axis=0).tobytes(),
        "half as wide": half.tobytes(),
    }


def needles(row: Bytes) -> dict[str, list[bytes]]:
    """Return pieces of the row in every form; one of them is enough."""
    found: dict[str, list[bytes]] = {}
    for name, data in _pixels(row).items():
        pieces = [data[at : at + PIECE] for at in (0, len(data) - PIECE)]
        found[name] = pieces
        found[f"{name}, hexadecimal"] = [
            text.encode()
            for piece in pieces
            for text in (piece.hex(), piece.hex().upper(), piece.hex(" "))
        ]
        found[f"{name}, base64"] = [
            b64encode(data[at:])[4 : 4 + PIECE] for at in range(3)
        ]
        found[f"{name}, in decimal"] = [
            between.join(map(str, piece[:12])).encode()
            for piece in pieces
            for between in (", ", ",", " ")
        ]
    return found


def forms(row: Bytes, data: bytes) -> set[str]:
    """Return the forms in which some bytes hold the row."""
    wanted = needles(row).items()
    held = {name for name, pieces in wanted if any(p in data for p in pieces)}
    if any(signature in data for signature in SIGNATURES):
        held.add("a picture")
    return held


def in_files(row: Bytes, folder: Path) -> tuple[set[str], int]:
    """Return the forms in all files of a folder, and how many bytes were looked at."""
    held: set[str] = set()
    size = 0
    for path in folder.rglob("*"):
        held |= {f"{name}, as a name" for name in forms(row, bytes(path))}
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            size += len(data)
            held |= forms(row, data)
    return held, size
