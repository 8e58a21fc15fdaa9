"""Booking reads its part of a site's file; what it cannot read changes nothing."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from booking_api.units.importing import ImportRefusedError, import_units
from booking_api.units.models import ReservationUnit

SITE = """
[site]
name = { fi = "Koulu", sv = "Skola", en = "School" }
[[place]]
urn = "urn:kynnys:place:school:gym"
name = { fi = "Sali", sv = "Sal", en = "Gym" }
max_persons = 30
[[unit]]
place = "urn:kynnys:place:school:gym"
purposes = ["badminton"]
opens = 8
closes = 22
"""


def test_a_unit_is_added_once_with_the_camera_that_may_count_there(
    engine: Engine,
) -> None:
    with Session(engine) as session:
        text = SITE + 'camera = "school/gym"\n'
        assert (import_units(session, text), import_units(session, text)) == (1, 0)
        (unit,) = session.exec(select(ReservationUnit)).all()
    assert (unit.name("sv"), unit.camera) == ("Skola, Sal", "school/gym")


@pytest.mark.parametrize(
    "line",
    ['camera = "//elsewhere.example"', "min_length_min = 7", "colour = 1", "closes = "],
)
def test_a_file_that_cannot_be_read_is_refused_and_says_where(
    engine: Engine, line: str
) -> None:
    with Session(engine) as session:
        with pytest.raises(ImportRefusedError):
            import_units(session, f"{SITE}{line}\n")
        session.rollback()
        assert session.exec(select(ReservationUnit)).all() == []
