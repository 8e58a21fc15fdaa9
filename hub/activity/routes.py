"""HTTP for schools: the heat map over the yard's plan, and the week by hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from hub.activity import service
from hub.activity.models import HeatMap
from hub.places import service as places
from hub.places.models import Zone
from kit.db import DbSession
from kit.identity import Person, get_person
from kit.pages import Pages
from kit.problems import ForbiddenError, Now

router = APIRouter(prefix="/yards", tags=["activity"])

_STEPS = 5
_READERS = frozenset({"head teacher", "facility staff"})


@dataclass(frozen=True)
class Square:
    """One cell of the drawn map, in metres from the plan's top left."""

    x: float
    y: float
    width: float
    height: float
    step: int | None
    """0 .. 5 by colour and by size of the dot; `None`: not seen."""


def get_reader(person: Annotated[Person, Depends(get_person)]) -> Person:
    """Return the signed-in person of the school.

    Raises:
        ForbiddenError: The person is of another kind.
    """
    if not person.roles & _READERS:
        raise ForbiddenError("This page is for schools.")
    return person


@router.get("/{site}/{camera}")
def heat_map(
    request: Request,
    session: DbSession,
    now: Now,
    _reader: Annotated[Person, Depends(get_reader)],
    site: str,
    camera: str,
    days: Annotated[int, Query(ge=1, le=366)] = 7,
) -> HTMLResponse:
    """Show where the yard was used, and how far that can be believed."""
    period: tuple[datetime, datetime] = (now - timedelta(days=days), now)
    zones = places.zones_of(session, site, camera)
    width, depth = extent(zones)
    heat = service.heat_map(session, site, camera, period)
    pages: Pages = request.app.state.pages
    return pages.show(
        request,
        "yard.html",
        site=places.site(session, site),
        camera=camera,
        zones=zones,
        middles={zone.id: _middle(zone) for zone in zones},
        size=(width, depth),
        heat=heat,
        squares=squares(heat, width, depth),
        hours=service.weekday_hours(session, site, camera, *period),
        days=days,
    )


def extent(zones: tuple[Zone, ...]) -> tuple[float, float]:
    """Return the width and depth of the plan in metres: as far as its zones reach."""
    corners = [corner for zone in zones for corner in zone.polygon]
    return (
        max((x for x, _ in corners), default=16.0),
        max((y for _, y in corners), default=12.0),
    )


def squares(heat: HeatMap, width: float, depth: float) -> list[Square]:
    """Lay the cells over the plan, in steps of the busiest cell."""
    seen = [c.person_s_per_hour for c in heat.cells if c.person_s_per_hour is not None]
    most = max(seen, default=0.0)
    across, down = width / heat.columns, depth / heat.rows
    return [
        Square(
            (index % heat.columns) * across,
            (index // heat.columns) * down,
            across,
            down,
            _step(cell.person_s_per_hour, most),
        )
        for index, cell in enumerate(heat.cells)
    ]


def _step(value: float | None, most: float) -> int | None:
    if value is None:
        return None
    return 0 if value <= 0 else max(1, round(_STEPS * value / most))


def _middle(zone: Zone) -> tuple[float, float]:
    xs, ys = zip(*zone.polygon, strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)
