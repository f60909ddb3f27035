"""What may need the operator of sewers."""

from __future__ import annotations

from typing import Final

from kota.operate.alarms import AlarmDefinition, Condition
from kota.operate.alarms.priority import Severity

OWNER: Final = "sewage"
STORM: Final = "storm"
"""Cause of everything that too much water does, so that a storm is one incident."""
NEIGHBOURHOOD_M: Final = 3000.0

_HEARD: Final[tuple[tuple[str, str, Severity], ...]] = (
    ("WasteWaterTank", "depth", "moderate"),
    ("WasteWaterGate", "opening", "moderate"),
    ("WasteWaterPump", "status", "moderate"),
)
"""Type, the attribute that its instruments tell, and how much its silence matters."""

ALARMS: Final = (
    AlarmDefinition(
        id="sewage.flood-ahead",
        title="Streets may flood",
        type="WasteWaterNetwork",
        when=Condition("high", "floodProbability", limit=50.0, deadband=20.0),
        owner=OWNER,
        severity="severe",
        respond_within=1800,
        consequence="Within hours sewers come out of their manholes: streets and cellars flood.",
        action="Look where on the map; warn who lives and parks there, close low streets, keep "
        "gates in automatic.",
        cause_kind=STORM,
    ),
    AlarmDefinition(
        id="sewage.overflow-ahead",
        title="Sewers may overflow",
        type="WasteWaterNetwork",
        when=Condition("high", "overflowProbability", limit=60.0, deadband=20.0),
        owner=OWNER,
        severity="major",
        respond_within=1800,
        consequence="Within hours sewage mixed with rain runs into river and sea.",
        action="Empty the stores while it is dry, see that gates are in automatic and every pump "
        "is ready.",
        cause_kind=STORM,
    ),
    AlarmDefinition(
        id="sewage.overflowing",
        title="Sewer overflows",
        type="WasteWaterOutfall",
        when=Condition("high", "overflow", limit=0.02, deadband=0.01),
        delay_on=120,
        delay_off=300,
        owner=OWNER,
        severity="major",
        respond_within=900,
        consequence="Sewage mixed with rain runs into the water; bathing there is not safe.",
        action="Report it, put up signs at the bank, let pumps run, look whether a gate is stuck.",
        cause_kind=STORM,
        cause_near=NEIGHBOURHOOD_M,
    ),
    AlarmDefinition(
        id="sewage.store-full",
        title="Store is nearly full",
        type="WasteWaterTank",
        when=Condition("high", "depth", against="maxDepth", limit=-0.7, deadband=0.2),
        delay_on=120,
        delay_off=300,
        owner=OWNER,
        severity="moderate",
        respond_within=900,
        consequence="Nothing more can be held back here: it goes over the weir.",
        action="Look whether the sewers below have room; open its gate if they do.",
        cause_kind=STORM,
        cause_near=NEIGHBOURHOOD_M,
    ),
    AlarmDefinition(
        id="sewage.pump-failed",
        title="Pump stands though its well is high",
        type="WasteWaterPump",
        when=Condition("differs", "pumpFault", value="none"),
        delay_on=120,
        owner=OWNER,
        severity="severe",
        respond_within=600,
        consequence="The well and the main sewer fill; low streets flood and the weir overflows.",
        action="Start the other pump, send the electrician, bring a mobile pump.",
        cause_kind="pump",
    ),
    AlarmDefinition(
        id="sewage.level-strange",
        title="Level sensor says what cannot be",
        type="WasteWaterTank",
        when=Condition("differs", "sensorFault", value="none"),
        owner=OWNER,
        severity="minor",
        respond_within=86_400,
        consequence="The twin does not believe it; control may hold back too much or too little.",
        action="Clean and calibrate the sensor; set its gate by hand before a storm.",
        cause_kind="telemetry",
    ),
    *(
        AlarmDefinition(
            id=f"sewage.{kind.removeprefix('WasteWater').lower()}-silent",
            title="Telemetry is silent",
            type=kind,
            when=Condition("stale", attribute),
            delay_on=300,
            owner=OWNER,
            severity=severity,
            respond_within=3600,
            consequence="Control knows it no more and opens its gate step by step.",
            action="Look at the device's power and radio; set the gate by hand if rain is near.",
            cause_kind="telemetry",
        )
        for kind, attribute, severity in _HEARD
    ),
)
"""For any sewers that are described as WasteWater… entities."""
