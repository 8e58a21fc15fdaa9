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
from hub.places.models import Node

log = logging.getLogger(__name__)

_WHOLE: Final = "which cameras have a whole record, by place and camera"
_AGAIN_MS: Final = rules.AGAIN.total_seconds() * 1000
_LONGEST_NAME: Final = 80
_WITHDRAWN: Final = "the hub has withdrawn it"
"""What `edge.permit.Standing` says of it."""
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
    value, camera = event.value, event.subject.partition("/")[0]
    if isinstance(value, m.NodeEvent):
        if value.what in _WORDS and camera in _cameras_of(session, place):
            _hear(session, place, event, value)
        return True
    if not isinstance(value, _COUNTS) or _is_whole(session, place, camera):
        return True
    # PostgreSQL has no NUL in a text; nobody's name shall hold a node up.
    _refuse(session, place, camera.replace("\0", "?")[:_LONGEST_NAME], now_ms)
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
            until_ms=max([last.until_ms if last else 0, *(until for _, until in cut)]),
        )
    )
    log.info("permit issued", extra={"camera": camera, "periods": len(cut)})
    return 1


def _lasts(last: IssuedPermit, now_ms: int) -> bool:
    """Tell whether a permit need not be repeated; a withdrawal never ends."""
    return not last.spans or 0 <= now_ms - last.issued_ms < _AGAIN_MS


def _cameras_of(session: Session, place: Place) -> list[str]:
    node = session.get(Node, (place.site, place.node))
    return node.cameras if node is not None else []


def _is_whole(session: Session, place: Place, camera: str) -> bool:
    """Tell whether a node has this camera, and the hub its whole record.

    Asked once for each transaction: a batch holds hundreds of counts.
    """
    known: dict[tuple[Place, str], bool] = session.info.setdefault(_WHOLE, {})
    if (place, camera) not in known:
        record = None
        if camera in _cameras_of(session, place):
            record = session.get(CameraRecord, (place.site, camera))
        known[place, camera] = record is not None and record.is_whole
    return known[place, camera]


def _hear(session: Session, place: Place, event: m.Event, value: m.NodeEvent) -> None:
    site, node, camera = place.site, place.node, event.subject
    why = (value.why or "")[:_LONGEST_NAME].replace("\0", "?")
    is_permitted, at_ms = _WORDS[value.what], event.utc_ms
    session.merge(
        CameraWord(
            site=site,
            camera=camera,
            node=node,
            is_permitted=is_permitted,
            why=why,
            at_ms=at_ms,
        )
    )
    permit = session.get(IssuedPermit, (site, node, camera))
    if permit is not None and not permit.spans and why == _WITHDRAWN:
        permit.until_ms = 0


def _refuse(session: Session, place: Place, camera: str, now_ms: int) -> None:
    row = session.get(RefusedCounts, (place.site, camera))
    if row is None:
        log.warning("counts without a record", extra={"camera": camera})
        row = RefusedCounts(
            site=place.site, camera=camera, node=place.node, events=0, last_ms=0
        )
        session.add(row)
    row.node, row.events, row.last_ms = place.node, row.events + 1, now_ms
