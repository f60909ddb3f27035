"""How wide sewers are built: for a storm on their own land and for what tanks let through."""

from __future__ import annotations

import math
from typing import Final

from kota.demo.sewer_laying import Laid

ROUGHNESS: Final = 0.013
"""Of concrete, Manning's n [s/m^⅓]."""
THROTTLE: Final = 0.0068
"""What the sewers below take from each hectare of sealed land behind a tank [m³/s]."""
SPARE: Final = 1.6
"""They are built for so many times that."""

_SIZES = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)
_STORM_MM_PER_H = 75.0
_RUNOFF = 0.8
_SLOPE = 0.003
_FULL = 0.3117
"""Of Manning's equation for a full circle: Q = 0.3117 D^(8/3) S^(1/2) / n."""


def sizes(laid: Laid) -> dict[int, float]:
    """Diameter of the sewer that leads on from each crossing [m].

    The rational method (E. Kuichling, The relation between the rainfall and the discharge of sewers
    in populous districts, 1889) with a rain that falls the less hard the larger the land is; no
    sewer is narrower than those that lead into it, but below a tank.

    Args:
        laid: the tree.
    """
    sealed = laid.area * laid.impervious
    behind, free = laid.total(sealed), laid.held()
    feeders: dict[int, list[int]] = {}
    for node in laid.order[:-1]:
        feeders.setdefault(laid.down[node], []).append(node)
    found: dict[int, float] = {}
    for node in laid.order:
        own = 0.0 if node in laid.tanks else float(free[node])
        rate = _STORM_MM_PER_H / (1 + own / 12.0) ** 0.3
        flow = _RUNOFF * rate * own * 1e4 / 3.6e6
        flow += SPARE * THROTTLE * max(float(behind[node]) - own, 0.0)
        needed = (flow * ROUGHNESS / (_FULL * math.sqrt(_SLOPE))) ** 0.375
        if node not in laid.tanks:
            above = [found[k] for k in feeders.get(node, []) if k not in laid.tanks]
            needed = max([needed, *above])
        found[node] = next((size for size in _SIZES if size >= needed), _SIZES[-1])
    return found
