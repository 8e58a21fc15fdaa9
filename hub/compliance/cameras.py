"""How each camera stands with the law now: its record, its permit, and what its node says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from contracts.clock import to_ms
from hub.compliance import rules
from hub.compliance.models import (
    CameraRecord,
    CameraWord,
    IssuedPermit,
    RefusedCounts,
)
from hub.compliance.rules import Light, Seen
from hub.doors.models import NodeStatus
from hub.places.models import Node
from kit.problems import NotFoundError

LATEST = 50


class NoSuchCameraError(NotFoundError):
    """No node of this site has such a camera."""

    title = "There is no such camera"


@dataclass(frozen=True)
class Camera:
    """One camera, and how it stands with the law."""

    site: str
    camera: str
    node: str
    record: CameraRecord
    missing: tuple[str, ...]
    light: Light
    word: CameraWord | None
    permit: IssuedPermit | None
    refused: RefusedCounts | None


def nodes(session: Session) -> Sequence[Node]:
    """Return every node that senses, in a fixed order."""
    query = select(Node).where(Node.kind == "sensing")
    return session.exec(query.order_by(col(Node.site), col(Node.id))).all()


def cameras(session: Session, now: datetime) -> list[Camera]:
    """Return every camera of every node."""
    return [
        camera(session, node.site, name, now)
        for node in nodes(session)
        for name in node.cameras
    ]


def strangers(session: Session) -> Sequence[RefusedCounts]:
    """Return cameras that no site's file names, and that have sent counts."""
    known = {(node.site, name) for node in nodes(session) for name in node.cameras}
    query = select(RefusedCounts).order_by(col(RefusedCounts.last_ms).desc())
    found = session.exec(query.limit(LATEST)).all()
    return [one for one in found if (one.site, one.camera) not in known]


def camera(session: Session, site: str, name: str, now: datetime) -> Camera:
    """Return one camera.

    Raises:
        NoSuchCameraError: There is none.
    """
    node = next(
        (n for n in nodes(session) if n.site == site and name in n.cameras), None
    )
    if node is None:
        raise NoSuchCameraError(f"there is no camera {site}/{name}")
    key = (site, name)
    record = session.get(CameraRecord, key) or CameraRecord(site=site, camera=name)
    permit = session.get(IssuedPermit, (site, node.id, name))
    word = session.get(CameraWord, key)
    status = session.get(NodeStatus, (site, node.id))
    seen = Seen(
        permit is not None and rules.covers(permit.periods, to_ms(now)),
        permit is not None and to_ms(now) < permit.until_ms,
        word is not None and word.is_permitted,
        status is not None and status.online,
    )
    return Camera(
        site=site,
        camera=name,
        node=node.id,
        record=record,
        missing=rules.missing(record),
        light=rules.light(seen),
        word=word,
        permit=permit,
        refused=session.get(RefusedCounts, key),
    )
