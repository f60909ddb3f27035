"""What is near: how much within reach, and how far the nearest few are."""

from __future__ import annotations

import numpy as np

from kota.solutions.amenities.decay import Decay
from kota.solutions.amenities.pairs import Floats, Ints, Pairs


def cumulative(
    pairs: Pairs, supply: Floats, *, limit: float | None = None, decay: Decay | None = None
) -> Floats:
    """Supply within reach of each demand, whoever else wants it.

    ``A_i = Σ_j w(c_ij) S_j`` (W. G. Hansen 1959, doi:10.1080/01944365908978307); without a decay,
    all within the limit counts whole.

    Args:
        pairs: costs of travel.
        supply: capacity, or ones to count places `(n_supply,)`.
        limit: what costs more is out of reach.
        decay: weights.

    Returns:
        Supply in reach `(n_demand,)`.
    """
    near = pairs.within(limit)
    weight = np.ones(len(near)) if decay is None else decay(near.cost)
    return near.per_demand(weight * supply[near.supply])


def nearest(pairs: Pairs, count: int = 1) -> tuple[Floats, Ints]:
    """The nearest few supplies of each demand, nearest first.

    Args:
        pairs: costs of travel.
        count: how many.

    Returns:
        Costs `(n_demand, count)`, infinite where there are fewer, and numbers of the supplies, −1
        where there are fewer.
    """
    order = np.lexsort((pairs.supply, pairs.cost, pairs.demand))
    rank = np.arange(len(pairs)) - pairs.starts[pairs.demand]
    costs = np.full((pairs.n_demand, count), np.inf)
    which = np.full((pairs.n_demand, count), -1, dtype=np.int64)
    kept = rank < count
    rows = pairs.demand[kept]
    costs[rows, rank[kept]] = pairs.cost[order][kept]
    which[rows, rank[kept]] = pairs.supply[order][kept]
    return costs, which
