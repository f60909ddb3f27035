"""A synthetic water district that has incidents whose truth is known, for grouping of alarms.

Loggers at the junctions of a random network report pressure and turbidity every five minutes, zones
report their inflow. Incidents of four kinds come at random times and places, some at the same
time: mains bursts (pressure falls around a place, across zone borders, and the zone's inflow
rises), pumps that fail (a whole zone sinks slowly), gateways that fall silent, and turbid water
that travels downstream from junction to junction. Beside them loggers spike and chatter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

Floats = NDArray[np.float64]

STEP_S = 300
SIDE_M = 5000.0
JUNCTIONS, ZONES = 300, 10
LOW_PRESSURE, HIGH_TURBIDITY = 20.0, 4.0
ORIGIN = (101.7, 3.1)
SPIKES_A_DAY = 12.0
KINDS = ("burst", "pump", "gateway", "turbid")


@dataclass(frozen=True)
class Incident:
    """What happened, and to whom.

    Args:
        kind: one of `KINDS`.
        start, end: of its effects [s since the beginning].
        junctions: touched, and when first [s].
        zones: touched.
    """

    kind: str
    start: float
    end: float
    junctions: dict[int, float]
    zones: frozenset[int]


@dataclass(frozen=True)
class Reading:
    """What is reported at one time; NaN: nothing."""

    at: int
    pressure: Floats
    turbidity: Floats
    inflow: Floats


class District:
    """The network and its incidents.

    Args:
        seed: of everything that is drawn.
        incidents: how many.
        days: how long.
    """

    def __init__(self, seed: int, *, incidents: int, days: float) -> None:
        self._rng = rng = np.random.default_rng(seed)
        self.seconds = days * 86_400
        self.points = rng.uniform(0, SIDE_M, (JUNCTIONS, 2))
        centres = rng.uniform(0, SIDE_M, (ZONES, 2))
        apart = np.linalg.norm(self.points[:, None] - centres[None], axis=2)
        self.zone = apart.argmin(axis=1)
        self.along, self._downstream = self._network()
        self.upstream = [
            [k for k in range(JUNCTIONS) if j in self._downstream[k]] for j in range(JUNCTIONS)
        ]
        self._base = rng.uniform(32, 48, JUNCTIONS)
        starts = np.sort(rng.uniform(3600, self.seconds - 8 * 3600, incidents))
        self.incidents = [self._incident(start) for start in starts]
        self._depth = [self._effect(one) for one in self.incidents]

    def readings(self) -> Iterator[Reading]:
        """What the loggers say, step by step."""
        rng = self._rng
        chatter = rng.choice(JUNCTIONS, 2, replace=False)
        spike = SPIKES_A_DAY * STEP_S / 86_400 / JUNCTIONS
        for at in range(0, int(self.seconds), STEP_S):
            hour = at / 3600 % 24
            pressure = self._base - 3 * np.exp(-(((hour - 8) / 2) ** 2))
            pressure = pressure + rng.normal(0, 0.4, JUNCTIONS)
            turbidity = rng.lognormal(-1, 0.3, JUNCTIONS)
            inflow = 100 + 30 * np.sin(hour / 24 * 2 * np.pi) + rng.normal(0, 3, ZONES)
            silent = np.zeros(JUNCTIONS, dtype=bool)
            for incident, depth in zip(self.incidents, self._depth, strict=True):
                if incident.start <= at <= incident.end:
                    self._apply(incident, depth, at, pressure, turbidity, inflow, silent)
            pressure[rng.random(JUNCTIONS) < spike] = 5.0
            if 10 < hour < 11:
                pressure[chatter] = np.where(rng.random(2) < 0.5, 15.0, 30.0)
            silent |= rng.random(JUNCTIONS) < 0.01
            pressure[silent] = np.nan
            turbidity[silent] = np.nan
            yield Reading(at, pressure, turbidity, inflow)

    def cause(
        self, junction: int | None, zone: int | None, at: float, kinds: tuple[str, ...]
    ) -> int | None:
        """Which incident an alarm comes from, the nearest in time where several may; or None.

        Args:
            junction, zone: that the alarm is of.
            at: when it was raised [s].
            kinds: of incident that have such an effect.
        """
        found = []
        for number, incident in enumerate(self.incidents):
            touched = junction in incident.junctions if zone is None else zone in incident.zones
            touched = touched and incident.kind in kinds
            if touched and incident.start <= at <= incident.end + 1800:
                since = incident.junctions.get(-1 if junction is None else junction, incident.start)
                found.append((abs(at - since), number))
        return min(found)[1] if found else None

    def _network(self) -> tuple[Floats, list[list[int]]]:
        """Distances along pipes, and the junctions downstream of each."""
        edges: dict[tuple[int, int], float] = {}
        for triangle in Delaunay(self.points).simplices:
            for a, b in ((0, 1), (1, 2), (0, 2)):
                one, other = sorted((int(triangle[a]), int(triangle[b])))
                edges[one, other] = float(np.linalg.norm(self.points[one] - self.points[other]))
        rows, columns = zip(*edges, strict=True)
        graph = csr_matrix((list(edges.values()), (rows, columns)), (JUNCTIONS, JUNCTIONS))
        tree = minimum_spanning_tree(graph)
        kept = graph.multiply(self._rng.random(graph.shape) < 0.5).maximum(tree)
        lengths = dijkstra(kept, directed=False)
        from_source = lengths[0]
        downstream: list[list[int]] = [[] for _ in range(JUNCTIONS)]
        for a, b in zip(*kept.nonzero(), strict=True):
            upper, lower = (a, b) if from_source[a] < from_source[b] else (b, a)
            downstream[int(upper)].append(int(lower))
        return lengths, downstream

    def _incident(self, start: float) -> Incident:
        rng = self._rng
        kind = str(rng.choice(KINDS, p=[0.4, 0.2, 0.2, 0.2]))
        centre = int(rng.integers(JUNCTIONS))
        zone = int(self.zone[centre])
        end = start + rng.uniform(3600, 4 * 3600)
        if kind == "turbid":
            return Incident(kind, start, end, self._plume(centre, start, end), frozenset())
        inside = np.flatnonzero(self.zone == zone)
        if kind == "burst":
            inside = np.flatnonzero(self.along[centre] < rng.uniform(400, 900))
        if kind == "gateway":
            inside = inside[rng.random(len(inside)) < 0.7]
            inside = inside if len(inside) else np.array([centre])
        zones = frozenset({zone}) if kind == "burst" else frozenset()
        return Incident(kind, start, end, {int(j): start for j in inside}, zones)

    def _plume(self, source: int, start: float, end: float) -> dict[int, float]:
        """Where turbid water comes, and when: on from junction to junction, at 0.5 m/s."""
        reached = {source: start}
        waiting = [source]
        while waiting and len(reached) < 25:
            here = waiting.pop(0)
            for there in self._downstream[here]:
                at = reached[here] + self.along[here, there] / 0.5
                if there not in reached and at < end - 900:
                    reached[there] = at
                    waiting.append(there)
        return reached

    def _effect(self, incident: Incident) -> Floats:
        """How deep each junction's pressure falls [m]."""
        depth = np.zeros(JUNCTIONS)
        touched = list(incident.junctions)
        if incident.kind == "burst":
            depth[touched] = self._rng.uniform(20, 35, len(touched))
        elif incident.kind == "pump":
            depth[touched] = self._rng.uniform(25, 40, len(touched))
        return depth

    def _apply(
        self,
        incident: Incident,
        depth: Floats,
        at: int,
        pressure: Floats,
        turbidity: Floats,
        inflow: Floats,
        silent: NDArray[np.bool_],
    ) -> None:
        share = min((at - incident.start) / (3600 if incident.kind == "pump" else 300), 1.0)
        pressure -= depth * share
        touched = [j for j, since in incident.junctions.items() if since <= at]
        if incident.kind == "turbid":
            turbidity[touched] += 8.0
        elif incident.kind == "gateway":
            silent[touched] = True
        for zone in incident.zones:
            inflow[zone] += 90.0
