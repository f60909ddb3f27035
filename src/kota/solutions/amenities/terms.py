"""Names of the amenities solution: Smart Data Models' where they exist, else Kota's own."""

from __future__ import annotations

from typing import Final

from kota.model.terms import KOTA

_OWN: Final = (
    "AmenityAccess AmenityScenario scenario amenityKind accessScore "
    "clinicWalk childcareWalk schoolWalk marketWalk busStopWalk gardenWalk shelterWalk toiletsWalk "
    "servedPeople catchmentLoad roomPerPerson usage promisedUse useRatio "
    "meanWalk p90Walk worstDecileWalk giniWalk withinGoal unreached byNeighbourhood byGroup"
)

TERMS: Final = {name: KOTA + name for name in _OWN.split()}

MINUTES: Final = "MIN"
ONE: Final = "C62"


def urn(kind: str, name: str) -> str:
    """The id of an entity.

    >>> urn("AmenityAccess", "clinic")
    'urn:ngsi-ld:AmenityAccess:clinic'
    """
    return f"urn:ngsi-ld:{kind}:{name}"
