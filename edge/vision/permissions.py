"""What a path through a filter permits, in words, and whether data could leave by it.

A call is taken to send unless it is in the list here, which says for each why it cannot.
The list is about what a call itself hands to another process or to a file; what others
can watch from outside, such as how much memory or time is used, no filter hides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from edge.vision.bpf import Path
from edge.vision.calls import AUDIT, names
from edge.vision.conditions import FULL, Condition, Relation, example

_NUMBER, _MACHINE, _ARGUMENTS = 0, 1, 4
_ACTION: Final = 0xFFFF0000
_ALLOW: Final = 0x7FFF0000
_RUNS: Final = {
    _ALLOW: "",
    0x7FFC0000: ", logged",
    0x7FF00000: ", if a tracer lets it",
    0x7FC00000: ", if a supervisor lets it",
}
"""What the kernel may do with a path that ends in a running call; all else denies it."""
_SILENT: Final = {
    "read": "takes from a descriptor",
    "mmap": "private memory; a shared mapping is another matter",
    "munmap": "gives memory back",
    "mremap": "moves memory",
    "mprotect": "changes what memory may be used for",
    "madvise": "hints about memory",
    "brk": "memory",
    "futex": "waits and wakes; hands no data on",
    "rseq": "where the scheduler notes the processor",
    "sched_yield": "lets others run",
    "sched_getaffinity": "asks",
    "getpid": "asks",
    "gettid": "asks",
    "getrusage": "asks",
    "getrandom": "asks",
    "clock_gettime": "asks",
    "clock_getres": "asks",
    "gettimeofday": "asks",
    "time": "asks",
    "nanosleep": "waits",
    "clock_nanosleep": "waits",
    "restart_syscall": "goes on waiting after a stop",
    "exit": "ends; its number is thrown away by the gate",
    "exit_group": "ends; its number is thrown away by the gate",
}
"""Calls that hand nothing on, and why."""
_MMAP_FLAGS: Final = 10
_MAP_SHARED: Final = 1
_NAMED: Final = {
    "read": ("fd", "buf", "count"),
    "write": ("fd", "buf", "count"),
    "mmap": ("addr", "length", "prot", "flags", "fd", "offset"),
    "mprotect": ("addr", "length", "prot"),
    "mremap": ("addr", "old", "new", "flags"),
    "futex": ("addr", "operation"),
    "madvise": ("addr", "length", "advice"),
    "ioctl": ("fd", "command"),
    "clock_gettime": ("clock",),
    "clock_nanosleep": ("clock",),
}


@dataclass(frozen=True)
class Permission:
    """One path on which a call is carried out."""

    call: str
    conditions: tuple[str, ...]
    how: str
    emits: bool
    """Data may leave by it."""

    @override
    def __str__(self) -> str:
        """Return it as a call with its conditions."""
        return f"{self.call}({', '.join(self.conditions)}){self.how}"


def permissions(found: Iterable[Path]) -> list[Permission]:
    """Return what the paths permit, in their order; what they deny is left out."""
    return [_permission(path) for path in found if path.returns & _ACTION in _RUNS]


def only_takes_away(answers: Iterable[int | None]) -> bool:
    """Tell whether a filter lets no call go on in any other way than as it is.

    The kernel asks every filter of a process and obeys the strictest. So one that allows
    or denies adds nothing; one that hands calls on, or writes them down, does.
    """
    adding = set(_RUNS) - {_ALLOW}
    return all(told is not None and told & _ACTION not in adding for told in answers)


def _permission(path: Path) -> Permission:
    call = _call(path)
    named = _NAMED.get(call, ())
    conditions: list[str] = []
    for argument in range(6):
        name = named[argument] if argument < len(named) else f"argument {argument + 1}"
        conditions += _argument(path, name, _ARGUMENTS + 2 * argument)
    for word in (2, 3):
        conditions += [_told("instruction pointer", c) for c in path.on(word)]
    how = _RUNS[path.returns & _ACTION]
    return Permission(call, tuple(conditions), how, not _is_silent(path, call))


def _call(path: Path) -> str:
    """Return the name of the call that a path is about."""
    audit, number = path.only(_MACHINE), path.only(_NUMBER)
    machine = AUDIT.get(audit) if audit is not None else None
    if machine is None:
        return "calls of a foreign machine"
    if number is None:
        told = " and ".join(_told("number", c) for c in path.on(_NUMBER))
        return f"every call with {told or 'any number'}"
    return names(machine).get(number, f"call {number}")


def _argument(path: Path, name: str, low: int) -> list[str]:
    """Return the conditions on one argument, its halves together where they can be."""
    halves = path.only(low), path.only(low + 1)
    if halves[0] is not None and halves[1] is not None:
        return [f"{name} = {halves[0] | halves[1] << 32}"]
    if halves[0] is not None:
        rest = [_told(f"{name}.high", c) for c in path.on(low + 1)]
        # The kernel reads 32 bits of a descriptor, whatever stands above them.
        label = name if name == "fd" else f"{name}.low"
        return [f"{label} = {halves[0]}", *rest]
    return [
        *(_told(f"{name}.low", c) for c in path.on(low)),
        *(_told(f"{name}.high", c) for c in path.on(low + 1)),
    ]


def _told(name: str, condition: Condition) -> str:
    masked = "" if condition.mask == FULL else f" & {condition.mask:#x}"
    return f"{name}{masked} {condition.relation} {condition.value}"


def _is_silent(path: Path, call: str) -> bool:
    if call == "mmap":
        shared = Condition(_MMAP_FLAGS, _MAP_SHARED, Relation.IS_NOT, 0)
        return example([*path.on(_MMAP_FLAGS), shared]) is None
    return call in _SILENT
