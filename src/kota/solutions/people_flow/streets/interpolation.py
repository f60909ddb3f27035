"""The plain bars: the flow of the nearest counter, or the mean of all by nearness."""

from __future__ import annotations

import numpy as np

from kota.solutions.people_flow.streets.assignment import Floats


def nearest(distance: Floats, counts: Floats) -> Floats:
    """The count of the nearest counter.

    Args:
        distance: along the network from every street to those with a counter
            `(n_streets, n_counters)` [m].
        counts: `(..., n_counters)`.

    Returns:
        `(..., n_streets)`.
    """
    found: Floats = counts[..., distance.argmin(axis=1)]
    return found


def inverse_distance(distance: Floats, counts: Floats, *, power: float = 2.0) -> Floats:
    """The mean of all counts weighted by inverse distance to a power, as `nearest`.

    D. Shepard, A two-dimensional interpolation function for irregularly-spaced data, 1968,
    doi:10.1145/800186.810616.
    """
    weight = np.maximum(distance, 1.0) ** -power
    weight /= weight.sum(axis=1, keepdims=True)
    found: Floats = counts @ weight.T
    return found
