"""Where the water went: inflow, consumption and storage of one stretch of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FLOW_METER = 0.01
"""Standard deviation of a flow meter, as a share of its reading."""
CUSTOMER_METER = 0.01
"""Standard deviation of the sum of one junction's customer meters, as a share."""
HELD_METER = 0.25
"""The same where the last reading stands in for one that has not come."""
LEVEL = 0.007
"""Standard deviation of a level [m]: noise and rounding."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A water balance; flows in m³/h, each with its standard deviation.

    Args:
        inflow, inflow_sd: from the sources.
        consumption, consumption_sd: through customers' meters.
        storage, storage_sd: into the tanks; negative where they empty.
        unaccounted, unaccounted_sd: the rest: leakage, theft, meters that err.
        coverage: share of the customers' meters that have reported [0..1].
    """

    inflow: float
    inflow_sd: float
    consumption: float
    consumption_sd: float
    storage: float
    storage_sd: float
    unaccounted: float
    unaccounted_sd: float
    coverage: float


def balance(
    *, inflow: Floats, supply: Floats, held: Floats, levels: Floats, areas: Floats, hours: float
) -> Balance:
    """Balance one stretch of time: unaccounted = inflow − consumption − storage.

    Errors of different meters are taken as independent, so variances add.

    Args:
        inflow: mean flow of each source into the network `(n_sources,)` [m³/h].
        supply: mean flow through the customers' meters of each junction `(n_meters,)` [m³/h];
            NaN where it has not come.
        held: what stands in for it, the last that came [m³/h]; NaN where none ever came.
        levels: of the tanks at start and end `(2, n_tanks)` [m].
        areas: of the tanks `(n_tanks,)` [m²].
        hours: length of the stretch.

    Returns:
        The balance.

    >>> b = balance(
    ...     inflow=np.array([100.0]), supply=np.array([60.0, np.nan]),
    ...     held=np.array([50.0, 20.0]), levels=np.array([[2.0], [2.5]]),
    ...     areas=np.array([10.0]), hours=0.5,
    ... )
    >>> b.inflow, b.consumption, b.storage, b.unaccounted, b.coverage
    (100.0, 80.0, 10.0, 10.0, 0.5)
    """
    heard = ~np.isnan(supply)
    used = np.where(heard, supply, np.nan_to_num(held))
    share = np.where(heard, CUSTOMER_METER, HELD_METER)
    into = float(inflow.sum())
    into_sd = float(np.sqrt(((FLOW_METER * inflow) ** 2).sum()))
    out = float(used.sum())
    out_sd = float(np.sqrt(((share * used) ** 2).sum()))
    stored = float(((levels[1] - levels[0]) * areas).sum() / hours)
    stored_sd = float(np.sqrt(2 * ((LEVEL * areas) ** 2).sum()) / hours)
    return Balance(
        into,
        into_sd,
        out,
        out_sd,
        stored,
        stored_sd,
        unaccounted=into - out - stored,
        unaccounted_sd=float(np.sqrt(into_sd**2 + out_sd**2 + stored_sd**2)),
        coverage=float(heard.mean()) if len(heard) else 0.0,
    )
