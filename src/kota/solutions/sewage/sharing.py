"""How a flow that is allowed is shared among storages."""

from __future__ import annotations

import numpy as np

from kota.solutions.sewage.observer import Floats

ROUNDS = 40


def share_release(
    ahead: Floats, volume: Floats, most: Floats, *, budget: float, hours: float
) -> Floats:
    """Outflows that make the fullest storage as empty as can be, within a budget.

    Fillings at the end of the horizon are brought down to one common level,
    `q_i = clip((ahead_i - level) volume_i / hours, 0, most_i)`; the lowest level at which the
    outflows fit the budget is found by bisection. That is the optimum of
    `min max_i (ahead_i - q_i hours / volume_i)` subject to `sum q <= budget` and
    `0 <= q <= most` (water-filling).

    Args:
        ahead: fillings at the end of the horizon if nothing is let out, shape ``(n,)``.
        volume: of the storages [m³].
        most: the highest outflows [m³/h].
        budget: of all together [m³/h].
        hours: the horizon [h].

    Returns:
        Outflows [m³/h], shape ``(n,)``.

    >>> full, volume, most = np.array([0.9, 0.5]), np.array([100.0, 100.0]), np.array([50.0, 50.0])
    >>> share_release(full, volume, most, budget=40.0, hours=1.0).round(3).tolist()
    [40.0, 0.0]
    """
    if not len(ahead) or most.sum() <= budget:
        return most.copy()

    def at(level: float) -> Floats:
        return np.clip((ahead - level) * volume / hours, 0.0, most)

    low, high = float(np.min(ahead - most * hours / volume)), float(ahead.max())
    for _ in range(ROUNDS):
        level = (low + high) / 2
        low, high = (low, level) if at(level).sum() <= budget else (level, high)
    return at(high)
