"""The staff import: spaces and units from the same file as the hub's site.

A space is made for each `[[place]]` and a unit for each `[[unit]]`. Importing again
changes nothing that is there already: what staff have edited since stays edited.
"""

import tomllib
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session, select

from booking_api.units import service
from booking_api.units.models import (
    HoursCreate,
    ReservationUnit,
    Space,
    UnitCreate,
)
from kit.problems import UnprocessableError

_WEEK = range(7)


class ImportRefusedError(UnprocessableError):
    """The file is not a site's, or names something that it does not hold."""

    title = "The file cannot be imported"


class PlaceEntry(BaseModel):
    """`[[place]]`, of which booking needs the tree and the names."""

    urn: str
    name: dict[str, str]
    max_persons: int
    parent: str | None = None


class UnitEntry(BaseModel):
    """`[[unit]]`: what of a place can be reserved, and when."""

    model_config = ConfigDict(extra="forbid")

    place: str
    purposes: list[str]
    opens: int = Field(ge=0, le=24)
    closes: int = Field(ge=1, le=24)
    min_length_min: int = 60
    max_length_min: int = 240
    start_interval_min: int = 30
    camera: str = ""


class SiteEntry(BaseModel):
    """`[site]`, of which booking needs the name."""

    name: dict[str, str]


class SiteFile(BaseModel):
    """What booking reads of a site's file."""

    site: SiteEntry
    place: list[PlaceEntry]
    unit: list[UnitEntry] = []


def import_units(session: Session, text: str) -> int:
    """Add what is not there yet, and return how many units were added.

    Raises:
        ImportRefusedError: Not TOML, a key is missing or wrong, or a place is unknown.
    """
    try:
        file = SiteFile.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ImportRefusedError(str(error)) from error
    places = {place.urn: place for place in file.place}
    parents = {place.parent for place in file.place}
    for place in file.place:
        _space(session, place.urn, places, parents)
    known = set(session.exec(select(ReservationUnit.place_urn)))
    new = [entry for entry in file.unit if entry.place not in known]
    for entry in new:
        space = _space(session, entry.place, places, parents)
        try:
            unit = _unit(file.site, entry, places[entry.place], space.id)
        except ValidationError as error:
            raise ImportRefusedError(f"{entry.place}: {error}") from error
        service.add_unit(session, unit)
    return len(new)


def _space(
    session: Session,
    urn: str,
    places: dict[str, PlaceEntry],
    parents: set[str | None],
) -> Space:
    found = session.exec(select(Space).where(Space.place_urn == urn)).first()
    if found is not None:
        return found
    if urn not in places:
        raise ImportRefusedError(f"there is no place {urn}")
    place = places[urn]
    above = _space(session, place.parent, places, parents) if place.parent else None
    return service.add_space(
        session, place.name["fi"], urn, parent=above, leaf=urn not in parents
    )


def _unit(
    site: SiteEntry, entry: UnitEntry, place: PlaceEntry, space: UUID
) -> UnitCreate:
    return UnitCreate(
        name_fi=f"{site.name['fi']}, {place.name['fi']}",
        name_sv=f"{site.name['sv']}, {place.name['sv']}",
        name_en=f"{site.name['en']}, {place.name['en']}",
        place_urn=entry.place,
        max_persons=place.max_persons,
        min_length_min=entry.min_length_min,
        max_length_min=entry.max_length_min,
        start_interval_min=entry.start_interval_min,
        purposes=entry.purposes,
        camera=entry.camera,
        spaces=[space],
        opening=[
            HoursCreate(
                weekday=day, opens_min=entry.opens * 60, closes_min=entry.closes * 60
            )
            for day in _WEEK
        ],
    )
