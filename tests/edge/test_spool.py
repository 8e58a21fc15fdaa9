import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.clock import ManualClock, to_ms
from contracts.doors import DoorEventKind
from contracts.messages import (
    Ack,
    DoorEvent,
    Envelope,
    Event,
    GridEvent,
    NodeEvent,
    decode,
)
from contracts.signing import event_hash
from edge.spool import Place, Spool, SpoolFullError

OPENED = DoorEvent(DoorEventKind.OPENED)
FORCED = DoorEvent(DoorEventKind.FORCED)
GRID = GridEvent(0, 900, 900, 1, 1, 2, 1.0, b"\0", 1.0)

OpenSpool = Callable[[], Spool]


@pytest.fixture
def open_spool(outbox: Path, clock: ManualClock) -> Iterator[OpenSpool]:
    opened = []

    def do() -> Spool:
        opened.append(Spool(outbox, "edge-1", clock))
        return opened[-1]

    yield do
    for spool in opened:
        with contextlib.suppress(sqlite3.ProgrammingError):
            spool.close()


def waiting(spool: Spool) -> list[tuple[str, Event]]:
    """Everything that a hub would be sent before it answers, with its boot."""
    found, place = [], Place()
    while batch := spool.next_batch(place):
        envelope: Envelope = decode(batch.payload, Envelope)
        found += [(envelope.boot, event) for event in envelope.ev]
        place = batch.after
    return found


def numbers(spool: Spool) -> list[int]:
    return [event.seq for _, event in waiting(spool)]


def test_events_are_numbered_without_a_hole_from_one(open_spool: OpenSpool) -> None:
    spool = open_spool()
    assert [spool.append("door-a", OPENED) for _ in range(3)] == [1, 2, 3]
    spool.commit()
    assert numbers(spool) == [1, 2, 3]


def test_each_event_is_chained_to_the_one_before(open_spool: OpenSpool) -> None:
    spool = open_spool()
    for _ in range(3):
        spool.append("door-a", OPENED)
    spool.commit()

    prev = ""
    for boot, event in waiting(spool):
        at = (event.utc_ms, event.mono_ms)
        place = ("edge-1", boot, event.seq)
        assert event.prev == prev
        assert event.hash == event_hash(prev, place, at, event.subject, event.value)
        prev = event.hash


def test_only_a_doors_moment_is_told_to_the_millisecond(
    open_spool: OpenSpool, clock: ManualClock
) -> None:
    spool = open_spool()
    second = to_ms(clock.utc())
    clock.advance(0.4567)
    for value in (OPENED, GRID, NodeEvent("fault")):
        spool.append("x", value)
    spool.commit()
    told = [(event.utc_ms - second, event.mono_ms) for _, event in waiting(spool)]
    assert told == [(456, 456), (0, 0), (0, 0)]


def test_what_is_not_committed_is_not_sent(open_spool: OpenSpool) -> None:
    spool = open_spool()
    spool.append("door-a", OPENED)
    assert numbers(spool) == []
    assert spool.queued == 1


def test_an_alarm_is_committed_at_once_with_all_before_it(
    open_spool: OpenSpool,
) -> None:
    spool = open_spool()
    spool.append("door-a", OPENED)
    spool.append("door-a", FORCED)
    assert numbers(spool) == [1, 2]


def test_a_kill_loses_nothing_that_was_committed(open_spool: OpenSpool) -> None:
    killed = open_spool()
    killed.append("door-a", FORCED)

    spool = open_spool()
    assert [(boot, event.seq) for boot, event in waiting(spool)] == [(killed.boot, 1)]
    assert killed.boot != spool.boot


def test_no_boot_is_sent_before_the_one_before_it_is_acknowledged(
    open_spool: OpenSpool,
) -> None:
    old = open_spool()
    old.append("door-a", FORCED)
    old.close()
    spool = open_spool()
    spool.append("door-a", FORCED)
    assert [boot for boot, _ in waiting(spool)] == [old.boot]

    spool.acknowledge(Ack(old.boot, 1))
    assert [boot for boot, _ in waiting(spool)] == [spool.boot]


def test_only_the_hubs_word_deletes_and_only_up_to_its_number(
    open_spool: OpenSpool,
) -> None:
    spool = open_spool()
    for _ in range(5):
        spool.append("door-a", OPENED)
    spool.commit()
    assert numbers(spool) == numbers(spool) == [1, 2, 3, 4, 5]

    assert spool.acknowledge(Ack(spool.boot, 3)) == 3
    assert numbers(spool) == [4, 5]
    assert spool.acknowledge(Ack(spool.boot, 3)) == 0
    assert spool.append("door-a", OPENED) == 6


def test_a_number_beyond_all_is_taken_as_the_largest(open_spool: OpenSpool) -> None:
    spool = open_spool()
    spool.append("door-a", FORCED)
    assert spool.acknowledge(Ack(spool.boot, 2**64)) == 1


def test_an_acknowledgement_of_one_boot_leaves_the_others(
    open_spool: OpenSpool,
) -> None:
    old = open_spool()
    old.append("door-a", FORCED)
    old.close()
    spool = open_spool()
    spool.append("door-a", FORCED)

    spool.acknowledge(Ack(spool.boot, 1))
    assert spool.oldest == Place(old.boot, 1)

    spool.acknowledge(Ack("another", 99))
    assert spool.queued == 1

    spool.acknowledge(Ack(old.boot, 1))
    assert spool.queued == 0


def test_a_batch_holds_at_most_fifty_events_of_one_boot(open_spool: OpenSpool) -> None:
    spool = open_spool()
    for _ in range(120):
        spool.append("door-a", OPENED)
    spool.commit()

    sizes, place = [], Place()
    while batch := spool.next_batch(place):
        sizes.append(len(decode(batch.payload, Envelope).ev))
        place = batch.after
    assert sizes == [50, 50, 20]


def test_only_so_much_is_sent_ahead_of_the_oldest(open_spool: OpenSpool) -> None:
    spool = open_spool()
    for _ in range(12):
        spool.append("door-a", OPENED)
    spool.commit()
    spool.acknowledge(Ack(spool.boot, 2))

    batch = spool.next_batch(Place(), window=5)
    assert batch is not None
    assert batch.after == Place(spool.boot, 7)
    assert spool.next_batch(batch.after, window=5) is None


def test_a_batch_says_the_oldest_event_that_is_still_here(
    open_spool: OpenSpool,
) -> None:
    spool = open_spool()
    for _ in range(9):
        spool.append("door-a", OPENED)
    spool.commit()
    spool.acknowledge(Ack(spool.boot, 4))

    batch = spool.next_batch(Place(spool.boot, 7))
    assert batch is not None
    envelope = decode(batch.payload, Envelope)
    assert (envelope.oldest, [event.seq for event in envelope.ev]) == (5, [8, 9])


@pytest.mark.parametrize(
    "damage",
    ["body = x'5b312c'", "body = replace(CAST(body AS TEXT), '[2,', '[7,')"],
    ids=["no event", "another number"],
)
def test_an_event_that_cannot_be_read_is_put_away_and_told(
    open_spool: OpenSpool, damage: str
) -> None:
    spool = open_spool()
    for _ in range(3):
        spool.append("door-a", OPENED)
    spool.commit()
    database = spool._db  # noqa: SLF001 - stands for a damaged disk
    with database:
        database.execute(
            f"UPDATE events SET {damage} WHERE seq = 2"  # noqa: S608 - of this test
        )

    assert numbers(spool) == [1, 3]
    spool.commit()
    told = waiting(spool)[-1][1].value
    assert told == NodeEvent("event unreadable", why=f"event 2 of boot {spool.boot}")
    assert database.execute("SELECT boot, seq FROM unreadable").fetchall() == [
        (spool.boot, 2)
    ]


def test_grids_travel_apart_in_the_same_chain(open_spool: OpenSpool) -> None:
    spool = open_spool()
    for value in (OPENED, GRID, GRID, OPENED):
        spool.append("yard", value)
    spool.commit()

    sorts, place = [], Place()
    while batch := spool.next_batch(place):
        sorts.append((batch.grid, len(decode(batch.payload, Envelope).ev)))
        place = batch.after
    assert sorts == [(False, 1), (True, 2), (False, 1)]


def test_a_full_disk_is_reported_and_tried_again(
    open_spool: OpenSpool, outbox: Path
) -> None:
    spool = open_spool()
    database = spool._db  # noqa: SLF001 - stands for a full disk
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")
    long = NodeEvent("x" * 20_000)
    spool.append("edge-1", long)
    with pytest.raises(SpoolFullError):
        spool.append("door-a", FORCED)
    with pytest.raises(SpoolFullError):
        spool.commit()
    assert spool.queued == 2

    database.execute("PRAGMA max_page_count = 100000")
    spool.commit()
    assert numbers(spool) == [1, 2]
    assert outbox.exists()


def test_a_damaged_file_is_set_aside_and_told(
    open_spool: OpenSpool, outbox: Path
) -> None:
    outbox.write_bytes(b"no database" * 500)

    spool = open_spool()
    spool.commit()

    aside = outbox.with_name("outbox.db.damaged-1")
    assert aside.read_bytes() == b"no database" * 500
    ((_, event),) = waiting(spool)
    assert event.value == NodeEvent("outbox damaged", why=aside.name)


def test_a_damaged_page_is_found_at_the_start(
    open_spool: OpenSpool, outbox: Path
) -> None:
    spool = open_spool()
    for _ in range(500):
        spool.append("door-a", OPENED)
    spool.close()
    pages = bytearray(outbox.read_bytes())
    pages[8192:20480] = b"\xa5" * 12288
    outbox.write_bytes(pages)

    spool = open_spool()
    spool.commit()

    assert outbox.with_name("outbox.db.damaged-1").exists()
    assert [event.value.what for _, event in waiting(spool)] == ["outbox damaged"]


class Unsound:
    """A connection whose next write finds the file damaged."""

    def __enter__(self) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None: ...


def test_damage_while_running_begins_a_new_boot_and_keeps_what_waits(
    open_spool: OpenSpool, outbox: Path
) -> None:
    spool = open_spool()
    before = spool.boot
    spool.append("door-a", OPENED)
    spool._db = Unsound()  # type: ignore[assignment]  # noqa: SLF001 - damage
    spool.commit()

    assert spool.boot != before
    found = [(event.seq, event.value) for _, event in waiting(spool)]
    assert [seq for seq, _ in found] == [1, 2]
    assert found[1][1] == OPENED
    assert outbox.with_name("outbox.db.damaged-1").exists()
