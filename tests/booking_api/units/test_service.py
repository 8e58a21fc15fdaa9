import pytest
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session

from booking_api.units import service
from booking_api.units.rules import fits_in_sms
from tests.booking_api.conftest import Hall, new_unit


def test_a_hall_is_its_thirds(engine: Engine, hall: Hall) -> None:
    with Session(engine) as session:
        wanted = service.find_units(session, "badminton")
        leaves = service.leaves_of(session, wanted)
    assert leaves[hall.whole] == (1, 2, 3)
    assert [leaves[third] for third in hall.thirds] == [(1,), (2,), (3,)]


def test_units_are_found_by_purpose(engine: Engine, hall: Hall) -> None:
    with Session(engine) as session:
        assert len(service.find_units(session, "badminton")) == 1 + len(hall.thirds)
        assert service.find_units(session, "swimming") == []


def test_a_leaf_cannot_be_divided(engine: Engine) -> None:
    with Session(engine) as session:
        leaf = service.add_space(session, "Lohko", "urn:x")
        with pytest.raises(service.NotDivisibleError):
            service.add_space(session, "Nurkka", "urn:x", parent=leaf)


@pytest.mark.parametrize(
    "changes",
    [
        {"buffer_before_min": 10},
        {"start_interval_min": 20},
        {"min_length_min": 120, "max_length_min": 60},
        {"direction_hint": "Ovi B → oikealle"},
        {"direction_hint": "x" * 41},
        {"camera": "no camera's address"},
        {"camera": "//elsewhere.example/now"},
        {"opening": [{"opens_min": 480, "closes_min": 600}]},
        {"opening": [{"weekday": 0, "opens_min": 600, "closes_min": 480}]},
        {"opening": [{"weekday": 0, "opens_min": 485, "closes_min": 600}]},
    ],
)
def test_a_unit_that_cannot_be_kept_is_refused(changes: dict[str, object]) -> None:
    space = new_unit(["00000000-0000-0000-0000-000000000001"]).spaces
    with pytest.raises(ValidationError):
        new_unit(space, **changes)


def test_finnish_and_swedish_letters_fit_in_an_sms() -> None:
    assert fits_in_sms("Ovi B, käänny oikealle. Dörr Å")
    assert not fits_in_sms("[B]")
