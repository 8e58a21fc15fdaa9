"""A node's permit: taken, refused with a word, kept over a restart, over in time."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.clock import ManualClock, to_ms
from edge.permit import Eye, PermitBook, PermitRefusedError, Refusal, Standing
from edge.spool import SpoolFullError
from tests.conftest import EVENING
from tests.permits import EYE, HOUR_MS, signed_permit

KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
NOW = to_ms(EVENING)
HOUR = 3600.0
DAY = (NOW, NOW + 24 * HOUR_MS)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EVENING)


OpenBook = Callable[[], PermitBook]


@pytest.fixture
def open_book(tmp_path: Path, clock: ManualClock) -> Iterator[OpenBook]:
    opened = []

    def do() -> PermitBook:
        opened.append(PermitBook(tmp_path / "permit.db", EYE, KEY.public_key(), clock))
        return opened[-1]

    yield do
    for book in opened:
        book.close()


@pytest.fixture
def book(open_book: OpenBook) -> PermitBook:
    return open_book()


def refusal(book: PermitBook, payload: bytes) -> Refusal:
    with pytest.raises(PermitRefusedError) as error:
        book.take(payload)
    return error.value.why


def test_without_a_permit_nothing_may_be_opened(book: PermitBook) -> None:
    assert book.standing() is Standing.NONE


def test_a_permit_comes_in_force_and_survives_a_restart(open_book: OpenBook) -> None:
    book = open_book()
    book.take(signed_permit(KEY, NOW, DAY))
    assert book.standing() is Standing.IN_FORCE
    assert open_book().standing() is Standing.IN_FORCE


def test_it_ends_by_itself_without_the_hub(
    open_book: OpenBook, clock: ManualClock
) -> None:
    book = open_book()
    book.take(signed_permit(KEY, NOW, DAY))
    clock.advance(24 * HOUR - 1)
    assert book.standing() is Standing.IN_FORCE
    clock.advance(1)
    assert book.standing() is Standing.ENDED
    assert open_book().standing() is Standing.ENDED


def test_a_withdrawal_counts_at_once_and_over_a_restart(open_book: OpenBook) -> None:
    book = open_book()
    book.take(signed_permit(KEY, NOW, DAY))
    book.take(signed_permit(KEY, NOW + 1))
    assert book.standing() is Standing.WITHDRAWN
    assert open_book().standing() is Standing.WITHDRAWN


def test_between_its_hours_the_camera_rests(
    book: PermitBook, clock: ManualClock
) -> None:
    evening = (NOW + HOUR_MS, NOW + 2 * HOUR_MS)
    book.take(signed_permit(KEY, NOW, evening))
    assert book.standing() is Standing.OUTSIDE
    clock.advance(HOUR)
    assert book.standing() is Standing.IN_FORCE
    clock.advance(HOUR)
    assert book.standing() is Standing.ENDED


def test_an_older_permit_replayed_after_a_withdrawal_changes_nothing(
    book: PermitBook,
) -> None:
    first = signed_permit(KEY, NOW, DAY)
    book.take(first)
    book.take(signed_permit(KEY, NOW + 1))
    assert refusal(book, first) is Refusal.OLDER
    assert book.standing() is Standing.WITHDRAWN


def test_another_permit_of_the_same_number_is_refused(book: PermitBook) -> None:
    book.take(signed_permit(KEY, NOW))
    assert refusal(book, signed_permit(KEY, NOW, DAY)) is Refusal.OLDER


def test_the_same_permit_again_is_no_news(book: PermitBook) -> None:
    for _ in range(2):
        book.take(signed_permit(KEY, NOW, DAY))
    assert book.standing() is Standing.IN_FORCE


def test_a_permit_that_has_ended_is_refused(book: PermitBook) -> None:
    ended = signed_permit(KEY, NOW - 1, (NOW - HOUR_MS, NOW))
    assert refusal(book, ended) is Refusal.ENDED
    assert book.standing() is Standing.NONE


@pytest.mark.parametrize(
    "eye",
    [
        Eye("elsewhere", "edge-1", "yard"),
        Eye("haapaniemi", "edge-2", "yard"),
        Eye("haapaniemi", "edge-1", "gym"),
    ],
)
def test_a_permit_of_another_camera_is_refused(book: PermitBook, eye: Eye) -> None:
    assert refusal(book, signed_permit(KEY, NOW, DAY, eye=eye)) is Refusal.OTHER_CAMERA
    assert book.standing() is Standing.NONE


def test_a_permit_of_another_key_is_refused(book: PermitBook) -> None:
    forged = signed_permit(Ed25519PrivateKey.generate(), NOW, DAY)
    assert refusal(book, forged) is Refusal.FOREIGN_KEY
    assert book.standing() is Standing.NONE


def test_an_altered_permit_is_refused(book: PermitBook) -> None:
    longer = signed_permit(KEY, NOW, DAY).replace(
        str(DAY[1]).encode(), str(DAY[1] + HOUR_MS).encode()
    )
    assert refusal(book, longer) is Refusal.FOREIGN_KEY


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff\x00", b"{}", b"[1]", b"null"])
def test_what_is_no_permit_is_refused(book: PermitBook, payload: bytes) -> None:
    assert refusal(book, payload) is Refusal.DAMAGED


def test_every_cut_of_a_permit_is_refused(book: PermitBook) -> None:
    whole = signed_permit(KEY, NOW, DAY)
    for length in range(len(whole)):
        assert refusal(book, whole[:length]) is Refusal.DAMAGED
    book.take(whole)


def test_a_node_that_trusts_no_key_takes_none(
    tmp_path: Path, clock: ManualClock
) -> None:
    book = PermitBook(tmp_path / "permit.db", EYE, None, clock)
    assert refusal(book, signed_permit(KEY, NOW, DAY)) is Refusal.NO_KEY
    assert book.standing() is Standing.NO_KEY
    book.close()


def test_a_kept_permit_of_a_key_that_is_trusted_no_more_is_none(
    open_book: OpenBook, tmp_path: Path, clock: ManualClock
) -> None:
    open_book().take(signed_permit(KEY, NOW, DAY))
    other = Ed25519PrivateKey.generate().public_key()
    book = PermitBook(tmp_path / "permit.db", EYE, other, clock)
    assert book.standing() is Standing.NONE
    book.close()


def test_a_clock_that_is_put_back_does_not_give_an_ended_permit_a_second_life(
    open_book: OpenBook, clock: ManualClock, tmp_path: Path
) -> None:
    book = open_book()
    book.take(signed_permit(KEY, NOW, (NOW, NOW + HOUR_MS)))
    clock.advance(2 * HOUR)
    assert book.standing() is Standing.ENDED

    put_back = ManualClock(EVENING)
    after = PermitBook(tmp_path / "permit.db", EYE, KEY.public_key(), put_back)
    assert after.standing() is Standing.TIME_UNKNOWN
    after.close()


def test_a_newer_permit_tells_the_time_to_a_node_whose_clock_once_ran_ahead(
    open_book: OpenBook, clock: ManualClock, tmp_path: Path
) -> None:
    clock.advance(400 * 24 * HOUR)
    open_book().standing()
    right = ManualClock(EVENING)
    book = PermitBook(tmp_path / "permit.db", EYE, KEY.public_key(), right)
    assert book.standing() is Standing.TIME_UNKNOWN
    book.take(signed_permit(KEY, NOW, DAY))
    assert book.standing() is Standing.IN_FORCE
    book.close()


def test_a_damaged_file_is_put_aside_and_the_hubs_permit_taken_again(
    open_book: OpenBook, tmp_path: Path
) -> None:
    open_book().take(signed_permit(KEY, NOW, DAY))
    (tmp_path / "permit.db").write_bytes(b"noise" * 4000)
    for end in ("-wal", "-shm"):
        (tmp_path / f"permit.db{end}").unlink(missing_ok=True)
    book = open_book()
    assert book.standing() is Standing.NONE
    assert (tmp_path / "permit.db.damaged-1").exists()
    book.take(signed_permit(KEY, NOW, DAY))
    assert book.standing() is Standing.IN_FORCE


def test_a_kept_permit_whose_bytes_were_altered_is_none(
    open_book: OpenBook, tmp_path: Path
) -> None:
    open_book().take(signed_permit(KEY, NOW, DAY))
    with sqlite3.connect(tmp_path / "permit.db") as db:
        db.execute("UPDATE permit SET payload = replace(payload, 'yard', 'gym')")
    db.close()
    assert open_book().standing() is Standing.NONE


def test_a_withdrawal_that_the_disk_refuses_still_counts(
    book: PermitBook, tmp_path: Path
) -> None:
    book.take(signed_permit(KEY, NOW, DAY))
    other = sqlite3.connect(tmp_path / "permit.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    book._db.execute("PRAGMA busy_timeout = 0")  # noqa: SLF001 - nobody shall wait here
    book.take(signed_permit(KEY, NOW + 1))
    assert book.standing() is Standing.WITHDRAWN
    other.close()


def test_a_folder_that_cannot_be_written_stops_the_start(
    tmp_path: Path, clock: ManualClock
) -> None:
    with pytest.raises(SpoolFullError, match="cannot be opened"):
        PermitBook(tmp_path / "nowhere" / "permit.db", EYE, KEY.public_key(), clock)
