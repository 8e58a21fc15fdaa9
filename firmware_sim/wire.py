"""A simulated RS-485 wire: pseudo-terminals whose bytes take their time.

One end is the control panel's, the others the readers'. What one end sends, all others
hear, byte by byte at `10 / baud` seconds each; damage changes one byte of a written
chunk. The first printed line lists the ports, the control panel's first.
"""

import argparse
import json
import os
import random
import select
import tty
from collections import deque
from dataclasses import dataclass
from time import monotonic

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
        pairs = [os.openpty() for _ in range(1 + readers)]
        for ours, theirs in pairs:
            tty.setraw(theirs)
            os.set_blocking(ours, False)
        self._ends = [ours for ours, _ in pairs]
        # The other sides stay open, so that a reader may come and go.
        self.ports = [os.ttyname(theirs) for _, theirs in pairs]

    def step(self, longest_s: float = 0.05) -> None:
        """Take what was sent and deliver what has arrived."""
        wait_s = longest_s
        if self._pieces:
            wait_s = max(0.0, self._pieces[0].due_s - monotonic())
        ready, _, _ = select.select(self._ends, [], [], wait_s)
        for end in ready:
            self._take(end)
        while self._pieces and self._pieces[0].due_s <= monotonic():
            self._deliver(self._pieces.popleft())

    def _take(self, end: int) -> None:
        data = self._damaged(os.read(end, 4096))
        self._free_s = max(self._free_s, monotonic())
        for start in range(0, len(data), _CHUNK):
            part = data[start : start + _CHUNK]
            self._free_s += len(part) * self._byte_s
            self._pieces.append(_Piece(self._free_s, end, part))

    def _damaged(self, data: bytes) -> bytes:
        if self._random.random() >= self._damage:
            return data
        place = self._random.randrange(len(data))
        other = data[place] ^ self._random.randrange(1, 256)
        return data[:place] + bytes((other,)) + data[place + 1 :]

    def _deliver(self, piece: _Piece) -> None:
        for end in self._ends:
            if end != piece.source:
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
    """Be a wire until terminated."""
    wire = Wire(arguments.readers, arguments.baud, arguments.damage, arguments.seed)
    print(json.dumps({"ports": wire.ports}), flush=True)
    while True:
        wire.step()
