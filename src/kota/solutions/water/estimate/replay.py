"""What drives the model at each step, made from readings, and its run through them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.estimate.scada import Scada, Seconds
from kota.solutions.water.estimate.twin import State, Twin, zone_demand

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COVERED = 0.5
"""A zone whose customers are metered to this share follows its customers' meters."""


@dataclass(frozen=True, slots=True)
class Drive:
    """The inputs of the model.

    Args:
        times: `(steps,)` [s].
        factor: of the usual demand, by zone `(steps, n_zones)`.
        metered: at the metered customers [m³/h] `(steps, n_meters)`, NaN: unknown.
        pumped: through the metered pumps [m³/h] `(steps, n_pumps)`.
        levels: of the measured tanks [m] `(steps, n_tanks)`.
        taken: by all zones together [m³/h] `(steps,)`.
        excess: what each zone takes beyond its customers' meters [m³/h] `(steps, n_zones)`; NaN
            where they do not cover it.
        by_meters: whether a zone's factor follows its customers' meters `(n_zones,)`.
        guessed: whether something of it is carried on from before `(steps,)`.
    """

    times: Seconds
    factor: Floats
    metered: Floats
    pumped: Floats
    levels: Floats
    taken: Floats
    excess: Floats
    by_meters: NDArray[np.bool_]
    guessed: NDArray[np.bool_]


def drive(twin: Twin, scada: Scada) -> Drive:
    """The inputs at each step; where a reading is missing the last holds."""
    usual = np.array(
        [[twin.usual(int(t))[zone.nodes].sum() for zone in twin.zones] for t in _week(scada.times)]
    )
    usual = usual[np.arange(len(scada.times)) % len(usual)]
    measured = zone_demand(twin, scada)
    factor = measured / np.where(usual > 1e-9, usual, np.nan)
    excess, by_meters = np.full_like(factor, np.nan), np.zeros(len(twin.zones), dtype=bool)
    places = [twin.node[name] for name in scada.demands.names]
    for z, zone in enumerate(twin.zones):
        inside = [k for k, place in enumerate(places) if place in set(zone.nodes.tolist())]
        if not inside:
            continue
        week = np.array(
            [twin.usual(int(t))[[places[k] for k in inside]].sum() for t in _week(scada.times)]
        )
        share = week[np.arange(len(scada.times)) % len(week)]
        if share.sum() > COVERED * usual[:, z].sum():
            factor[:, z] = scada.demands.values[:, inside].sum(axis=1) / share
            excess[:, z] = measured[:, z] - factor[:, z] * usual[:, z]
            by_meters[z] = True
    pumps = [scada.flows.names.index(name) for name in twin.cut]
    pumped, levels = scada.flows.values[:, pumps], scada.levels.values
    parts = [factor, pumped, levels]
    guessed = np.any([np.isnan(part).any(axis=1) for part in parts], axis=0)
    starts = [twin.network.tanks[name].level for name in scada.levels.names]
    factor = np.clip(_held(factor, np.ones(factor.shape[1])), 0.02, 10.0)
    return Drive(
        scada.times,
        factor,
        scada.demands.values,
        _held(pumped, np.zeros(len(pumps))),
        _held(levels, np.array(starts)),
        (factor * usual).sum(axis=1),
        excess,
        by_meters,
        guessed,
    )


def _week(times: Seconds) -> Seconds:
    step = int(times[1] - times[0]) if len(times) > 1 else 300
    return times[: max(1, min(len(times), 7 * 86_400 // step))]


def _held(values: Floats, first: Floats) -> Floats:
    """Gaps filled with the last value before."""
    held = values.copy()
    if len(held):
        held[0] = np.where(np.isnan(held[0]), first, held[0])
    rows = np.where(np.isnan(held), 0, np.arange(len(held))[:, None])
    np.maximum.accumulate(rows, axis=0, out=rows)
    return np.asarray(np.take_along_axis(held, rows, axis=0))


class Runner:
    """Runs a twin through a drive, with base demands and resistances as calibrated.

    Args:
        twin: the model; its resistances stay as `share` finds them.
        meters: names of the metered customers.
        share: of each node's usual demand `(n_nodes,)`; 1: as the model says.
    """

    def __init__(self, twin: Twin, meters: tuple[str, ...], share: Floats | None = None) -> None:
        self.twin = twin
        self._meters = np.array([twin.node[name] for name in meters], dtype=int)
        self.share = np.ones(len(twin.nodes)) if share is None else share
        self._usual: dict[int, Floats] = {}

    def demand(self, given: Drive, step: int, extra: Floats | None = None) -> Floats:
        """At each node [m³/h]; a zone's sum is as measured whatever the shares.

        Args:
            given: the drive.
            step: of it.
            extra: known to leave the network at nodes besides [m³/h] `(n_nodes,)`. Where a zone's
                customers are metered it comes on top, elsewhere it is part of what is measured.
        """
        usual = self.twin.usual(int(given.times[step]))
        shared = usual * self.share
        demand = shared.copy()
        for z, zone in enumerate(self.twin.zones):
            here = shared[zone.nodes].sum()
            if here <= 0:
                continue
            total = given.factor[step, z] * usual[zone.nodes].sum()
            if extra is not None and not given.by_meters[z]:
                total = max(total - extra[zone.nodes].sum(), 0.02 * total)
            demand[zone.nodes] *= total / here
        if len(self._meters):
            read = given.metered[step]
            demand[self._meters] = np.where(np.isnan(read), demand[self._meters], read)
        return demand if extra is None else demand + extra

    def state(self, given: Drive, step: int, extra: Floats | None = None) -> State:
        """The network's state at a step, with `extra` as in `demand`."""
        pumped = dict(zip(self.twin.cut, given.pumped[step].tolist(), strict=True))
        levels = dict(zip(self.twin.levels, given.levels[step].tolist(), strict=True))
        return self.twin.solve(self.demand(given, step, extra), pumped, levels)
