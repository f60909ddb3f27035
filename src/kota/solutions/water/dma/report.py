"""The balance of each area from a folder of readings, and which to search first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError
from kota.solutions.water.dma.areas import Area, metered_areas
from kota.solutions.water.dma.losses import Losses, Works, losses
from kota.solutions.water.dma.night import Night, night_flow
from kota.solutions.water.estimate.scada import Scada
from kota.solutions.water.inp import read_network
from kota.solutions.water.network import Network
from kota.solutions.water.outlook.course import look_ahead

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]

COVERED = 0.95
"""Share of an area's demand that must be metered before what is not sold is known."""
PER_CONNECTION = 0.5
"""Average demand of a connection where their number is not told [m³/day]."""
STORAGE_H = 1.0
"""A tank's change is taken over so long: levels are told to a centimetre."""
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Costs:
    """What lost water costs, and how it is judged.

    Args:
        water: of a cubic metre.
        exponent: of leakage on pressure, N1.
        night_use: of a connection [L/h].
    """

    water: float = 0.8
    exponent: float = 1.0
    night_use: float = 1.7


@dataclass(frozen=True, slots=True)
class Balance:
    """An area over the days that were read.

    Args:
        area: it.
        days: at midnight [s] `(days,)`.
        inflow: of each day, what tanks took taken off [m³/day], NaN: not told.
        sold: through customers' meters [m³/day], NaN: not told.
        covered: share of the area's demand that is metered.
        night: minimum night flow.
        losses: by the median night flow of the last seven days.
        spread: of the leakage, from how the methods and days differ [m³/day].
        lost: leakage of all days together [m³], and its cost.
        cost: of that.
        works: what the indicators were worked out from.
        told: share of the steps that were told.
    """

    area: Area
    days: Seconds
    inflow: Floats
    sold: Floats
    covered: float
    night: Night
    losses: Losses
    spread: float
    lost: float
    cost: float
    works: Works
    told: float

    @property
    def unsold(self) -> float | None:
        """Share of the inflow that is not sold (NRW); None: too few customers are metered."""
        both = ~np.isnan(self.inflow) & ~np.isnan(self.sold)
        total = float(self.inflow[both].sum())
        if self.covered < COVERED or total <= 0:
            return None
        return 1 - float(self.sold[both].sum()) / total


def balances(
    path: Path,
    scada: Scada,
    *,
    connections: Mapping[str, float] | None = None,
    costs: Costs | None = None,
) -> tuple[Balance, ...]:
    """Balance every area that is metered, the costliest leakage first: the work list.

    Args:
        path: the ``.inp`` file.
        scada: readings; a day at least.
        connections: of each junction; None: one for each 0.5 m³ a day.
        costs: what lost water costs.

    Raises:
        InputError: less than a day is told, no area is metered, or a junction is unknown.
        SolutionError: EPANET cannot read or solve the file.
    """
    costs = costs or Costs()
    network = read_network(path)
    for name in connections or ():
        if name not in network.junctions:
            raise InputError(f"the network has no junction {name!r}, whose connections are told")
    if len(scada.times) * scada.step < DAY_S:
        raise InputError(
            f"the readings cover {len(scada.times) * scada.step / 3600:.1f} h; a day is needed"
        )
    areas = [area for area in metered_areas(network, scada.flows.names) if area.closed]
    if not areas:
        raise InputError(f"{path}: its flow meters bound no area; see --propose")
    pressure = _pressures(path, network)
    found = [
        _balance(network, area, scada, connections, costs, pressure)
        for area in areas
        if set(area.tanks) <= set(scada.levels.names)
    ]
    return tuple(sorted(found, key=lambda each: -_sortable(each.losses.excess)))


def net_inflow(network: Network, area: Area, scada: Scada) -> Floats:
    """What an area takes at each step, its tanks' change taken off [m³/h] `(steps,)`."""
    back = max(1, round(STORAGE_H * 3600 / scada.step))
    total = np.zeros(len(scada.times))
    for name, sign in area.inflow.items():
        total += sign * scada.flows.values[:, scada.flows.names.index(name)]
    if area.tanks:
        padded = np.concatenate([np.full(back - 1, np.nan), total])
        total = np.lib.stride_tricks.sliding_window_view(padded, back).mean(axis=1)
    for name in area.tanks:
        level = scada.levels.values[:, scada.levels.names.index(name)]
        rise = np.full(len(level), np.nan)
        rise[back:] = (level[back:] - level[:-back]) / (back * scada.step / 3600)
        total = total - rise * network.tanks[name].area
    return total


def _balance(
    network: Network,
    area: Area,
    scada: Scada,
    connections: Mapping[str, float] | None,
    costs: Costs,
    pressure: Mapping[str, tuple[float, float]],
) -> Balance:
    inflow = net_inflow(network, area, scada)
    night = night_flow(scada.times, inflow)
    members = set(area.junctions)
    metered = [k for k, name in enumerate(scada.demands.names) if name in members]
    demand = sum(network.junctions[name].demand for name in area.junctions)
    covered = sum(network.junctions[scada.demands.names[k]].demand for k in metered)
    works = _works(network, area, scada, connections, costs, pressure)
    recent = night.middle[-7:]
    flow = float(np.nanmedian(recent)) if np.isfinite(recent).any() else float("nan")
    found = losses(flow, works)
    days = losses(1.0, works).leakage - losses(0.0, works).leakage
    every = np.array([losses(each, works).leakage for each in night.middle])
    every = every[np.isfinite(every)]
    spread = float(np.hypot(np.nanmedian(night.apart), _deviation(recent))) * max(days, 24.0)
    lost = float(every.sum())
    return Balance(
        area,
        night.days,
        _daily(scada.times, inflow),
        _daily(scada.times, scada.demands.values[:, metered].sum(axis=1)),
        covered / demand if demand > 0 else 0.0,
        night,
        found,
        spread,
        lost,
        lost * costs.water,
        works,
        float(np.isfinite(inflow).mean()),
    )


def _works(
    network: Network,
    area: Area,
    scada: Scada,
    connections: Mapping[str, float] | None,
    costs: Costs,
    pressure: Mapping[str, tuple[float, float]],
) -> Works:
    if connections is None:
        demand = sum(network.junctions[name].demand for name in area.junctions)
        count = 24 * demand / PER_CONNECTION
    else:
        count = sum(connections.get(name, 0.0) for name in area.junctions)
    by_day, by_night = _read_pressure(area, scada)
    if np.isnan(by_day) or np.isnan(by_night):
        known = [pressure[name] for name in area.junctions]
        by_day, by_night = (float(np.mean(column)) for column in zip(*known, strict=True))
    return Works(
        area.length(network),
        count,
        0.0,
        by_day,
        night_use=costs.night_use,
        exponent=costs.exponent,
        pressure_night=by_night,
    )


def _read_pressure(area: Area, scada: Scada) -> tuple[float, float]:
    """Mean of the area's loggers over the day and from two to four."""
    members = set(area.junctions)
    here = [k for k, name in enumerate(scada.pressures.names) if name in members]
    hour = scada.times % DAY_S / 3600
    at_night = (hour >= 2) & (hour < 4)
    values = scada.pressures.values[:, here]
    if not here or not np.isfinite(values).any() or not np.isfinite(values[at_night]).any():
        return float("nan"), float("nan")
    return float(np.nanmean(values)), float(np.nanmean(values[at_night]))


def _pressures(path: Path, network: Network) -> dict[str, tuple[float, float]]:
    """Of each junction by the model: mean over the day, and from two to four [m]."""
    course = look_ahead(path, hours=24, step_s=3600)
    hour = course.seconds / 3600
    night = course.pressure[(hour >= 2) & (hour < 4)].mean(axis=0)
    whole = course.pressure.mean(axis=0)
    return {
        name: (float(whole[k]), float(night[k]))
        for k, name in enumerate(course.nodes)
        if name in network.junctions
    }


def _daily(times: Seconds, values: Floats) -> Floats:
    """Sums of whole days from a flow [m³/day]; NaN where a third was not told."""
    day = times // DAY_S
    sums = []
    for which in np.unique(day):
        here = values[day == which]
        told = np.isfinite(here)
        sums.append(24 * float(here[told].mean()) if told.mean() > 2 / 3 else float("nan"))
    return np.array(sums)


def _deviation(values: Floats) -> float:
    told = values[np.isfinite(values)]
    return float(told.std() / max(len(told), 1) ** 0.5) if len(told) else 0.0


def _sortable(value: float) -> float:
    return value if np.isfinite(value) else 0.0
