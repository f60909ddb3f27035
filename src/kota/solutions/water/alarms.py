"""What may need the operator of a water network."""

from __future__ import annotations

from typing import Final

from kota.operate.alarms import AlarmDefinition, Condition
from kota.operate.alarms.priority import Severity

OWNER: Final = "water"
NEIGHBOURHOOD_M: Final = 500.0
"""Low pressures that lie so near to each other have one cause."""
SLOW_S: Final = 4 * 3600.0
"""Tanks and balances tell of a burst late: so long after it they still belong to its incident."""

_HEARD: Final[tuple[tuple[str, str, Severity], ...]] = (
    ("Tank", "level", "major"),
    ("Pump", "flow", "moderate"),
    ("Junction", "pressure", "minor"),
)
"""Type, the attribute that its instruments tell, and how much its silence matters."""

_TOLD: Final[tuple[tuple[str, Severity, tuple[str, ...]], ...]] = (
    ("Pump", "severe", ("fills",)),
    ("Tank", "severe", ()),
    ("Pipe", "minor", ("startsAt", "endsAt")),
    ("Junction", "minor", ()),
)
"""Type, how much it matters that it lies, and what has the same cause."""

ALARMS: Final = (
    AlarmDefinition(
        id="water.tank-low-low",
        title="Tank is nearly empty",
        type="Tank",
        when=Condition("low-low", "level", against="minLevel", limit=0.3, deadband=0.2),
        delay_on=60,
        owner=OWNER,
        severity="severe",
        respond_within=600,
        consequence="The tank runs dry: pressure fails and air and dirt enter the network.",
        action="Start every pump that fills it; shut its outlet if it still falls.",
        cause_kind="supply",
        group_within=SLOW_S,
        cause_near=NEIGHBOURHOOD_M,
    ),
    AlarmDefinition(
        id="water.tank-low",
        title="Tank level is low",
        type="Tank",
        when=Condition("low", "level", against="minLevel", limit=1.0, deadband=0.3),
        delay_on=300,
        delay_off=300,
        owner=OWNER,
        severity="major",
        respond_within=1800,
        consequence="Little is left for fires and for the peak; the tank may run dry.",
        action="Start another pump, or open the supply from a neighbouring zone.",
        cause_kind="supply",
        group_within=SLOW_S,
        cause_near=NEIGHBOURHOOD_M,
    ),
    AlarmDefinition(
        id="water.tank-high",
        title="Tank is nearly full",
        type="Tank",
        when=Condition("high", "level", against="maxLevel", limit=-0.1, deadband=0.2),
        delay_on=300,
        delay_off=300,
        owner=OWNER,
        severity="moderate",
        respond_within=900,
        consequence="The tank overflows: treated water and energy are lost.",
        action="Stop the pump that fills it, and look whether its level is told rightly.",
    ),
    AlarmDefinition(
        id="water.pressure-low",
        title="Pressure is low",
        type="Junction",
        when=Condition("low", "pressure", limit=14.0, deadband=2.0, only_while="baseDemand>0"),
        delay_on=300,
        delay_off=300,
        owner=OWNER,
        severity="major",
        respond_within=900,
        consequence="Upper floors are without water; dirt may be drawn in through leaks.",
        action="Look for a burst nearby and for pumps that stopped; send a crew.",
        cause_kind="supply",
        cause_near=NEIGHBOURHOOD_M,
    ),
    AlarmDefinition(
        id="water.unaccounted-high",
        title="Much water is unaccounted for",
        type="WaterNetwork",
        when=Condition(
            "high",
            "unaccounted",
            limit=40.0,
            deadband=10.0,
            window=3600,
            over="least",
            only_while="coverage>0.6",
        ),
        owner=OWNER,
        severity="major",
        respond_within=1800,
        consequence="A main may have burst: water is lost, ground is washed out.",
        action="Compare the zones' inflows, look where pressure fell, send a crew with ears.",
        cause_kind="supply",
        group_within=SLOW_S,
    ),
    AlarmDefinition(
        id="water.turbid",
        title="Water is turbid",
        type="WaterQualityObserved",
        when=Condition("high", "turbidity", limit=1.0, deadband=0.3),
        delay_on=300,
        owner=OWNER,
        severity="severe",
        respond_within=600,
        consequence="What clouds the water may make people ill; chlorine no longer protects.",
        action="Take samples, find what lies upstream, shut it off and flush; warn who drinks it.",
        cause=("standsAt",),
        cause_kind="quality",
        cause_near=NEIGHBOURHOOD_M,
    ),
    AlarmDefinition(
        id="water.burst",
        title="A main has burst",
        type="WaterLeak",
        when=Condition("query", q='status=="open";leakFlow>=20'),
        owner=OWNER,
        severity="severe",
        respond_within=600,
        consequence="Water is lost and streets are washed out; tanks fall and pressure with them.",
        action="Approve the valves that are proposed, or shut others; send a crew.",
        cause=("affects",),
        cause_kind="supply",
        cause_near=NEIGHBOURHOOD_M,
    ),
    AlarmDefinition(
        id="water.leak",
        title="A main leaks",
        type="WaterLeak",
        when=Condition("query", q='status=="open";leakFlow<20'),
        delay_on=900,
        owner=OWNER,
        severity="moderate",
        respond_within=4 * 3600,
        consequence="Water is lost day and night, and a leak grows into a burst.",
        action="Send a crew with ears to the pipes that are named, the likeliest first.",
        cause=("affects",),
        cause_kind="supply",
        cause_near=NEIGHBOURHOOD_M,
    ),
    *(
        AlarmDefinition(
            id=f"water.{kind.lower()}-suspect",
            title="Telemetry tells what cannot be",
            type=kind,
            when=Condition("differs", "suspect", value=""),
            delay_on=600,
            delay_off=900,
            owner=OWNER,
            severity=severity,
            respond_within=1800,
            consequence="Control by this signal is wrong; somebody may want it to be.",
            action="Go by other signals, run it by hand, and find out who or what errs.",
            cause=cause,
            cause_kind="signal",
            cause_near=NEIGHBOURHOOD_M,
        )
        for kind, severity, cause in _TOLD
    ),
    *(
        AlarmDefinition(
            id=f"water.{kind.lower()}-silent",
            title="Telemetry is silent",
            type=kind,
            when=Condition("stale", attribute),
            delay_on=300,
            owner=OWNER,
            severity=severity,
            respond_within=3600,
            consequence="Whatever happens there goes unseen; estimates grow worse.",
            action="Look at the device's battery and radio; trust no old value.",
            cause_kind="telemetry",
            cause_near=NEIGHBOURHOOD_M,
        )
        for kind, attribute, severity in _HEARD
    ),
)
"""For any network that is described as Junction, Tank, Pump and WaterNetwork entities."""
