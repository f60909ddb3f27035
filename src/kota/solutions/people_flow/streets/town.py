"""What a planner knows of a town: who lives where, what is where, and how large it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from kota.solutions.people_flow.streets.assignment import Floats, Ints
from kota.solutions.people_flow.streets.purposes import JOBS_PER_AREA

USE_KIND: Final[Mapping[str, str]] = {
    "office": "office",
    "shophouse": "trade",
    "retail": "trade",
    "hotel": "hotel",
    "warehouse": "industry",
    "industrial": "industry",
    "civic": "civic",
    "clinic": "civic",
    "school": "teaching",
}
"""Where people work, by the use of a building."""

CATEGORY_KIND: Final[Mapping[str, str]] = {
    "marketplace": "market",
    "mosque": "worship",
    "temple": "worship",
    "church": "worship",
    "school": "school",
    "childcare": "service",
    "clinic": "service",
    "hospital": "service",
    "townhall": "service",
    "library": "service",
    "community_centre": "service",
    "bus_stop": "transit",
    "park": "leisure",
    "garden": "leisure",
    "beach": "leisure",
}
"""What a place is to those who walk there, by its category in the words of OpenStreetMap."""

DEFAULT_CAPACITY: Final = 100.0


@dataclass(slots=True)
class Town:
    """People and places at the junctions of a network.

    Args:
        n_nodes: how many junctions.
        spread: amounts of kinds that are everywhere, `(n_nodes,)` each: ``home`` [residents],
            ``office`` … [jobs].
        places: kinds that are a few named places: their points and sizes.
    """

    n_nodes: int
    spread: dict[str, Floats] = field(default_factory=dict)
    places: dict[str, tuple[list[int], list[float]]] = field(default_factory=dict)

    def add_buildings(
        self, points: Ints, uses: Sequence[str], residents: Floats, floor_area: Floats
    ) -> None:
        """Count residents and jobs in.

        Args:
            points: the door of each building `(n,)`.
            uses: of each, as in `USE_KIND`; others employ nobody.
            residents: of each.
            floor_area: of each [m²].
        """
        self._add("home", points, residents)
        jobs = np.array([JOBS_PER_AREA.get(USE_KIND.get(use, ""), 0.0) for use in uses])
        jobs = jobs * floor_area
        kinds = np.array([USE_KIND.get(use, "") for use in uses])
        for kind in JOBS_PER_AREA:
            chosen = kinds == kind
            self._add(kind, points[chosen], jobs[chosen])
        self._add("work", points, jobs)

    def add_place(self, category: str, point: int, capacity: float) -> None:
        """Count a place in; a category that draws nobody in particular is passed over."""
        kind = CATEGORY_KIND.get(category)
        if kind is None:
            return
        points, sizes = self.places.setdefault(kind, ([], []))
        points.append(point)
        sizes.append(capacity if capacity > 0 else DEFAULT_CAPACITY)

    def amounts(self, kind: str) -> Floats:
        """How much of a kind there is at each point `(n_nodes,)`; stops count one each."""
        if kind in self.spread:
            return self.spread[kind]
        found = np.zeros(self.n_nodes)
        points, sizes = self.places.get(kind, ([], []))
        np.add.at(found, points, np.ones(len(points)) if kind == "transit" else sizes)
        return found

    def apart(self, kind: str) -> list[Floats]:
        """The amounts of each place of a kind on its own."""
        points, sizes = self.places.get(kind, ([], []))
        single = []
        for point, size in zip(points, sizes, strict=True):
            one = np.zeros(self.n_nodes)
            one[point] = 1.0 if kind == "transit" else size
            single.append(one)
        return single

    def _add(self, kind: str, points: Ints, amounts: Floats) -> None:
        found = self.spread.setdefault(kind, np.zeros(self.n_nodes))
        np.add.at(found, points, amounts)
