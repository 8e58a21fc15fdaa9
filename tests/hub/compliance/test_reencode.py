"""A photo is made anew in a process of its own, or refused with a reason; nothing is written."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from hub.compliance.reencode import MOST_BYTES, Fault

ROOT = Path(__file__).parents[3]


def run(photo: bytes, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "hub.compliance.reencode"],
        input=photo,
        capture_output=True,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=60,
        check=False,
    )


def photo(extension: str = ".jpg", height: int = 120, width: int = 160) -> bytes:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2] = (0, 0, 255)
    return cv2.imencode(extension, picture)[1].tobytes()


@pytest.mark.parametrize("extension", [".jpg", ".png"])
def test_its_pixels_come_back_and_no_file_is_left(
    tmp_path: Path, extension: str
) -> None:
    done = run(photo(extension), tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    pixels = cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape == (120, 160, 3)
    assert pixels[60, 20, 2] > 200
    assert pixels[60, 140, 2] < 50
    assert list(tmp_path.iterdir()) == []


def test_a_large_photo_is_made_smaller(tmp_path: Path) -> None:
    done = run(photo(".png", 3000, 4000), tmp_path)
    pixels = cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape == (1200, 1600, 3)


def test_noise_of_full_size_still_fits(tmp_path: Path) -> None:
    noise = np.random.default_rng(4).integers(0, 255, (1300, 1600, 3), np.uint8)
    done = run(cv2.imencode(".jpg", noise)[1].tobytes(), tmp_path)
    assert 0 < len(done.stdout) <= 1 << 20


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        (b"", Fault.NO_PHOTO),
        (b"GIF89a" + bytes(100), Fault.NO_PHOTO),
        (photo()[:-200], Fault.DAMAGED),
        (photo(".png")[:-20], Fault.DAMAGED),
        (photo(height=30), Fault.TOO_SMALL),
        (photo(".png", 7000, 7000), Fault.TOO_LARGE),
        (b"\xff\xd8\xff" + bytes(MOST_BYTES), Fault.TOO_LARGE),
    ],
    ids=["nothing", "a GIF", "cut JPEG", "cut PNG", "small", "a bomb", "long"],
)
def test_what_is_refused_gives_a_reason_and_no_picture(
    tmp_path: Path, sent: bytes, fault: Fault
) -> None:
    done = run(sent, tmp_path)
    assert (done.returncode, done.stdout) == (int(fault), b"")


def test_no_flipped_bit_of_a_png_passes(tmp_path: Path) -> None:
    whole = photo(".png")
    for at in range(10, len(whole) - 10, len(whole) // 5):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        assert run(bytes(damaged), tmp_path).returncode == int(Fault.DAMAGED)


def test_the_hub_runs_it_as_a_program_and_never_loads_it() -> None:
    code = "import sys, hub.compliance.routes; print('cv2' in sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert loaded.stdout.strip() == "False"
