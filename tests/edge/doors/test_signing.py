import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.clock import from_ms
from contracts.doors import Refusal
from edge.__main__ import main
from edge.doors.grants import decide, digest_for_day
from edge.doors.signing import ManifestSourceError, complete
from edge.store import Store

CODE = "48271635"


def source() -> dict[str, Any]:
    start, end = "2026-11-27T16:45+02:00", "2026-11-28T03:00+02:00"
    window = {"door": "a", "from": start, "until": end}
    grant = {"id": "g", "code": CODE, "doors": [window]}
    return {"site": "s", "node": "n", "epoch": 1, "grants": [grant]}


def test_a_manifest_signed_by_hand_opens_on_both_days_it_touches() -> None:
    manifest = complete(source())
    (window,) = manifest.grants[0].doors
    for moment in (from_ms(window.from_ms), from_ms(window.until_ms - 1)):
        digest = digest_for_day(CODE, manifest, moment)
        assert decide(digest, manifest, "a", moment, {}).refusal is None
    early = from_ms(window.from_ms - 1)
    digest = digest_for_day(CODE, manifest, early)
    assert decide(digest, manifest, "a", early, {}).refusal is Refusal.TOO_EARLY


def test_the_command_signs_what_a_node_then_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.json").write_text(json.dumps(source()), "utf-8")
    key, target = tmp_path / "key", tmp_path / "out"
    words = ["sign-manifest", "--key", key, "--new-key", tmp_path / "in.json", target]
    assert main([str(word) for word in words]) == 0

    public = bytes.fromhex(capsys.readouterr().out.strip())
    trusted = Ed25519PublicKey.from_public_bytes(public)
    store = Store(tmp_path / "memory.db", "s", "n", trusted)
    assert store.take(target.read_bytes()).refused is None
    store.close()
    assert key.stat().st_mode & 0o077 == 0
    assert CODE.encode() not in target.read_bytes()


def test_without_a_key_nothing_is_signed_and_the_reason_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "sign-manifest",
        "--key",
        tmp_path / "key",
        tmp_path / "in",
        tmp_path / "o",
    ]
    assert main([str(word) for word in words]) == 1
    assert "key" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["site", "epoch", "grants"])
def test_a_missing_key_is_named(missing: str) -> None:
    tree = source()
    del tree[missing]
    with pytest.raises(ManifestSourceError, match=missing):
        complete(tree)


@pytest.mark.parametrize("code", ["1234", "abcdefgh", "482716350"])
def test_a_code_of_another_length_is_refused(code: str) -> None:
    tree = source()
    tree["grants"][0]["code"] = code
    with pytest.raises(ManifestSourceError, match="8 or 10 digits"):
        complete(tree)


def test_the_example_is_printed_and_a_broken_one_does_not_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["example-config"]) == 0
    text = capsys.readouterr().out.replace("node =", "nods =")
    (tmp_path / "edge.toml").write_text(text, "utf-8")
    assert main(["run", "--config", str(tmp_path / "edge.toml")]) == 1
    assert "`nods`" in capsys.readouterr().err


def test_a_data_folder_that_cannot_be_made_stops_the_start_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["example-config"])
    (tmp_path / "file").touch()
    data = str(tmp_path / "file" / "edge-1")
    text = capsys.readouterr().out.replace("var/edge-1", data)
    (tmp_path / "edge.toml").write_text(text, "utf-8")
    assert main(["run", "--config", str(tmp_path / "edge.toml")]) == 1
    assert "edge: data:" in capsys.readouterr().err
