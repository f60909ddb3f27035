"""From where to where people walk, between zones, from the counts on streets.

The gravity model with the rates that `street_model` has learnt gives the trips beforehand; they are
fitted to counts by entropy maximisation, each pair scaled by a product of one factor a counter
(H. J. Van Zuylen, L. G. Willumsen, The most likely trip matrix estimated from traffic counts, 1980,
doi:10.1016/0191-2615(80)90008-9), damped by how far a count may be wrong, as counts contradict each
other (generalised least squares, E. Cascetta 1984, doi:10.1016/0191-2615(84)90012-2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kota.errors import SolutionError
from kota.network import Network
from kota.solutions.people_flow.streets.assignment import Floats, Ints, Ways, through

MIN_CELL: Final = 10
"""Trips below which a pair of zones is not told."""
_ROUNDS: Final = 60


@dataclass(frozen=True, slots=True)
class Fitted:
    """Trips between zones.

    Args:
        trips: `(n_zones, n_zones)` from row to column [people/h].
        counted: what the counters would say `(n_counters,)`.
        off: root mean square of the logarithm of that against the counts.
    """

    trips: Floats
    counted: Floats
    off: float


def shares_at_counters(
    network: Network, ways: Ways, zones: Ints, weight: Floats, streets: Ints
) -> Floats:
    """What share of the trips of each pair of zones passes each counter.

    Args:
        network: the streets.
        ways: to every junction, in order.
        zones: of the junctions `(n_nodes,)`, from 0.
        weight: how many trips begin or end at each junction `(n_nodes,)`.
        streets: with a counter.

    Returns:
        `(n_counters, n_zones, n_zones)`.
    """
    count = int(zones.max()) + 1
    within = np.zeros(count)
    np.add.at(within, zones, weight)
    share = np.divide(weight, within[zones], out=np.zeros(len(weight)), where=within[zones] > 0)
    member = (zones[:, None] == np.arange(count)[None, :]) * share[:, None]
    trips = np.broadcast_to(member[None], (network.n_nodes, network.n_nodes, count))
    carried = through(ways, trips)
    found = np.zeros((len(streets), count, count))
    for k, street in enumerate(streets):
        rows, nodes = np.nonzero((ways.street == street) & (ways.following >= 0))
        passing = carried[rows, nodes] * share[rows][:, None]
        for zone in range(count):
            chosen = zones[rows] == zone
            found[k, :, zone] = passing[chosen].sum(axis=0)
    return found


def fit_to_counts(prior: Floats, shares: Floats, counts: Floats, *, doubt: float = 0.1) -> Fitted:
    """Trips between zones that explain the counts and else stay as they were.

    Args:
        prior: `(n_zones, n_zones)` [people/h].
        shares: as `shares_at_counters` gives them.
        counts: `(n_counters,)` [people/h]; NaN where one says nothing.
        doubt: standard deviation of the logarithm of a count, beside chance.

    Raises:
        SolutionError: negative trips or counts.
    """
    if (prior < 0).any() or (counts < 0).any():
        raise SolutionError("trips and counts cannot be negative", hint="look at their source")
    told = np.isfinite(counts) & (shares.sum(axis=(1, 2)) > 0)
    use, seen = shares[told], counts[told]
    trust = 1.0 / (1.0 + doubt**2 + 1.0 / (seen + 1.0))
    trips = prior.copy()
    for _ in range(_ROUNDS):
        for k in range(len(use)):
            passing = float((use[k] * trips).sum())
            if passing > 0:
                factor = ((seen[k] + 0.5) / (passing + 0.5)) ** trust[k]
                trips = trips * factor ** (use[k] / max(float(use[k].max()), 1e-9))
        trust = trust * 0.95
    counted = np.einsum("kij,ij->k", shares, trips)
    left = np.log((counted[told] + 0.5) / (seen + 0.5))
    return Fitted(trips, counted, float(np.sqrt(np.mean(left**2))) if len(left) else float("nan"))


def told_pairs(trips: Floats, *, least: float = MIN_CELL) -> list[tuple[int, int, float]]:
    """The pairs of different zones with enough trips to be told: from, to, trips [people/h]."""
    rows, columns = np.nonzero((trips >= least) & ~np.eye(len(trips), dtype=bool))
    return [(int(i), int(j), float(trips[i, j])) for i, j in zip(rows, columns, strict=True)]
