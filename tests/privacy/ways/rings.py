"""io_uring: work that the kernel does for a process, from a ring in shared memory."""

import ctypes
import mmap
import struct
from collections.abc import Callable

from tests.privacy.arena import Arena, Fire, Way
from tests.privacy.calls import AT_FDCWD, address, sys
from tests.privacy.eyes import in_folder

KIND = "io_uring"
_ENTRIES = 4
_SQPOLL = 1 << 1
_SINGLE_MMAP = 0
_ENTRIES_AT = 0x10000000
_MKDIRAT = 37
_GET_EVENTS, _WAKE = 1, 2


class Ring:
    """A ring with one order in it."""

    def __init__(self, order: bytes, *, thread: bool) -> None:
        shape = bytearray(120)
        struct.pack_into("<IIIII", shape, 0, 0, 0, _SQPOLL if thread else 0, 0, 10_000)
        given = (ctypes.c_char * len(shape)).from_buffer(shape)
        self.number = sys("io_uring_setup", _ENTRIES, given)
        head, self._tail, mask, entries, _, _, self._array = struct.unpack_from(
            "<7I", shape, 40
        )
        del head, mask
        size = self._array + 4 * entries
        self._ring = mmap.mmap(self.number, size, offset=_SINGLE_MMAP)
        orders = mmap.mmap(self.number, 64 * entries, offset=_ENTRIES_AT)
        orders[: len(order)] = order
        self._orders = orders
        if thread:
            # It starts asleep; once woken it looks for orders for ten seconds.
            sys("io_uring_enter", self.number, 0, 0, _WAKE, None, 0)

    def submit(self) -> None:
        """Only stores: what a thread of the kernel waits for."""
        struct.pack_into("<I", self._ring, self._array, 0)
        struct.pack_into("<I", self._ring, self._tail, 1)

    def enter(self) -> None:
        """Have the order carried out."""
        self.submit()
        sys("io_uring_enter", self.number, 1, 1, _GET_EVENTS, None, 0)


def _mkdir(arena: Arena) -> bytes:
    """Return the order to make a folder of the mark's name."""
    arena.held["path"] = path = ctypes.create_string_buffer(arena.new)
    return struct.pack("<BBHiQQI", _MKDIRAT, 0, 0, AT_FDCWD, 0, address(path), 0o700)


def _ordered(
    arm: Callable[[Ring], Fire], *, thread: bool = False
) -> Callable[[Arena], Fire]:
    """Have the ring before the lock."""

    def armed(arena: Arena) -> Fire:
        arena.held["ring"] = ring = Ring(_mkdir(arena), thread=thread)
        return arm(ring)

    return armed


def _all_later(arena: Arena) -> Fire:
    order = _mkdir(arena)
    return lambda: Ring(order, thread=False).enter()


WAYS = (
    Way(KIND, "a ring", _all_later, in_folder),
    Way(KIND, "a ring from before", _ordered(lambda ring: ring.enter), in_folder),
    Way(
        KIND,
        "a ring from before, and a thread of the kernel",
        _ordered(lambda ring: ring.submit, thread=True),
        in_folder,
    ),
)
