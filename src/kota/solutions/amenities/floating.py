"""Floating catchment areas: how much supply each demand can have, with whom it shares it."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kota.solutions.amenities.decay import E2SFCA_STEPS, THREE_STEPS, Decay, binary
from kota.solutions.amenities.pairs import Floats, Pairs

Method = Literal["2sfca", "e2sfca", "3sfca"]


def floating_catchment(
    pairs: Pairs,
    demand: Floats,
    supply: Floats,
    *,
    method: Method = "2sfca",
    limit: float | None = None,
    decay: Decay | None = None,
) -> Floats:
    """Supply for each person of each demand.

    Every supply is shared among the demand in its catchment, ``R_j = S_j / Σ_i w_ij D_i``, and
    every demand adds up the shares of its own, ``A_i = Σ_j w_ij R_j``. The three-step method
    weighs pairs further by ``G_ij = w_ij / Σ_k w_ik``, as demand that can choose asks less of each.

    Args:
        pairs: costs of travel.
        demand: people `(n_demand,)`.
        supply: capacity `(n_supply,)`.
        method: two steps; two steps with weights by distance; three steps.
        limit: pairs that cost more are no catchment. The choice of the three-step method is made
            among all pairs all the same, as PySAL's ``access`` has it.
        decay: weights; by default all alike (2sfca), or the steps by minutes of the papers.

    Returns:
        Supply for each person `(n_demand,)`, 0 where none is in reach.

    References:
        W. Luo, F. Wang 2003, doi:10.1068/b29120 (2SFCA);
        W. Luo, Y. Qi 2009, doi:10.1016/j.healthplace.2009.06.002 (E2SFCA);
        N. Wan, B. Zou, T. Sternberg 2012, doi:10.1080/13658816.2011.624987 (3SFCA).

    >>> pairs = Pairs.of([0, 1], [0, 0], [5.0, 9.0], shape=(2, 1))
    >>> floating_catchment(pairs, np.array([10.0, 30.0]), np.array([4.0]), limit=9.0).tolist()
    [0.1, 0.1]
    """
    weight = (decay or _usual(method))(pairs.cost)
    if method == "3sfca":
        whole = pairs.per_demand(weight)[pairs.demand]
        weight = np.divide(weight * weight, whole, out=np.zeros_like(weight), where=whole > 0)
    if limit is not None:
        inside = pairs.cost <= limit
        pairs, weight = pairs.where(inside), weight[inside]
    asked = pairs.per_supply(weight * demand[pairs.demand])
    share = np.divide(supply, asked, out=np.zeros(pairs.n_supply), where=asked > 0)
    return pairs.per_demand(weight * share[pairs.supply])


def _usual(method: Method) -> Decay:
    return {"2sfca": binary(), "e2sfca": E2SFCA_STEPS, "3sfca": THREE_STEPS}[method]
