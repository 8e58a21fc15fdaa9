"""A worker that was taken over: its counts are right, and it speaks in how it says them.

    python -m tests.privacy.unruly WAY BITS

For each second that it reads on standard input (since 1970, a line each) it writes to
standard output what its way makes of the secret, one bit a minute, and then a line to
standard error. `honest` and `blind` do not speak: `blind` has no frames when the bit is 1.
"""

import binascii
import os
import random
import sys
from collections.abc import Callable

from contracts.records import (
    GridRecord,
    LineRecord,
    Record,
    WeatherFlag,
    WindowRecord,
    ZoneRecord,
    pack,
)

PROMPT, LATE_IN_TIME, TOO_LATE = 2, 32, 45
"""Seconds into the next minute."""
Way = Callable[[int, int, int], bytes]
"""From a minute, the second after it and the bit to what is written then."""


def records(minute: int) -> list[bytes]:
    """The records of a minute, which depend on it alone; the window last."""
    people = 6 + minute % 5
    rows: list[Record] = [
        GridRecord(minute, row, 60, 90, (people * 4, *[0] * 15)) for row in range(12)
    ]
    parts: list[Record] = [
        ZoneRecord(minute, 0, 60, 90, 60 * people, people, 40, 1, 30, 9),
        LineRecord(minute, 0, 60, 90, (minute % 3, 0, 0), (1, 0, 0)),
        *rows,
        WindowRecord(minute, 60, 90, 60 * people, people, 40),
    ]
    return [pack(part) for part in parts]


def padded(record: bytes, secret: int) -> bytes:
    """The record with something in a byte that nobody owns, and a right check."""
    changed = record[:29] + bytes([1 + secret])
    return changed + binascii.crc_hqx(changed, 0).to_bytes(2, "little")


def honest(minute: int, second: int, _: int) -> bytes:
    return b"".join(records(minute)) if second == PROMPT else b""


def blind(minute: int, second: int, bit: int) -> bytes:
    if not bit:
        return honest(minute, second, bit)
    nothing = WindowRecord(minute, 0, 0, 0, 0, 0, WeatherFlag.NO_FRAMES)
    return pack(nothing) if second == PROMPT else b""


def moments(minute: int, second: int, bit: int) -> bytes:
    chosen = LATE_IN_TIME if bit else PROMPT
    return b"".join(records(minute)) if second == chosen else b""


def silence(minute: int, second: int, bit: int) -> bytes:
    return b"" if bit else honest(minute, second, bit)


def lateness(minute: int, second: int, bit: int) -> bytes:
    chosen = TOO_LATE if bit else PROMPT
    return b"".join(records(minute)) if second == chosen else b""


def omission(minute: int, second: int, bit: int) -> bytes:
    return b"".join(records(minute)[bit:]) if second == PROMPT else b""


def order(minute: int, second: int, bit: int) -> bytes:
    *parts, window = records(minute)
    if bit:
        parts.reverse()
    return b"".join([*parts, window]) if second == PROMPT else b""


def repetition(minute: int, second: int, bit: int) -> bytes:
    told = b"".join(record * (1 + 2 * bit) for record in records(minute))
    return told if second == PROMPT else b""


def padding(minute: int, second: int, bit: int) -> bytes:
    told = records(minute)
    return b"".join([padded(told[-1], bit), *told]) if second == PROMPT else b""


def flood(minute: int, second: int, bit: int) -> bytes:
    dice = random.Random(minute)
    junk = [dice.randbytes(32) for _ in range(50)] if bit else []
    again = records(minute - 1) * 3
    return b"".join([*again, *junk]) + honest(minute, second, bit)


def damage(minute: int, second: int, bit: int) -> bytes:
    """Ask for one fault or another, each minute."""
    told = records(minute)
    wrong = padded(told[0], 7) if bit else told[0][:-1] + bytes([told[0][-1] ^ 1])
    return wrong + honest(minute, second, bit) if second == PROMPT else b""


WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        *(honest, blind, moments, silence, lateness, omission),
        *(order, repetition, padding, flood, damage),
    )
}
DRIBBLE = "dribble"
"""The right bytes, a few at a time, in pieces and at seconds that the bit chooses."""


def main() -> None:
    name, bits = sys.argv[1:]
    held = b""
    for line in sys.stdin:
        at = int(line)
        minute, second = at // 60 - 1, at % 60
        bit = int(bits[minute % len(bits)])
        if name == DRIBBLE:
            held += honest(minute, second, bit)
            length = len(held) if second >= LATE_IN_TIME else 19 + 64 * bit
            told, held = held[:length], held[length:]
            for start in range(0, len(told), 7 + bit):
                os.write(1, told[start : start + 7 + bit])
        else:
            os.write(1, WAYS[name](minute, second, bit))
        sys.stderr.write("\n")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
