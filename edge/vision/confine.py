"""What a feeder cannot do: make a file, write to one, or use the network.

A feeder opens cameras and decodes films with libraries that need many calls, so this is a
list of what is refused, not of what is allowed: the worker's lock is the strong one. Its
unit refuses the same once more. Landlock comes on top where the kernel has it.
"""

import errno
import os
from typing import Final

from edge.vision import oslock, rights

_READ: Final = 1 | 4 | 8
_USE: Final = 2 | 4 | 1 << 15
"""Rights of landlock(7): to run, read and list; to write, read and steer a device."""
_NONE: Final = -1
NETWORK: Final[dict[str, tuple[int, int]]] = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
}
"""Refused to a feeder without an address; numbers by machine as in `oslock.CALLS`."""
OUTWARD: Final[dict[str, tuple[int, int]]] = {
    "creat": (85, _NONE),
    "openat2": (437, 437),
    "mkdir": (83, _NONE),
    "mkdirat": (258, 34),
    "mknod": (133, _NONE),
    "mknodat": (259, 33),
    "link": (86, _NONE),
    "linkat": (265, 37),
    "symlink": (88, _NONE),
    "symlinkat": (266, 36),
    "rename": (82, _NONE),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "unlink": (87, _NONE),
    "unlinkat": (263, 35),
    "truncate": (76, 45),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_writev": (311, 271),
    "io_uring_setup": (425, 425),
    "add_key": (248, 217),
    "shmget": (29, 194),
    "mq_open": (240, 180),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
}
"""Refused to every feeder."""
_OPEN: Final = (((2, _NONE), 1), ((257, 56), 2))
"""`open` and `openat`, and which argument holds the flags."""
_MAKES: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
"""A camera is opened to read and write, and nothing is made."""


def program(machine: str = "", *, network: bool) -> bytes:
    """Return the filter, as `oslock.program` does; what it refuses fails with EACCES."""
    refuse = (oslock.RETURN, 0, 0, oslock.ERRNO | errno.EACCES)
    calls = [*OUTWARD.values(), *(() if network else NETWORK.values())]
    rules: list[tuple[tuple[int, int], oslock.Code]] = [(c, (refuse,)) for c in calls]
    for numbers, flags in _OPEN:
        load = (oslock.LOAD, 0, 0, oslock.ARGUMENTS + 8 * flags)
        makes = (oslock.ANY_OF, 0, 1, _MAKES)
        allow = (oslock.RETURN, 0, 0, oslock.ALLOW)
        rules.append((numbers, (load, makes, refuse, allow)))
    return oslock.assemble(machine, rules, oslock.ALLOW)


def confine(*, network: bool) -> None:
    """Take every way out but the open descriptors from this process, for good.

    Args:
        network: Leave the network open: the camera is at an address.

    Raises:
        LockError: The process could not be confined.
    """
    try:
        rights.give_up_rights()
        rights.restrict_paths({"/": _READ, "/dev": _USE}, network=network)
        rights.install(program(network=network))
    except OSError as error:
        raise oslock.LockError(str(error)) from error
