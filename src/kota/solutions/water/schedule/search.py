"""Simulated annealing over switchings, with EPANET in the loop.

Moves are accepted as in S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi, Optimization by simulated
annealing, 1983, doi:10.1126/science.220.4598.671. What a score may be at most is drawn before the
day is simulated, so that most days are given up in their first hours. Violations have weights that
grow while the search stays outside the limits and shrink while it stays inside, so that it walks
along them (F. Glover, J. K. Hao, The case for strategic oscillation, 2011,
doi:10.1007/s10479-009-0597-1).
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from kota.solutions.water.schedule.limits import Excess, Limits, Weights
from kota.solutions.water.schedule.moves import Moves
from kota.solutions.water.schedule.simulation import Day, Simulation
from kota.solutions.water.schedule.site import Site
from kota.solutions.water.schedule.switching import Schedule, Switching

_ADAPT_EVERY = 60
_GROW, _SHRINK = 1.15, 1 / 1.1
_GREATEST = 60.0
_FIRM = Weights(ends=2.0, pressure=0.1, levels=2.0)
_LEAST = Weights(ends=0.3, pressure=0.02, levels=0.3)
_RUN_S, _PAUSE_S = 900, 600
"""Least lengths of a run and of a pause, as the interlocks of a pump that is commanded ask."""
_IDLE = 30_000
_TRIED_SEEDS = 500
_STARTS = 4
_START = 2e-4
"""What a start is worth, as a share of the day's cost: wear."""
_FIRST, _SECOND = 0.25, 0.85
"""Shares of the effort at which the starts, and the long way from the best of them, end."""


@dataclass(frozen=True, slots=True)
class Found:
    """A schedule that keeps every limit, and its day."""

    schedule: Schedule
    day: Day


@dataclass(slots=True)
class Effort:
    """How long to search: so many hydraulic steps, and not beyond a time.

    Args:
        steps: of all simulated days together; they end a search at the same place on any machine.
        until: the last moment [s of `clock`]; where it comes first, another run may end elsewhere.
        clock: seconds that only grow.
    """

    steps: int
    until: float
    clock: Callable[[], float] = time.monotonic
    ran_out: bool = False

    def spent(self, steps: int) -> bool:
        """Whether it is over after so many steps."""
        if self.clock() >= self.until:
            self.ran_out = True
        return self.ran_out or steps >= self.steps


@dataclass(slots=True)
class Search:
    """Looks for the cheapest schedule that keeps its limits.

    Args:
        simulation: of the network.
        limits: what must be kept.
        moves: what may be tried next.
        effort: how long.
        rng: of chance.
        cheap: each scheduled pump in its cheap hours.
        progress: told the share of the effort that is spent, and the least cost so far.
    """

    simulation: Simulation
    limits: Limits
    moves: Moves
    effort: Effort
    rng: Random
    cheap: Schedule
    progress: Callable[[float, float | None], None] = lambda _, __: None
    best: Found | None = None

    def run(self, usual: Schedule, others: Sequence[Schedule] = ()) -> Found | None:
        """The best that is found; None where nothing keeps the limits.

        Args:
            usual: what the controls as shipped do.
            others: schedules to start from as well.
        """
        usual = self._allowed(usual)
        seeds = [*others, *self._seeds(usual)]
        begun = self.simulation.steps
        total = self.effort.steps - begun
        ends = [usual]
        for k, seed in enumerate(seeds, start=1):
            until = begun + int(total * _FIRST * k / len(seeds))
            ends.append(self._anneal(seed, until, hot=6e-3, cold=5e-4))
        until = begun + int(total * _SECOND)
        last = self._anneal(self._foremost(ends), until, hot=5e-3, cold=5e-5)
        self.moves = replace(self.moves, grid=max(self.moves.grid // 5, 60))
        self._anneal(self._foremost([last]), self.effort.steps, hot=5e-4, cold=2e-5)
        return self.best

    def _foremost(self, ends: list[Schedule]) -> Schedule:
        """The cheapest of some schedules and the best so far, violations weighed."""
        known = [self.best.schedule] if self.best is not None else []
        scores = []
        for k, schedule in enumerate([*known, *ends]):
            day = self.simulation.run(schedule)
            if day is not None:
                excess = self._judge(schedule, day)
                scores.append((self._share(schedule, day) + excess.weighed(_FIRM), k))
        return [*known, *ends][min(scores)[1]] if scores else ends[-1]

    def _anneal(self, schedule: Schedule, until: int, *, hot: float, cold: float) -> Schedule:
        """Cool down from one temperature to another; returns where it ends."""
        begun, weights = self.simulation.steps, Weights()
        day = self.simulation.run(schedule)
        if day is None:
            return schedule
        excess = self._judge(schedule, day)
        share = self._share(schedule, day)
        draws = idle = 0
        while not self.effort.spent(self.simulation.steps) and self.simulation.steps < until:
            idle += 1
            if idle > _IDLE:
                break
            tried = self.moves.draw(schedule, self.rng)
            if tried is None or tried == schedule or not self._startable(tried):
                continue
            idle = 0
            done = (self.simulation.steps - begun) / max(until - begun, 1)
            temperature = hot * (cold / hot) ** min(done, 1.0)
            score = share + excess.weighed(weights)
            ceiling = score - temperature * math.log(1 - self.rng.random())
            day = self.simulation.run(tried, self.limits, ceiling, weights)
            if day is not None:
                after = self._judge(tried, day)
                cost = self._share(tried, day)
                if cost + after.weighed(weights) <= ceiling:
                    schedule, excess, share = tried, after, cost
            draws += 1
            if draws % _ADAPT_EVERY == 0:
                weights = _adapted(weights, excess)
                self._tell()
        return schedule

    def _share(self, schedule: Schedule, day: Day) -> float:
        """What a day costs, as a share of the day as shipped; of equals the calmer is better."""
        return day.total / self.limits.cost + _START * sum(self._starts(schedule))

    def _judge(self, schedule: Schedule, day: Day) -> Excess:
        """Weigh a day, and keep it where nothing better keeps the limits."""
        excess = self.limits.excess(day, schedule)
        better = self.best is None or day.total < self.best.day.total
        if not excess and better and self._startable(schedule):
            self.best = Found(schedule, day)
        return excess

    def _seeds(self, usual: Schedule) -> list[Schedule]:
        """Where to start: as shipped, and the best mixtures of it with plainer days."""
        choices = [
            (one, Switching(True), Switching(False), cheap)
            for one, cheap in zip(usual, self.cheap, strict=True)
        ]
        mixtures = [usual]
        for number, plain in enumerate(choices):
            mixtures += [(*usual[:number], one, *usual[number + 1 :]) for one in plain[1:]]
        every = list(itertools.islice(itertools.product(*choices), 20 * _TRIED_SEEDS))
        if len(every) > _TRIED_SEEDS:
            mixtures += [tuple(map(self.rng.choice, choices)) for _ in range(_TRIED_SEEDS)]
        else:
            mixtures += every
        mixtures = list(dict.fromkeys(mixtures))
        scores: list[tuple[float, int]] = []
        cap = self.simulation.steps + (self.effort.steps - self.simulation.steps) // 10
        for k, mixture in enumerate(mixtures):
            if self.simulation.steps > cap or self.effort.spent(self.simulation.steps):
                break
            day = self.simulation.run(mixture) if self._startable(mixture) else None
            if day is not None:
                excess = self._judge(mixture, day)
                scores.append((day.total / self.limits.cost + excess.weighed(_FIRM), k))
        best = [k for _, k in sorted(scores) if k]
        return [usual, *(mixtures[k] for k in best[: _STARTS - 1])]

    def _allowed(self, usual: Schedule) -> Schedule:
        end, grid = self.moves.horizon, self.moves.grid
        return tuple(
            Switching.tidy(one.first, (round(each / grid) * grid for each in one.times), end)
            for one in usual
        )

    def _startable(self, schedule: Schedule) -> bool:
        return self.limits.allow(self._starts(schedule)) and all(
            one.steady(_RUN_S, _PAUSE_S) for one in schedule
        )

    def _starts(self, schedule: Schedule) -> list[int]:
        return [one.starts(ran) for one, ran in zip(schedule, self.limits.ran, strict=True)]

    def _tell(self) -> None:
        share = min(self.simulation.steps / self.effort.steps, 1.0)
        self.progress(share, None if self.best is None else self.best.day.total)


def price_edges(site: Site) -> tuple[int, ...]:
    """Instants within the horizon at which any pump's price changes [s].

    Args:
        site: whose prices.
    """
    period, lag, horizon = site.period, site.lag, site.horizon
    prices = site.prices.tolist()
    edges = {
        k * period - lag
        for row in prices
        for k in range(1, len(row))
        if row[k] != row[k - 1] and k * period - lag < horizon
    }
    return tuple(sorted(edges))


def cheap_hours(site: Site) -> Schedule:
    """Each scheduled pump running while its price is below the mean of its day.

    Args:
        site: whose pumps and prices.
    """
    place = {index: k for k, (index, _) in enumerate(site.all_pumps)}
    periods = -(-(site.horizon + site.lag) // site.period)
    found = []
    for pump in site.pumps:
        prices = site.prices[place[pump.index], :periods]
        low = (prices < prices.mean()).tolist()
        times = [k * site.period - site.lag for k in range(1, periods) if low[k] != low[k - 1]]
        found.append(Switching.tidy(low[0], times, site.horizon))
    return tuple(found)


def _adapted(weights: Weights, excess: Excess) -> Weights:
    def one(weight: float, violated: float, least: float) -> float:
        if violated > 0:
            return min(weight * _GROW, _GREATEST)
        return max(weight * _SHRINK, least)

    return Weights(
        ends=one(weights.ends, excess.ends, _LEAST.ends),
        pressure=one(weights.pressure, excess.pressure, _LEAST.pressure),
        levels=one(weights.levels, excess.levels, _LEAST.levels),
    )
