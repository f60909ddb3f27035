"""What a schedule must keep, taken from the day under the controls as shipped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from kota.solutions.water.schedule.site import Floats, Site
from kota.solutions.water.schedule.switching import Schedule

if TYPE_CHECKING:
    from kota.solutions.water.schedule.simulation import Day

_SLACK = 1e-4
"""Rounding that is no violation [m]."""
_MARGIN = 2e-3
"""By how much levels end above the start, for EPANETs that round otherwise [m]."""
_STALL = 0.02
"""What a pump that cannot deliver costs, as a share of the day's cost."""
_RESERVE = 0.02
"""Share of a tank's range that is never used, where the shipped controls leave it too."""


class Keeps(StrEnum):
    """In what a schedule is no worse than the controls as shipped, the strictest first."""

    EACH = "each"
    """No pump starts more often, no customer's least pressure is lower."""
    NETWORK = "network"
    """The pumps together; the least pressure of all customers is no lower."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What a violation costs, in shares of the day's cost.

    Args:
        ends: a tank that ends lower, by its range.
        pressure: a metre too little.
        levels: a tank that runs too low, by its range.
    """

    ends: float = 1.0
    pressure: float = 0.05
    levels: float = 1.0


@dataclass(frozen=True, slots=True)
class Excess:
    """How far a day is from what it must keep; all zero: it keeps it.

    Args:
        ends: sum over the tanks of what is missing at the end, in shares of their range.
        pressure: greatest lack of pressure at a customer [m].
        levels: sum over the tanks of what they run too low, in shares of their range.
        stalls: pumps that were to run and could not, since the head was beyond their curve.
    """

    ends: float
    pressure: float
    levels: float
    stalls: int

    def __bool__(self) -> bool:
        return self.ends > 0 or self.pressure > 0 or self.levels > 0 or self.stalls > 0

    def weighed(self, weights: Weights) -> float:
        """In shares of the day's cost."""
        return (
            weights.ends * self.ends
            + weights.pressure * self.pressure
            + weights.levels * self.levels
            + _STALL * self.stalls
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for a day.

    Args:
        cost: of the day as shipped; scores are shares of it.
        nodes: indices from 0 of the nodes whose pressure counts.
        heads, pressures: the least there `(n_nodes_that_count,)` [m].
        tanks, floor: indices from 0 of the tanks, and elevations of their floors [m].
        ends: least levels at the end `(n_tanks,)` [m].
        levels: least levels at any time `(n_tanks,)` [m].
        span: range of the tanks `(n_tanks,)` [m].
        pumps: places of the scheduled pumps among all.
        starts: of each as shipped.
        together: pumps may start in each other's stead.
        ran: whether each ran just before the beginning.
    """

    cost: float
    nodes: np.ndarray
    heads: Floats
    pressures: Floats
    tanks: np.ndarray
    floor: Floats
    ends: Floats
    levels: Floats
    span: Floats
    pumps: tuple[int, ...]
    starts: tuple[int, ...]
    together: bool
    ran: tuple[bool, ...]

    @classmethod
    def of(cls, site: Site, shipped: Day, keeps: Keeps, *, margin: float = _MARGIN) -> Limits:
        """No worse than as shipped, and tanks as full at the end as at the beginning.

        Args:
            site: the network.
            shipped: its day under its own controls.
            keeps: whose pressure and starts are compared.
            margin: by how much levels end above the start [m].
        """
        nodes = np.array(site.customers, dtype=int) - 1
        least = shipped.lowest[nodes]
        if keeps is Keeps.NETWORK:
            least = np.full_like(least, least.min(initial=np.inf))
        span = np.maximum(site.high - site.low, 1e-6)
        numbers = {index: k for k, (index, _) in enumerate(site.all_pumps)}
        before = [shipped.switched[numbers[pump.index]] for pump in site.pumps]
        starts = [one.starts(ran_before=one.first) for one in before]
        return cls(
            cost=max(shipped.total, 1e-9),
            nodes=nodes,
            heads=least + site.elevation[nodes],
            pressures=least,
            tanks=np.array(site.tanks, dtype=int) - 1,
            floor=site.elevation[np.array(site.tanks, dtype=int) - 1],
            ends=np.minimum(site.start + margin, site.high),
            levels=np.minimum(site.low + _RESERVE * span, shipped.level_low),
            span=span,
            pumps=tuple(numbers[pump.index] for pump in site.pumps),
            starts=tuple(starts),
            together=keeps is not Keeps.EACH,
            ran=tuple(one.first for one in before),
        )

    def excess(self, day: Day, schedule: Schedule) -> Excess:
        """How far the day of a schedule is from these limits."""
        lack = self.pressures - _SLACK - day.lowest[self.nodes]
        return Excess(
            ends=float((np.maximum(self.ends - day.level_end, 0) / self.span).sum()),
            pressure=max(float(lack.max(initial=0.0)), 0.0),
            levels=self._levels(day.level_low),
            stalls=sum(
                day.switched[k] != wanted for k, wanted in zip(self.pumps, schedule, strict=True)
            ),
        )

    def allow(self, starts: list[int]) -> bool:
        """Whether the scheduled pumps may start so often."""
        if self.together:
            return sum(starts) <= sum(self.starts) and max(starts) <= self.most
        return all(one <= most for one, most in zip(starts, self.starts, strict=True))

    @property
    def most(self) -> int:
        """The greatest number of starts of any pump."""
        return max(self.starts, default=0)

    def bound(self, spent: float, heads: Floats, weights: Weights) -> float:
        """The score that a day has at least by now; it can only grow.

        Args:
            spent: cost so far.
            heads: least ones so far at all nodes [m].
            weights: of the violations.
        """
        lack = float((self.heads - heads[self.nodes]).max(initial=0.0)) - _SLACK
        levels = self._levels(heads[self.tanks] - self.floor)
        return spent / self.cost + weights.pressure * max(lack, 0.0) + weights.levels * levels

    def _levels(self, low: Floats) -> float:
        return float((np.maximum(self.levels - _SLACK - low, 0) / self.span).sum())
