"""The life of an alarm is the table, and nothing else happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.errors import ConflictError
from kota.operate.actor import Actor
from kota.operate.alarms.alarm import Alarm, moved
from kota.operate.alarms.alert import read_alarm, writing
from kota.operate.alarms.states import ANNUNCIATED, TABLE, UNSEEN, Event, State, step

SITI = Actor("Siti", "operator")
EVENTS = st.lists(st.tuples(st.sampled_from(Event), st.booleans()), max_size=40)


def play(events: list[tuple[Event, bool]], *, latching: bool) -> list[Alarm]:
    """An alarm after each event that was allowed."""
    alarm = Alarm(definition="low", entity="urn:ngsi-ld:Tank:T-1")
    seen = [alarm]
    for number, (event, suppressed) in enumerate(events):
        if event in (Event.RAISE, Event.CLEAR) and alarm.active is (event is Event.RAISE):
            continue
        try:
            alarm = moved(
                alarm,
                event,
                at=number // 2,
                actor=SITI,
                latching=latching,
                suppressed=suppressed or event is Event.SUPPRESS,
                until=number + 100 if event is Event.SHELVE else None,
            )
        except ConflictError:
            continue
        seen.append(alarm)
    return seen


@given(EVENTS, st.booleans())
def test_whatever_happens_an_alarm_that_nobody_saw_does_not_go_away(
    events: list[tuple[Event, bool]], latching: bool
) -> None:
    for before, after in zip(
        *(lambda s: (s, s[1:]))(play(events, latching=latching)), strict=False
    ):
        if before.state in UNSEEN and after.state not in UNSEEN:
            assert after.last is not None
            assert after.last.event in {
                Event.ACKNOWLEDGE, Event.SHELVE, Event.SUPPRESS, Event.REMOVE, Event.RETIRE,
            }  # fmt: skip


@given(EVENTS, st.booleans())
def test_whatever_happens_states_agree_with_the_condition(
    events: list[tuple[Event, bool]], latching: bool
) -> None:
    for alarm in play(events, latching=latching):
        if alarm.state in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.SUPPRESSED):
            assert alarm.active
        if alarm.state in (State.NORMAL, State.RETURNED, State.LATCHED):
            assert not alarm.active
        assert alarm.state is not State.LATCHED or latching
        assert (alarm.shelved_until is not None) <= (alarm.state not in ANNUNCIATED)


@given(EVENTS, st.booleans())
def test_whatever_happens_times_rise_and_the_entity_tells_the_alarm(
    events: list[tuple[Event, bool]], latching: bool
) -> None:
    entity = None
    times = []
    for alarm in play(events, latching=latching)[1:]:
        assert alarm.last is not None
        times.append(alarm.last.at)
        entity = writing(alarm, None, None, 7)(entity)
        assert read_alarm(entity) == alarm
        assert writing(alarm, None, None, 8)(entity) is entity
    assert times == sorted(set(times))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("latching", [False, True])
def test_step_when_not_in_the_table_then_it_is_refused_in_words(
    state: State, event: Event, latching: bool
) -> None:
    if (state, event) in TABLE:
        after = step(state, event, active=True, suppressed=False, latching=latching)
        assert isinstance(after, State)
        return
    with pytest.raises(ConflictError, match=f"the alarm is {state.value}: "):
        step(state, event, active=True, suppressed=False, latching=latching)


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached_and_left(state: State) -> None:
    assert any(before is state for before, _ in TABLE)
    seen = {one.state for events in _PATHS for one in play(events, latching=True)}
    assert state in seen


_PATHS = [
    [(event, False) for event in events]
    for events in (
        (Event.RAISE, Event.CLEAR, Event.ACKNOWLEDGE, Event.RESET),
        (Event.RAISE, Event.ACKNOWLEDGE, Event.SHELVE, Event.UNSHELVE, Event.SUPPRESS),
        (Event.RAISE, Event.REMOVE, Event.RESTORE),
    )
]
