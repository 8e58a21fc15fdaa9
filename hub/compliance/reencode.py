"""Checks a photo and makes it anew, without its metadata: bytes in, a JPEG out.

    python -m hub.compliance.reencode <photo >jpeg      exit 0, or one of `Fault`

Whoever reads a file that somebody uploaded runs the risk of the decoder, so this is a
process of its own: it writes no file, has 10 seconds of processor time and 2 GB of memory,
and the hub that starts it never decodes a picture. What the decoder corrects silently is
damage here: a photo is whole, or it is refused.
"""

import os
import resource
import sys
from enum import IntEnum
from typing import Final

MOST_BYTES: Final = 8 << 20
_JPEG_BYTES: Final = 1 << 20
_MOST_PIXELS: Final = 40_000_000
_LEAST_SIDE: Final = 64
_LONGEST_SIDE: Final = 1600
_QUALITIES: Final = (85, 50, 20)
"""The last one makes 1600 x 1600 pixels of noise smaller than `_JPEG_BYTES`."""
_STARTS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_STDERR: Final = 2


class Fault(IntEnum):
    """Why a photo is refused: the exit status."""

    NO_PHOTO = 3
    DAMAGED = 4
    TOO_LARGE = 5
    TOO_SMALL = 6


class PhotoError(Exception):
    """The photo is refused."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.name)
        self.fault = fault


def main() -> int:
    """Make the photo of the standard input anew on the standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What libjpeg and libpng say of damage goes to this descriptor, and nowhere else.
    said = os.memfd_create("said")
    os.dup2(said, _STDERR)
    try:
        jpeg = made_anew(sys.stdin.buffer.read(MOST_BYTES + 1), said)
    except PhotoError as error:
        return int(error.fault)
    sys.stdout.buffer.write(jpeg)
    return 0


def made_anew(photo: bytes, said: int) -> bytes:
    """Return a photo as a JPEG that holds nothing but its pixels.

    Args:
        photo: A JPEG or PNG.
        said: The descriptor that the decoders complain to.

    Raises:
        PhotoError: It is none, damaged, too large or too small.
    """
    if len(photo) > MOST_BYTES:
        raise PhotoError(Fault.TOO_LARGE)
    if not photo.startswith(_STARTS):
        raise PhotoError(Fault.NO_PHOTO)
    # Read when the library is loaded, which only now is needed.
    os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(_MOST_PIXELS)
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    cv2.setNumThreads(1)
    try:
        pixels = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PhotoError(Fault.TOO_LARGE) from error
    if pixels is None or _is_damage(said):
        raise PhotoError(Fault.DAMAGED)
    height, width = pixels.shape[:2]
    if min(height, width) < _LEAST_SIDE:
        raise PhotoError(Fault.TOO_SMALL)
    scale = min(1.0, _LONGEST_SIDE / max(height, width))
    smaller = (max(1, round(width * scale)), max(1, round(height * scale)))
    pixels = cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA)
    tries = (
        cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        for quality in _QUALITIES
    )
    return next(jpeg for jpeg in tries if len(jpeg) <= _JPEG_BYTES)


def _is_damage(said: int) -> bool:
    """Tell whether a decoder has complained of more than a colour profile."""
    lines = os.pread(said, 1 << 16, 0).splitlines()
    return any(not line.startswith(b"libpng warning: iCCP") for line in lines if line)


if __name__ == "__main__":
    sys.exit(main())
