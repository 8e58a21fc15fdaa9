"""What others can read of a process: its name, its priorities, where it is."""

import ctypes
import mmap
import os
import signal
import struct
from pathlib import Path

from tests.privacy.arena import Arena, Fire, Way, raw
from tests.privacy.calls import AT_FDCWD, sys
from tests.privacy.eyes import Eye, process

KIND = "names and states"
_NICE = 19
_BATCH = 3
_IO_CLASS = 3 << 13
_QUEUE_BYTES = 12
_SELF = 0
_HEAD = 0x123456789AB0
_PAGE = 4096
_SET_NAME, _SET_THP, _SET_SLACK, _DROP, _SPECULATION = 15, 41, 29, 24, 53
_SET_VMA, _MERGE, _SET_MM, _MAP = 0x53564D41, 67, 35, 14


def _named(arena: Arena) -> bool:
    return process("comm", f"^{arena.mark[:15].decode()}$")(arena)


def _into_self(file: str, text: bytes, eye: Eye) -> Way:
    """Write to a file of one's own in /proc."""

    def arm(arena: Arena) -> Fire:
        path = f"/proc/self/{file}".encode()
        data = text or arena.mark[:15]

        def fire() -> None:
            number = sys("openat", AT_FDCWD, path, os.O_WRONLY, 0)
            sys("write", number, data, len(data))

        return fire

    return Way(KIND, "a write to /proc/self", arm, eye, variant=file)


def _affinity(arena: Arena) -> bool:
    try:
        return os.sched_getaffinity(arena.pid) == {_last()}
    except ProcessLookupError:
        return False


def _last() -> int:
    allowed = os.sched_getaffinity(0)
    if len(allowed) == 1:
        raise OSError(22, "one processor only")
    return max(allowed)


def _ask(ask: str, *arguments: int, answer: int) -> Eye:
    """The kernel answers this about the child."""

    def seen(arena: Arena) -> bool:
        given = [arena.pid if argument < 0 else argument for argument in arguments]
        try:
            return sys(ask, *given) == answer
        except OSError:
            return False

    return seen


def _robust(arena: Arena) -> bool:
    """The list of locks that others can ask for begins where it was said."""
    head, length = ctypes.c_void_p(), ctypes.c_size_t()
    try:
        sys("get_robust_list", arena.pid, ctypes.byref(head), ctypes.byref(length))
    except OSError:
        return False
    return head.value == _HEAD


def _no_rights(_: Arena) -> tuple[object, ...]:
    version = 0x20080522
    return struct.pack("<II", version, 0), bytes(24)


def _page(arena: Arena) -> object:
    """Return where a page of our own begins."""
    memory = mmap.mmap(-1, _PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory[0] = 1
    arena.held["memory"] = memory
    return ctypes.byref(ctypes.c_char.from_buffer(memory))


def _all_locked(_: Arena) -> Fire:
    later_ones, on_fault = 2, 4

    def fire() -> None:
        sys("mlockall", later_ones | on_fault)
        sys("mmap", 0, _PAGE, 3, 0x22, -1, 0)

    return fire


def _words(arena: Arena) -> Fire:
    """Have the kernel show other memory as the words of the command line."""
    kept = ctypes.create_string_buffer(arena.mark, 17)
    arena.held["bytes"] = kept
    stat = Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()
    told = [int(stat[field - 3]) for field in (26, 27, 45, 46, 47, 47, 28)]
    words = [int(stat[field - 3]) for field in (50, 51)]
    start = ctypes.addressof(kept)
    shape = struct.pack(
        "<11QQIi", *told, start, start + 17, *words, 0, 0, ctypes.c_int(-1).value
    )
    return lambda: sys("prctl", _SET_MM, _MAP, shape, len(shape), 0)


def _session(arena: Arena) -> bool:
    try:
        return os.getsid(arena.pid) == arena.pid
    except ProcessLookupError:
        return False


def _group(arena: Arena) -> bool:
    try:
        return os.getpgid(arena.pid) == arena.pid
    except ProcessLookupError:
        return False


def _nice(arena: Arena) -> bool:
    try:
        return os.getpriority(os.PRIO_PROCESS, arena.pid) == _NICE
    except ProcessLookupError:
        return False


def _prctl(name: str, eye: Eye, *arguments: object) -> Way:
    given = (*arguments, 0, 0, 0, 0)[:5]
    return raw(KIND, "prctl", lambda _: given, eye, name=f"prctl {name}")


def _state(call: str, arguments: tuple[object, ...], eye: Eye) -> Way:
    return raw(KIND, call, lambda _: arguments, eye)


def _is_in(arena: Arena, what: str) -> bool:
    return process(what, f"{arena.folder}$")(arena)


_locked = process("status", r"VmLck:\s+[1-9]")

WAYS = (
    raw(
        KIND,
        "prctl",
        lambda a: (_SET_NAME, a.mark, 0, 0, 0),
        _named,
        name="prctl PR_SET_NAME",
    ),
    _prctl("PR_SET_TIMERSLACK", process("timerslack_ns", "^123457"), _SET_SLACK, 123457),
    _prctl("PR_SET_THP_DISABLE", process("status", r"THP_enabled:\s+0"), _SET_THP, 1),
    _prctl("PR_CAPBSET_DROP", process("status", r"CapBnd:.*[02468ace]$"), _DROP, 0),
    _prctl(
        "PR_SET_SPECULATION_CTRL",
        process("status", r"Speculation_Store_Bypass:.*thread mitigated"),
        _SPECULATION, 0, 4,
    ),
    _prctl("PR_SET_MEMORY_MERGE", process("ksm_stat", r"merge_any:\s*yes"), _MERGE, 1),
    raw(
        KIND,
        "prctl",
        lambda a: (_SET_VMA, 0, _page(a), _PAGE, a.mark),
        process("maps", r"\[anon:MARK\]"),
        name="prctl PR_SET_VMA",
    ),
    Way(KIND, "prctl PR_SET_MM", _words, process("cmdline", "MARK"), call="prctl"),
    _into_self("comm", b"", _named),
    _into_self("oom_score_adj", b"777", process("oom_score_adj", "^777$")),
    _into_self("coredump_filter", b"0x7f", process("coredump_filter", "^0000007f$")),
    raw(KIND, "capset", _no_rights, process("status", r"CapEff:\s+0+$")),
    _state("umask", (0o321,), process("status", r"Umask:\s+0321")),
    _state("personality", (0x40000,), process("personality", "^00040000$")),
    raw(KIND, "chdir", lambda a: (bytes(a.folder),), lambda a: _is_in(a, "cwd")),
    raw(
        KIND,
        "fchdir",
        lambda a: (os.open(a.folder, os.O_RDONLY),),
        lambda a: _is_in(a, "cwd"),
    ),
    raw(KIND, "chroot", lambda a: (bytes(a.folder),), lambda a: _is_in(a, "root")),
    _state("setpgid", (_SELF, _SELF), _group),
    _state("setsid", (), _session),
    _state("setpriority", (os.PRIO_PROCESS, _SELF, _NICE), _nice),
    raw(
        KIND,
        "sched_setaffinity",
        lambda _: (_SELF, 128, struct.pack("<Q", 1 << _last()).ljust(128, b"\0")),
        _affinity,
    ),
    _state(
        "sched_setscheduler",
        (_SELF, _BATCH, struct.pack("<i", 0)),
        _ask("sched_getscheduler", -1, answer=_BATCH),
    ),
    _state(
        "sched_setattr",
        (_SELF, struct.pack("<IIQiIQQQ", 48, _BATCH, 0, _NICE, 0, 0, 0, 0), 0),
        _ask("sched_getscheduler", -1, answer=_BATCH),
    ),
    _state(
        "ioprio_set",
        (1, _SELF, _IO_CLASS),
        _ask("ioprio_get", 1, -1, answer=_IO_CLASS),
    ),
    _state(
        "setrlimit",
        (_QUEUE_BYTES, struct.pack("<QQ", 12345, 12345)),
        process("limits", r"msgqueue size\s+12345"),
    ),
    _state(
        "prlimit64",
        (_SELF, _QUEUE_BYTES, struct.pack("<QQ", 12346, 12346), None),
        process("limits", r"msgqueue size\s+12346"),
    ),
    _state("set_robust_list", (_HEAD, 24), _robust),
    _state(
        "rt_sigaction",
        (signal.SIGUSR2, struct.pack("<4Q", 1, 0, 0, 0), None, 8),
        process("status", r"SigIgn:\s+[0-9a-f]{13}[89a-f]"),
    ),
    _state(
        "rt_sigprocmask",
        (2, struct.pack("<Q", 0x2800), None, 8),
        process("status", r"SigBlk:\s+0000000000002800"),
    ),
    raw(KIND, "mlock", lambda a: (_page(a), _PAGE), _locked),
    raw(KIND, "mlock2", lambda a: (_page(a), _PAGE, 1), _locked),
    Way(KIND, "mlockall", _all_locked, _locked),
    raw(
        KIND,
        "madvise",
        lambda a: (_page(a), _PAGE, 18),
        process("smaps", r"VmFlags:.*\bwf\b"),
    ),
    raw(
        KIND, "mseal", lambda a: (_page(a), _PAGE, 0), process("smaps", r"VmFlags:.*\bsl\b")
    ),
    raw(
        KIND,
        "mbind",
        lambda a: (_page(a), _PAGE, 2, struct.pack("<Q", 1), 64, 0),
        process("numa_maps", r" bind[:=]"),
    ),
    _state(
        "set_mempolicy",
        (2, struct.pack("<Q", 1), 64),
        process("numa_maps", r" bind[:=]"),
    ),
    _state("setuid", (1,), process("status", r"Uid:\s+1\s")),
    _state("setgid", (1,), process("status", r"Gid:\s+1\s")),
)  # fmt: skip
