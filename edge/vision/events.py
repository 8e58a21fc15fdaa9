"""What records become on the bus: their figures, coarsened where exactness says nothing.

Counts cross exactly. Shares leave in steps of a twentieth, means in tenths.
"""

from typing import Final

from contracts.messages import LineEvent, WindowEvent, ZoneEvent
from contracts.records import MINUTE_S, LineRecord, WindowRecord, ZoneRecord
from edge.vision.windows import MINUTE_MS

_STEP_PCT: Final = 5


def share(percent: float) -> float:
    """Return a share, 0..1, in steps of a twentieth."""
    return round(percent / _STEP_PCT) * _STEP_PCT / 100


def window_event(record: WindowRecord) -> WindowEvent:
    """Return what is told of a minute of the view."""
    return WindowEvent(
        starts_ms=record.minute * MINUTE_MS,
        length_s=MINUTE_S,
        seen_s=record.seen_s,
        people_mean=_mean(record.person_s, record.seen_s),
        people_max=record.people_max,
        activity=share(record.activity_pct),
        trust=share(record.trust_pct),
        flags=int(record.flags),
        active_mean=_mean(record.active_s, record.seen_s),
        undercount=share(record.undercount_pct),
    )


def presence_event(record: WindowRecord) -> WindowEvent:
    """Return what is told of a minute outside of counting hours: anybody, or nobody.

    No second of it counts as seen, so that it enters no figure.
    """
    return WindowEvent(
        starts_ms=record.minute * MINUTE_MS,
        length_s=MINUTE_S,
        seen_s=0,
        people_mean=0.0,
        people_max=min(1, record.people_max),
        activity=0.0,
        trust=share(record.trust_pct),
        flags=int(record.flags),
    )


def zone_event(record: ZoneRecord) -> ZoneEvent:
    """Return what is told of a minute of a zone."""
    return ZoneEvent(
        starts_ms=record.minute * MINUTE_MS,
        length_s=MINUTE_S,
        person_s=float(record.person_s),
        people_max=record.people_max,
        activity=share(record.activity_pct),
        trust=share(record.trust_pct),
        seen_s=record.seen_s,
        visits=record.visits,
        dwell_s=float(record.dwell_s),
        used_s=record.used_s,
    )


def line_event(record: LineRecord) -> LineEvent:
    """Return what is told of a minute of a line."""
    return LineEvent(
        starts_ms=record.minute * MINUTE_MS,
        length_s=MINUTE_S,
        forward=record.forward,
        backward=record.backward,
        trust=share(record.trust_pct),
    )


def _mean(person_s: int, seen_s: int) -> float:
    return round(person_s / seen_s, 1) if seen_s else 0.0
