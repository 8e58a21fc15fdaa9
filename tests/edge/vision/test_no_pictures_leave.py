import ast
from pathlib import Path

import pytest

import edge

FILES = sorted(Path(edge.__file__).parent.glob("**/*.py"))
SETUP = [file for file in FILES if "setup" in file.parts]
"""It shows the empty place to a person on site, and never runs beside the worker."""
VISION = [file for file in FILES if "vision" in file.parts and file.name != "prove.py"]
"""`prove` looks at a worker from outside and writes its filter to a file when asked to."""
WRITERS = {"imwrite", "imencode", "VideoWriter", "imshow", "tofile", "save", "savez"}
NETWORK = {"socket", "ssl", "http", "urllib", "requests", "paho", "httpx"}


def test_the_vision_code_was_found() -> None:
    assert {"worker.py", "gate.py", "frames.py"} <= {file.name for file in VISION}


@pytest.mark.parametrize("file", sorted({*FILES} - {*SETUP}), ids=lambda f: f.name)
def test_no_code_of_the_edge_but_the_set_up_can_write_a_picture(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"imwrite", "imencode", "VideoWriter", "imshow"}


@pytest.mark.parametrize("file", VISION, ids=lambda file: file.name)
def test_vision_code_neither_saves_nor_knows_the_network(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not used & (WRITERS | {"write_bytes", "write_text"})
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not modules & NETWORK
