"""Names of the sewage solution: Smart Data Models' where they exist, else Kota's own.

Names that other solutions use as well have the same IRI there.
"""

from __future__ import annotations

from typing import Final

from kota.model.terms import KOTA

_SEWERS: Final = "https://smartdatamodels.org/dataModel.WasteWater/"
_WATER: Final = "https://smartdatamodels.org/dataModel.WaterDistributionManagementEPANET/"
_FROM_SEWERS: Final = "WasteWaterJunction WasteWaterTank WasteWaterPlant"
_FROM_WATER: Final = "elevation flow power diameter length roughness startsAt endsAt"
_OWN: Final = (
    "WasteWaterConduit WasteWaterGate WasteWaterWeir WasteWaterPump WasteWaterOutfall "
    "WasteWaterNetwork depth maxDepth storageCapacity fullFlow capacityUsed opening control "
    "storedVolume filling depthOutlook drains overflow overflowOutlook overflowExpected "
    "overflowProbability overflowedVolume overflowLeadTime floodExpected floodProbability "
    "floodLeadTime warning rainfall rainOutlook inflow dryWeatherFlow infiltration "
    "flowExcess plantInflow treatmentCapacity sensorFault pumpFault specificEnergy "
    "controlReason uncertainty horizon"
)

TERMS: Final = {
    **{name: _SEWERS + name for name in _FROM_SEWERS.split()},
    **{name: _WATER + name for name in _FROM_WATER.split()},
    **{name: KOTA + name for name in _OWN.split()},
    "status": "https://uri.etsi.org/ngsi-ld/status",
}

METRE: Final = "MTR"
CUBIC_METRE: Final = "MTQ"
CUBIC_METRE_PER_SECOND: Final = "MQS"
KILOWATT: Final = "KWT"
SHARE: Final = "C62"
PERCENT: Final = "P1"
MINUTE: Final = "MIN"
SECOND: Final = "SEC"
MILLIMETRE_PER_HOUR: Final = "H67"


def urn(kind: str, name: str) -> str:
    """The id of an element.

    >>> urn("WasteWaterTank", "ST-1")
    'urn:ngsi-ld:WasteWaterTank:ST-1'
    """
    return f"urn:ngsi-ld:{kind}:{name}"
