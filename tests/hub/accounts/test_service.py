from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from contracts.clock import ManualClock, SystemClock
from hub.accounts import service
from hub.accounts.models import SignIn
from hub.accounts.providers import (
    DemoProvider,
    DemoRefusedError,
    IdentityError,
    read_personas,
)
from hub.accounts.service import Browser, SignedIn

NOON = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
PERSONAS = read_personas(Path("firmware_sim/world.toml").read_text())


@pytest.fixture
def demo() -> DemoProvider:
    return DemoProvider(PERSONAS, "127.0.0.1", SystemClock())


def enter(
    session: Session, demo: DemoProvider, persona: str, token: str | None = None
) -> SignedIn:
    begun = service.begin(session, demo, "/bookings", now=NOON)
    answer = {"state": begun.state, "persona": persona}
    browser = Browser(token, begun.state)
    return service.finish(session, demo, answer, browser=browser, now=NOON)


def test_a_persona_signs_in_and_goes_on(session: Session, demo: DemoProvider) -> None:
    done = enter(session, demo, "club-leader")
    person = service.person_of(session, done.token, now=NOON)

    assert done.next_page == "/bookings"
    assert person is not None
    assert (person.name, person.language) == ("Johan Lindqvist", "sv")
    assert person.roles == ["resident", "club leader"]
    assert (person.adult, person.adult_since) == (True, NOON)


def test_the_same_persona_is_the_same_person(
    session: Session, demo: DemoProvider
) -> None:
    first, second = enter(session, demo, "resident"), enter(session, demo, "resident")
    assert first.person.id == second.person.id


def test_the_database_does_not_hold_the_token(
    session: Session, demo: DemoProvider
) -> None:
    done = enter(session, demo, "resident")
    (row,) = session.exec(select(SignIn)).all()
    assert row.token_sha256 != done.token
    assert done.token not in repr(done) + repr(row)


def test_a_sign_in_ends_the_session_before_it(
    session: Session, demo: DemoProvider
) -> None:
    old = enter(session, demo, "resident").token
    new = enter(session, demo, "facility-staff", token=old).token
    assert old != new
    assert service.person_of(session, old, now=NOON) is None


def test_a_session_ends_after_twelve_hours(
    session: Session, demo: DemoProvider
) -> None:
    token = enter(session, demo, "resident").token
    last = NOON + timedelta(hours=12)
    assert service.person_of(session, token, now=last - timedelta(seconds=1))
    assert service.person_of(session, token, now=last) is None

    service.sweep(session, last)
    assert session.exec(select(SignIn)).all() == []


def test_signing_out_ends_it(session: Session, demo: DemoProvider) -> None:
    token = enter(session, demo, "resident").token
    service.sign_out(session, token)
    assert service.person_of(session, token, now=NOON) is None
    assert service.person_of(session, None, now=NOON) is None


def test_a_state_is_good_once_for_ten_minutes_and_for_its_browser(
    session: Session, demo: DemoProvider
) -> None:
    def finish(state: str, cookie: str | None, after: int) -> None:
        answer = {"state": state, "persona": "resident"}
        now = NOON + timedelta(minutes=after)
        browser = Browser(None, cookie)
        service.finish(session, demo, answer, browser=browser, now=now)

    late = service.begin(session, demo, "/", now=NOON).state
    once = service.begin(session, demo, "/", now=NOON).state
    finish(once, once, 9)

    for state, cookie, after in (
        (late, late, 10),
        (late, None, 0),
        (late, once, 0),
        (once, once, 9),
        ("unknown", "unknown", 0),
    ):
        with pytest.raises(service.SignInExpiredError):
            finish(state, cookie, after)


def test_an_unknown_persona_is_nobody(session: Session, demo: DemoProvider) -> None:
    with pytest.raises(IdentityError):
        enter(session, demo, "mayor")


def test_demo_sign_in_refuses_a_service_that_others_can_reach() -> None:
    with pytest.raises(DemoRefusedError):
        DemoProvider(PERSONAS, "0.0.0.0", SystemClock())  # noqa: S104


def test_a_simulated_world_may_be_shown_to_others() -> None:
    provider = DemoProvider(PERSONAS, "0.0.0.0", ManualClock(NOON))  # noqa: S104
    assert len(provider.personas) == 5
