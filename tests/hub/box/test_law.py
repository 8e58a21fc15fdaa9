"""The made-up record of a box's camera: whole, and never forced on anybody again."""

from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from hub.box import law
from hub.compliance import cameras, service
from hub.compliance.service import Author
from tests.conftest import EVENING

SITE, CAMERA = "haapaniemi", "yard"


def test_a_box_begins_with_a_whole_record_that_says_it_is_made_up(
    with_school: Engine,
) -> None:
    with Session(with_school) as session, session.begin():
        law.fill_in(session, EVENING)
        (camera,) = cameras.cameras(session, EVENING)
        assert camera.record.is_whole
        assert "simuloitu" in camera.record.controller
        assert service.sign(session, SITE, CAMERA).startswith(b"\xff\xd8\xff")


def test_a_record_that_somebody_has_withdrawn_stays_withdrawn_at_the_next_start(
    with_school: Engine,
) -> None:
    with Session(with_school) as session, session.begin():
        law.fill_in(session, EVENING)
        service.withdraw(session, Author(SITE, CAMERA, "tuula", EVENING), "the sign")
    with Session(with_school) as session, session.begin():
        law.fill_in(session, EVENING + timedelta(days=1))
        (camera,) = cameras.cameras(session, EVENING)
        assert not camera.record.is_whole
