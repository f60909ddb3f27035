"""Names of what is forecast of people that the Kota context lacks."""

from __future__ import annotations

from typing import Final

from kota.model.terms import KOTA

_OWN: Final = (
    "PedestrianNetwork peopleCountForecast peopleCountOutlook peopleCountAnomaly "
    "peopleTotal peopleTotalForecast silentCounters unusualCounters "
    "counterFault horizon expected lower upper score"
)

FORECAST_TERMS: Final = {name: KOTA + name for name in _OWN.split()}

PEOPLE: Final = "C62"
NETWORK: Final = "urn:ngsi-ld:PedestrianNetwork:main"
"""The entity that stands for all counters of the city together."""

FORECAST_READS: Final = {"CrowdFlowObserved": ("peopleCount", "location")}
FORECAST_WRITES: Final = {
    "CrowdFlowObserved": (
        "peopleCountForecast",
        "peopleCountOutlook",
        "peopleCountAnomaly",
        "counterFault",
    ),
    "PedestrianNetwork": (
        "peopleTotal",
        "peopleTotalForecast",
        "silentCounters",
        "unusualCounters",
    ),
}
