"""Write counts, roll them up, and draw heat maps. Nothing here commits."""

from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from contracts import messages as m
from contracts.clock import to_ms
from hub.activity import rules
from hub.activity.models import Grid, HeatCell, HeatMap, HourMean, Quarter

Row = tuple[object, ...]
"""Values for the driver. A `head` is `(site, node, boot)`."""

_ROLL_UP = text("""
INSERT INTO activity_quarter
    (site, subject, starts_ms, length_s, seen_s, person_s, people_max, activity, trust)
SELECT min(site), min(subject), CAST(:starts_ms AS BIGINT), sum(length_s), sum(seen_s),
    sum(people_mean * seen_s), max(people_max),
    coalesce(sum(activity * seen_s) / nullif(sum(seen_s), 0), 0),
    coalesce(sum(trust * seen_s) / nullif(sum(seen_s), 0), 0)
FROM activity_window
WHERE site = :site AND subject = :subject
    AND starts_ms >= :starts_ms AND starts_ms < :ends_ms
ON CONFLICT (site, subject, starts_ms) DO UPDATE SET
    length_s = excluded.length_s, seen_s = excluded.seen_s,
    person_s = excluded.person_s, people_max = excluded.people_max,
    activity = excluded.activity, trust = excluded.trust
""")


@dataclass(frozen=True)
class Touched:
    """A roll-up cell that new windows fall into."""

    site: str
    subject: str
    starts_ms: int


def window_row(head: Row, event: m.Event, value: m.WindowEvent, *, intact: bool) -> Row:
    """Return the row of one minute of a camera, without its id."""
    return (
        *_head(head, event, value, intact=intact),
        value.seen_s,
        value.people_mean,
        value.people_max,
        value.activity,
        value.flags,
    )


def zone_row(head: Row, event: m.Event, value: m.ZoneEvent, *, intact: bool) -> Row:
    """Return the row of one minute of one zone, without its id."""
    return (
        *_head(head, event, value, intact=intact),
        value.person_s,
        value.people_max,
        value.activity,
    )


def line_row(head: Row, event: m.Event, value: m.LineEvent, *, intact: bool) -> Row:
    """Return the row of one minute of one line, without its id."""
    start = _head(head, event, value, intact=intact)
    return (*start, *value.forward, *value.backward)


def grid_row(head: Row, event: m.Event, value: m.GridEvent, *, intact: bool) -> Row:
    """Return the row of a quarter of heat cells, without its id."""
    return (
        *_head(head, event, value, intact=intact),
        value.seen_s,
        value.columns,
        value.rows,
        value.levels,
        value.unit_person_s,
        value.cells,
    )


def touched(site: str, event: m.Event, value: m.WindowEvent) -> Touched:
    """Return the roll-up cell of a window."""
    return Touched(site, event.subject, rules.quarter_of(value.starts_ms))


def roll_up(session: Session, cells: Iterable[Touched]) -> None:
    """Compute the cells anew from the windows that are stored."""
    chosen = [
        {**asdict(cell), "ends_ms": cell.starts_ms + rules.QUARTER_MS}
        for cell in sorted(set(cells), key=astuple)
    ]
    if chosen:
        session.connection().execute(_ROLL_UP, chosen)


def heat_map(
    session: Session,
    site: str,
    camera: str,
    period: tuple[datetime, datetime],
    *,
    size: tuple[int, int] = (16, 12),
) -> HeatMap:
    """Return where people were in `[start, end)`."""
    start, end = period
    rows = session.exec(
        select(Grid)
        .where(
            Grid.site == site,
            Grid.subject == camera,
            Grid.starts_ms >= to_ms(start),
            Grid.starts_ms < to_ms(end),
        )
        .order_by(col(Grid.starts_ms))
    )
    heat = rules.heat(
        [_seen(row) for row in rows if _fits(row, size)],
        int((end - start).total_seconds()),
        size=size,
    )
    return HeatMap(
        columns=heat.columns,
        rows=heat.rows,
        cells=tuple(HeatCell(value) for value in heat.person_s_per_hour),
        coverage=heat.coverage,
        trust=heat.trust,
    )


def weekday_hours(
    session: Session, site: str, camera: str, start: datetime, end: datetime
) -> tuple[HourMean, ...]:
    """Return the mean people of each hour of each weekday in `[start, end)`."""
    rows = session.exec(
        select(Quarter).where(
            Quarter.site == site,
            Quarter.subject == camera,
            Quarter.starts_ms >= rules.quarter_of(to_ms(start)),
            Quarter.starts_ms < to_ms(end),
        )
    )
    seen = [
        rules.SeenQuarter(q.starts_ms, q.length_s, q.seen_s, q.person_s) for q in rows
    ]
    return tuple(
        HourMean(mean.weekday, mean.hour, mean.people, mean.coverage)
        for mean in rules.weekday_hours(seen, start, end)
    )


def _head(
    head: Row,
    event: m.Event,
    value: m.WindowEvent | m.ZoneEvent | m.LineEvent | m.GridEvent,
    *,
    intact: bool,
) -> Row:
    return (
        *head,
        event.seq,
        event.subject,
        event.prev,
        event.hash,
        intact,
        value.starts_ms,
        value.length_s,
        value.trust,
    )


def _fits(row: Grid, size: tuple[int, int]) -> bool:
    # A grid that is not what it says is kept, since nothing is lost, but not drawn.
    return (row.columns, row.rows) == size and rules.grid_fits(
        row.columns, row.rows, row.levels, row.cells
    )


def _seen(row: Grid) -> rules.SeenGrid:
    return rules.SeenGrid(
        row.starts_ms,
        row.length_s,
        row.seen_s,
        row.columns,
        row.rows,
        row.unit_person_s,
        row.cells,
        row.trust,
    )
