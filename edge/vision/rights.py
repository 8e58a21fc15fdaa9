"""How a process gives up rights for good: the kernel's calls that Python has no name for.

Sources: prctl(2), landlock(7), seccomp(2).
"""

import ctypes
import os
import platform
import resource
import struct
from collections.abc import Mapping
from typing import Final

INSTRUCTION: Final = struct.Struct("<HBBI")
"""One of a filter's, as linux/filter.h has it."""
_SECCOMP: Final = {"x86_64": 317, "aarch64": 277}
"""The number of the call, by machine; those of Landlock are the same for both."""
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_FS: Final = (0, 0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF)
"""Every right to files that a version of Landlock knows, by version."""
_KNOWS_CONNECTIONS, _CONNECTIONS = 4, 3
_KNOWS_SIGNALS, _SIGNALS = 6, 3
"""The version that a right came with, and its bits: TCP; abstract sockets and signals."""
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_SET_FILTER, _TSYNC = 1, 1


def give_up_rights() -> None:
    """Never write a file, leave a core, be looked into, or win a right again.

    Raises:
        OSError: The kernel refuses.
    """
    for what in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(what, (0, 0))
    _call("no_new_privs", "prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call("dumpable", "prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)


def restrict_paths(rights: Mapping[str, int], *, network: bool = False) -> None:
    """Leave only some rights, where the kernel has Landlock.

    Args:
        rights: By folder, of everything beneath it; see `landlock(7)`.
        network: Whether connections stay possible.

    Raises:
        OSError: The kernel refuses.
    """
    version = _libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_long(0), ctypes.c_long(1))
    if version < 1:
        return
    files = _LANDLOCK_FS[min(version, len(_LANDLOCK_FS) - 1)]
    connections = _CONNECTIONS if version >= _KNOWS_CONNECTIONS and not network else 0
    signals = _SIGNALS if version >= _KNOWS_SIGNALS else 0
    handled = struct.pack("<QQQ", files, connections, signals)
    rules = _call("landlock", "syscall", _LANDLOCK_CREATE, handled, len(handled), 0)
    for folder, right in rights.items():
        beneath = os.open(folder, os.O_PATH)
        rule = struct.pack("<Qi", right & files, beneath)
        _call("landlock", "syscall", _LANDLOCK_ADD, rules, 1, rule, 0)
        os.close(beneath)
    _call("landlock", "syscall", _LANDLOCK_RESTRICT, rules, 0)
    os.close(rules)


def install(code: bytes) -> None:
    """Put a filter on every thread of this process.

    Raises:
        OSError: The kernel refuses.
    """
    number = _SECCOMP[platform.machine()]
    told = _Program(len(code) // INSTRUCTION.size, code)
    # A thread that could not take the filter is named by a result above 0.
    if _call("seccomp", "syscall", number, _SET_FILTER, _TSYNC, ctypes.byref(told)):
        raise OSError("seccomp: a thread stays outside")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


_libc = ctypes.CDLL(None, use_errno=True)


def _call(what: str, function: str, *arguments: object) -> int:
    given = [
        ctypes.c_long(value) if isinstance(value, int) else value for value in arguments
    ]
    result = int(getattr(_libc, function)(*given))
    if result < 0:
        raise OSError(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result
