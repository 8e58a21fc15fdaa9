"""Promises about the code itself that no linter knows, and a proof that the linter works."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "contracts",
    "kit",
    "edge",
    "hub",
    "booking_api",
    "firmware_sim",
    "models",
    "bench",
)
MODULES = [
    path
    for name in PACKAGES
    for path in sorted((ROOT / name).rglob("*.py"))
    if path.parent.name != "versions"  # drawn by Alembic
]


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_fits_in_the_head(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= 300


def test_tests_mirror_the_code() -> None:
    whole_product = {
        *("tests", "scenarios", "faults", "privacy", "browser", "operations"),
    }
    strays = [
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if path.parent.name not in whole_product
        and not (ROOT / path.parent.relative_to(ROOT / "tests")).is_dir()
    ]
    assert strays == []


def lint_imports(root: Path) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", root)
    for name in PACKAGES:
        shutil.copytree(
            ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    return root


def test_the_imports_keep_to_their_rules(copy: Path) -> None:
    result = lint_imports(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("edge/doors/planted.py", "import sqlmodel"),
        ("hub/messages/planted.py", "import cv2"),
        ("contracts/planted.py", "import edge.spool"),
        ("firmware_sim/planted.py", "import edge.doors.grants"),
        ("booking_api/units/planted.py", "import hub.messages"),
        ("hub/planted/__init__.py", "import json"),
    ],
)
def test_a_planted_import_or_an_unplaced_module_fails(
    copy: Path, module: str, line: str
) -> None:
    planted = copy / module
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(f'"""Planted."""\n\n{line}\n')
    try:
        assert lint_imports(copy).returncode != 0
    finally:
        planted.unlink()
