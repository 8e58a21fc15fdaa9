"""More processes, other programs, other code."""

import ctypes
import mmap
import os
import platform
import signal
import struct
import threading
from collections.abc import Callable
from errno import ENOSYS

from tests.privacy.arena import Arena, Fire, Way, raw
from tests.privacy.calls import NUMBERS, sys
from tests.privacy.eyes import in_folder, process

KIND = "processes"
CODE = "code"
_PAGE = 4096
_READ, _WRITE, _EXECUTE = 1, 2, 4
_PRIVATE, _ANONYMOUS, _LOW = 2, 0x20, 0x40
_EMPTY_PATH = 0x1000
_MKDIR = "/bin/mkdir"


def _born(call: str, *arguments: object) -> Way:
    """A second process leaves a trace."""

    def arm(arena: Arena) -> Fire:
        def fire() -> None:
            if sys(call, *arguments) == 0:
                os.mkdir(arena.new)  # noqa: PTH102 - a path of bytes
                os._exit(0)

        return fire

    return Way(KIND, call, arm, in_folder)


def _words(arena: Arena) -> tuple[object, object]:
    words = (ctypes.c_char_p * 3)(b"mkdir", arena.new, None)
    nothing = (ctypes.c_char_p * 1)(None)
    return words, nothing


def _by_descriptor(arena: Arena) -> tuple[object, ...]:
    program = os.open(_MKDIR, os.O_RDONLY)
    return program, b"", *_words(arena), _EMPTY_PATH


def _spawn(arena: Arena) -> Fire:
    words = [_MKDIR, os.fsdecode(arena.new)]
    return lambda: os.posix_spawn(_MKDIR, words, {})


def _thread(_: Arena) -> Fire:
    rest = threading.Event()
    return threading.Thread(target=rest.wait, daemon=True).start


def _in_memory(arena: Arena) -> Fire:
    """Copy a program to memory that has no name, and run it."""
    program, words = os.open(_MKDIR, os.O_RDONLY), _words(arena)

    def fire() -> None:
        copy = os.memfd_create("program")
        while data := os.read(program, 1 << 16):
            os.write(copy, data)
        sys("execveat", copy, b"", *words, _EMPTY_PATH)

    return fire


def _machine_code(
    code: Callable[[Arena], bytes], argument: Callable[[Arena], object] | None = None
) -> Callable[[Arena], Fire]:
    """Code that lies ready before the lock, as in a library; only for x86-64."""

    def arm(arena: Arena) -> Fire:
        if platform.machine() != "x86_64":
            raise OSError(ENOSYS, "for x86-64")
        told = code(arena)
        place = sys(
            "mmap", 0, _PAGE, _READ | _WRITE, _PRIVATE | _ANONYMOUS | _LOW, -1, 0
        )
        ctypes.memmove(place, told, len(told))
        sys("mprotect", place, _PAGE, _READ | _EXECUTE)
        run = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p)(place)
        arena.held["argument"] = given = argument(arena) if argument else None

        def fire() -> None:
            result = run(given)
            if -_PAGE < result < 0:
                raise OSError(-result, os.strerror(-result))

        return fire

    return arm


def _low_path(arena: Arena) -> int:
    """Return a new path at an address of 32 bits."""
    place = sys("mmap", 0, _PAGE, _READ | _WRITE, _PRIVATE | _ANONYMOUS | _LOW, -1, 0)
    ctypes.memmove(place, arena.new + b"\0", len(arena.new) + 1)
    return place


def _of_32_bits(arena: Arena) -> bytes:
    """mkdir by the gate of 32-bit programs: other numbers, other architecture."""
    return (
        b"\x53\xb8" + struct.pack("<I", 39)  # push rbx; mov eax, mkdir
        + b"\xbb" + struct.pack("<I", _low_path(arena))  # mov ebx, path
        + b"\xb9" + struct.pack("<I", 0o700)  # mov ecx, mode
        + b"\xcd\x80\x48\x98\x5b\xc3"  # int 0x80; cdqe; pop rbx; ret
    )  # fmt: skip


def _mkdir_as(number: int) -> Callable[[Arena], bytes]:
    """mkdir, with its number put in another way."""

    def code(arena: Arena) -> bytes:
        return (
            b"\x48\xb8" + struct.pack("<Q", number | NUMBERS["mkdir"])  # movabs rax
            + b"\xbf" + struct.pack("<I", _low_path(arena))  # mov edi, path
            + b"\xbe" + struct.pack("<I", 0o700)  # mov esi, mode
            + b"\x0f\x05\xc3"  # syscall; ret
        )  # fmt: skip

    return code


def _vfork(_: Arena) -> bytes:
    """A process that ends at once: its death is to be seen."""
    return bytes.fromhex(
        "b83a000000"  # mov eax, vfork
        "5a0f0552"  # pop rdx; syscall; push rdx (the stack is shared)
        "85c07409"  # test eax, eax; jz the new one
        "c3"  # ret
        "9090909090909090"
        "31ffb8e70000000f05"  # xor edi, edi; mov eax, exit_group; syscall
    )


def _return_from_signal(_: Arena) -> bytes:
    """rt_sigreturn from a signal that never came; it sets what is blocked."""
    return bytes.fromhex(
        "4c8967484c896f504c8977584c897f60"  # keep r12 to r15 in the frame at rdi
        "48896f7848899f8000000048"  # and rbp, rbx,
        "89a7a0000000"  # rsp
        "488d0511000000488987a8000000"  # and where to go on
        "4889fcb80f0000000f05"  # mov rsp, rdi; mov eax, rt_sigreturn; syscall
        "31c0c3"  # xor eax, eax; ret
    )


def _frame(_: Arena) -> object:
    """Return what `_return_from_signal` restores: the mask is the message."""
    frame = bytearray(512)
    struct.pack_into("<Q", frame, 24, 2)  # no other stack
    struct.pack_into("<QHHHH", frame, 176, 0x202, 0x33, 0, 0, 0x2B)
    struct.pack_into("<Q", frame, 296, 0x2A00)
    return ctypes.create_string_buffer(bytes(frame))


def _blocked(bits: str) -> Callable[[Arena], bool]:
    return process("status", rf"SigBlk:\s+{bits}$")


def _executable(arena: Arena) -> Fire:
    memory = mmap.mmap(-1, _PAGE, flags=_PRIVATE | _ANONYMOUS)
    arena.held["memory"] = memory
    start = ctypes.c_char.from_buffer(memory)
    return lambda: sys("mprotect", ctypes.byref(start), _PAGE, 7)


def _by_key(arena: Arena) -> Fire:
    memory = mmap.mmap(-1, _PAGE, flags=_PRIVATE | _ANONYMOUS)
    arena.held["memory"] = memory
    start = ctypes.c_char.from_buffer(memory)
    return lambda: sys("pkey_mprotect", ctypes.byref(start), _PAGE, 7, -1)


def _segment(_: Arena) -> Fire:
    number, execute, remove = sys("shmget", 0, _PAGE, 0o1700), 0o100000, 0

    def fire() -> None:
        sys("shmat", number, None, execute)
        sys("shmctl", number, remove, None)

    return fire


_RWX = process("maps", r"^\S+ rwx")
_CHILD = struct.pack("<8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)

WAYS = (
    _born("fork"),
    _born("clone", signal.SIGCHLD, 0, 0, 0, 0),
    _born("clone3", _CHILD, len(_CHILD)),
    Way(
        KIND,
        "vfork",
        _machine_code(_vfork),
        lambda a: process(f"task/{a.pid}/children", r"\d")(a),
        call="vfork",
    ),
    Way(KIND, "posix_spawn", _spawn, in_folder),
    Way(KIND, "a thread", _thread, process("status", r"Threads:\s+2")),
    raw(KIND, "execve", lambda a: (_MKDIR.encode(), *_words(a)), in_folder),
    raw(KIND, "execveat", _by_descriptor, in_folder),
    Way(CODE, "a program in memory", _in_memory, in_folder),
    raw(
        CODE,
        "mmap",
        lambda _: (0, _PAGE, 7, _PRIVATE | _ANONYMOUS, -1, 0),
        _RWX,
        name="mmap to execute",
    ),
    Way(CODE, "mprotect to execute", _executable, _RWX, call="mprotect"),
    Way(CODE, "pkey_mprotect to execute", _by_key, _RWX, call="pkey_mprotect"),
    Way(CODE, "shmat to execute", _segment, process("maps", r"^\S+ rwxs")),
    Way(CODE, "a call of 32-bit programs", _machine_code(_of_32_bits), in_folder),
    Way(CODE, "a call of x32 programs", _machine_code(_mkdir_as(1 << 30)), in_folder),
    Way(
        CODE,
        "a number with more in its upper half",
        _machine_code(_mkdir_as(0x7FF0_0000 << 32)),
        in_folder,
        call="mkdir",
    ),
    Way(
        CODE,
        "a return from a signal that never came",
        _machine_code(_return_from_signal, _frame),
        _blocked("0000000000002a00"),
    ),
)
