"""Names of what is counted of people without knowing them, where no data model has one."""

from __future__ import annotations

from typing import Final

from kota.model.terms import KOTA

_OWN: Final = (
    "OriginDestinationFlow origin destination visitor dwellHistogram randomisedShare "
    "PrivacyBudget epsilonTotal epsilonSpent epsilonLeft releases interval"
)

PRIVACY_TERMS: Final = {name: KOTA + name for name in _OWN.split()}

ONE: Final = "C62"

CROWD: Final = "CrowdFlowObserved"
FLOW: Final = "OriginDestinationFlow"
BUDGET: Final = "PrivacyBudget"

PRIVACY_READS: Final = {CROWD: ("visitor",)}
PRIVACY_WRITES: Final = {
    CROWD: ("peopleCount", "dwellHistogram"),
    FLOW: ("origin", "destination", "peopleCount"),
    BUDGET: ("epsilonTotal", "epsilonSpent", "epsilonLeft", "releases"),
}


def flow_id(origin: str, destination: str) -> str:
    """The id of the flow between two places, given by id or by plain name.

    >>> flow_id("urn:ngsi-ld:CrowdFlowObserved:w1", "w2")
    'urn:ngsi-ld:OriginDestinationFlow:w1-w2'
    """
    from urllib.parse import quote

    names = (quote(one.rsplit(":", 1)[-1], safe="") for one in (origin, destination))
    return f"urn:ngsi-ld:{FLOW}:{'-'.join(names)}"
