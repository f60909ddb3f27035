"""Which stretch of the network holds a leak, and what it costs people to shut it off."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kota.errors import SolutionError
from kota.solutions.water.isolation import Isolation, isolate
from kota.solutions.water.live.supplied import Supplied

BURST = 20.0
"""From this flow on a leak is called a burst, and worth shutting off [m³/h]."""
SURE_ENOUGH = 0.5
"""Probability of a stretch from which on shutting it off is proposed."""
_WEIGHED = 12
"""So many of the likeliest pipes are thought of."""
_WORTH = 0.01


@dataclass(frozen=True, slots=True)
class Closing:
    """A stretch that can be shut off.

    Args:
        isolation: its valves, pipes and junctions.
        covers: pipes without water then, in the stretch or fed through it alone.
        mass: probability that the leak is in one of them.
        buildings, residents: without water then.
    """

    isolation: Isolation
    covers: tuple[str, ...]
    mass: float
    buildings: int
    residents: int


@dataclass(slots=True)
class Deliberation:
    """Whether a stretch is to be shut off yet, look by look."""

    _last: tuple[str, ...] = ()

    def is_ripe(self, flow: float, closing: Closing | None) -> bool:
        """Whether a burst is in the same stretch at two looks in a row, surely enough, and more is
        lost through it [m³/h] than by those who have no water then.

        Args:
            flow: of the leak [m³/h].
            closing: the likeliest stretch now.
        """
        stretch = () if closing is None else closing.isolation.pipes
        again, self._last = stretch == self._last, stretch
        if closing is None or not again:
            return False
        worth = flow >= BURST and closing.isolation.demand < flow
        return worth and closing.mass >= SURE_ENOUGH


def best_closing(
    town: Supplied, mass: NDArray[np.float64], useless: Collection[str] = ()
) -> Closing | None:
    """The stretch that most likely holds the leak, of those that can be shut off.

    Args:
        town: the network.
        mass: probability of each pipe, in the network's order `(n_pipes,)`.
        useless: ids of valves that do not work.

    Returns:
        None where no pipe that may leak can be shut off.
    """
    names = list(town.network.pipes)
    of = {name: float(mass[k]) for k, name in enumerate(names)}
    found: dict[tuple[str, ...], Isolation] = {}
    for k in np.argsort(-mass)[:_WEIGHED].tolist():
        if mass[k] < _WORTH:
            break
        try:
            one = isolate(
                town.network, town.valves, names[k], useless=useless, shut=town.shut - set(useless)
            )
        except SolutionError:
            continue
        found.setdefault(one.pipes, one)
    if not found:
        return None
    covers = {pipes: _covered(town, one) for pipes, one in found.items()}
    best = max(found.values(), key=lambda one: sum(of[name] for name in covers[one.pipes]))
    fed = [town.people.get(name, (0, 0)) for name in best.dry]
    return Closing(
        best,
        covers[best.pipes],
        mass=sum(of[name] for name in covers[best.pipes]),
        buildings=sum(buildings for buildings, _ in fed),
        residents=sum(residents for _, residents in fed),
    )


def _covered(town: Supplied, one: Isolation) -> tuple[str, ...]:
    dry = set(one.dry)
    return tuple(
        pipe.id
        for pipe in town.network.pipes.values()
        if pipe.id in one.pipes or (pipe.start in dry and pipe.end in dry)
    )


def is_shut_off(town: Supplied, pipe: str) -> bool:
    """Whether the valves that are shut keep all water from a pipe."""
    try:
        return not isolate(town.network, town.valves, pipe, shut=town.shut).shut
    except SolutionError:
        return False
