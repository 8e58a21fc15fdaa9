from collections.abc import Callable
from typing import Any

import pytest

from contracts.messages import (
    Action,
    Birth,
    DoorEvent,
    DoorEventKind,
    DoorMode,
    DoorState,
    GrantsAck,
    NodeEvent,
    Refusal,
    Reply,
    Status,
)
from contracts.topics import BIRTH, GRANTS, GRANTS_ACK, STATUS
from edge.doors.drivers import Inputs, Online, Signal, Tamper

Kind = DoorEventKind
CODE = "48271635#"
WRONG = "11111111#"
OPENED = Inputs((True, False))
CLOSED = Inputs((False, False))

House = Any  # of conftest.py; tests are not packages


def kinds(house: House, door: str = "door-a") -> list[DoorEventKind]:
    return [event.what for event in house.events(door)]


def test_a_right_code_opens_its_door_and_is_told(house: House) -> None:
    house.type(CODE)
    assert house.a.door.pulses == [5000]
    assert house.a.door.signals == [Signal.ACCEPTED]
    assert house.state().state is DoorState.UNLOCKED
    assert house.events() == [DoorEvent(Kind.GRANTED, grant="g-1")]


def test_a_wrong_code_opens_nothing_and_costs_nothing_at_first(house: House) -> None:
    house.type(WRONG)
    house.type(CODE)
    assert house.events() == [
        DoorEvent(Kind.DENIED, refusal=Refusal.UNKNOWN),
        DoorEvent(Kind.GRANTED, grant="g-1"),
    ]


def test_a_right_code_typed_during_a_delay_is_kept_and_answered(house: House) -> None:
    for _ in range(4):
        house.type(WRONG)
    house.type(CODE)
    assert house.a.door.pulses == []
    assert house.a.door.signals[-1] is Signal.WAIT

    house.wait(2)
    assert house.a.door.pulses == [5000]


def test_guessing_is_an_alarm_and_its_delay_survives_a_restart(house: House) -> None:
    for _ in range(5):
        house.type(WRONG)
        house.wait(5)
    assert kinds(house).count(Kind.GUESSING) == 1

    house.start()
    house.type(CODE)
    assert house.a.door.pulses == []
    house.wait(5)
    assert house.a.door.pulses == [5000]


def test_a_code_too_early_or_at_another_door_is_no_guess(
    house: House, signed: Callable[..., bytes]
) -> None:
    house.node.take_manifest(signed(epoch=2, door="door-b"))
    for _ in range(6):
        house.type(CODE)
    assert (
        house.events()
        == [DoorEvent(Kind.DENIED, grant="g-1", refusal=Refusal.OTHER_DOOR)] * 6
    )
    assert Signal.WAIT not in house.a.door.signals


def test_a_code_is_never_published_nor_kept(house: House) -> None:
    house.type(CODE)
    house.type(WRONG)
    for name, payload in house.bus.sent:
        assert b"48271635" not in payload, name
        assert b"11111111" not in payload, name


def test_a_single_use_is_spent_by_opening_and_given_back_otherwise(
    house: House, signed: Callable[..., bytes]
) -> None:
    house.node.take_manifest(signed(epoch=2, max_opens=1))
    house.type(CODE)
    house.wait(8)
    assert house.events()[-1] == DoorEvent(
        Kind.NOT_OPENED, grant="g-1", why="use given back"
    )

    house.type(CODE)
    house.a.hear(OPENED)
    house.wait(1)
    house.a.hear(CLOSED)
    house.wait(8)
    house.start()
    house.type(CODE)
    assert house.events()[-1] == DoorEvent(
        Kind.DENIED, grant="g-1", refusal=Refusal.USED_UP
    )


def test_an_opening_without_a_reason_is_told_at_once_and_tamper_too(
    house: House,
) -> None:
    house.a.hear(OPENED, Tamper(active=True))
    house.wait(2)
    assert kinds(house) == [Kind.TAMPER, Kind.OPENED, Kind.FORCED]


def test_without_broker_and_hub_the_door_works_and_tells_it_later(
    house: House,
) -> None:
    house.bus.cut()
    house.type(CODE)
    house.wait(30)
    assert house.a.door.pulses == [5000]
    assert house.events() == []

    house.bus.restore()
    house.wait(1)
    assert kinds(house) == [Kind.GRANTED, Kind.NOT_OPENED]


def test_events_of_an_earlier_start_are_told_first(house: House) -> None:
    house.bus.cut()
    house.type(CODE)
    house.start()
    house.bus.restore()
    house.wait(1)
    told = [value for _, value in house.heard]
    assert told.index(DoorEvent(Kind.GRANTED, grant="g-1")) < told.index(
        NodeEvent("started")
    )


def test_what_the_hub_does_not_acknowledge_is_sent_again(house: House) -> None:
    deaf, house.node._agent._acknowledged = (  # noqa: SLF001 - the hub's word is lost
        house.node._agent._acknowledged,  # noqa: SLF001
        lambda *_: None,
    )
    assert deaf
    house.bus._receivers.pop("kynnys/v1/school/edge-1/ack")  # noqa: SLF001
    house.type(CODE)
    house.wait(11)
    assert kinds(house).count(Kind.GRANTED) == 2


def test_a_vanished_port_is_said_once_and_comes_back_by_itself(house: House) -> None:
    house.a.there = False
    house.wait(5)
    assert house.events() == [DoorEvent(Kind.OFFLINE, why="port lost")]
    assert house.state().state is DoorState.OFFLINE
    assert house.state("door-b").state is DoorState.LOCKED_CLOSED

    house.a.there = True
    house.a.hear(Online(), CLOSED)
    house.wait(1)
    assert kinds(house) == [Kind.OFFLINE, Kind.ONLINE]
    assert house.state().state is DoorState.LOCKED_CLOSED
    assert house.a.door.pulses == []
    assert kinds(house, "door-b") == []


def test_staff_open_a_door_and_the_command_is_answered(house: House) -> None:
    reply = house.command(Action.OPEN)
    assert reply.done
    assert house.a.door.pulses == [5000]
    assert house.events() == [DoorEvent(Kind.GRANTED, why="released by staff")]


def test_a_command_twice_opens_once(house: House) -> None:
    expires_ms = house.clock.utc().timestamp() * 1000 + 9000
    for _ in range(2):
        same = {"id": "same", "expires_ms": int(expires_ms)}
        assert house.command(Action.OPEN, **same).done
    assert house.a.door.pulses == [5000]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"expires_ms": 0}, "expired"),
        ({"boot": "old"}, "for an earlier start of this node"),
        ({"door": "door-z"}, "no such door"),
    ],
)
def test_a_command_that_may_not_be_carried_out_moves_nothing(
    house: House, changes: dict[str, object], why: str
) -> None:
    reply: Reply = house.command(Action.OPEN, **changes)
    assert (reply.done, reply.why) == (False, why)
    assert house.a.door.pulses == []


def test_a_door_that_is_not_reached_says_so(house: House) -> None:
    house.a.door.reached = False
    reply = house.command(Action.OPEN)
    assert (reply.done, reply.why) == (False, "the door is not reached")
    house.type(CODE)
    assert kinds(house) == []


def test_a_hold_is_a_pulse_that_is_renewed_until_it_is_released(house: House) -> None:
    assert house.command(Action.HOLD).done
    house.wait(25)
    assert house.a.door.pulses == [20_000] * 3
    assert house.state().mode is DoorMode.HELD_UNLOCKED

    assert house.command(Action.RELEASE).done
    house.wait(25)
    assert house.a.door.pulses == [20_000] * 3
    assert house.a.door.locked == 1
    assert house.state().state is DoorState.LOCKED_CLOSED


def test_a_hold_ends_with_its_line_and_with_a_restart(house: House) -> None:
    house.command(Action.HOLD)
    house.a.there = False
    house.wait(1)
    house.a.there = True
    house.a.hear(Online(), CLOSED)
    house.wait(30)
    assert house.a.door.pulses == [20_000]

    house.command(Action.HOLD)
    house.start()
    house.wait(30)
    assert house.a.door.pulses == []
    assert house.state().mode is DoorMode.NORMAL


def test_a_fire_door_is_never_held(house: House) -> None:
    assert not house.command(Action.HOLD, door="door-b").done
    assert house.b.door.pulses == []


def test_a_lockdown_refuses_codes_over_a_restart_until_a_person_ends_it(
    house: House,
) -> None:
    house.command(Action.HOLD)
    assert house.command(Action.LOCKDOWN).done
    assert not house.command(Action.HOLD).done

    house.start()
    house.type(CODE)
    assert house.events()[-1] == DoorEvent(Kind.DENIED, refusal=Refusal.LOCKDOWN)
    assert house.state().mode is DoorMode.LOCKDOWN

    assert house.command(Action.RELEASE).done
    house.type(CODE)
    assert house.a.door.pulses == [5000]


def test_a_clock_set_back_refuses_codes_and_says_so(house: House) -> None:
    house.wait(61)
    house.clock._utc = house.clock.utc().replace(year=1970)  # noqa: SLF001 - a dead RTC
    house.type(CODE)
    assert house.events()[-1] == DoorEvent(Kind.DENIED, refusal=Refusal.CLOCK_UNKNOWN)
    assert NodeEvent("time suspect") in house.events("edge-1")


def test_after_a_connection_everything_retained_is_published_again(
    house: House,
) -> None:
    house.bus.cut()
    house.bus._retained.clear()  # noqa: SLF001 - the broker has forgotten everything
    house.bus.restore()

    assert house.retained(STATUS, Status).online
    assert house.retained(BIRTH, Birth).doors == ("door-a", "door-b")
    assert house.retained(GRANTS_ACK, GrantsAck).epoch == 1
    assert house.state().state is DoorState.LOCKED_CLOSED


def test_a_refused_manifest_is_told_and_the_old_one_stays(
    house: House, signed: Callable[..., bytes]
) -> None:
    name = GRANTS.name(site="school", node="edge-1")
    house.bus.publish(name, signed(epoch=2, node="edge-9"), retain=True)
    house.wait(0.1)
    ack = house.retained(GRANTS_ACK, GrantsAck)
    assert (ack.epoch, ack.refused) == (1, "for school/edge-9")
    assert house.events("edge-1") == [
        NodeEvent("manifest refused", why="for school/edge-9")
    ]
    house.type(CODE)
    assert house.a.door.pulses == [5000]


def test_a_new_manifest_withdraws_a_code_at_once(
    house: House, signed: Callable[..., bytes]
) -> None:
    name = GRANTS.name(site="school", node="edge-1")
    house.bus.publish(name, signed(epoch=2, door="door-b"), retain=True)
    house.type(CODE)
    assert house.a.door.pulses == []
