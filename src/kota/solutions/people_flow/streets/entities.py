"""A town read from its entities: streets as a network, and who and what is along them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np

from kota.city import City
from kota.errors import NotReadyError
from kota.model.entity import Entity
from kota.network import Network, Way, join, snap
from kota.solutions.people_flow.streets.assignment import Floats, Ints, shortest_ways
from kota.solutions.people_flow.streets.town import Town

WALKED: Final = 0.4
"""Share of a street's breadth that people walk on, where nothing is known of its pavements."""
BREADTH: Final = 8.0
_ZONE_M: Final = 350.0


@dataclass(frozen=True, slots=True)
class Streets:
    """The streets of a city.

    Args:
        network: joined of them.
        town: who and what is along them.
        ids: entity of each edge of the network.
        width: that people walk on, of each edge [m].
        counters: entity of each counter.
        counted: edge that each counter is on.
        zones: of the junctions.
    """

    network: Network
    town: Town
    ids: tuple[str, ...]
    width: Floats
    counters: tuple[str, ...]
    counted: Ints
    zones: Ints


async def read_streets(city: City) -> Streets:
    """Read the streets and what is along them.

    Raises:
        NotReadyError: there are no streets yet, or no counter that refers to one.
    """
    roads = sorted(await city.entities("RoadSegment"), key=lambda one: one.id)
    lines = [(one, _shape(city, one)) for one in roads]
    lines = [(one, line) for one, line in lines if line is not None]
    if not lines:
        raise NotReadyError("there are no streets yet", hint="import RoadSegment entities")
    network = join([Way(one.id, line) for one, line in lines])
    town = await _town(city, network)
    counters, counted = await _counters(city, network)
    if not counters:
        raise NotReadyError(
            "no counter is on a street", hint="let CrowdFlowObserved refer by refRoadSegment"
        )
    breadth = {one.id: float(city.value(one, "width") or BREADTH) for one, _ in lines}
    return Streets(
        network,
        town,
        network.edge_names,
        WALKED * np.array([breadth[name] for name in network.edge_names]),
        counters,
        counted,
        zones_of(network),
    )


def zones_of(network: Network, *, side: float = _ZONE_M) -> Ints:
    """Squares that the junctions lie in `(n_nodes,)`, numbered from 0.

    Args:
        network: with positions.
        side: of a square [m].
    """
    nodes = network.nodes if network.nodes is not None else np.zeros((network.n_nodes, 2))
    cells = np.floor((nodes - nodes.min(axis=0)) / side).astype(np.int64)
    _, zones = np.unique(cells, axis=0, return_inverse=True)
    return np.asarray(zones, dtype=np.int64).ravel()


def street_distance(network: Network, streets: Ints) -> Floats:
    """From the middle of every street to the middles of some, along the network [m].

    Returns:
        `(n_streets, n_some)`.
    """
    ends = np.concatenate([network.start[streets], network.end[streets]])
    reach = shortest_ways(network, ends).distance
    nearer = np.minimum(reach[: len(streets)], reach[len(streets) :])
    between = np.minimum(nearer[:, network.start], nearer[:, network.end])
    between = between + 0.5 * (network.length[None, :] + network.length[streets][:, None])
    between[np.arange(len(streets)), streets] = 0.0
    found: Floats = np.where(np.isfinite(between), between, 1e9).T
    return found


def nearest_junctions(network: Network, points: Floats) -> Ints:
    """The nearer end of the street before each point `(n,)`.

    Args:
        network: with lines.
        points: longitude and latitude, or metres where the network has no plane `(n, 2)`.
    """
    if not len(points):
        return np.zeros(0, dtype=np.int64)
    spots = snap(network, points)
    first = spots.share < 0.5
    return np.where(first, network.start[spots.edge], network.end[spots.edge])


async def _town(city: City, network: Network) -> Town:
    town = Town(network.n_nodes)
    buildings = await city.entities("Building")
    at, kept = _points(city, buildings)
    town.add_buildings(
        nearest_junctions(network, at),
        [str(city.value(one, "buildingUse") or "") for one in kept],
        np.array([float(city.value(one, "residents") or 0) for one in kept]),
        np.array([float(city.value(one, "floorArea") or 0) for one in kept]),
    )
    places = await city.entities("PointOfInterest")
    at, kept = _points(city, places)
    for one, node in zip(kept, nearest_junctions(network, at), strict=True):
        for category in _list(city.value(one, "category")):
            town.add_place(category, int(node), float(city.value(one, "capacity") or 0))
    gardens = await city.entities("Garden")
    at, _ = _points(city, gardens)
    for node in nearest_junctions(network, at):
        town.add_place("garden", int(node), 0.0)
    return town


async def _counters(city: City, network: Network) -> tuple[tuple[str, ...], Ints]:
    edges: dict[str, int] = {}
    for k, name in enumerate(network.edge_names):
        edges.setdefault(name, k)
    found: dict[int, str] = {}
    for one in sorted(await city.entities("CrowdFlowObserved"), key=lambda one: one.id):
        street = city.value(one, "refRoadSegment")
        if street in edges:
            found.setdefault(edges[street], one.id)
    order = sorted(found)
    return tuple(found[edge] for edge in order), np.array(order, dtype=np.int64)


def _points(city: City, some: Sequence[Entity]) -> tuple[Floats, list[Entity]]:
    """Where entities lie, and those that lie anywhere."""
    kept = [(one, _shape(city, one)) for one in some]
    kept = [(one, shape) for one, shape in kept if shape is not None]
    at = [shape.centroid.coords[0] for _, shape in kept]
    return np.array(at, dtype=np.float64).reshape(-1, 2), [one for one, _ in kept]


def _shape(city: City, entity: Entity) -> Any:
    import shapely

    location = city.value(entity, "location")
    if location is None:
        return None
    return shapely.from_geojson(msgspec.json.encode(location))


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [str(value)]
