import threading
from pathlib import Path

from sqlalchemy import text

from kit.db import open_database, reading


def test_sqlite_survives_a_power_cut_and_keeps_foreign_keys(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in wanted
        }
    engine.dispose()
    assert found == wanted


def test_a_reader_does_not_wait_for_a_writer_but_a_writer_does(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
    written = threading.Event()

    def write() -> None:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO t VALUES (1)"))
        written.set()

    with engine.begin() as writer:
        other = threading.Thread(target=write)
        other.start()
        with reading(engine).connect() as reader:
            assert reader.execute(text("SELECT count(*) FROM t")).scalar() == 0
        writer.execute(text("INSERT INTO t VALUES (2)"))
        assert not written.is_set()
    other.join(10)
    engine.dispose()
    assert written.is_set()
