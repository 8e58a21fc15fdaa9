"""Permits out, words of nodes in, and no counts of a camera without its whole record.

    record or hours change, or a day has passed -> sign, store -> commit -> publish

As with manifests: a permit is published only after its transaction, and again after every
connection. Its number is its moment, or one more than the last where the clock went back,
so that a database that was restored goes on from where its nodes are.
"""

import logging
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session, col, select

from contracts import messages as m
from contracts import topics
from contracts.bus import Bus
from contracts.messages import encode
from contracts.permits import Period, Permit
from contracts.signing import sign
from hub.compliance import cameras, rules
from hub.compliance.models import (
    CameraRecord,
    CameraWord,
    IssuedPermit,
    RefusedCounts,
    SwitchedOn,
)
from hub.doors.models import Place

log = logging.getLogger(__name__)

_ADMITTED: Final = "which cameras have a whole record, by site and camera"
_AGAIN_MS: Final = rules.AGAIN.total_seconds() * 1000
_LONGEST_NAME: Final = 80
_WORDS: Final = {"permit in force": True, "no permit": False}
Where = tuple[str, str, str]
"""Site, node, camera."""
_COUNTS = m.WindowEvent | m.ZoneEvent | m.LineEvent | m.GridEvent


def issue(session: Session, key: Ed25519PrivateKey, now_ms: int) -> int:
    """Sign a permit for each camera whose last one is old or says something else.

    Returns:
        How many were signed.
    """
    there = [
        (node.site, node.id, camera)
        for node in cameras.nodes(session)
        for camera in node.cameras
    ]
    issued = {
        (one.site, one.node, one.camera) for one in session.exec(select(IssuedPermit))
    }
    done = sum(
        _issue(session, key, where, _wanted(session, where, now_ms), now_ms)
        for where in there
    )
    # A camera that a node does not have any more may not see there either.
    done += sum(_issue(session, key, where, [], now_ms) for where in issued - {*there})
    session.flush()
    return done


def publish(session: Session, bus: Bus, *, again: bool = False) -> int:
    """Publish committed permits that were not sent yet; return how many.

    Args:
        session: A new transaction: what `issue` wrote must be committed.
        bus: Where to.
        again: Publish sent ones too, as after a new connection.
    """
    sent = 0
    for permit in session.exec(select(IssuedPermit)).all():
        if permit.sent and not again:
            continue
        where = {"site": permit.site, "node": permit.node, "camera": permit.camera}
        if bus.publish(topics.PERMIT.name(**where), permit.payload, retain=True):
            permit.sent = True
            sent += 1
    return sent


def screen(session: Session, place: Place, event: m.Event, now_ms: int) -> bool:
    """Take what a node says of a camera; tell whether it may be stored.

    Counts are stored while the camera's record is whole, else only their number is.
    """
    value = event.value
    if isinstance(value, m.NodeEvent) and value.what in _WORDS:
        session.merge(
            CameraWord(
                site=place.site,
                camera=event.subject[:_LONGEST_NAME],
                node=place.node,
                is_permitted=_WORDS[value.what],
                why=value.why or "",
                at_ms=event.utc_ms,
            )
        )
    if not isinstance(value, _COUNTS):
        return True
    camera = event.subject.partition("/")[0][:_LONGEST_NAME]
    if (place.site, camera) in _admitted(session):
        return True
    _refuse(session, place, camera, now_ms)
    return False


def _wanted(session: Session, where: Where, now_ms: int) -> list[list[int]]:
    site, _, camera = where
    hours = select(SwitchedOn).where(
        SwitchedOn.site == site,
        SwitchedOn.camera == camera,
        col(SwitchedOn.until_ms) > now_ms,
    )
    record = session.get(CameraRecord, (site, camera))
    wanted = rules.spans(record, session.exec(hours), now_ms)
    return [[start, until] for start, until in wanted]


def _issue(
    session: Session,
    key: Ed25519PrivateKey,
    where: Where,
    wanted: list[list[int]],
    now_ms: int,
) -> int:
    last = session.get(IssuedPermit, where)
    if last is None and not wanted:
        return 0
    if last is not None and last.spans == wanted and _lasts(last, now_ms):
        return 0
    number = max(now_ms, last.number + 1) if last else now_ms
    cut = rules.periods(wanted, now_ms)
    periods = tuple(Period(start, until) for start, until in cut)
    signed = sign(Permit(*where, number, now_ms, periods), key)
    site, node, camera = where
    session.merge(
        IssuedPermit(
            site=site,
            node=node,
            camera=camera,
            number=number,
            issued_ms=now_ms,
            spans=wanted,
            periods=cut,
            payload=encode(signed),
            sent=False,
        )
    )
    log.info("permit issued", extra={"camera": camera, "periods": len(cut)})
    return 1


def _lasts(last: IssuedPermit, now_ms: int) -> bool:
    """Tell whether a permit need not be repeated; a withdrawal never ends."""
    return not last.spans or 0 <= now_ms - last.issued_ms < _AGAIN_MS


def _admitted(session: Session) -> set[tuple[str, str]]:
    known: set[tuple[str, str]] | None = session.info.get(_ADMITTED)
    if known is None:
        whole = select(CameraRecord).where(col(CameraRecord.is_whole))
        known = {(one.site, one.camera) for one in session.exec(whole)}
        session.info[_ADMITTED] = known
    return known


def _refuse(session: Session, place: Place, camera: str, now_ms: int) -> None:
    row = session.get(RefusedCounts, (place.site, camera))
    if row is None:
        log.warning("counts without a record", extra={"camera": camera})
        row = RefusedCounts(
            site=place.site, camera=camera, node=place.node, events=0, last_ms=0
        )
        session.add(row)
    row.node, row.events, row.last_ms = place.node, row.events + 1, now_ms
