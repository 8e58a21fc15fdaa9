"""Importing a site, and asking it for the way in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlmodel import Session, SQLModel, col, delete, select

from hub.places.models import (
    Building,
    Door,
    Node,
    Place,
    Plan,
    PlanEntry,
    Route,
    RouteDoor,
    Site,
    SiteFile,
    Zone,
)
from hub.places.rules import Lead, Window, parse_site, windows
from kit.problems import NotFoundError


class NoRouteError(NotFoundError):
    """The place is not known, or there is no way in to it."""

    title = "There is no way in to this place"


@dataclass(frozen=True)
class Imported:
    """What an import did, in rows. Rows that the file no longer names are kept."""

    added: int
    changed: int
    same: int


@dataclass(frozen=True)
class WayIn:
    """The way in to a place: its doors from the outside in, and what to say."""

    site: Site
    place: Place
    doors: tuple[Door, ...]
    leads: tuple[Lead, ...]
    hint: dict[str, str]

    def windows(self, starts_at: datetime, ends_at: datetime) -> tuple[Window, ...]:
        """Return when each door opens for a reservation."""
        return windows(self.leads, starts_at, ends_at)


def import_site(session: Session, text: str) -> Imported:
    """Write a site's file to the database; a second time changes nothing.

    Raises:
        SiteFileError: See `rules.parse_site`. Nothing has been written then.
    """
    file = parse_site(text)
    results = [_upsert(session, row) for row in _rows(file)]
    session.flush()
    results += [_replace_doors(session, file, at) for at in range(len(file.route))]
    session.flush()
    return Imported(*(results.count(what) for what in ("added", "changed", "same")))


def way_in(session: Session, place_urn: str) -> WayIn:
    """Return the way in to a place, or the one of the place that holds it.

    Raises:
        NoRouteError: No such place, or no route up to its outermost place.
    """
    place = session.get(Place, place_urn)
    urn: str | None = place_urn
    while urn is not None:
        route = session.get(Route, urn)
        if route is not None and place is not None:
            return _way_in(session, place, route)
        above = session.get(Place, urn)
        urn = above.parent if above is not None else None
    raise NoRouteError(f"there is no way in to {place_urn}")


def door_nodes(session: Session) -> tuple[Node, ...]:
    """Return every node that drives doors, in a fixed order."""
    query = select(Node).where(Node.kind == "door")
    return tuple(session.exec(query.order_by(col(Node.site), col(Node.id))))


def _way_in(session: Session, place: Place, route: Route) -> WayIn:
    query = select(RouteDoor).where(RouteDoor.place == route.place)
    steps = session.exec(query.order_by(col(RouteDoor.position))).all()
    site = session.get_one(Site, route.site)
    doors = tuple(session.get_one(Door, (route.site, step.door)) for step in steps)
    leads = tuple(
        Lead(s.door, timedelta(minutes=s.lead_min), timedelta(minutes=s.tail_min))
        for s in steps
    )
    return WayIn(site, place, doors, leads, route.hint)


def _rows(file: SiteFile) -> list[SQLModel]:
    site = file.site
    fields = ("id", "city", "address", "latitude", "longitude", "timezone")
    rows: list[SQLModel] = [
        Site(
            **{name: getattr(site, name) for name in fields},
            name=site.name.as_dict(),
            help_phone=site.help_phone,
        )
    ]
    rows += [
        Building(site=site.id, id=b.id, name=b.name.as_dict(), address=b.address)
        for b in file.building
    ]
    rows += [
        Node(site=site.id, id=n.id, kind=n.kind, cameras=list(n.cameras))
        for n in file.node
    ]
    rows += [
        Door(
            site=site.id,
            name=d.name.as_dict(),
            **{f: getattr(d, f) for f in d.__struct_fields__ if f != "name"},
        )
        for d in file.door
    ]
    rows += [
        Place(
            site=site.id,
            name=p.name.as_dict(),
            **{f: getattr(p, f) for f in p.__struct_fields__ if f != "name"},
        )
        for p in file.place
    ]
    rows += [
        Route(place=r.place, site=site.id, hint=r.hint.as_dict()) for r in file.route
    ]
    rows += [
        Zone(
            site=site.id,
            id=z.id,
            node=z.node,
            camera=z.camera,
            name=z.name.as_dict(),
            polygon=[list(point) for point in z.polygon],
            equipment=z.equipment,
        )
        for z in file.zone
    ]
    rows += [Plan(site=site.id, camera=p.camera, drawing=_plain(p)) for p in file.plan]
    return rows


def _plain(plan: PlanEntry) -> dict[str, Any]:
    # Through JSON, so that it equals what the database gives back.
    return dict(msgspec.json.decode(msgspec.json.encode(plan)))


def _upsert(session: Session, row: SQLModel) -> str:
    kind = type(row)
    keys = [column.name for column in kind.__table__.primary_key]  # type: ignore[attr-defined]
    found = session.get(kind, tuple(getattr(row, key) for key in keys))
    if found is None:
        session.add(row)
        return "added"
    if found.model_dump() == row.model_dump():
        return "same"
    found.sqlmodel_update(row)
    session.add(found)
    return "changed"


def _replace_doors(session: Session, file: SiteFile, at: int) -> str:
    entry = file.route[at]
    wanted = [
        RouteDoor(
            place=entry.place,
            position=position,
            door=step.door,
            lead_min=step.lead_min,
            tail_min=step.tail_min,
        )
        for position, step in enumerate(entry.doors)
    ]
    query = select(RouteDoor).where(RouteDoor.place == entry.place)
    stored = session.exec(query.order_by(col(RouteDoor.position))).all()
    bare = {"id"}
    if [d.model_dump(exclude=bare) for d in stored] == [
        d.model_dump(exclude=bare) for d in wanted
    ]:
        return "same"
    session.exec(delete(RouteDoor).where(col(RouteDoor.place) == entry.place))
    session.add_all(wanted)
    return "changed" if stored else "added"


def site(session: Session, site_id: str) -> Site:
    """Return a site.

    Raises:
        NotFoundError: There is none of this id.
    """
    found = session.get(Site, site_id)
    if found is None:
        raise NotFoundError(f"there is no site {site_id}")
    return found


def door_names(session: Session) -> dict[tuple[str, str], dict[str, str]]:
    """Return what every door is called, by site and door, in every language."""
    return {(door.site, door.id): door.name for door in session.exec(select(Door))}


def zones_of(session: Session, site_id: str, camera: str) -> tuple[Zone, ...]:
    """Return the zones that a camera watches, in a fixed order."""
    query = select(Zone).where(Zone.site == site_id, Zone.camera == camera)
    return tuple(session.exec(query.order_by(col(Zone.id))))


def plan_of(session: Session, site_id: str, camera: str) -> PlanEntry:
    """Return the plan that a camera's heat map is drawn over.

    Raises:
        NotFoundError: There is no such camera, or nobody has drawn its yard.
    """
    found = session.get(Plan, (site_id, camera))
    if found is None:
        raise NotFoundError(f"there is no plan of {site_id}/{camera}")
    return msgspec.convert(found.drawing, PlanEntry)


def sites(session: Session) -> tuple[Site, ...]:
    """Return every site, in a fixed order."""
    return tuple(session.exec(select(Site).order_by(col(Site.id))))


def cameras_of(session: Session, site_id: str) -> tuple[str, ...]:
    """Return the cameras of a site whose yards have a plan, in a fixed order."""
    query = select(Plan.camera).where(Plan.site == site_id)
    return tuple(session.exec(query.order_by(col(Plan.camera))))
