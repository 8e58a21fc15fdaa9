"""The numbers of calls are those of the kernel's own headers."""

import re
from pathlib import Path

import pytest

from edge.vision import calls, confine, oslock
from tests.conditions import require

HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}
TABLES = {**oslock.CALLS, **confine.OUTWARD, **confine.NETWORK}
LATER_THAN_HEADERS = 450
"""The last call of Linux 6.1, whose headers Debian 12 has."""


def numbers(machine: str) -> dict[str, int]:
    """A machine's calls as the header names them.

    That of aarch64 is the one for all newer machines; there `3264` marks a number whose
    name differs between those of 32 and of 64 bits.
    """
    header = Path(HEADERS[machine])
    require(header.exists(), f"needs {header}: sudo ./run system (linux-libc-dev)")
    found = re.findall(
        r"^#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text(), re.MULTILINE
    )
    told = {name: int(number) for name, number in found}
    return {**told, "newfstatat": told.get("newfstatat", told.get("fstatat", -1))}


@pytest.mark.parametrize("machine", oslock.MACHINES)
@pytest.mark.parametrize("call", TABLES)
def test_a_call_of_the_locks_has_the_number_of_the_header(
    call: str, machine: str
) -> None:
    number = TABLES[call][oslock.MACHINES.index(machine)]
    assert numbers(machine).get(call, -1) == number


@pytest.mark.parametrize("machine", oslock.MACHINES)
def test_the_names_that_prove_prints_are_those_of_the_header(machine: str) -> None:
    header, told = numbers(machine), calls.names(machine)
    assert len(told) > 300
    assert {name: header.get(name) for name in told.values()} == {
        name: number for number, name in told.items()
    }


def test_every_call_of_x86_64_has_its_name() -> None:
    header = {n for n in numbers("x86_64").values() if 0 <= n <= LATER_THAN_HEADERS}
    assert header - set(calls.names("x86_64")) == set()
