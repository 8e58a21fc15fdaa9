"""The lock on the worker: from here on a frame can be read, and 32 bytes written.

    limits > no new rights > Landlock, if any > every other descriptor closed > seccomp

The filter is a list of what is allowed; whatever else is called, the kernel ends the
process. It is plain BPF, built here for both kinds of machine, so that `edge.vision.prove`
can read it back out of the kernel and compare. Landlock comes on top where the kernel has
it: Raspberry Pi OS has not, and the lock does not lean on it.

Sources: seccomp(2), landlock(7), linux/filter.h, linux/seccomp.h, linux/audit.h; the call
numbers are compared with the kernel's headers by a test.
"""

import os
import platform
import resource
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from contracts.records import RECORD_BYTES
from edge.vision.rights import INSTRUCTION, give_up_rights, install, restrict_paths

FRAMES_IN: Final = 0
RECORDS_OUT: Final = 1
"""The descriptors that a locked worker has."""

NOT_LOCKED: Final = 3
"""The status of a worker that could not be locked, and so has seen nothing."""
MACHINES: Final = ("x86_64", "aarch64")
CALLS: Final[dict[str, tuple[int, int]]] = {
    "read": (0, 63),
    "write": (1, 64),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "exit_group": (231, 94),
}
"""The number of every allowed call, by machine."""

Code = tuple[tuple[int, int, int, int], ...]
"""Instructions: code, jump if true, jump if false, operand."""
_AUDIT: Final = (0xC000003E, 0xC00000B7)
_X32: Final = 0x40000000
ALLOW: Final = 0x7FFF0000
KILL: Final = 0x80000000
ERRNO: Final = 0x00050000
LOAD, _EQUAL, _AT_LEAST, ANY_OF, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, ARGUMENTS = 0, 4, 16
"""Where a `seccomp_data` holds them; an argument has 8 bytes, low half first."""

_PROT_EXEC: Final = 4
_MAP_SHARED: Final = 1
_MAP_ANONYMOUS: Final = 0x20
_MADV_DONTNEED: Final = 4

_DESCRIPTORS: Final = 1 << 30
"""More than the kernel gives to any process."""
_LEAKY: Final = ({"ms", "mw"}, {"wr", "ex"})
"""Flags of memory that could be shared and written, or is written and run (proc(5))."""


class LockError(Exception):
    """The process cannot be locked; it must not see a frame."""


@dataclass(frozen=True)
class _Is:
    """An argument has exactly this value."""

    argument: int
    value: int


@dataclass(frozen=True)
class _Bits:
    """Of an argument's low half, these bits are set, or none of them is."""

    argument: int
    bits: int
    there: bool


@dataclass(frozen=True)
class _Rule:
    """A call is allowed if all of this holds."""

    call: str
    conditions: tuple[_Is | _Bits, ...] = ()


def _none(argument: int, bits: int) -> _Bits:
    return _Bits(argument, bits, there=False)


_POLICY: Final = (
    _Rule("read", (_Is(0, FRAMES_IN),)),
    _Rule("write", (_Is(0, RECORDS_OUT), _Is(2, RECORD_BYTES))),
    _Rule(
        "mmap",
        (
            _none(2, _PROT_EXEC),
            _none(3, _MAP_SHARED),
            _Bits(3, _MAP_ANONYMOUS, there=True),
        ),
    ),
    _Rule("mprotect", (_none(2, _PROT_EXEC),)),
    _Rule("munmap"),
    _Rule("mremap"),
    _Rule("madvise", (_Is(2, _MADV_DONTNEED),)),
    _Rule("brk"),
    _Rule("futex"),
    _Rule("sched_yield"),
    _Rule("clock_gettime"),
    _Rule("restart_syscall"),
    _Rule("exit_group", (_Is(0, 0),)),
)


def program(machine: str = "") -> bytes:
    """Return the filter as the kernel takes it: 8 bytes an instruction.

    Args:
        machine: One of `MACHINES`; of this one if empty.

    Raises:
        LockError: There is no table for the machine.
    """
    rules = [
        (CALLS[r.call], (*_body(r.conditions), (RETURN, 0, 0, ALLOW))) for r in _POLICY
    ]
    return assemble(machine, rules, KILL)


def assemble(
    machine: str, rules: Sequence[tuple[tuple[int, int], Code]], otherwise: int
) -> bytes:
    """Return a filter that ends the process if a call is of another machine.

    Args:
        machine: As for `program`.
        rules: A call's numbers by machine, negative where it is not known, and what is
            done with it; each ends with a `RETURN`.
        otherwise: What is done with every other call.

    Raises:
        LockError: There is no table for the machine.
    """
    machine = machine or platform.machine()
    if machine not in MACHINES:
        raise LockError(f"there is no filter for {machine!r}")
    column = MACHINES.index(machine)
    code: Code = (
        (LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, _AUDIT[column]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, _NUMBER),
    )
    if machine == "x86_64":
        code += ((_AT_LEAST, 0, 1, _X32), (RETURN, 0, 0, KILL))
    for numbers, body in rules:
        if numbers[column] >= 0:
            code += ((_EQUAL, 0, len(body), numbers[column]), *body)
    code += ((RETURN, 0, 0, otherwise),)
    return b"".join(INSTRUCTION.pack(*instruction) for instruction in code)


def digest(machine: str = "") -> str:
    """Return the SHA-256 of a machine's filter, hex: what `docs/privacy.md` prints."""
    return sha256(program(machine)).hexdigest()


def lock(filter_code: bytes) -> None:
    """Lock this process for good; it has one thread.

    Raises:
        LockError: It could not be locked in full. It must end without reading a frame.
    """
    if len(list(Path("/proc/self/task").iterdir())) != 1:
        raise LockError("more than one thread runs")
    try:
        _require_pipes()
        _require_own_memory()
        give_up_rights()
        restrict_paths({})
        os.closerange(RECORDS_OUT + 1, _DESCRIPTORS)
        for what in (resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):
            resource.setrlimit(what, (0, 0))
        install(filter_code)
    except (OSError, ValueError) as error:
        raise LockError(str(error)) from error


def _body(conditions: Sequence[_Is | _Bits]) -> Code:
    code: Code = ()
    for condition in conditions:
        low = ARGUMENTS + 8 * condition.argument
        match condition:
            case _Is(value=value):
                for at, half in ((low, value & 0xFFFFFFFF), (low + 4, value >> 32)):
                    code += ((LOAD, 0, 0, at), (_EQUAL, 1, 0, half))
                    code += ((RETURN, 0, 0, KILL),)
            case _Bits(bits=bits, there=there):
                jumps = (1, 0) if there else (0, 1)
                code += ((LOAD, 0, 0, low), (ANY_OF, *jumps, bits))
                code += ((RETURN, 0, 0, KILL),)
    return code


def _require_pipes() -> None:
    """Take nothing but pipes: a file or a socket would lead further."""
    for descriptor in (FRAMES_IN, RECORDS_OUT):
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            raise LockError(f"descriptor {descriptor} is not a pipe")


def _require_own_memory() -> None:
    """Refuse memory that somebody else could read what is written to.

    Shared memory counts if it may ever be written: `mprotect` stays allowed.
    """
    rights = ""
    for line in Path("/proc/self/smaps").read_text("utf-8", "replace").splitlines():
        first, *rest = line.split()
        if not first.endswith(":"):
            rights = rest[0]
        elif first == "VmFlags:" and any(wrong <= {*rest} for wrong in _LEAKY):
            raise LockError(f"memory is mapped {rights}")
