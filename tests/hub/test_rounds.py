"""What the hub does by itself: in order, and each step whatever becomes of the others."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from contracts.clock import to_ms
from contracts.facts import GrantState
from contracts.permits import Permit
from contracts.signing import verify
from contracts.topics import PERMIT
from hub.access import manifests
from hub.access.models import CodeHolder
from hub.accounts import service as accounts
from hub.accounts.models import Person, SignIn
from hub.accounts.rules import SESSION_LASTS
from hub.box import law
from hub.messages.gateway import GatewayError
from hub.rounds import SWEEP_EVERY
from tests.hub.conftest import SITE, Town


def test_a_code_leaves_only_when_every_door_of_the_way_knows_it(town: Town) -> None:
    assert town.inbox.deliver(town.fact()) == 204
    town.rounds.step()
    assert town.told() == [GrantState.PENDING]

    town.acks("edge-1")
    town.rounds.step()
    assert town.phone.sent == []

    town.acks("edge-2")
    assert town.told() == [GrantState.PENDING, GrantState.LIVE]
    town.rounds.step()
    town.rounds.step()
    (sms,) = town.phone.sent
    assert sms.to == "+358400000100"


@pytest.mark.parametrize("trouble", [GatewayError("no modem"), RuntimeError("bug")])
def test_a_gateway_in_trouble_stops_neither_manifests_nor_sweeping(
    town: Town, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    town.inbox.deliver(town.fact())
    town.rounds.step()
    town.acks("edge-1")
    town.acks("edge-2")
    town.phone.trouble = trouble
    town.rounds.step()
    assert "+358400000100" not in caplog.text

    town.inbox.deliver(town.fact(2, kind="reservation.cancelled"))
    sign_in(town, ago=SESSION_LASTS)
    before = len(town.bus.sent)
    town.clock.advance(SWEEP_EVERY.total_seconds())
    town.rounds.step()
    assert len(town.bus.sent) == before + 2
    assert sign_ins(town) == 0


def test_a_gateway_that_stays_away_is_told_once_and_so_is_its_return(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.phone.trouble = GatewayError("no modem")
    for _ in range(3):
        town.rounds.step()
    assert caplog.messages == ["gateway not reached"]

    town.phone.trouble = None
    town.rounds.step()
    town.rounds.step()
    assert caplog.messages == ["gateway not reached", "gateway reached again"]


def test_a_step_that_goes_on_failing_is_told_once(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    for trouble in (RuntimeError("bug"), KeyError("+358400000100")):
        town.phone.trouble = trouble
        town.rounds.step()
        town.rounds.step()
    assert caplog.messages == ["step failed", "step failed"]
    town.phone.trouble = None
    town.rounds.step()
    town.phone.trouble = KeyError("again")
    town.rounds.step()
    assert len(caplog.messages) == 3


def test_a_message_that_could_not_leave_leaves_later(town: Town) -> None:
    town.inbox.deliver(town.fact())
    town.rounds.step()
    town.acks("edge-1")
    town.acks("edge-2")
    town.phone.trouble = GatewayError("no modem")
    town.rounds.step()
    town.phone.trouble = None
    town.clock.advance(120)
    town.rounds.step()
    assert len(town.phone.sent) == 1


def test_manifests_go_out_again_after_each_connection(town: Town) -> None:
    town.rounds.step()
    first = list(town.bus.sent)
    town.rounds.step()
    assert town.bus.sent == first

    town.bus.cut()
    town.inbox.deliver(town.fact())
    town.rounds.step()
    assert town.bus.sent == first
    town.bus.restore()
    town.rounds.step()
    assert len(town.bus.sent) == 2 * len(first)


def test_what_is_over_is_put_away_and_booking_hears_of_it(town: Town) -> None:
    town.inbox.deliver(town.fact())
    sign_in(town)
    town.rounds.step()
    assert (codes(town), sign_ins(town)) == (1, 1)

    town.clock.advance(SESSION_LASTS.total_seconds())
    town.rounds.step()
    assert (codes(town), sign_ins(town)) == (0, 0)
    assert town.told() == [GrantState.PENDING, GrantState.ENDED]


def test_sweeping_is_done_once_a_minute(town: Town) -> None:
    town.rounds.step()
    town.clock.advance(SESSION_LASTS.total_seconds())
    town.rounds.step()
    sign_in(town, ago=SESSION_LASTS)
    town.clock.advance(SWEEP_EVERY.total_seconds() - 1)
    town.rounds.step()
    assert sign_ins(town) == 1
    town.clock.advance(1)
    town.rounds.step()
    assert sign_ins(town) == 0


def sign_in(town: Town, ago: timedelta = timedelta()) -> None:
    with Session(town.engine) as session, session.begin():
        aino = session.get_one(Person, "aino")
        accounts.sign_in(session, aino, previous=None, now=town.clock.utc() - ago)


def sign_ins(town: Town) -> int:
    with Session(town.engine) as session:
        return len(session.exec(select(SignIn)).all())


def codes(town: Town) -> int:
    with Session(town.engine) as session:
        return sum(h.code is not None for h in session.exec(select(CodeHolder)))


def test_a_permit_goes_out_though_manifests_cannot(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(manifests, "issue_manifests", broken)
    with Session(town.engine) as session, session.begin():
        law.fill_in(session, town.clock.utc())
    town.rounds.step()
    name = PERMIT.name(site=SITE, node="yard-1", camera="yard")
    (payload,) = [sent for topic, sent in town.bus.sent if topic == name]
    permit = verify(payload, Permit, town.key.public_key())
    assert permit.covers(to_ms(town.clock.utc()))
    town.bus.cut()
    town.bus.restore()
    town.rounds.step()
    assert [sent for topic, sent in town.bus.sent if topic == name] == [payload] * 2
