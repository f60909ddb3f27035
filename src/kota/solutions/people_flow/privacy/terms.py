"""Names of what is counted of people without knowing them, where no data model has one."""

from __future__ import annotations

from typing import Final

from kota.model.terms import KOTA

_OWN: Final = (
    "OriginDestinationFlow origin destination visitor dwellHistogram dwellTime randomisedShare "
    "PrivacyBudget epsilonTotal epsilonSpent epsilonLeft releases interval leastEpsilonLeft"
)

PRIVACY_TERMS: Final = {name: KOTA + name for name in _OWN.split()}

MOST_CELLS: Final = 20
"""Cells of a release that one person may touch, where not said otherwise. With 20, the strongest
attack on whether a known person is in a release at ε = 1 has AUC 0.53, and on which of two persons
is in it 0.545; with fewer cells it comes nearer to what ε alone allows (`guarantee.most_auc`)."""

ONE: Final = "C62"
MINUTES: Final = "MIN"

CROWD: Final = "CrowdFlowObserved"
FLOW: Final = "OriginDestinationFlow"
BUDGET: Final = "PrivacyBudget"

PRIVACY_READS: Final = {CROWD: ("visitor",)}
PRIVACY_WRITES: Final = {
    CROWD: ("peopleCount", "dwellHistogram", "dwellTime"),
    FLOW: ("origin", "destination", "peopleCount"),
    BUDGET: ("epsilonTotal", "epsilonSpent", "epsilonLeft", "releases"),
    "PedestrianNetwork": ("leastEpsilonLeft",),
}


def flow_id(origin: str, destination: str) -> str:
    """The id of the flow between two places, given by id or by plain name.

    >>> flow_id("urn:ngsi-ld:CrowdFlowObserved:w1", "w2")
    'urn:ngsi-ld:OriginDestinationFlow:w1-w2'
    """
    from urllib.parse import quote

    names = (quote(one.rsplit(":", 1)[-1], safe="") for one in (origin, destination))
    return f"urn:ngsi-ld:{FLOW}:{'-'.join(names)}"
