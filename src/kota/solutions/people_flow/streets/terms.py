"""Names of what is stated of streets, crowds and trips, where no data model has one."""

from __future__ import annotations

from typing import Final

from kota.model.terms import KOTA

_OWN: Final = (
    "peopleFlow peopleFlowForecast levelOfService crowdDensity crowdForecast low high uncertainty "
    "OriginDestinationFlow origin destination leadTime detectionShare "
    "crowdLoad crowdLoadForecast crowdingExpected limit passesIn share"
)

STREET_TERMS: Final = {name: KOTA + name for name in _OWN.split()}

STREET_READS: Final = {
    "RoadSegment": ("location", "width", "name"),
    "Building": ("location", "buildingUse", "residents", "floorArea"),
    "PointOfInterest": ("location", "category", "capacity", "floorArea", "name"),
    "Garden": ("location", "floorArea", "name"),
    "CrowdFlowObserved": (
        "peopleCount",
        "peopleCountTowards",
        "peopleCountAway",
        "refRoadSegment",
        "refPointOfInterest",
        "detectionShare",
        "location",
        "name",
    ),
}
STREET_WRITES: Final = {
    "RoadSegment": ("peopleFlow", "peopleFlowForecast", "levelOfService", "crowdDensity"),
    "OriginDestinationFlow": ("origin", "destination", "peopleCount"),
    "CrowdFlowObserved": (
        "crowdForecast",
        "crowdLoad",
        "crowdLoadForecast",
        "crowdingExpected",
        "congested",
        "direction",
        "averageCrowdSpeed",
        "crowdDensity",
        "levelOfService",
    ),
}

PEOPLE: Final = "C62"
