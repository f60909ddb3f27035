"""The alarms of people flow are sound, and watch what the solution or its devices tell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kota.model.entity import Attribute, Entity, Kind
from kota.model.instant import parse
from kota.model.jsonld import kota_context
from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.alarms.definition_check import faults
from kota.operate.conditions.judging import make_judge
from kota.solutions.people_flow import solution
from kota.solutions.people_flow.alarms import ALARMS

NAMES = kota_context().with_terms(solution.terms)
BY_ID = {alarm.id: alarm for alarm in ALARMS}


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda one: one.id)
def test_every_alarm_is_sound_and_of_something_that_is_told(alarm: AlarmDefinition) -> None:
    assert list(faults(alarm, NAMES.expand)) == []
    assert alarm.type is not None
    told = {*solution.writes[alarm.type], *solution.reads[alarm.type]}
    assert alarm.when.attribute in told


def test_priorities_follow_from_what_happens_and_how_soon() -> None:
    assert {key.removeprefix("people_flow."): one.priority for key, one in BY_ID.items()} == {
        "crowding-ahead": "high",
        "crowded": "critical",
        "counter-silent": "low",
        "counter-faulty": "low",
    }


@pytest.mark.parametrize(
    ("load", "expected", "holds"), [(140.0, True, True), (140.0, False, False), (80.0, True, False)]
)
def test_crowding_is_told_where_the_outlook_is_beyond_the_place_and_believed(
    load: float, expected: bool, holds: bool
) -> None:
    now = parse("2025-11-28T10:00:00Z")
    told = {"crowdLoadForecast": load, "crowdingExpected": expected}
    attrs = {
        NAMES.expand(name): (Attribute(Kind.PROPERTY, value, observed_at=now),)
        for name, value in told.items()
    }
    observer = Entity("urn:ngsi-ld:CrowdFlowObserved:RX-1", (), attrs)
    when = BY_ID["people_flow.crowding-ahead"].when
    silence: Any = None
    judge = make_judge(when, NAMES.expand, silence)
    watch: Any = SimpleNamespace(entity=observer, raw=False)
    verdict = judge(watch, now)
    assert verdict is not None
    assert verdict.holds is holds
