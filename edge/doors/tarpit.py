"""How long a door waits after wrong codes. Pure: the time is handed in.

    wrong codes so far      1  2  3  4  5  6   7   8   9 and more
    seconds to the next     0  0  0  2  4  8  16  32  60

It never locks for good, or a vandal could close the gym. Ten minutes without a wrong code
forget everything. A right code forgets nothing, or its holder could guess at others' codes.
"""

from dataclasses import dataclass, replace

DELAYS_S = (0, 0, 0, 2, 4, 8, 16, 32, 60)
QUIET_S = 600.0
ALARM_AT = 5
"""Wrong codes within `QUIET_S` that are an alarm."""


@dataclass(frozen=True)
class Tarpit:
    """The wrong codes at one door.

    Attributes:
        wrong: Wrong codes since the last quiet time.
        recent_s: Monotonic moments of the last wrong codes, at most `ALARM_AT`.
        alarmed: Whether this bout of guessing has been reported.
    """

    wrong: int = 0
    recent_s: tuple[float, ...] = ()
    alarmed: bool = False


@dataclass(frozen=True)
class Missed:
    """What a wrong code led to."""

    tarpit: Tarpit
    alarm: bool


def restored(wrong: int, now_s: float) -> Tarpit:
    """Return the tarpit of a door after a restart: its delay starts over, full."""
    return Tarpit(wrong, (now_s,), wrong >= ALARM_AT) if wrong else Tarpit()


def ready_at_s(tarpit: Tarpit) -> float:
    """Return the monotonic moment from which the next code is judged."""
    if not tarpit.wrong:
        return 0.0
    return tarpit.recent_s[-1] + DELAYS_S[min(tarpit.wrong, len(DELAYS_S)) - 1]


def decayed(tarpit: Tarpit, now_s: float) -> Tarpit:
    """Forget the wrong codes when the last one was `QUIET_S` ago."""
    if tarpit.wrong and now_s - tarpit.recent_s[-1] >= QUIET_S:
        return Tarpit()
    return tarpit


def missed(tarpit: Tarpit, now_s: float) -> Missed:
    """Count a wrong code. The alarm is raised once for each bout of guessing."""
    before = decayed(tarpit, now_s)
    recent = (*before.recent_s, now_s)[-ALARM_AT:]
    alarm = (
        not before.alarmed and len(recent) == ALARM_AT and now_s - recent[0] < QUIET_S
    )
    after = replace(
        before,
        wrong=before.wrong + 1,
        recent_s=recent,
        alarmed=before.alarmed or alarm,
    )
    return Missed(after, alarm)
