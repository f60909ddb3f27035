"""The main that bursts on *Monsoon Friday*: the one in the market street."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from kota.demo.district import District
from kota.demo.district.names import MAIN
from kota.demo.fitting import Fitted
from kota.errors import SolutionError
from kota.solutions.water.isolation import isolate
from kota.solutions.water.sections import SectionValve

STREET = MAIN["market"]
_BESIDE = 6.0
_DRY = 0.1
"""Of the town's demand, what may be lost when the main is shut off."""


def streets_of(fitted: Fitted, district: District) -> dict[str, str]:
    """The street that each pipe lies in for the longest, by the pipe's id."""
    shapes = [street.line.buffer(_BESIDE) for street in district.streets.streets]
    tree = shapely.STRtree(shapes)
    found = {}
    for name, line in fitted.routes.items():
        along: dict[str, float] = {}
        for k in tree.query(line).tolist():
            street = district.streets.streets[k].name
            length = float(line.intersection(shapes[k]).length)
            along[street] = along.get(street, 0.0) + length
        if along:
            found[name] = max(along, key=lambda street: along[street])
    return found


def market_main(fitted: Fitted, district: District, valves: Sequence[SectionValve]) -> str:
    """The pipe with the longest part in the market street, of those that can be shut off without
    much of the town.

    Raises:
        SolutionError: there is none.
    """
    lines = [s.line for s in district.streets.streets if s.name == STREET]
    street = shapely.union_all(lines).buffer(_BESIDE)
    network = fitted.network
    inside = {
        name: float(line.intersection(street).length)
        for name, line in fitted.routes.items()
        if name in network.pipes
    }
    for name in sorted(inside, key=lambda one: (-inside[one], one)):
        try:
            lost = isolate(network, valves, name).demand
        except SolutionError:
            continue
        if lost < _DRY * network.demand:
            return name
    raise SolutionError(f"no main can be shut off near {STREET}")
