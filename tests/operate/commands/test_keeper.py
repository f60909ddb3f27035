"""What becomes of a command, whatever happens to its actuator."""

from __future__ import annotations

from typing import Any

import pytest

from kota.errors import ConflictError, NotFoundError
from kota.model.instant import SECOND
from kota.operate.actor import SYSTEM, Actor
from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.command import Command, Mode, Record
from kota.operate.commands.interlock import MinimumTime, Move
from kota.operate.commands.keeper import Decision, Keeper
from kota.operate.commands.reading import Reading

PUMP = "urn:ngsi-ld:Pump:1"
ANA, BUDI = Actor("Ana", "operator"), Actor("Budi", "engineer")
PLAN = Actor("water", "solution")
NOW = 1_000_000 * SECOND


class Town:
    """Feedback of one pump."""

    def __init__(self, value: str = "off", at: int = NOW) -> None:
        self.told: Reading | None = Reading(value, at)

    def reading(self, _: str, attribute: str) -> Reading | None:
        return self.told if attribute == "status" else None

    def pending(self, _: str) -> None:
        return None

    def target(self, *_: str) -> str | None:
        return None


def pump(**changes: Any) -> ActuatorDefinition:
    return ActuatorDefinition(
        **{
            "id": "pump",
            "title": "Run the pump",
            "command": "status",
            "feedback": "status",
            "consequence": "Pressure falls in the north",
            "type": "Pump",
            "values": ("on", "off"),
            "safe": "off",
            **changes,
        }
    )


def keeper(**changes: Any) -> Keeper:
    return Keeper(pump(**changes), PUMP, Town())


def wanted(value: str = "on", actor: Actor = ANA, name: str = "c1", at: int = NOW) -> Command:
    expires = at + 300 * SECOND
    return Command(id=name, entity=PUMP, value=value, actor=actor, at=at, expires_at=expires)


def record(mode: Mode = Mode.MANUAL, value: str = "off", **more: Any) -> Record:
    moved = (Move(NOW - 3600 * SECOND, value),)
    return Record(mode=mode, moves=moved, told_at=NOW - SECOND, **more)


def states(decision: Decision) -> list[str]:
    return [str(one.command.state) for one in decision.entries if one.command is not None]


def test_a_command_is_requested_authorised_checked_sent_and_confirmed() -> None:
    desk = keeper()
    sent = desk.request(record(), wanted(), None, NOW)
    assert states(sent) == ["requested", "authorised", "checked", "sent"]
    assert sent.send is not None
    assert (sent.send.sequence, sent.send.previous) == (1, "off")
    accepted = desk.answered(sent.record, 1, None, NOW + SECOND)
    assert states(accepted) == ["accepted"]
    confirmed = desk.told(accepted.record, Reading("on", NOW + 2 * SECOND), NOW + 2 * SECOND)
    assert states(confirmed) == ["confirmed"]
    assert confirmed.record.current is None
    assert confirmed.record.setting == "on"


def test_the_same_id_again_is_the_same_command() -> None:
    desk = keeper()
    sent = desk.request(record(), wanted(), None, NOW)
    assert desk.request(sent.record, wanted(), None, NOW) == Decision(sent.record)
    done = desk.told(sent.record, Reading("on", NOW + SECOND), NOW + SECOND)
    assert desk.request(done.record, wanted(), None, NOW) == Decision(done.record)


@pytest.mark.parametrize(
    ("mode", "actor", "value", "refused", "told"),
    [
        (Mode.MANUAL, ANA, "on", "Ana has no right to it", "no right"),
        (Mode.MANUAL, PLAN, "on", None, "persons alone"),
        (Mode.MANUAL, ANA, "up", None, "not one of on, off"),
        (Mode.AUTOMATIC, PLAN, "half", None, "not one of on, off"),
    ],
)
def test_what_may_not_be_is_refused_in_words(
    mode: Mode, actor: Actor, value: str, refused: str | None, told: str
) -> None:
    decision = keeper().request(record(mode), wanted(value, actor), refused, NOW)
    assert decision.send is None
    assert states(decision)[-1] == "refused"
    assert told in decision.entries[-1].words


def test_an_interlock_refuses_and_changes_nothing_but_the_audit() -> None:
    desk = keeper(interlocks=(MinimumTime(at="off", seconds=7200),))
    before = record()
    decision = desk.request(before, wanted(), None, NOW)
    assert states(decision)[-1] == "refused"
    assert decision.record.sequence == before.sequence
    assert decision.record.current is None


def test_a_command_that_comes_too_late_is_never_sent() -> None:
    decision = keeper().request(record(), wanted(at=NOW - 301 * SECOND), None, NOW)
    assert (states(decision)[-1], decision.send) == ("expired", None)


def test_in_shadow_everything_is_written_down_and_nothing_sent() -> None:
    for actor in (ANA, PLAN):
        decision = keeper().request(record(Mode.SHADOW), wanted(actor=actor), None, NOW)
        assert (states(decision)[-1], decision.send) == ("logged", None)


def test_in_advisory_a_person_approves_what_a_solution_proposes() -> None:
    desk = keeper()
    proposed = desk.request(record(Mode.ADVISORY), wanted(actor=PLAN), None, NOW)
    assert (states(proposed)[-1], proposed.send) == ("waiting", None)
    approved = desk.approve(proposed.record, "c1", ANA, None, NOW + SECOND)
    assert approved.send is not None
    assert approved.record.waiting == ()
    direct = desk.request(record(Mode.ADVISORY), wanted(), None, NOW)
    assert direct.send is not None
    assert direct.record.mode is Mode.ADVISORY


def test_two_persons_are_two_persons() -> None:
    desk = keeper(two_person=True)
    first = desk.request(record(), wanted(), None, NOW)
    assert states(first)[-1] == "waiting"
    with pytest.raises(ConflictError, match="agreed already"):
        desk.approve(first.record, "c1", ANA, None, NOW)
    with pytest.raises(ConflictError, match="no person"):
        desk.approve(first.record, "c1", PLAN, None, NOW)
    with pytest.raises(ConflictError, match="no right"):
        desk.approve(first.record, "c1", BUDI, "Budi has no right to it", NOW)
    with pytest.raises(NotFoundError):
        desk.approve(first.record, "c2", BUDI, None, NOW)
    second = desk.approve(first.record, "c1", BUDI, None, NOW)
    assert second.send is not None
    assert [one.name for one in second.send.approvals] == ["Budi"]
    proposed = desk.request(record(Mode.ADVISORY), wanted(actor=PLAN), None, NOW)
    once = desk.approve(proposed.record, "c1", ANA, None, NOW)
    assert once.send is None
    assert desk.approve(once.record, "c1", BUDI, None, NOW).send is not None


def test_what_is_approved_is_checked_again() -> None:
    desk = keeper(two_person=True, interlocks=(MinimumTime(at="off", seconds=3600),))
    waits = desk.request(record(), wanted(), None, NOW)
    moved = desk.told(waits.record, Reading("on", NOW + SECOND), NOW + SECOND)
    back = desk.told(moved.record, Reading("off", NOW + 2 * SECOND), NOW + 2 * SECOND)
    refused = desk.approve(back.record, "c1", BUDI, None, NOW + 3 * SECOND)
    assert (states(refused)[-1], refused.send) == ("refused", None)
    late = desk.approve(waits.record, "c1", BUDI, None, NOW + 300 * SECOND)
    assert (states(late)[-1], late.send) == ("expired", None)


def test_a_person_who_commands_in_automatic_takes_over_at_once() -> None:
    desk = keeper()
    running = desk.request(record(Mode.AUTOMATIC), wanted(actor=PLAN), None, NOW)
    taken = desk.request(running.record, wanted("off", name="c2"), None, NOW + SECOND)
    assert taken.record.mode is Mode.MANUAL
    assert taken.send is not None
    assert (taken.send.actor, taken.send.sequence) == (ANA, 2)
    assert "overridden" in states(taken)
    again = desk.request(taken.record, wanted(actor=PLAN, name="c3"), None, NOW + SECOND)
    assert states(again)[-1] == "refused"


def test_manual_ends_what_automation_wanted() -> None:
    desk = keeper()
    running = desk.request(record(Mode.AUTOMATIC), wanted(actor=PLAN), None, NOW)
    manual = desk.set_mode(running.record, Mode.MANUAL, ANA, NOW)
    assert manual.record.current is None
    assert states(manual) == ["overridden"]
    with pytest.raises(ConflictError, match="no person"):
        desk.set_mode(manual.record, Mode.AUTOMATIC, PLAN, NOW)


def test_what_is_not_confirmed_times_out_and_is_rolled_back() -> None:
    desk = keeper(on_timeout="previous")
    sent = desk.request(record(), wanted(), None, NOW)
    late = desk.tick(sent.record, NOW + 60 * SECOND)
    assert states(late)[0] == "timed-out"
    assert late.send is not None
    assert (late.send.value, late.send.restores) == ("off", "c1")
    at = NOW + 61 * SECOND
    done = desk.told(late.record, Reading("off", at), at)
    assert states(done) == ["confirmed", "rolled-back"]
    lost = desk.tick(late.record, NOW + 130 * SECOND)
    assert (states(lost), lost.send) == (["timed-out"], None)


def test_a_device_that_says_no_ends_the_command() -> None:
    desk = keeper()
    sent = desk.request(record(), wanted(), None, NOW)
    said = desk.answered(sent.record, 1, "breaker open", NOW)
    assert states(said) == ["refused"]
    assert "breaker open" in said.entries[-1].words
    assert desk.answered(said.record, 1, None, NOW) == Decision(said.record)


def test_stale_data_take_the_safe_state_in_automatic_alone() -> None:
    desk = keeper(fresh=60)
    for mode in (Mode.MANUAL, Mode.ADVISORY, Mode.SHADOW):
        assert desk.tick(record(mode, "on"), NOW + 61 * SECOND).send is None
    held = record(Mode.AUTOMATIC, "on")
    assert desk.tick(held, NOW + 60 * SECOND).send is None
    safe = desk.tick(held, NOW + 61 * SECOND)
    assert safe.send is not None
    assert (safe.send.value, safe.send.actor) == ("off", SYSTEM)
    assert desk.tick(safe.record, NOW + 62 * SECOND).send is None
    again = desk.tick(safe.record, NOW + 121 * SECOND)
    assert again.send is not None
    refused = desk.request(safe.record, wanted(actor=PLAN, at=NOW), None, NOW + 62 * SECOND)
    assert states(refused)[-1] == "refused"


def test_a_lost_link_takes_the_safe_state_and_fresh_data_give_it_back() -> None:
    desk = keeper(fresh=1e6)
    lost = desk.tick(record(Mode.AUTOMATIC, "on"), NOW, linked=False)
    assert lost.send is not None
    told = desk.told(lost.record, Reading("off", NOW + SECOND), NOW + SECOND)
    back = desk.tick(told.record, NOW + 2 * SECOND)
    assert [one.what for one in back.entries] == ["fresh"]
    assert back.record.safe is False
    assert desk.request(back.record, wanted(actor=PLAN), None, NOW + 3 * SECOND).send is not None


def test_a_change_by_something_else_is_noted() -> None:
    moved = keeper().told(record(), Reading("on", NOW), NOW)
    assert [one.what for one in moved.entries] == ["moved"]
    assert keeper().told(moved.record, Reading("off", NOW - SECOND), NOW).entries == ()


def test_after_a_start_what_was_not_answered_is_sent_again_with_its_number() -> None:
    desk = keeper()
    sent = desk.request(record(), wanted(), None, NOW)
    assert desk.resume(sent.record, NOW + 5 * SECOND).send == sent.send
    accepted = desk.answered(sent.record, 1, None, NOW)
    assert desk.resume(accepted.record, NOW + 5 * SECOND).send is None
    assert desk.resume(sent.record, NOW + 60 * SECOND).send is None


def test_a_command_is_taken_back() -> None:
    desk = keeper(two_person=True)
    waits = desk.request(record(), wanted(), None, NOW)
    gone = desk.cancel(waits.record, "c1", ANA, NOW)
    assert states(gone) == ["cancelled"]
    with pytest.raises(NotFoundError):
        desk.cancel(gone.record, "c1", ANA, NOW)
    sent = keeper().request(record(), wanted(), None, NOW)
    stopped = keeper().cancel(sent.record, "c1", ANA, NOW)
    assert stopped.record.current is None


def test_a_proposal_that_nobody_answers_expires() -> None:
    desk = keeper()
    waits = desk.request(record(Mode.ADVISORY), wanted(actor=PLAN), None, NOW)
    assert desk.tick(waits.record, NOW + 299 * SECOND).entries == ()
    gone = desk.tick(waits.record, NOW + 300 * SECOND)
    assert states(gone) == ["expired"]
