"""HTTP for schools: the heat map over the yard's plan, its figures, and the past."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from contracts.clock import from_ms
from hub.accounts.school import get_reader
from hub.activity import choosing, comparing, drawing, maps, rules, use, wishes
from hub.activity.choosing import Part
from hub.activity.comparing import Difference
from hub.activity.figures import Crossings, Use
from hub.activity.maps import Sight
from hub.activity.rules import GridSum, Heat, Period
from hub.activity.wishes import Wish
from hub.places import service as places
from hub.places.models import PlanEntry, Zone
from hub.recess import service as recess
from hub.recess.models import Kind
from hub.tickets import service as tickets
from kit.db import DbSession
from kit.pages import Pages
from kit.problems import Now

router = APIRouter(prefix="/yards", tags=["activity"])

_CHOICES = ((1, "Last day"), (7, "Last week"), (28, "Four weeks"))


@dataclass(frozen=True)
class Yard:
    """A camera's yard, and what is counted on it."""

    site: str
    camera: str
    plan: PlanEntry
    zones: tuple[Zone, ...]


@dataclass(frozen=True)
class Side:
    """One period of a yard."""

    period: Period
    use: Use
    grids: dict[date, GridSum]
    crossings: tuple[Crossings, ...]
    sight: Sight
    recesses: int | None
    """How many recesses it holds; `None` where none were asked for."""
    left_out: dict[Kind, int]
    """How many of them tell nothing, by why."""
    is_small: bool = False
    """So few people that nothing of them is shown."""

    def heat(self) -> Heat:
        """Return where people were."""
        unseen = self.sight.unseen
        return rules.heat(self.grids.values(), size=maps.SIZE, hidden=unseen)

    def shares(self, unseen: frozenset[int]) -> list[tuple[float, ...]]:
        """Return each day's parts of the time spent."""
        return maps.shares(self.grids.values(), unseen)


@router.get("", dependencies=[Depends(get_reader)])
def schools(request: Request, session: DbSession) -> HTMLResponse:
    """Show the way to the pages of each school that has a camera."""
    pages: Pages = request.app.state.pages
    told = [(s, places.cameras_of(session, s.id)) for s in places.sites(session)]
    return pages.show(request, "schools.html", schools=[one for one in told if one[1]])


@router.get("/{site}/{camera}", dependencies=[Depends(get_reader)])
def heat_map(
    request: Request,
    session: DbSession,
    now: Now,
    site: str,
    camera: str,
    wish: Annotated[Wish, Depends()],
) -> HTMLResponse:
    """Show where the yard was used, and how far that can be believed."""
    plan = places.plan_of(session, site, camera)
    yard = Yard(site, camera, plan, places.zones_of(session, site, camera))
    wanted = wishes.wanted(wish, now)
    first = _side(session, yard, wanted.period, wish)
    second = _side(session, yard, wanted.other, wish) if wanted.other else None
    pages: Pages = request.app.state.pages
    return pages.show(
        request,
        "yard.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wanted.wrong else HTTPStatus.OK,
        wrong=wanted.wrong,
        wish=wish,
        choices=_CHOICES,
        hours_of_day=wishes.HOURS,
        bands=recess.bands(session, site),
        site=places.site(session, site),
        plan=plan,
        badges=drawing.badges(yard.zones),
        latest=use.latest(session, site, camera, now),
        tickets=tickets.standing(session, site, camera),
        hours=use.weekday_hours(session, site, camera, wanted.period),
        crossings={line.line: line for line in first.crossings},
        is_few=rules.is_few,
        trust_word=rules.trust_word,
        at=from_ms,
        **_drawn(yard, first, second),
    )


def _side(session: Session, yard: Yard, period: Period, wish: Wish) -> Side:
    days = choosing.days_of(period)
    part = wish.part
    held = recess.recesses(session, yard.site, days) if part.is_recess else ()
    within = [
        one
        for one in held
        if one.start < period.end
        and one.end > period.start
        and (not part.band or one.band == part.band)
        and part.weekday in {None, one.day.weekday()}
    ]
    out = Counter(one.mark for one in within if one.mark and not one.is_counted)
    asked, where = choosing.spans(period, part, held), (yard.site, yard.camera)
    told = use.use(session, *where, asked, [zone.id for zone in yard.zones])
    lines = use.crossings(session, *where, asked, [line.id for line in yard.plan.line])
    side = Side(
        period,
        told,
        maps.grids(session, *where, asked),
        lines,
        maps.sight(session, *where, period),
        len(within) if part.is_recess else None,
        dict(out),
    )
    if part != Part() and 0 < told.whole.people_mean < rules.LEAST_GROUP:
        return replace(
            side, use=told.without_people(), grids={}, crossings=(), is_small=True
        )
    return side


def _drawn(yard: Yard, first: Side, second: Side | None) -> dict[str, Any]:
    """Return the maps of one period or of two, and how they differ."""
    sides = [first, second] if second else [first]
    heats = [side.heat() for side in sides]
    step = drawing.step_size(*heats)
    laid = drawing.squares(*maps.SIZE, yard.plan.size_m, yard.zones)
    shown = [
        (side, heat, drawing.cells(heat, laid, step))
        for side, heat in zip(sides, heats, strict=True)
    ]
    facts = {"sides": shown, "legend": drawing.legend(step), "first": first}
    if second is None:
        return facts | {"second": None}
    unseen = first.sight.unseen | second.sight.unseen
    cells = comparing.compare_cells(
        first.shares(unseen), second.shares(unseen), len(laid)
    )
    series = {*first.sight.series, *second.sight.series}
    return facts | {
        "second": second,
        "same_view": len(series) <= 1,
        "changed": drawing.changed(cells, laid, unseen),
        "differences": _differences(yard, first.use, second.use),
    }


def _differences(yard: Yard, first: Use, second: Use) -> dict[str, Any]:
    def differ(measure: comparing.Measure) -> Difference:
        return comparing.compare(first.days, second.days, measure)

    return {
        "people": differ(comparing.people),
        "active": differ(comparing.active),
        "zones": [(z, differ(comparing.share_of(z.id))) for z in yard.zones],
        "equipment": [
            (z, differ(comparing.used(z.id))) for z in yard.zones if z.equipment
        ],
    }
