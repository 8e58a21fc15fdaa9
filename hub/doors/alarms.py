"""Alarms as they are stored: raised once, cleared, acknowledged by somebody."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from hub.doors.models import AlarmRecord, Change, Place, Topic
from hub.doors.rules import Effect


def apply(
    session: Session, place: Place, subject: str, effect: Effect, at_ms: int
) -> list[Change]:
    """Raise what does not stand yet, clear what does; return what changed."""
    if not effect.raises | effect.clears:
        return []
    standing = {record.kind: record for record in _open(session, place, subject)}
    touched = False
    for kind in effect.clears & standing.keys():
        standing[kind].cleared_ms = max(at_ms, standing[kind].raised_ms)
        session.add(standing[kind])
        touched = True
    for kind in sorted(effect.raises - standing.keys()):
        session.add(
            AlarmRecord(
                site=place.site,
                node=place.node,
                subject=subject,
                kind=kind,
                raised_ms=at_ms,
            )
        )
        touched = True
    return [Change(Topic.ALARM, place.site, subject)] if touched else []


def _open(session: Session, place: Place, subject: str) -> Iterable[AlarmRecord]:
    return session.exec(
        select(AlarmRecord).where(
            AlarmRecord.site == place.site,
            AlarmRecord.subject == subject,
            col(AlarmRecord.cleared_ms).is_(None),
        )
    ).all()
