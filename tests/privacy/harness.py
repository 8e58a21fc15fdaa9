"""Try every way out: unlocked, locked, and locked but for its one call; say what was seen.

`python -m tests.privacy.harness FOLDER [WORD ...]` runs in namespaces of its own, which
`tests.privacy.private` makes: the folder becomes a disk in memory that goes with them. One
process loads and rehearses what a worker does; for each try it forks a child, which is
locked by the worker's own lock. One JSON line a try; words choose kinds or names.
"""

import contextlib
import gc
import json
import os
import select
import shutil
import signal
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import cv2

from edge.vision import oslock, worker
from edge.vision.settings import VisionSettings
from tests.privacy.arena import Arena, Way
from tests.privacy.calls import NUMBERS
from tests.privacy.private import furnish, unmount
from tests.privacy.ways.every import every_way

PATIENCE_S: Final = 5.0
NOTHING: Final = "nothing"
LATER_S: Final = 0.01
"""How long after a locked try it is looked again."""
_DONE: Final = struct.Struct("<16sii8x")
_SAYS: Final = b"the try is over."
TRIED, ARMING, LOCKING = range(3)
_OTHER: Final = -1


@dataclass(frozen=True)
class Outcome:
    """What came of one try."""

    kind: str
    name: str
    variant: str
    round: str
    """`unlocked`, `locked` or `widened`."""
    seen: bool
    how: str
    """What the child met: a signal, an error, or nothing."""


def widened(call: str) -> bytes:
    """Return the worker's filter with one more call allowed."""
    first = ((0x20, 0, 0, 0), (0x15, 0, 1, NUMBERS[call]), (0x06, 0, 0, oslock.ALLOW))
    return b"".join(struct.pack("<HBBI", *one) for one in first) + oslock.program()


def rounds(way: Way) -> Iterator[tuple[str, bytes | None]]:
    """Return what a way is tried under."""
    yield "unlocked", None
    yield "locked", oslock.program()
    if way.call in NUMBERS:
        yield "widened", widened(way.call)


def attempt(way: Way, place: Path, told: str, filter_code: bytes | None) -> Outcome:
    """Try a way once in a child of its own, and look."""
    with _arena(place) as arena:
        try:
            way.ready(arena)
        except OSError as met:
            how = f"before the try: {met.strerror}"
            return Outcome(way.kind, way.name, way.variant, told, seen=False, how=how)
        ends = os.pipe(), os.pipe()
        (frames_in, arena.frames), (arena.records, records_out) = ends
        arena.pid = os.fork()
        if arena.pid == 0:
            _child(way, arena, (frames_in, records_out), filter_code)
        os.close(frames_in)
        os.close(records_out)
        how = _until_done(arena)
        seen = _seen(way, arena, patient=told == "unlocked" and how == NOTHING)
        with contextlib.suppress(OSError):
            os.close(arena.frames)
        _end(arena.pid)
        os.close(arena.records)
    return Outcome(way.kind, way.name, way.variant, told, seen, how)


@contextlib.contextmanager
def _arena(place: Path) -> Iterator[Arena]:
    mark = os.urandom(8).hex().encode()
    folder = place / os.urandom(4).hex()
    folder.mkdir()
    (folder / "there").write_bytes(bytes(64))
    arena = Arena(folder, mark)
    try:
        yield arena
    finally:
        for thing in arena.held.values():
            if hasattr(thing, "close"):
                thing.close()
        unmount(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _child(
    way: Way, arena: Arena, ends: tuple[int, int], filter_code: bytes | None
) -> None:
    """Be the worker: two pipes, nothing else; try, say so, wait to be let go."""
    arena.pid = os.getpid()
    os.dup2(ends[0], oslock.FRAMES_IN)
    os.dup2(ends[1], oslock.RECORDS_OUT)
    os.closerange(3, 1 << 12)
    stage, error = _tried(way, arena, filter_code)
    with contextlib.suppress(OSError):
        os.write(oslock.RECORDS_OUT, _DONE.pack(_SAYS, stage, error))
    with contextlib.suppress(OSError):
        while os.read(oslock.FRAMES_IN, 1):
            pass
    os._exit(0)


def _tried(way: Way, arena: Arena, filter_code: bytes | None) -> tuple[int, int]:
    """Lock and try; return how far it came and the error that it met."""
    stage = ARMING
    try:
        fire = way.arm(arena)
        stage = LOCKING
        if filter_code is not None:
            oslock.lock(filter_code)
        stage = TRIED
        fire()
    except OSError as met:
        return stage, met.errno or _OTHER
    except oslock.LockError:
        return stage, _OTHER
    except Exception:  # noqa: BLE001 - whatever a library raises is an answer
        return stage, _OTHER
    return stage, 0


def _until_done(arena: Arena) -> str:
    """Wait until the child says that it is done, or ends; return what it met."""
    data, life = b"", os.pidfd_open(arena.pid)
    deadline = time.monotonic() + PATIENCE_S
    open_ends = [arena.records, life]
    while _SAYS not in data and time.monotonic() < deadline:
        ready, _, _ = select.select(open_ends, [], [], 0.1)
        if arena.records in ready:
            more = os.read(arena.records, 1 << 16)
            data += more
            if not more:
                open_ends.remove(arena.records)
                deadline = min(deadline, time.monotonic() + 0.2)
        elif life in ready:
            break
    os.close(life)
    ended = os.waitid(os.P_PID, arena.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    arena.came, said, rest = data.partition(_SAYS)
    if said:
        return _answer(*struct.unpack_from("<ii", rest))
    if ended is None:
        return "nothing said"
    arena.status = ended.si_status
    if ended.si_code == os.CLD_EXITED:
        return f"ended with {ended.si_status}"
    return signal.Signals(ended.si_status).name


def _answer(stage: int, error: int) -> str:
    if stage == LOCKING:
        return "refused to be locked"
    if error == 0:
        return NOTHING
    what = "an exception" if error == _OTHER else os.strerror(error)
    return f"before the try: {what}" if stage == ARMING else what


def _seen(way: Way, arena: Arena, *, patient: bool) -> bool:
    """Look; where something should come out wait for it, else look once more later."""
    if way.seen(arena):
        return True
    wait_s = PATIENCE_S if patient else LATER_S
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        time.sleep(LATER_S)
        if way.seen(arena):
            return True
    return False


def _end(pid: int) -> None:
    deadline = time.monotonic() + 1.0
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return
        time.sleep(0.001)


def main(place: Path, words: list[str]) -> int:
    """Try all ways."""
    cv2.setNumThreads(1)
    settings = VisionSettings.parse({"camera": "yard", "source": "feeder"})
    kept = worker.prepared(settings)
    furnish(place)
    # So that a child has nothing to collect: what it calls is what the way calls.
    gc.disable()
    gc.freeze()
    for way in every_way():
        if words and not {way.kind, way.name} & set(words):
            continue
        for told, filter_code in rounds(way):
            outcome = attempt(way, place, told, filter_code)
            print(json.dumps(asdict(outcome)), flush=True)  # noqa: T201 - its output
    del kept
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
