"""Names of the water solution: Smart Data Models' where they exist, else Kota's own."""

from __future__ import annotations

from typing import Final

from kota.model.terms import KOTA

_MODEL: Final = "https://smartdatamodels.org/dataModel.WaterDistributionManagementEPANET/"
_QUALITY: Final = "https://smartdatamodels.org/dataModel.WaterQuality/"
_FROM_MODEL: Final = (
    "Junction Pipe Pump Tank Valve Reservoir WaterNetwork "
    "elevation pressure supply head flow power level initLevel minLevel maxLevel "
    "nominalDiameter diameter length roughness minorLoss startsAt endsAt initialStatus "
    "reservoirHead valveType setting baseDemand"
)
_OWN: Final = (
    "storedVolume levelForecast levelOutlook inflow consumption storageChange unaccounted "
    "levelAhead leastPressureAhead leastPressure24h warningsAhead hoursToTrouble "
    "uncertainty coverage horizon control fills "
    "SectionValve shuts standsAt suspect "
    "WaterLeak leakFlow lostVolume beganAt affects likeliestPipe confidence candidates "
    "stretchConfidence valvesToShut buildingsWithoutWater residentsWithoutWater demandWithoutWater"
)

TERMS: Final = {
    **{name: _MODEL + name for name in _FROM_MODEL.split()},
    **{name: _QUALITY + name for name in ("WaterQualityObserved", "turbidity")},
    **{name: KOTA + name for name in _OWN.split()},
    "status": "https://uri.etsi.org/ngsi-ld/status",
}

METRE: Final = "MTR"
MILLIMETRE: Final = "MMT"
CUBIC_METRE: Final = "MTQ"
CUBIC_METRE_PER_HOUR: Final = "MQH"
KILOWATT: Final = "KWT"
SECOND: Final = "SEC"


def urn(kind: str, name: str) -> str:
    """The id of an element.

    >>> urn("Tank", "T-1")
    'urn:ngsi-ld:Tank:T-1'
    """
    return f"urn:ngsi-ld:{kind}:{name}"
