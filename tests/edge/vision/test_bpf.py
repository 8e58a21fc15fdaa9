"""What is read from a filter's bytes is what the filter does with every call."""

import random
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from edge.vision.bpf import WORDS, FilterError, Path, paths
from edge.vision.conditions import FULL, Condition, Relation, example
from tests.edge.vision.filters import (
    ALLOW,
    AND,
    ANY,
    GO,
    KILL,
    LEAST,
    LOAD,
    MORE,
    RETURN,
    SAME,
    Instruction,
    allowing,
    assembled,
)

VALUES = (0, 1, 2, 3, 4, 7, 8, 32, 0x80000000, 0xFFFFFFFE, FULL)


A, X, MEMORY = 0, 1, 2
"""Registers, in one list with the memory cells."""


def executed(program: bytes, words: list[int]) -> int:
    """What the kernel would return: the filter run on one call."""
    at, held = 0, [0] * 18
    while True:
        code, jt, jf, k = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        if code == RETURN:
            return int(k)
        if code == GO:
            at += k
        elif code & 7 == GO:
            a, operand = held[A], held[X] if code & 8 else k
            truths = {SAME: a == operand, MORE: a > operand, LEAST: a >= operand}
            at += jt if truths.get(code & ~8, bool(a & operand)) else jf
        else:
            where, what = MOVES[code]
            held[where(k)] = what(k, held, words)


MOVES: dict[int, tuple[Callable[[int], int], Callable[..., int]]] = {
    LOAD: (lambda _: A, lambda k, _, words: words[k // 4]),
    0x00: (lambda _: A, lambda k, *_: k),
    0x01: (lambda _: X, lambda k, *_: k),
    0x60: (lambda _: A, lambda k, held, _: held[MEMORY + k]),
    0x02: (lambda k: MEMORY + k, lambda _, held, __: held[A]),
    0x07: (lambda _: X, lambda _, held, __: held[A]),
    AND: (lambda _: A, lambda k, held, _: held[A] & k),
    0x04: (lambda _: A, lambda k, held, _: held[A] + k & FULL),
}


def drawn(dice: random.Random) -> bytes:
    """A filter of 12 to 40 instructions that jumps about."""
    length = dice.randint(12, 40)
    code: list[Instruction] = [(0x02, 0, 0, 5), (0x01, 0, 0, 7), (LOAD, 0, 0, 0)]
    while len(code) < length:
        k, left = dice.choice(VALUES), length - len(code)
        jumps = dice.randint(0, min(3, left)), dice.randint(0, min(3, left))
        word = 4 * dice.randrange(4)
        code += dice.choice(
            [
                *[[(LOAD, 0, 0, word), (jump, *jumps, k)] for jump in (SAME, MORE)],
                [(LOAD, 0, 0, word), (AND, 0, 0, k), (ANY, *jumps, 2)],
                [(LOAD, 0, 0, word), (AND, 0, 0, 6), (AND, 0, 0, 3), (SAME, *jumps, 2)],
                [(LOAD, 0, 0, word), (0x02, 0, 0, k & 1), (0x00, 0, 0, k)],
                [(0x00, 0, 0, k), (0x04, 0, 0, 3), (0x07, 0, 0, 0), (LOAD, 0, 0, word)],
                [(0x01, 0, 0, k), (LOAD, 0, 0, word), (SAME | 8, *jumps, 0)],
                [
                    (0x02, 0, 0, 5),
                    (LOAD, 0, 0, word),
                    (ANY, *jumps, 6),
                    (0x60, 0, 0, 5),
                ],
                *[[(jump, *jumps, k)] for jump in (SAME, MORE, LEAST, ANY)],
                [(GO, 0, 0, jumps[0])],
                [(SAME, 1, 0, k), (RETURN, 0, 0, dice.choice((ALLOW, KILL)))],
            ]
        )
    return assembled([*code, *[(RETURN, 0, 0, 0x50001 + n) for n in range(6)]])


def followed(dice: random.Random, most: int) -> Iterator[tuple[bytes, list[Path]]]:
    """Drawn filters and their paths, without those that are refused."""
    for _ in range(most):
        program = drawn(dice)
        with suppress(FilterError):
            yield program, paths(program)


@pytest.mark.parametrize("seed", range(20))
def test_every_call_takes_the_one_path_that_does_what_the_filter_does(
    seed: int,
) -> None:
    dice = random.Random(seed)
    several = 0
    for program, found in followed(dice, 20):
        several += len(found) > 3
        for path in found:
            words = [example(path.on(word)) or 0 for word in range(WORDS)]
            assert path.taken_by(words)
            assert executed(program, words) == path.returns
        for _ in range(60):
            near = [value + dice.randint(-1, 1) & FULL for value in VALUES]
            words = [dice.choice([*near, dice.getrandbits(32)]) for _ in range(WORDS)]
            (taken,) = [path for path in found if path.taken_by(words)]
            assert executed(program, words) == taken.returns
    assert several >= 5


def test_a_path_that_contradicts_itself_is_not_listed() -> None:
    twice = [(LOAD, 0, 0, 0), (SAME, 0, 2, 7), (SAME, 0, 1, 7)]
    code = [*twice, (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, KILL)]
    assert [path.returns for path in paths(assembled(code))] == [ALLOW, KILL]
    never = [(LOAD, 0, 0, 0), (MORE, 0, 2, 7), (LEAST, 1, 0, 8), (RETURN, 0, 0, ALLOW)]
    code = [*never, (RETURN, 0, 0, KILL)]
    assert {path.returns for path in paths(assembled(code))} == {KILL}


@pytest.mark.parametrize("bits", [4, 5])
def test_whether_a_word_can_meet_its_conditions_is_exact(bits: int) -> None:
    dice, top = random.Random(bits), (1 << bits) - 1
    decided = {True: 0, False: 0}
    for _ in range(1500):
        # The upper bits are pinned, so that trying every word is possible.
        told = [Condition(0, FULL & ~top, Relation.IS, 0xABCDEF00 & ~top)]
        for _ in range(dice.randint(1, 6)):
            relation = dice.choice(list(Relation))
            told.append(
                Condition(0, dice.getrandbits(bits), relation, dice.getrandbits(bits))
            )
        words = [(0xABCDEF00 & ~top) + low for low in range(top + 1)]
        meeting = [word for word in words if all(c.met_by(word) for c in told)]
        found = example(told)
        assert (found is not None) == bool(meeting)
        assert found is None or found in meeting
        decided[bool(meeting)] += 1
    assert min(decided.values()) > 100


def test_a_range_of_one_value_is_one_value() -> None:
    code = [(LOAD, 0, 0, 0), (LEAST, 0, 2, 6), (MORE, 1, 0, 6), (RETURN, 0, 0, ALLOW)]
    allowed, *_ = (
        path
        for path in paths(assembled([*code, (RETURN, 0, 0, KILL)]))
        if path.returns == ALLOW
    )
    assert (allowed.only(0), allowed.only(1)) == (6, None)


@pytest.mark.parametrize(
    "code",
    [
        [],
        [(LOAD, 0, 0, 0)],
        [(LOAD, 0, 0, 2), (RETURN, 0, 0, ALLOW)],
        [(LOAD, 0, 0, 64), (RETURN, 0, 0, ALLOW)],
        [(0x28, 0, 0, 0), (RETURN, 0, 0, ALLOW)],
        [(0x60, 0, 0, 3), (RETURN, 0, 0, ALLOW)],
        [(GO, 0, 0, 9), (RETURN, 0, 0, ALLOW)],
        [(LOAD, 0, 0, 0), (0x04, 0, 0, 1), (RETURN, 0, 0, ALLOW)],
        [(LOAD, 0, 0, 0), (0x74, 0, 0, 1), (RETURN, 0, 0, ALLOW)],
        [(LOAD, 0, 0, 0), (0x16, 0, 0, 0)],
        [(LOAD, 0, 0, 0), (0x07, 0, 0, 0), (SAME | 8, 0, 0, 0), (RETURN, 0, 0, ALLOW)],
        [(0x55, 0, 0, 0), (RETURN, 0, 0, ALLOW)],
        [(0xFFFF, 0, 0, 0), (RETURN, 0, 0, ALLOW)],
    ],
    ids=lambda code: " ".join(f"{each[0]:#x}" for each in code) or "empty",
)
def test_what_cannot_be_followed_is_refused(code: list[Instruction]) -> None:
    with pytest.raises(FilterError):
        paths(assembled(code))


def test_bytes_that_are_cut_are_refused() -> None:
    program = allowing("read 0=0")
    for length in range(len(program)):
        with pytest.raises(FilterError):
            paths(program[:length])


def test_a_filter_with_too_many_paths_is_refused_not_half_told() -> None:
    asks = [
        each for word in range(16) for each in ((LOAD, 0, 0, 4 * word), (SAME, 0, 0, 1))
    ]
    with pytest.raises(FilterError, match="paths"):
        paths(assembled([*asks, (RETURN, 0, 0, ALLOW)]))
