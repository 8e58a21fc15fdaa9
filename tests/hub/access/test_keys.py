from pathlib import Path

import pytest

from hub.access.keys import KeyFileError, open_code_key, open_signing_key


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    signing, marking = tmp_path / "a" / "signing.pem", tmp_path / "codes.key"

    first, code_key = open_signing_key(signing), open_code_key(marking)

    assert open_signing_key(signing).private_bytes_raw() == first.private_bytes_raw()
    assert open_code_key(marking) == code_key
    assert [path.stat().st_mode & 0o777 for path in (signing, marking)] == [0o600] * 2


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("not a key")
    with pytest.raises(KeyFileError):
        open_signing_key(path)
    with pytest.raises(KeyFileError):
        open_code_key(path)
