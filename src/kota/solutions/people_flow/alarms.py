"""What may need the operator where people walk and gather."""

from __future__ import annotations

from typing import Final

from kota.operate.alarms import AlarmDefinition, Condition

OWNER: Final = "people_flow"
NEIGHBOURHOOD_M: Final = 400.0
"""Crowds that are so near to each other have one cause."""
_OBSERVED: Final = "CrowdFlowObserved"
_CALM: Final = 40.0
"""How far below what a place holds the outlook must fall to end an alarm [%]."""

ALARMS: Final = (
    AlarmDefinition(
        id="people_flow.crowding-ahead",
        title="Crowding is to come",
        type=_OBSERVED,
        when=Condition(
            "high",
            "crowdLoadForecast",
            limit=100.0,
            deadband=_CALM,
            only_while="crowdingExpected==true",
        ),
        owner=OWNER,
        severity="severe",
        respond_within=1200,
        consequence="Within the hour more people are there than the place holds: "
        "nobody walks freely any more, and help does not get through.",
        action="Send stewards, hold back the inflow, open further ways out; "
        "look which streets around are closed.",
        cause_kind="crowd",
        cause_near=NEIGHBOURHOOD_M,
        escalate_after=300,
        escalate_to=("shift lead", "police"),
    ),
    AlarmDefinition(
        id="people_flow.crowded",
        title="Place is too crowded",
        type=_OBSERVED,
        when=Condition("high", "crowdLoad", limit=100.0, deadband=10.0),
        delay_on=300,
        owner=OWNER,
        severity="severe",
        respond_within=300,
        consequence="People press against each other; who falls may be trampled.",
        action="Stop the inflow, lead people out on every side, call police and ambulance.",
        cause_kind="crowd",
        cause_near=NEIGHBOURHOOD_M,
        escalate_after=120,
        escalate_to=("shift lead", "police"),
    ),
    AlarmDefinition(
        id="people_flow.counter-silent",
        title="Counter is silent",
        type=_OBSERVED,
        when=Condition("stale", "peopleCount", only_while="refRoadSegment"),
        delay_on=300,
        owner=OWNER,
        severity="minor",
        respond_within=86_400,
        consequence="The street is estimated from others, with more doubt.",
        action="Look at the counter's power and radio on the next round.",
        cause_kind="telemetry",
        cause_near=NEIGHBOURHOOD_M,
    ),
    AlarmDefinition(
        id="people_flow.counter-faulty",
        title="Counter tells what cannot be",
        type=_OBSERVED,
        when=Condition("differs", "counterFault", value="none"),
        owner=OWNER,
        severity="minor",
        respond_within=86_400,
        consequence="Its counts are not used; the street is estimated from others.",
        action="Clean its lens or start it anew; compare it with a count by hand.",
        cause_kind="telemetry",
    ),
)
"""For any city with CrowdFlowObserved entities; a receiver that hears nobody is not silent."""
