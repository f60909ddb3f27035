"""How the trips of each purpose would lie on the streets: gravity for where, probit for which way.

Where to: of the trips that begin at `i`, the share to `j` is `S_j exp(-d_ij / r)` over its sum,
the production-constrained model that maximises entropy (A. G. Wilson, A statistical theory of
spatial distribution models, 1967, doi:10.1016/0041-1647(67)90035-4), at several reaches `r`.
Which way: several draws of perceived lengths (`assignment.perceived_lengths`), at several spreads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kota.network import Network
from kota.solutions.people_flow.streets.assignment import (
    Floats,
    Ints,
    Ways,
    assign,
    perceived_lengths,
    shortest_ways,
)
from kota.solutions.people_flow.streets.purposes import PURPOSES, Purpose
from kota.solutions.people_flow.streets.town import Town

REACHES: Final = (120.0, 250.0, 500.0, 1000.0, 2500.0)
"""Of the gravity model [m]."""
SPREADS: Final = (0.0, 0.15, 0.30)
"""Of the logarithm of perceived lengths."""
_DRAWS: Final = 20


@dataclass(frozen=True, slots=True)
class Patterns:
    """Passers-by per trip rate on every street, for every reach and spread.

    Args:
        flow: people on a street when every unit of the origin makes one
            trip `(n_spreads, n_reaches, n_columns, n_streets)`; both ways.
        purpose: index in `PURPOSES` of each column `(n_columns,)`.
        group: what each column leads to: a kind, or a kind and its number.
    """

    flow: Floats
    purpose: Ints
    group: tuple[str, ...]


def make_patterns(network: Network, town: Town, *, seed: int = 0, draws: int = _DRAWS) -> Patterns:
    """Make the patterns of a town, once.

    Args:
        network: its streets.
        town: its people and places.
        seed: of the perceived lengths.
        draws: of them, at each spread.
    """
    groups = [_groups(town, purpose) for purpose in PURPOSES]
    purpose = [k for k, found in enumerate(groups) for _ in found]
    names = [name for found in groups for name, _ in found]
    shape = (len(SPREADS), len(REACHES), len(names), network.n_edges)
    flow = np.zeros(shape)
    targets = np.flatnonzero(
        sum((size for found in groups for _, size in found), np.zeros(town.n_nodes))
    )
    for s, spread in enumerate(SPREADS):
        costs = list(perceived_lengths(network, spread, draws=draws, seed=seed))
        for cost in costs:
            ways = shortest_ways(network, targets, cost=cost)
            loads = [
                load
                for k, found in enumerate(groups)
                for load in _purpose_loads(network, town, PURPOSES[k], found, ways)
            ]
            flow[s] += np.array(loads).transpose(1, 0, 2) / len(costs)
    return Patterns(flow, np.array(purpose), tuple(names))


def _groups(town: Town, purpose: Purpose) -> list[tuple[str, Floats]]:
    """What a purpose leads to, and how much of it is at each point."""
    if not _begins(town, purpose).any():
        return []
    found = []
    for kind in purpose.destinations:
        if purpose.apart:
            found += [(f"{kind} {k}", size) for k, size in enumerate(town.apart(kind))]
        elif town.amounts(kind).any():
            found.append((kind, town.amounts(kind)))
    return found


def _purpose_loads(
    network: Network,
    town: Town,
    purpose: Purpose,
    found: list[tuple[str, Floats]],
    ways: Ways,
) -> list[Floats]:
    """Passers-by of each group, both ways `(n_reaches, n_streets)`."""
    if not found:
        return []
    sizes = np.array([size for _, size in found])[:, ways.targets]
    used = np.flatnonzero(sizes.sum(axis=0))
    near = Ways(
        ways.targets[used],
        ways.distance[used],
        ways.following[used],
        ways.street[used],
        ways.ahead[used],
    )
    sizes = sizes[:, used]
    trips = gravity(near.distance, sizes.sum(axis=0), _begins(town, purpose))
    shares = sizes / sizes.sum(axis=0)
    loads = assign(network, near, trips, groups=shares)
    return [(load.ahead + load.back).T for load in loads]


def _begins(town: Town, purpose: Purpose) -> Floats:
    """Units of a purpose's origins at each junction."""
    return sum((town.amounts(kind) for kind in purpose.origins), np.zeros(town.n_nodes))


def gravity(distance: Floats, size: Floats, origin: Floats) -> Floats:
    """Trips from every point to every target, at every reach `(n_targets, n_nodes, n_reaches)`.

    Nobody walks to where they are.

    Args:
        distance: `(n_targets, n_nodes)` [m]; inf where there is no way.
        size: of the targets `(n_targets,)`.
        origin: trips that begin at each point `(n_nodes,)`.
    """
    pull = np.exp(-distance[..., None] / np.array(REACHES)) * size[:, None, None]
    pull[distance <= 0] = 0.0
    total = pull.sum(axis=0)
    trips: Floats = np.divide(pull, total, out=np.zeros_like(pull), where=total > 0)
    trips *= origin[:, None]
    return trips


def zone_trips(network: Network, town: Town, zones: Ints, draws: Floats, reaches: Floats) -> Floats:
    """Trips between zones when every unit of each purpose's origin makes one trip.

    Args:
        network: the streets.
        town: its people and places.
        zones: of the junctions `(n_nodes,)`, from 0.
        draws: of each column of the patterns.
        reaches: place of each purpose's reach in `REACHES`, of those purposes that have columns.

    Returns:
        `(n_purposes, n_zones, n_zones)`, out and back alike, half each.
    """
    count = int(zones.max()) + 1
    every = shortest_ways(network, np.arange(network.n_nodes))
    member = (zones[:, None] == np.arange(count)[None, :]).astype(float)
    found: list[Floats] = []
    column = 0
    for purpose in PURPOSES:
        groups = _groups(town, purpose)
        if not groups:
            continue
        size = sum(draws[column + k] * one for k, (_, one) in enumerate(groups))
        column += len(groups)
        trips = gravity(every.distance, np.asarray(size), _begins(town, purpose))
        reach = int(np.rint(reaches[len(found)]))
        chosen = trips[:, :, reach]
        out = member.T @ chosen.T @ member
        found.append(0.5 * (out + out.T))
    return np.array(found)
