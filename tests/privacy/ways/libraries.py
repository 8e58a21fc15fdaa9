"""What the libraries at hand would write, if they were asked to."""

import ctypes
import dbm.dumb
import faulthandler
import gzip
import importlib
import logging
import mailbox
import multiprocessing
import os
import shelve
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from email.message import Message
from multiprocessing import resource_tracker, shared_memory
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from edge.vision import net
from tests.privacy.arena import Arena, Fire, Way
from tests.privacy.eyes import Eye, in_folder, process
from tests.privacy.ways.memory import in_dev_shm

KIND = "libraries"


def _picture() -> npt.NDArray[np.uint8]:
    return np.full((32, 32, 3), 90, np.uint8)


def _film(path: str, _: str) -> None:
    film = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 5, (32, 32))
    film.write(_picture())
    film.release()


def _storage(path: str, text: str) -> None:
    storage = cv2.FileStorage(path, cv2.FILE_STORAGE_WRITE)
    storage.write("mark", text)
    storage.release()


def _mapped(path: str, _: str) -> None:
    np.memmap(path, np.uint8, "w+", shape=(64,))[:] = 1


def _session(path: str, *, profile: bool) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if profile:
        options.enable_profiling, options.profile_file_prefix = True, path
    else:
        options.optimized_model_filepath = path
    session = onnxruntime.InferenceSession(_MODEL, options)
    if profile:
        session.end_profiling()


def _opened(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123 - as anybody writes
        file.write(text)


def _logged(path: str, text: str) -> None:
    say(logging.FileHandler(path), text)


def say(handler: logging.Handler, text: str) -> None:
    record = logging.LogRecord("yard", logging.INFO, "", 0, text, None, None)
    handler.emit(record)
    handler.close()


def _shelved(path: str, text: str) -> None:
    with shelve.Shelf(dbm.dumb.open(path, "c")) as shelf:
        shelf[text] = text


def _table(path: str, _: str) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE mark (id)")


def _temporary(path: str, text: str) -> None:
    number, _ = tempfile.mkstemp(prefix=text, dir=Path(path).parent)
    os.close(number)


def _zipped(path: str, text: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(text, text)


def _tarred(path: str, _: str) -> None:
    tarfile.open(path, "w").close()


def _gzipped(path: str, text: str) -> None:
    with gzip.open(path, "wt") as file:
        file.write(text)


def _copied(path: str, _: str) -> None:
    shutil.copy(Path(path).parent / "there", path)


def _mailed(path: str, text: str) -> None:
    box, message = mailbox.mbox(path), Message()
    message["Subject"] = text
    box.add(message)
    box.flush()


def _child(path: str, _: str) -> None:
    multiprocessing.get_context("fork").Process(target=os.mkdir, args=(path,)).start()


def _program(path: str, _: str) -> None:
    subprocess.run(["/bin/mkdir", path], check=True)


def _shell(path: str, _: str) -> None:
    os.system(f"mkdir {path}")  # noqa: S605 - that it cannot is the point


def _shared(_: str, text: str) -> None:
    # Nobody is to be started who tidies up.
    resource_tracker.register = lambda *_: None
    shared_memory.SharedMemory(text, create=True, size=64)


def _to_file(
    name: str,
    write: Callable[[str, str], object],
    ending: str = "",
    eye: Eye = in_folder,
) -> Way:
    """Give a library a path whose name is the mark."""

    def arm(arena: Arena) -> Fire:
        path, text = os.fsdecode(arena.new) + ending, arena.mark.decode()
        return lambda: write(path, text)

    return Way(KIND, name, arm, eye)


def _to_error(name: str, write: Callable[[str], object]) -> Way:
    """Have descriptor 2 lead to the file, as a service's leads to a journal."""

    def arm(arena: Arena) -> Fire:
        os.dup2(arena.open(), 2)
        text = arena.mark.decode()
        return lambda: write(text)

    return Way(KIND, name, arm, in_folder)


def _uncaught(text: str) -> None:
    error = RuntimeError(text)
    sys.excepthook(RuntimeError, error, None)


def _remark(text: str) -> None:
    warnings.simplefilter("always")
    warnings.warn(text, stacklevel=1)


def _trace(arena: Arena) -> Fire:
    """The traceback of a crash."""
    file = arena.open()
    return lambda: faulthandler.dump_traceback(file)


def _traced(arena: Arena) -> bool:
    return b"harness.py" in Path(os.fsdecode(arena.there)).read_bytes()


def _code(arena: Arena) -> None:
    (arena.folder / "lately.py").write_text("")


def _import(arena: Arena) -> Fire:
    """Load a module: its compiled form is written."""
    sys.path.insert(0, str(arena.folder))
    sys.dont_write_bytecode = False
    importlib.invalidate_caches()
    return lambda: importlib.import_module("lately")


def _compiled(arena: Arena) -> bool:
    return any(arena.folder.glob("__pycache__/lately*"))


def _library(arena: Arena) -> None:
    shutil.copy(
        next(Path(cv2.__file__).parent.glob("cv2*.so")), arena.folder / "late.so"
    )


def _load(arena: Arena) -> Fire:
    """Load a library, as a plug-in is."""
    return lambda: ctypes.CDLL(str(arena.folder / "late.so"))


_MODEL = Path(net.__file__).with_name("net.onnx").read_bytes()

WAYS = (
    _to_file("OpenCV, a picture", lambda p, _: cv2.imwrite(p, _picture()), ".png"),
    _to_file(
        "OpenCV, pictures", lambda p, _: cv2.imwritemulti(p, [_picture()] * 2), ".tiff"
    ),
    _to_file("OpenCV, a film", _film, ".avi"),
    _to_file("OpenCV, settings", _storage, ".yml"),
    _to_file("numpy.save", lambda p, _: np.save(p, _picture())),
    _to_file("numpy.savez", lambda p, _: np.savez(p, _picture())),
    _to_file("numpy.savetxt", lambda p, _: np.savetxt(p, _picture()[0])),
    _to_file("numpy tofile", lambda p, _: _picture().tofile(p)),
    _to_file("numpy.memmap", _mapped),
    _to_file("onnxruntime, a profile", lambda p, _: _session(p, profile=True)),
    _to_file("onnxruntime, a model", lambda p, _: _session(p, profile=False)),
    _to_file("open", _opened),
    _to_file("logging to a file", _logged),
    _to_file("shelve", _shelved),
    _to_file("sqlite3", _table),
    _to_file("tempfile", _temporary),
    _to_file("zipfile", _zipped),
    _to_file("tarfile", _tarred),
    _to_file("gzip", _gzipped),
    _to_file("shutil.copy", _copied),
    _to_file("mailbox", _mailed),
    _to_file("multiprocessing.Process", _child),
    _to_file("multiprocessing.shared_memory", _shared, eye=in_dev_shm),
    _to_file("subprocess", _program),
    _to_file("os.system", _shell),
    _to_error("standard error", lambda text: sys.stderr.write(f"{text}\n")),
    _to_error("an exception that nobody catches", _uncaught),
    _to_error("a warning", _remark),
    _to_error("logging to standard error", lambda t: say(logging.StreamHandler(), t)),
    Way(KIND, "the traceback of a crash", _trace, _traced),
    Way(KIND, "import", _import, _compiled, _code),
    Way(KIND, "a library loaded late", _load, process("maps", "late.so"), _library),
)
