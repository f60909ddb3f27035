"""From what is known of the storages to what their gates should do: pure rules, arrays in and out.

In this order, a later one winning over an earlier:

1. a gate whose own flow is limited lets out no more than the limit, judged by the upper edge of
   what is known of the gate;
2. gates above a limited link share what the link has left (`sharing`);
3. while another storage spills, one with room for an hour's inflow holds its water back;
4. a storage that would be full at the end of the horizon, by the upper edge of what is known of its
   filling, is opened as far as it takes to prevent that;
5. one that is full is opened further at every step, whatever its gates were thought to let out;
6. one of which nothing has been seen for two and a half hours has its gates opened, ever faster,
   until after four they are where they are without control.

So water is held back only where there is room for it, and doubt about a level opens its gates. Of a
storage that is not seen, `surge` says how full it may be; until it may be full it holds water as if
it were seen, and then its gates are opened for the worst inflow and no further. Opening them wide
at once would be no safer, and would carry what was stored over the limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kota.solutions.sewage.observer import Floats, Observer
from kota.solutions.sewage.sharing import share_release
from kota.solutions.sewage.surge import Surge

HORIZON_H = 0.25
FULL = 0.97
RELIEF_H, RELIEF_FULL = 1.0, 0.9
LIMIT_CAUTION = 1.0
"""Standard deviations of the gates' coefficient by which they are kept below a limit."""
BLIND_H, OPENING_H = 2.5, 1.5
"""After so long without sight of a storage its gates open, ever faster, in so long [h]."""
BRIM, BRIM_FACTOR, BRIM_LEAST = 0.985, 3.0, 0.05


@dataclass(frozen=True, slots=True)
class Gates:
    """What does not change about the gates that hold water back, arrays of shape ``(m,)``.

    Args:
        of: index of the storage of each.
        least, most: settings.
        limit: of its own flow [m³/h], infinite where there is none.
        volume: of the storages [m³], shape ``(n,)``.
    """

    of: NDArray[np.intp]
    least: Floats
    most: Floats
    limit: Floats
    volume: Floats

    def by_storage(self, values: Floats) -> Floats:
        """Sums over the gates of each storage, shape ``(n,)``."""
        sums = np.bincount(self.of, weights=values, minlength=len(self.volume))
        return sums.astype(float)


def decide(
    gates: Gates,
    observer: Observer,
    *,
    settings: Floats,
    unseen: Floats,
    budgets: Sequence[float],
    surge: Surge,
) -> Floats:
    """The next settings.

    Args:
        gates: that can be moved.
        observer: of the storages.
        settings: as they are, shape ``(m,)``.
        unseen: how long nothing has been seen of each storage [h], shape ``(n,)``.
        budgets: what each shared link has left for all gates together [m³/h].
        surge: what may flow in unseen.

    Returns:
        Settings, shape ``(m,)``, each within its least and most.
    """
    filling, inflow = observer.filling, observer.inflow
    upper = surge.fullest
    # unseen, the likeliest filling: what is kept below the limit now may have to go above it later
    head = np.where(unseen <= 0, upper, filling)
    full_open = np.maximum(observer.full_outflow(head) * gates.volume, 1e-9)
    full_open_upper = full_open * np.exp(LIMIT_CAUTION * observer.gate_doubt)
    brim = (filling >= BRIM) & (unseen <= 0)

    released = np.minimum(gates.limit, full_open_upper[gates.of] * gates.most)
    ahead = filling + inflow * HORIZON_H
    for budget in budgets:
        totals = gates.by_storage(released)
        shared = share_release(ahead, gates.volume, totals, budget=budget, hours=HORIZON_H)
        released = released * (shared / np.maximum(totals, 1e-9))[gates.of]
    wanted = released / full_open_upper[gates.of]

    if brim.any():
        room = upper + inflow * RELIEF_H < RELIEF_FULL
        wanted = np.where(room[gates.of], gates.least, wanted)
    wanted = np.maximum(wanted, _relief(gates, observer, unseen, surge))
    rising = np.maximum(BRIM_FACTOR * settings, BRIM_LEAST)
    wanted = np.where(brim[gates.of], np.maximum(wanted, rising), wanted)
    blind = np.clip((unseen - BLIND_H) / OPENING_H, 0.0, 1.0)
    wanted = np.maximum(wanted, blind[gates.of] ** 2 * gates.most)
    chosen: Floats = np.clip(wanted, gates.least, gates.most)
    return chosen


def _relief(gates: Gates, observer: Observer, unseen: Floats, surge: Surge) -> Floats:
    """Settings that keep each storage from filling up, if the worst inflow comes, shape ``(m,)``.

    A storage that is not seen may have taken in more than was expected (`surge`). Once it may be
    full it is opened for the worst inflow and no more: what is let out beyond that would only carry
    stored water over a limit.
    """
    ahead = surge.fullest + surge.inflow * HORIZON_H
    need = np.maximum(ahead - FULL, 0.0) / HORIZON_H
    seen = unseen <= 0
    passing = np.where(seen, observer.full_outflow(surge.fullest), surge.passing(observer))
    count = np.maximum(gates.by_storage(np.ones(len(gates.of))), 1.0)
    return (need / count / np.maximum(passing, 1e-9))[gates.of]
