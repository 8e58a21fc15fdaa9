"""A simulated RS-485 wire: pseudo-terminals whose bytes take their time.

One end is the control panel's, the others the readers'. What one end sends, all others
hear, byte by byte at `10 / baud` seconds each; damage changes one byte of a written
chunk. The first printed line lists the ports, the control panel's first. Orders are
JSON lines; end 0 is the control panel's:

    {"do": "damage", "share": 0.03}    from now on, each chunk with this chance
    {"do": "damage", "next": 1}        surely the next chunk, or the next so many
    {"do": "cut", "end": 1}            and "join": this end hears and says nothing
"""

import argparse
import json
import os
import random
import select
import sys
import tty
from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import Any

_CHUNK = 4
"""Bytes that are delivered together, as by a UART's FIFO."""


@dataclass(frozen=True)
class _Piece:
    due_s: float
    source: int
    data: bytes


class Wire:
    """The wire and its ends."""

    def __init__(self, readers: int, baud: int, damage: float = 0.0, seed: int = 1):
        """Make the ends.

        Args:
            readers: How many readers hang on it.
            baud: Speed; 0 delivers at once.
            damage: Chance that a written chunk loses a byte's value, 0 to 1.
            seed: Of the damage.
        """
        self._byte_s = 10 / baud if baud else 0.0
        self._damage = damage
        self._random = random.Random(seed)
        self._pieces: deque[_Piece] = deque()
        self._free_s = 0.0
        self._surely = 0
        self._cut: set[int] = set()
        pairs = [os.openpty() for _ in range(1 + readers)]
        for ours, theirs in pairs:
            tty.setraw(theirs)
            os.set_blocking(ours, False)
        self._ends = [ours for ours, _ in pairs]
        # The other sides stay open, so that a reader may come and go.
        self.ports = [os.ttyname(theirs) for _, theirs in pairs]

    def obey(self, order: dict[str, Any]) -> None:
        """Do an order."""
        match order:
            case {"do": "damage", "share": share}:
                self._damage = share
            case {"do": "damage", "next": count}:
                self._surely = count
            case {"do": "cut", "end": end}:
                self._cut.add(self._ends[end])
            case {"do": "join", "end": end}:
                self._cut.discard(self._ends[end])

    def step(self, *others: int, longest_s: float = 0.05) -> list[int]:
        """Take what was sent, deliver what has arrived; return the `others` to read."""
        wait_s = longest_s
        if self._pieces:
            wait_s = max(0.0, self._pieces[0].due_s - monotonic())
        ready, _, _ = select.select([*self._ends, *others], [], [], wait_s)
        for end in set(ready).intersection(self._ends):
            self._take(end)
        while self._pieces and self._pieces[0].due_s <= monotonic():
            self._deliver(self._pieces.popleft())
        return [end for end in others if end in ready]

    def _take(self, end: int) -> None:
        data = self._damaged(os.read(end, 4096))
        self._free_s = max(self._free_s, monotonic())
        for start in range(0, len(data), _CHUNK):
            part = data[start : start + _CHUNK]
            self._free_s += len(part) * self._byte_s
            self._pieces.append(_Piece(self._free_s, end, part))

    def _damaged(self, data: bytes) -> bytes:
        if self._surely:
            self._surely -= 1
        elif self._random.random() >= self._damage:
            return data
        place = self._random.randrange(len(data))
        other = data[place] ^ self._random.randrange(1, 256)
        return data[:place] + bytes((other,)) + data[place + 1 :]

    def _deliver(self, piece: _Piece) -> None:
        for end in self._ends:
            if end != piece.source and not {end, piece.source} & self._cut:
                try:
                    os.write(end, piece.data)
                except BlockingIOError:
                    continue  # nobody reads there


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the program's arguments."""
    parser.add_argument("--readers", type=int, default=1)
    parser.add_argument("--baud", type=int, default=9600)
    parser.add_argument("--damage", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)


def run(arguments: argparse.Namespace) -> None:
    """Be a wire until standard input ends."""
    wire = Wire(arguments.readers, arguments.baud, arguments.damage, arguments.seed)
    print(json.dumps({"ports": wire.ports}), flush=True)
    orders, typed = sys.stdin.fileno(), b""
    while True:
        if not wire.step(orders):
            continue
        data = os.read(orders, 65536)
        if not data:
            return
        *whole, typed = (typed + data).split(b"\n")
        for order in whole:
            wire.obey(json.loads(order))
