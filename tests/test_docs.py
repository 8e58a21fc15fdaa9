"""The documents are true: links lead somewhere, commands exist, no machine is named."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_files_that_the_architecture_names_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = re.findall(
        r"`((?:contracts|kit|edge|hub|booking_api|firmware_sim)/[\w/]+)`", text
    )
    assert named
    missing = [
        n for n in named if not ((ROOT / n).exists() or (ROOT / f"{n}.py").exists())
    ]
    assert missing == []


def test_every_command_of_the_readme_is_known_to_run() -> None:
    known = re.findall(r"^    ([a-z|]+)\)", (ROOT / "run").read_text(), re.MULTILINE)
    words = {word for group in known for word in group.split("|")}
    used = re.findall(
        r"^(?:sudo )?\./run(?: (\w+))?", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    assert used
    assert {word or "up" for word in used} <= words


def test_locks_name_no_address() -> None:
    locks = [*(ROOT / "requirements").glob("*.txt")]
    assert locks
    assert [f.name for f in locks if "://" in f.read_text()] == []
