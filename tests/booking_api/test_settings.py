from pathlib import Path

import pytest
from pydantic import ValidationError

from booking_api.settings import Settings

GOOD = '[booking]\ndatabase = "sqlite:///b.sqlite"\nhub_url = "http://127.0.0.1:8000"\n'


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "kynnys.toml"
    path.write_text(text, "utf-8")
    return Settings.load(path, environ)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path, GOOD, KYNNYS_BOOKING_PORT="9000", KYNNYS_OTHER="x")
    assert (settings.port, settings.clock) == (9000, "system")


@pytest.mark.parametrize("text", [GOOD + "prot = 1\n", "[booking]\n"])
def test_an_unknown_or_missing_setting_stops_the_start(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(ValidationError):
        load(tmp_path, text)


def test_a_misspelt_variable_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        load(tmp_path, GOOD, KYNNYS_BOOKING_PROT="9000")
