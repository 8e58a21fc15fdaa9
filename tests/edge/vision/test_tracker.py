import numpy as np

from edge.vision.tracker import FloatArray, Tracker

NOBODY = np.empty((0, 4))


def at(*places: tuple[float, float]) -> FloatArray:
    return np.array([(x, y, x + 10, y + 30) for x, y in places], dtype=np.float64)


def test_a_person_shows_after_two_hits() -> None:
    tracker = Tracker()
    assert tracker.update(at((50, 50)), 0.1) == []
    assert len(tracker.update(at((51, 50)), 0.1)) == 1


def test_one_flash_is_nobody() -> None:
    tracker = Tracker()
    tracker.update(at((50, 50)), 0.1)
    tracker.update(NOBODY, 0.1)
    assert tracker.update(at((50, 50)), 0.1) == []


def test_a_walker_keeps_the_id() -> None:
    tracker = Tracker()
    ids = {t.id for n in range(60) for t in tracker.update(at((2 * n, 50)), 0.1)}
    assert len(ids) == 1


def test_a_short_gap_is_carried_and_the_id_survives_a_longer_one() -> None:
    tracker = Tracker()
    for n in range(20):
        before = tracker.update(at((3 * n, 50)), 0.1)
    assert len(tracker.update(NOBODY, 0.1)) == 1
    for _ in range(6):
        after = tracker.update(NOBODY, 0.1)
    assert after == []
    (again,) = tracker.update(at((3 * 26, 50)), 0.1)
    assert again.id == before[0].id


def test_whoever_stands_still_is_kept_for_seconds_and_then_let_go() -> None:
    tracker = Tracker()
    for _ in range(50):
        tracker.update(at((50, 50)), 0.1)
    kept = [len(tracker.update(NOBODY, 0.1)) for _ in range(60)]
    assert all(kept[:35])
    assert not any(kept[45:])


def test_two_who_pass_each_other_stay_two() -> None:
    tracker = Tracker()
    for n in range(40):
        people = tracker.update(at((2 * n, 50), (80 - 2 * n, 75)), 0.1)
    assert len(people) == 2
    assert len({track.id for track in people}) == 2
