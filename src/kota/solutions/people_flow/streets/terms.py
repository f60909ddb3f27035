"""Names of what is stated of streets, crowds and trips, where no data model has one."""

from __future__ import annotations

from typing import Final

from kota.model.terms import KOTA

_OWN: Final = (
    "peopleFlow levelOfService crowdDensity crowdForecast low high uncertainty "
    "OriginDestinationFlow origin destination leadTime"
)
_ALERT: Final = "https://smartdatamodels.org/dataModel.Alert/"

STREET_TERMS: Final = {name: KOTA + name for name in _OWN.split()} | {
    "title": "https://smartdatamodels.org/title",
    "alertData": _ALERT + "data",
}

STREET_READS: Final = {
    "RoadSegment": ("location", "width", "name"),
    "Building": ("location", "buildingUse", "residents", "floorArea"),
    "PointOfInterest": ("location", "category", "capacity", "name"),
    "Garden": ("location", "floorArea", "name"),
    "CrowdFlowObserved": ("peopleCount", "refRoadSegment", "location", "name"),
}
STREET_WRITES: Final = {
    "RoadSegment": ("peopleFlow", "levelOfService", "crowdDensity"),
    "OriginDestinationFlow": ("origin", "destination", "peopleCount"),
    "CrowdFlowObserved": ("crowdForecast",),
    "Alert": (
        "title",
        "category",
        "subCategory",
        "severity",
        "dateIssued",
        "validTo",
        "alertSource",
        "description",
        "alertData",
        "leadTime",
    ),
}

PEOPLE: Final = "C62"
