"""A call of the kernel by its name, as it stands, past the C library."""

import ctypes
import os
import platform
from typing import Final

from edge.vision.calls import names

_YOUNGER: Final = {
    "cachestat": 451,
    "fchmodat2": 452,
    "map_shadow_stack": 453,
    "lsm_set_self_attr": 460,
    "mseal": 462,
    "setxattrat": 463,
    "removexattrat": 466,
    "open_tree_attr": 467,
    "file_setattr": 469,
}
"""Of Linux after 6.1; the same number on every machine."""
NUMBERS: Final = {
    **{name: number for number, name in names(platform.machine()).items()},
    **_YOUNGER,
}
LIBC: Final = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
AT_FDCWD: Final = -100


def sys(name: str, *arguments: object) -> int:
    """Make a call; numbers go as longs, bytes and ctypes objects by their address.

    Raises:
        OSError: What the kernel answers, or `ENOSYS` where the machine has no such call.
    """
    number = NUMBERS.get(name)
    if number is None:
        raise OSError(38, f"no {name} on this machine")
    given = [
        ctypes.c_long(argument) if isinstance(argument, int) else argument
        for argument in arguments
    ]
    result = int(LIBC.syscall(ctypes.c_long(number), *given))
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def address(thing: object) -> int:
    """Return where a ctypes object lies."""
    return ctypes.addressof(thing)  # type: ignore[arg-type]
