"""What flows when it does not rain: a pattern over the day, the water that seeps in, the excess."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]

SLOT_S: Final = 1800
DRY_S: Final = 6 * 3600
"""So long after rain the sewers run as if there had been none."""
NIGHT: Final = (2.0, 5.0)
"""Local hours in which hardly anybody uses water."""
USED_AT_NIGHT: Final = 0.25
"""Of the mean sewage: what people use at night all the same."""
_DAY_S: Final = 86_400


def pattern(times: Instants, flows: Floats, rain_times: Instants, *, offset: int) -> Floats:
    """The dry-weather flow of each half hour of the day.

    Args:
        times: of the readings [s since the epoch], `(n,)`.
        flows: as many [m³/s].
        rain_times: instants at which it rained [s since the epoch], ascending.
        offset: of local time from UTC [s].

    Returns:
        Medians `(48,)` [m³/s]; of a half hour without a dry reading, what its neighbours say; NaN
        where there is no dry reading at all.

    >>> day = np.arange(0, 86_400, 600)
    >>> steady = pattern(day, np.full(len(day), 0.2), np.array([], dtype=np.int64), offset=0)
    >>> float(steady.min()), float(steady.max())
    (0.2, 0.2)
    """
    last = np.searchsorted(rain_times, times, side="right") - 1
    since = np.where(last >= 0, times - rain_times[last] if len(rain_times) else _DAY_S, _DAY_S)
    dry = (since >= DRY_S) & np.isfinite(flows)
    slots = ((times + offset) % _DAY_S) // SLOT_S
    count = _DAY_S // SLOT_S
    found = np.full(count, np.nan)
    for slot in np.unique(slots[dry]):
        found[slot] = np.median(flows[dry & (slots == slot)])
    known = np.flatnonzero(np.isfinite(found))
    if len(known) == 0:
        return found
    whole: Floats = np.interp(np.arange(count), known, found[known], period=count)
    return whole


def at(found: Floats, instant: int, *, offset: int) -> float:
    """The dry-weather flow at an instant [s since the epoch], between the middles of half hours."""
    count = len(found)
    slot = ((instant + offset) % _DAY_S) / SLOT_S - 0.5
    return float(np.interp(slot, np.arange(count), found, period=count))


def infiltration(found: Floats) -> float:
    """Ground water that seeps into the sewers [m³/s].

    The night minimum, less what people use at night: triangle of minimum night flow (EPA, Guide
    for Estimating Infiltration and Inflow, 2014, night-flow method). With `u` the share of the mean
    sewage that is used at night, `night = seeped + u (mean - seeped)`.
    """
    slots = np.arange(len(found)) * SLOT_S / 3600.0
    night = float(np.median(found[(slots >= NIGHT[0]) & (slots < NIGHT[1])]))
    mean = float(found.mean())
    return max((night - USED_AT_NIGHT * mean) / (1 - USED_AT_NIGHT), 0.0)
