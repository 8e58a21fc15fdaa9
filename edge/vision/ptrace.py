"""Stops the threads of a process, and reads the filters that they are under.

Stopped with PTRACE_SEIZE and PTRACE_INTERRUPT, which send no signal; a call that is
interrupted goes on by itself. Should this program be killed meanwhile, the kernel lets
the threads go on. Filters are told only to whoever has CAP_SYS_ADMIN and is under no
filter, by a kernel with CONFIG_CHECKPOINT_RESTORE.

Source: man 2 ptrace.
"""

import ctypes
import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final

_SEIZE, _INTERRUPT, _DETACH, _GET_FILTER = 0x4206, 0x4207, 0x11, 0x420C
_WALL: Final = 0x40000000
_STOP_EVENT: Final = 128
_TRIES: Final = 2000
"""Of a millisecond each, until a thread has stopped."""
_INSTRUCTION_BYTES: Final = 8


def tasks(pid: int) -> list[int]:
    """Return the numbers of a process's threads.

    Raises:
        FileNotFoundError: The process is not there.
    """
    return sorted(int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir())


@contextmanager
def stopped(pid: int, failed: Callable[[int, OSError], None]) -> Iterator[set[int]]:
    """Stop every thread, also those that start meanwhile; yield those that stand."""
    signals: dict[int, int] = {}
    tried: set[int] = set()
    try:
        while new := set(tasks(pid)) - tried:
            tried |= new
            for number in new:
                try:
                    _ptrace(_SEIZE, number, 0, None)
                    signals[number] = 0
                    _ptrace(_INTERRUPT, number, 0, None)
                    signals[number] = _signal_at_stop(number)
                except OSError as error:
                    failed(number, error)
        yield set(signals)
    finally:
        for number, signal in signals.items():
            # It may have ended; or it never stood, and goes on when this program ends.
            with suppress(ProcessLookupError):
                _ptrace(_DETACH, number, 0, signal)


def _signal_at_stop(number: int) -> int:
    """Wait until a thread stands; return the signal that it was about to take."""
    for _ in range(_TRIES):
        done, status = os.waitpid(number, os.WNOHANG | _WALL)
        if done and not os.WIFSTOPPED(status):
            raise ProcessLookupError(errno.ESRCH, "ended")
        if done:
            return 0 if status >> 16 == _STOP_EVENT else os.WSTOPSIG(status)
        time.sleep(0.001)
    raise TimeoutError(errno.ETIMEDOUT, "it does not stop")


def filters(number: int) -> Iterator[bytes]:
    """Yield the filters of a stopped thread as it installed them, the oldest first.

    Raises:
        OSError: The kernel does not tell.
    """
    for index in count():
        try:
            length = _ptrace(_GET_FILTER, number, index, None)
        except FileNotFoundError:
            return
        program = ctypes.create_string_buffer(length * _INSTRUCTION_BYTES)
        _ptrace(_GET_FILTER, number, index, ctypes.addressof(program))
        yield program.raw


def _ptrace(request: int, number: int, address: int, data: int | None) -> int:
    call = ctypes.CDLL(None, use_errno=True).ptrace
    call.restype = ctypes.c_long
    call.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    answer = int(call(request, number, address, data))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer
