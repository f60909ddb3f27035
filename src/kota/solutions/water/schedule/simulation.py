"""EPANET as a function: a schedule goes in, what the day costs and does comes out."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np

from kota.solutions.water.schedule.limits import Limits, Weights
from kota.solutions.water.schedule.site import Floats, Site
from kota.solutions.water.schedule.switching import Schedule, Switching

_NEVER = 10**8
_CHATTER_S = 5
"""Hydraulic steps shorter than this [s], again and again, are a tank's valve that chatters."""
_CHATTERS = 40
_LOOK_EVERY = 4
_EVEN = Weights()


@dataclass(frozen=True, slots=True)
class Day:
    """What a schedule does.

    Args:
        cost: by pump `(n_all_pumps,)`, without the demand charge.
        energy: by pump `(n_all_pumps,)` [kWh].
        peak: greatest power of all pumps together [kW].
        lowest: least pressure at each node `(n_nodes,)` [m].
        level_low, level_high, level_end: of the tanks `(n_tanks,)` [m].
        switched: when each of all pumps really ran.
        charge: demand charge of the peak.
    """

    cost: Floats
    energy: Floats
    peak: float
    lowest: Floats
    level_low: Floats
    level_high: Floats
    level_end: Floats
    switched: Schedule
    charge: float

    @property
    def total(self) -> float:
        """What the day costs, demand charge included."""
        return float(self.cost.sum()) + self.charge


class Simulation:
    """An open project whose pumps obey schedules; a context manager.

    Args:
        tk: EPANET's toolkit.
        project: an open project, in the units of its file, so that it does to the bit what
            EPANET does with the file; closed by whoever opened it.
        site: what is scheduled in it.
        starts: the greatest number of starts of a pump that will be asked for.
    """

    def __init__(self, tk: Any, project: Any, site: Site, *, starts: int = 0) -> None:
        self._tk, self._project, self._site = tk, project, site
        count = len(site.node_ids)
        self._buffer = tk.doubleArray(count)
        address = ctypes.cast(int(self._buffer.cast()), ctypes.POINTER(ctypes.c_double))
        self._heads: Floats = np.ctypeslib.as_array(address, (count,))
        self._tanks = np.array(site.tanks, dtype=int) - 1
        self._floor = site.elevation[self._tanks]
        self._timers: list[list[list[tuple[int, int, float, float]]]] = []
        self._set: list[Switching | None] = [None] * len(site.pumps)
        self._prices = site.prices.tolist()
        self.steps = 0
        """Hydraulic steps that were solved so far."""
        tk.setqualtype(project, tk.NONE, "", "", "")
        if starts:
            self._take_over(2 * starts + 1)

    def __enter__(self) -> Self:
        self._tk.openH(self._project)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tk.closeH(self._project)

    def shipped(self) -> Day:
        """The day under the project's own controls."""
        day = self._run(None, np.inf, _EVEN)
        assert day is not None  # only what is searched is given up
        return day

    def run(
        self,
        schedule: Schedule,
        limits: Limits | None = None,
        ceiling: float = np.inf,
        weights: Weights = _EVEN,
    ) -> Day | None:
        """The day under a schedule.

        Args:
            schedule: a switching for each of the site's pumps.
            limits, ceiling, weights: the run is given up as soon as its score is bound to be
                above the ceiling.

        Returns:
            None where it was given up, or a valve chatters.
        """
        for number, wanted in enumerate(schedule):
            if self._set[number] != wanted:
                self._program(number, wanted)
                self._set[number] = wanted
        return self._run(limits, ceiling, weights)

    def _run(self, limits: Limits | None, ceiling: float, weights: Weights) -> Day | None:
        tk, project, site = self._tk, self._project, self._site
        pumps = [index for index, _ in site.all_pumps]
        cost, energy = [0.0] * len(pumps), [0.0] * len(pumps)
        lowest = np.full(len(site.node_ids), np.inf)
        highest = -lowest
        states: list[list[tuple[int, bool]]] = [[] for _ in pumps]
        spent, peak, short, steps = 0.0, 0.0, 0, 0
        tk.initH(project, tk.INITFLOW)
        while True:
            now = tk.runH(project)
            tk.getnodevalues(project, tk.HEAD, self._buffer)
            np.minimum(lowest, self._heads, out=lowest)
            np.maximum(highest, self._heads, out=highest)
            power = [tk.getlinkvalue(project, index, tk.ENERGY) for index in pumps]
            for k, value in enumerate(power):
                runs = value > 0
                if not states[k] or (states[k][-1][1] != runs and now < site.horizon):
                    states[k].append((now, runs))
            step = tk.nextH(project)
            steps += 1
            if step <= 0:
                break
            hours, period = step / 3600, (now + site.lag) // site.period
            for k, value in enumerate(power):
                if value:
                    energy[k] += value * hours
                    price = value * hours * self._prices[k][period]
                    cost[k] += price
                    spent += price
            peak = max(peak, sum(power))
            short += step < _CHATTER_S
            hopeless = (
                limits is not None
                and steps % _LOOK_EVERY == 0
                and limits.bound(spent, lowest * site.length, weights) > ceiling
            )
            if hopeless or (short > _CHATTERS and self._timers):
                self.steps += steps
                return None
        self.steps += steps
        tanks, floor = self._tanks, self._floor
        return Day(
            cost=np.array(cost),
            energy=np.array(energy),
            peak=peak,
            lowest=lowest * site.length - site.elevation,
            level_low=lowest[tanks] * site.length - floor,
            level_high=highest[tanks] * site.length - floor,
            level_end=self._heads[tanks] * site.length - floor,
            switched=tuple(_switching(one) for one in states),
            charge=peak * site.demand_charge,
        )

    def _take_over(self, switches: int) -> None:
        """Give the scheduled pumps timers; the project holds no other controls of them."""
        tk, project = self._tk, self._project
        for pump in self._site.pumps:
            links = [(pump.index, pump.speed, 0.0)]
            links += [
                (one.link, float(not one.opposite), float(one.opposite)) for one in pump.companions
            ]
            self._timers.append(
                [
                    [
                        (tk.addcontrol(project, tk.TIMER, link, off, 0, _NEVER), link, on, off)
                        for link, on, off in links
                    ]
                    for _ in range(switches)
                ]
            )

    def _program(self, number: int, wanted: Switching) -> None:
        tk, project = self._tk, self._project
        events = wanted.events
        timers = self._timers[number]
        events += [(_NEVER, False)] * (len(timers) - len(events))
        for (time, runs), row in zip(events, timers, strict=True):
            for control, link, on, off in row:
                tk.setcontrol(project, control, tk.TIMER, link, on if runs else off, 0, time)


def _switching(states: list[tuple[int, bool]]) -> Switching:
    return Switching(states[0][1], tuple(time for time, _ in states[1:]))
