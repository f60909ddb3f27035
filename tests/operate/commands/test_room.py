"""Commands of a running town: durable and audited before they are sent, and taken up again."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import pytest
from tests.operate.commands.conftest import (
    ANA,
    BUDI,
    CLOSE,
    PLAN,
    PUMP,
    SPARE,
    TANK,
    Town,
    audit,
    definition,
)

from kota.errors import ConflictError, NotFoundError, StoreError
from kota.operate.commands import terms
from kota.operate.commands.command import Mode
from kota.operate.commands.entity import read_life, urn
from kota.operate.commands.life import State


async def test_command_when_it_runs_through_then_each_step_is_audited_and_shown(
    town: Town,
) -> None:
    await town.present()
    command = await town.want("OPEN", reason="more pressure", cause="urn:ngsi-ld:Alert:low")
    assert command.state is State.SENT
    (order,) = town.way.sent
    assert (order.id, order.command, order.value, order.sequence) == (
        urn(command.id),
        "status",
        "OPEN",
        1,
    )
    assert order.lifetime == pytest.approx(120, abs=1)
    town.way.answer(sequence=1, id=order.id)
    await town.commands.settle()
    town.clock.advance(5)
    await town.tell(PUMP, "status", "OPEN")
    assert (await town.commands.command(command.id)).state is State.CONFIRMED
    steps = ["requested", "authorised", "checked", "sent", "accepted", "confirmed"]
    lines = await audit(town.state)
    assert [line.what for line in lines] == [f"command.{step}" for step in steps]
    assert {line.who for line in lines} == {"Ana"}
    assert lines[0].where == "10.0.0.7"
    assert {line.cause for line in lines} == {"urn:ngsi-ld:Alert:low"}
    entity = await town.state.get(urn(command.id))
    assert entity is not None
    assert [step.state.value for step in read_life(entity)] == steps
    pump = await town.state.get(PUMP)
    assert pump is not None
    shown = {name: pump.attrs[name][0].value for name in (terms.MODE, terms.SETTING, terms.SAFE)}
    assert shown == {terms.MODE: "manual", terms.SETTING: "OPEN", terms.SAFE: False}


async def test_command_when_an_interlock_stands_against_it_then_nothing_is_sent(
    town: Town,
) -> None:
    await town.present(level=9.5)
    command = await town.want("OPEN")
    assert command.state is State.REFUSED
    assert command.words is not None
    assert "the tank is full" in command.words
    assert town.way.sent == []
    assert (await town.whats())[-1] == "command.refused"


async def test_command_when_it_cannot_be_written_then_it_is_not_sent(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.present()

    def full(group: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(town.state._committer, "write", full)
        with pytest.raises(StoreError):
            await town.want("OPEN")
    await asyncio.sleep(0)
    assert town.way.sent == []
    assert town.commands.seat(PUMP).record.current is None
    assert (await town.want("OPEN")).state is State.SENT


async def test_command_when_asked_twice_with_one_id_then_it_is_one(town: Town) -> None:
    await town.present()
    first = await town.want("OPEN", command_id="a1")
    again = await town.want("OPEN", command_id="urn:ngsi-ld:Command:a1")
    assert first == again
    assert len(town.way.sent) == 1
    with pytest.raises(ConflictError, match="another command"):
        await town.want("CLOSED", command_id="a1")


async def test_command_when_killed_between_writing_and_sending_then_it_is_sent_after_the_start(
    town: Town,
) -> None:
    await town.present()
    town.way.cut = True
    command = await town.want("OPEN")
    await asyncio.sleep(0.01)
    assert command.state is State.SENT
    assert town.way.audited == [True]
    await town.restart()
    await town.flush()
    (order,) = town.way.sent
    assert (order.id, order.sequence) == (urn(command.id), 1)


async def test_command_when_it_expired_meanwhile_then_it_is_never_sent_and_told_to_be_late(
    town: Town,
) -> None:
    await town.present()
    town.way.cut = True
    command = await town.want("OPEN", expires_in=20)
    await asyncio.sleep(0.01)
    town.clock.advance(30)
    await town.restart()
    await town.flush()
    assert town.way.sent == []
    town.clock.advance(60)
    await town.commands.settle()
    assert (await town.commands.command(command.id)).state is State.TIMED_OUT
    assert (await town.whats())[-1] == "command.timed-out"


async def test_command_when_the_way_is_cut_then_it_is_tried_again_until_it_is_through(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kota.operate.commands.room.RETRY_S", 0.01)
    await town.present()
    town.way.cut = True
    await town.want("OPEN")
    await asyncio.sleep(0.05)
    assert town.commands.seat(PUMP).fault == "the cable is cut"
    town.way.cut = False
    await town.flush()
    assert [order.sequence for order in town.way.sent] == [1]


async def test_command_when_the_device_refuses_then_its_words_are_kept(town: Town) -> None:
    await town.present()
    command = await town.want("OPEN")
    town.way.answer(sequence=7, fault="an older one")
    town.way.answer(sequence=1, id="urn:ngsi-ld:Command:other", fault="another")
    await town.commands.settle()
    assert (await town.commands.command(command.id)).state is State.SENT
    town.way.answer(sequence=1, fault="suction pressure is low")
    await town.commands.settle()
    after = await town.commands.command(command.id)
    assert (after.state, after.words) == (State.REFUSED, "the device: suction pressure is low")


async def test_two_persons_when_marked_then_the_second_sends_it(town: Town) -> None:
    town.definitions = [definition(two_person=True)]
    await town.restart()
    await town.present()
    command = await town.want("OPEN")
    assert command.state is State.WAITING
    with pytest.raises(ConflictError, match="second person"):
        await town.commands.approve(command.id, ANA)
    await town.restart()
    after = await town.commands.approve(command.id, BUDI)
    await town.flush()
    assert (after.state, [one.name for one in after.approvals]) == (State.SENT, ["Budi"])
    assert len(town.way.sent) == 1


async def test_cancel_when_it_waits_then_it_ends_and_is_in_the_audit(town: Town) -> None:
    town.definitions = [definition(two_person=True)]
    await town.restart()
    await town.present()
    command = await town.want("OPEN")
    assert (await town.commands.cancel(command.id, BUDI)).state is State.CANCELLED
    with pytest.raises(NotFoundError):
        await town.commands.approve(command.id, BUDI)
    assert (await audit(town.state))[-1].who == "Budi"


async def test_mode_when_a_person_commands_in_automatic_then_manual_wins_at_once(
    town: Town,
) -> None:
    await town.present()
    await town.commands.set_mode(PUMP, Mode.AUTOMATIC, ANA)
    proposal = await town.want("OPEN", PLAN)
    assert proposal.state is State.SENT
    command = await town.want("CLOSED", ANA)
    assert command.state is State.SENT
    assert (await town.commands.command(proposal.id)).state is State.OVERRIDDEN
    assert town.commands.seat(PUMP).record.mode is Mode.MANUAL
    assert (await town.want("OPEN", PLAN)).state is State.REFUSED
    await town.restart()
    assert town.commands.seat(PUMP).record.mode is Mode.MANUAL


async def test_shadow_when_a_solution_proposes_then_it_is_logged_and_nothing_sent(
    town: Town,
) -> None:
    await town.present()
    await town.commands.set_mode(PUMP, Mode.SHADOW, ANA)
    assert (await town.want("OPEN", PLAN)).state is State.LOGGED
    assert (await town.want("OPEN", ANA)).state is State.LOGGED
    assert town.way.sent == []


async def test_automatic_when_data_fall_silent_then_the_safe_state_is_taken_in_one_step(
    town: Town,
) -> None:
    await town.present()
    await town.commands.set_mode(PUMP, Mode.AUTOMATIC, ANA)
    await town.want("OPEN", PLAN)
    town.clock.advance(5)
    await town.tell(PUMP, "status", "OPEN")
    town.clock.advance(601)
    await town.commands.settle()
    await town.flush()
    assert [order.value for order in town.way.sent] == ["OPEN", "CLOSED"]
    assert "actuator.safe" in await town.whats()
    pump = await town.state.get(PUMP)
    assert pump is not None
    assert pump.attrs[terms.SAFE][0].value is True


async def test_automatic_when_the_link_is_lost_then_the_safe_state_waits_for_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kota.operate.commands.room.RETRY_S", 0.01)
    await town.present()
    await town.commands.set_mode(PUMP, Mode.AUTOMATIC, ANA)
    await town.commands.settle()
    town.way.cut = True
    await town.commands.settle()
    assert town.commands.seat(PUMP).record.safe
    town.way.cut = False
    await town.flush()
    assert [order.value for order in town.way.sent] == ["CLOSED"]


async def test_automatic_when_just_started_then_the_link_has_time_to_be_opened(
    town: Town,
) -> None:
    await town.present()
    await town.commands.set_mode(PUMP, Mode.AUTOMATIC, ANA)
    await town.restart()
    town.way.cut = True
    await town.commands.settle()
    assert not town.commands.seat(PUMP).record.safe
    town.clock.advance(21)
    await town.commands.settle()
    assert town.commands.seat(PUMP).record.safe


async def test_undo_when_just_confirmed_then_the_setting_before_is_wanted(town: Town) -> None:
    await town.present()
    command = await town.want("OPEN")
    with pytest.raises(ConflictError, match="not confirmed"):
        await town.commands.undo(command.id, ANA)
    town.clock.advance(5)
    await town.tell(PUMP, "status", "OPEN")
    undone = await town.commands.undo(command.id, BUDI)
    await town.flush()
    assert (undone.value, undone.cause) == ("CLOSED", urn(command.id))
    assert [order.value for order in town.way.sent] == ["OPEN", "CLOSED"]
    with pytest.raises(ConflictError):
        await town.commands.undo(undone.id, ANA)


async def test_exclusion_when_two_are_asked_at_once_then_only_one_is_sent(town: Town) -> None:
    other = CLOSE.__class__(entity=PUMP, attribute="status", at="OPEN", fresh=900, only=("OPEN",))
    town.definitions = [
        definition(interlocks=(CLOSE,)),
        definition(id="water.spare", type=None, entity=SPARE, interlocks=(other,)),
    ]
    await town.restart()
    await town.present()
    await town.tell(SPARE, "status", "CLOSED")
    found = await asyncio.gather(
        town.commands.request(PUMP, "OPEN", ANA), town.commands.request(SPARE, "OPEN", BUDI)
    )
    assert sorted(one.state for one in found) == [State.REFUSED, State.SENT]
    assert any("was sent OPEN" in (one.words or "") for one in found)


async def test_ended_commands_when_there_are_many_then_the_oldest_leave_and_history_stays(
    town: Town,
) -> None:
    await town.present(level=9.5)
    for number in range(70):
        await town.want("OPEN", command_id=f"c{number}")
    with pytest.raises(NotFoundError):
        await town.commands.command("c0")
    assert (await town.commands.command("c69")).state is State.REFUSED
    lines = [line for line in await audit(town.state) if line.what == "command.refused"]
    assert len(lines) == 70


async def test_actuator_when_moved_by_hand_then_that_is_written_down(town: Town) -> None:
    await town.present()
    town.clock.advance(5)
    await town.tell(PUMP, "status", "OPEN")
    (line,) = await audit(town.state)
    assert line.what == "actuator.moved"
    assert "without a command" in line.why


async def test_actuator_when_its_entity_is_gone_then_it_is_none_and_comes_back_as_it_was(
    town: Town,
) -> None:
    await town.present()
    await town.commands.set_mode(PUMP, Mode.ADVISORY, ANA)
    entity = await town.state.get(PUMP)
    assert entity is not None
    from kota.store.state import Write

    await town.state.apply([Write(PUMP, lambda _: None)])
    await town.commands.settle()
    with pytest.raises(NotFoundError):
        town.commands.seat(PUMP)
    await town.state.apply([Write(PUMP, lambda _: entity)])
    await town.commands.settle()
    assert town.commands.seat(PUMP).record.mode is Mode.ADVISORY
    assert TANK not in town.commands.seats
