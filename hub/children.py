"""The other programs of a box: the simulated world and its edges, as child processes.

They are started by module name, with settings files written for them, and ended in the
reverse order. Whatever ends this process also ends them: the world by the end of its
standard input, the edges by a signal that the kernel sends when their parent is gone.
"""

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ENDS_WITHIN_S = 30.0
_PR_SET_PDEATHSIG = 1


class ChildError(Exception):
    """A program of the box did not start."""


class Child:
    """One child process; what it says goes to its log file."""

    def __init__(self, name: str, arguments: Sequence[str], logs: Path) -> None:
        """Start `python -m ARGUMENTS`."""
        logs.mkdir(parents=True, exist_ok=True)
        self.name = name
        with (logs / f"{name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={
                    k: v for k, v in os.environ.items() if not k.startswith("KYNNYS_")
                },
                preexec_fn=die_with_parent,  # noqa: PLW1509 - only this call, no threads' locks
            )

    def listen(self, hear: Callable[[dict[str, Any]], None]) -> None:
        """Call `hear` with each JSON line that it prints, on a thread of its own."""
        threading.Thread(target=self._listen, args=(hear,), daemon=True).start()

    def first(self) -> dict[str, Any]:
        """Return the first JSON line that it prints.

        Raises:
            ChildError: It ended before, or printed something else.
        """
        assert self.process.stdout is not None  # noqa: S101 - it is a pipe
        line = self.process.stdout.readline()
        try:
            return dict(json.loads(line))
        except ValueError as error:
            raise ChildError(f"{self.name} did not start; see its log") from error

    def find(self, pattern: str) -> str:
        """Read what it prints until a line matches; return the first group.

        Raises:
            ChildError: It ended before.
        """
        assert self.process.stdout is not None  # noqa: S101 - it is a pipe
        for line in iter(self.process.stdout.readline, b""):
            if found := re.search(pattern, line.decode(errors="replace")):
                return found[1]
        raise ChildError(f"{self.name} ended before it was ready; see its log")

    def end(self) -> None:
        """End it, politely first."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def _listen(self, hear: Callable[[dict[str, Any]], None]) -> None:
        assert self.process.stdout is not None  # noqa: S101 - it is a pipe
        for line in iter(self.process.stdout.readline, b""):
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict):
                hear(said)


def write_settings(file: Path, tree: Mapping[str, Any]) -> None:
    """Write a child's settings as TOML, readable by us only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text("\n".join(_toml(tree, "")) + "\n", encoding="utf-8")


def _toml(tree: Mapping[str, Any], path: str) -> list[str]:
    plain = [
        f"{key} = {json.dumps(value)}"
        for key, value in tree.items()
        if _is_plain(value)
    ]
    for key, value in tree.items():
        name = f"{path}{key}"
        if isinstance(value, Mapping):
            plain += ["", f"[{name}]", *_toml(value, f"{name}.")]
        elif not _is_plain(value):
            for one in value:
                plain += ["", f"[[{name}]]", *_toml(one, f"{name}.")]
    return plain


def _is_plain(value: object) -> bool:
    nested = isinstance(value, Mapping)
    return not nested and not (
        isinstance(value, list) and value and isinstance(value[0], Mapping)
    )


def die_with_parent() -> None:
    """Let the kernel end this child when its parent is gone, however that ended."""
    # A terminal's Ctrl-C goes to the whole group; we end the children ourselves.
    os.setpgrp()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
