"""A misspelt or missing name refuses the start."""

from pathlib import Path

import pytest

from hub.settings import SettingsError, load

GOOD = """
database = "sqlite:///var/hub.sqlite"
clock = "system"
folder = "var"
listen_host = "127.0.0.1"
listen_port = 8000
broker = "embedded"
broker_host = "127.0.0.1"
broker_port = 1883
broker_name = "hub"
broker_password = "hub-secret"
sites = []
languages = ["fi", "sv", "en"]
sign_in = "demo"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "hub.toml"
    file.write_text(GOOD)
    return file


def test_the_file_says_everything(file: Path) -> None:
    settings = load(file, {})
    assert settings.listen_port == 8000
    assert settings.languages == ("fi", "sv", "en")
    assert "hub-secret" not in repr(settings)


def test_the_environment_overrides_the_file(file: Path) -> None:
    environment = {
        "KYNNYS_LISTEN_PORT": "8100",
        "KYNNYS_SITES": '["haapaniemi"]',
        "KYNNYS_BROKER_PASSWORD": "12345",
        "KYNNYS_SIGN_IN": "oidc",
        "KYNNYS_REQUIRE": "all",
        "PATH": "/bin",
    }
    settings = load(file, environment)
    assert (settings.listen_port, settings.sites) == (8100, ("haapaniemi",))
    assert (settings.broker_password, settings.sign_in) == ("12345", "oidc")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (GOOD + "databse = 1\n", "databse"),
        (GOOD.replace("clock", "# clock"), "clock"),
        (GOOD.replace("8000", "0"), "listen_port"),
        (GOOD.replace('"127.0.0.1"\nlisten', '"0.0.0.0"\nlisten'), "sign_in"),
    ],
    ids=["unknown", "missing", "out of range", "demo for everybody"],
)
def test_wrong_settings_refuse_the_start_without_telling_values(
    file: Path, text: str, names: str
) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError, match=names) as refused:
        load(file, {})
    assert "hub-secret" not in str(refused.value)


def test_an_unknown_name_in_the_environment_refuses_the_start(file: Path) -> None:
    with pytest.raises(SettingsError, match="databse"):
        load(file, {"KYNNYS_DATABSE": "x"})


def test_a_file_that_is_not_there_or_damaged_refuses_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        load(tmp_path / "none.toml", {})
