"""Every path through a seccomp filter, read from its bytes, exactly.

    one instruction   code u16 | jt u8 | jf u8 | k u32

    what it looks at, in words of 32 bits
    0       1             2, 3                 4, 5            ...  14, 15
    number  architecture  instruction pointer  argument 1           argument 6

Of a pair the low half comes first. A path is the conditions under which it is taken, each
`(word & mask) relation value`, and what the kernel then does. Whether one word can meet
all of its conditions is decided bit by bit, so a path that contradicts itself is never
listed. Arithmetic on what a call brings is followed for `and` alone; a filter that does
more is refused, not guessed at. What a path means is `edge.vision.prove`'s to say.

Source: Linux, kernel/seccomp.c (seccomp_check_filter) and uapi/linux/filter.h.
"""

import operator
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from edge.vision.conditions import (
    FULL,
    Condition,
    EntangledError,
    Relation,
    example,
)

WORDS: Final = 16
_ONE: Final = struct.Struct("<HBBI")
_LONGEST: Final = 4096
"""Instructions that the kernel takes at most."""
_MOST_PATHS: Final = 20_000
_BY_X: Final = 0x08
"""Set in a code: compare or calculate with register X, not with `k`."""


class FilterError(Exception):
    """These bytes cannot be followed as a filter; the text names the instruction."""


_OTHERWISE: Final = {
    Relation.IS: Relation.IS_NOT,
    Relation.ABOVE: Relation.UP_TO,
    Relation.FROM: Relation.BELOW,
}
_ALU: Final[dict[int, Callable[[int, int], int]]] = {
    0x04: operator.add,
    0x14: operator.sub,
    0x24: operator.mul,
    0x44: operator.or_,
    0x54: operator.and_,
    0xA4: operator.xor,
}
_JUMPS: Final = {0x15: Relation.IS, 0x25: Relation.ABOVE, 0x35: Relation.FROM}
_JUMP_IF_SET: Final = 0x45
_GO: Final = 0x05
_RETURN, _RETURN_A = 0x06, 0x16
_STORE_A: Final = 0x02
_CALCULATE: Final = 0x04


@dataclass(frozen=True)
class Path:
    """One way through a filter."""

    conditions: tuple[Condition, ...]
    returns: int

    def on(self, word: int) -> list[Condition]:
        """Return the conditions on one word."""
        return [c for c in self.conditions if c.word == word]

    def only(self, word: int) -> int | None:
        """Return the one value that a word can have here; `None` if it has several."""
        value = example(self.on(word))
        if value is None:
            return None
        other = Condition(word, FULL, Relation.IS_NOT, value)
        return value if example([*self.on(word), other]) is None else None

    def taken_by(self, words: Sequence[int]) -> bool:
        """Tell whether a call, given as its 16 words, goes this way."""
        return all(c.met_by(words[c.word]) for c in self.conditions)


@dataclass(frozen=True)
class _Part:
    """What a register holds when it is not a number: some bits of a word."""

    word: int
    mask: int


_Value = int | _Part


@dataclass(frozen=True)
class _State:
    """Where the filter stands, and what must be true to stand there."""

    at: int = 0
    a: _Value = 0
    x: _Value = 0
    memory: dict[int, _Value] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()

    def assuming(self, condition: Condition, at: int) -> list["_State"]:
        """Go on elsewhere under one more condition, if it can be met."""
        same = [c for c in self.conditions if c.word == condition.word]
        if example([*same, condition]) is None:
            return []
        kept = self.conditions
        if condition not in kept:
            kept = (*kept, condition)
        return [replace(self, at=at, conditions=kept)]


@dataclass(frozen=True)
class _Instruction:
    at: int
    code: int
    jt: int
    jf: int
    k: int

    @property
    def kind(self) -> int:
        """The class of the code."""
        return self.code & 7

    def wrong(self, why: str) -> FilterError:
        """Return the error that names this instruction."""
        return FilterError(f"instruction {self.at} (code {self.code:#06x}): {why}")


def paths(program: bytes) -> list[Path]:
    """Return every way through a filter; any call takes exactly one of them.

    Raises:
        FilterError: Not a filter, or one that cannot be followed exactly.
    """
    instructions = _parsed(program)
    found: list[Path] = []
    open_ends = [_State()]
    while open_ends:
        state = open_ends.pop()
        if state.at >= len(instructions):
            raise FilterError(f"instruction {state.at}: the filter ends without return")
        instruction = instructions[state.at]
        if (returned := _returned(instruction, state)) is not None:
            found.append(Path(state.conditions, returned))
        else:
            # The branch that is taken is looked at first: paths come in written order.
            open_ends += reversed(_followed(instruction, state))
        if len(found) + len(open_ends) > _MOST_PATHS:
            raise FilterError(f"more than {_MOST_PATHS} paths")
    return found


def answers(program: bytes) -> set[int | None]:
    """Return everything that a filter could return, whether it can be reached or not.

    `None` stands for what it calculates.

    Raises:
        FilterError: Not a filter.
    """
    parsed = _parsed(program)
    told: set[int | None] = {i.k for i in parsed if i.code == _RETURN}
    return told | {None for i in parsed if i.code == _RETURN_A}


def _followed(instruction: _Instruction, state: _State) -> list[_State]:
    try:
        return _step(instruction, state)
    except EntangledError as error:
        raise instruction.wrong(str(error)) from error


def _parsed(program: bytes) -> list[_Instruction]:
    count, rest = divmod(len(program), _ONE.size)
    if rest or not 1 <= count <= _LONGEST:
        raise FilterError(f"{len(program)} bytes are no filter")
    return [_Instruction(i, *told) for i, told in enumerate(_ONE.iter_unpack(program))]


def _returned(instruction: _Instruction, state: _State) -> int | None:
    if instruction.code == _RETURN:
        return instruction.k
    if instruction.code == _RETURN_A:
        return _number(instruction, state.a)
    return None


def _number(instruction: _Instruction, value: _Value) -> int:
    if isinstance(value, _Part):
        raise instruction.wrong("cannot follow this with what a call brings")
    return value


def _step(instruction: _Instruction, state: _State) -> list[_State]:
    """Return where the filter can stand after one instruction."""
    if instruction.code == _GO:
        return [replace(state, at=state.at + 1 + instruction.k)]
    if instruction.kind == _GO:
        return _jump(instruction, state)
    return [replace(_moved(instruction, state), at=state.at + 1)]


def _moved(instruction: _Instruction, state: _State) -> _State:
    """Carry out a load, a store or a calculation."""
    match instruction.code:
        case 0x02 | 0x03 as code:
            held = state.a if code == _STORE_A else state.x
            return replace(state, memory=state.memory | {instruction.k: held})
        case 0x07:
            return replace(state, x=state.a)
        case 0x01 | 0x61 | 0x81:
            return replace(state, x=_loaded(instruction, state))
    if instruction.kind == _CALCULATE:
        return replace(state, a=_calculated(instruction, state))
    return replace(state, a=_loaded(instruction, state))


def _loaded(instruction: _Instruction, state: _State) -> _Value:
    k = instruction.k
    match instruction.code:
        case 0x00 | 0x01:
            return k
        case 0x20 if k % 4 == 0 and k < 4 * WORDS:
            return _Part(k // 4, FULL)
        case 0x60 | 0x61 if k in state.memory:
            return state.memory[k]
        case 0x80 | 0x81:
            return 4 * WORDS
        case 0x87:
            return state.x
    raise instruction.wrong("cannot follow this instruction")


def _calculated(instruction: _Instruction, state: _State) -> _Value:
    by_x = instruction.code & _BY_X
    operand = _number(instruction, state.x) if by_x else instruction.k
    calculate = _ALU.get(instruction.code & ~_BY_X)
    if calculate is None:
        raise instruction.wrong("cannot follow this calculation")
    if isinstance(state.a, _Part) and calculate is operator.and_:
        return replace(state.a, mask=state.a.mask & operand)
    return calculate(_number(instruction, state.a), operand) & FULL


def _jump(instruction: _Instruction, state: _State) -> list[_State]:
    by_x, code = instruction.code & _BY_X, instruction.code & ~_BY_X
    value = _number(instruction, state.x) if by_x else instruction.k
    a = state.a
    mask = a.mask if isinstance(a, _Part) else FULL
    if code == _JUMP_IF_SET:
        mask, value, relation = mask & value, 0, Relation.IS
    elif code in _JUMPS:
        relation = _JUMPS[code]
    else:
        raise instruction.wrong("cannot follow this jump")
    ways = [state.at + 1 + instruction.jt, state.at + 1 + instruction.jf]
    if code == _JUMP_IF_SET:
        ways.reverse()
    word = a.word if isinstance(a, _Part) else 0
    truth = Condition(word, mask, relation, value)
    if isinstance(a, int):
        return [replace(state, at=ways[not truth.met_by(a)])]
    untruth = replace(truth, relation=_OTHERWISE[relation])
    return [*state.assuming(truth, ways[0]), *state.assuming(untruth, ways[1])]
