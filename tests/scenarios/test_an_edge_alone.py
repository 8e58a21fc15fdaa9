"""The README's lines for an edge without hub and broker, typed as they stand there."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conditions import until
from tests.scenarios.conftest import story

pytestmark = pytest.mark.scenario

ROOT = Path(__file__).parents[2]
WITHIN_S = 60.0
BOARD = """outer_door = true
[lines.doors.io]
address = 64
scbk = "ffeeddccbbaa99887766554433221100"
"""


class Terminal:
    """A shell in a folder, with what it printed and said to be wrong."""

    def __init__(self, folder: Path, lines: str) -> None:
        python = f'"{sys.executable}"'
        self.errors = folder / f"errors-{len(list(folder.iterdir()))}"
        with self.errors.open("wb") as errors:
            self._shell = subprocess.Popen(
                ["/bin/sh", "-euc", lines.replace(".venv/bin/python", python)],
                cwd=folder,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    def types(self, line: str) -> None:
        assert self._shell.stdin is not None
        self._shell.stdin.write(line + "\n")
        self._shell.stdin.flush()

    def shows(self, words: str) -> None:
        """Wait for words among what went to standard error."""
        until(lambda: words in self.errors.read_text(), WITHIN_S)

    def event(self, name: str) -> dict[str, Any]:
        """Return the next event of this name that is printed."""
        assert self._shell.stdout is not None
        for line in self._shell.stdout:
            event: dict[str, Any] = json.loads(line)
            if event["event"] == name:
                return event
        raise AssertionError(f"ended: {self.errors.read_text()}")

    def end(self) -> None:
        os.killpg(self._shell.pid, signal.SIGINT)
        try:
            self._shell.communicate(timeout=WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._shell.pid, signal.SIGKILL)
            raise


Open = Callable[[str], Terminal]


@contextmanager
def terminals(folder: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def start(lines: str) -> Terminal:
            terminal = Terminal(folder, lines)
            stack.callback(terminal.end)
            return terminal

        yield start


def blocks() -> list[str]:
    """The README's shell blocks that speak of the edge: first the node, then a reader."""
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [block for block in found if "edge.toml" in block]


def code_in(folder: Path) -> str:
    grants = json.loads((folder / "var" / "grants.json").read_text("utf-8"))["grants"]
    return str(grants[0]["code"])


@story
def test_a_newcomers_code_opens_a_door_with_no_hub_and_no_broker(folder: Path) -> None:
    node_lines, reader_lines = blocks()
    with terminals(folder) as terminal:
        node = terminal(node_lines)
        node.shows("manifest in force")
        reader = terminal(reader_lines)
        node.shows("online door='door-a'")

        reader.types("11111111#")
        node.shows("denied door='door-a' why='unknown credential'")
        reader.types(f"{code_in(folder)}#")
        assert reader.event("relay")["ms"] == 5000
        node.shows("granted door='door-a'")
        assert code_in(folder) not in node.errors.read_text()


@story
def test_an_outer_door_of_the_example_opens_by_its_board(folder: Path) -> None:
    node_lines, reader_lines = blocks()
    *prepare, run = node_lines.splitlines()
    change = f"printf %s '{BOARD}' >> var/edge.toml"
    drop = "sed -i /^outer_door/d var/edge.toml"
    with terminals(folder) as terminal:
        node = terminal("\n".join([*prepare, drop, change, run]))
        node.shows("manifest in force")
        reader = terminal(reader_lines)
        node.shows("online door='door-a'")

        reader.types(f"{code_in(folder)}#")
        relay = reader.event("relay")
        assert (relay["device"], relay["ms"]) == ("io", 5000)
