"""What comes: the model runs ahead of the present under the rain that is expected.

Three runs stand for the forecast's doubt: rain as expected, and √3 standard deviations below and
above it, weighted 2/3, 1/6 and 1/6, which integrates any cubic over a normal distribution exactly
(Gauss–Hermite quadrature of three points; M. Abramowitz, I. Stegun, Handbook of Mathematical
Functions, 1964, 25.4.46).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from kota.solutions.sewage.config import ControlConfig
from kota.solutions.sewage.marching import GRID_S, March, Rain, march
from kota.solutions.sewage.network import Sewers
from kota.solutions.sewage.reading import read_sewers

NODES: Final = (-math.sqrt(3.0), 0.0, math.sqrt(3.0))
WEIGHTS: Final = (1 / 6, 2 / 3, 1 / 6)
OVERFLOW_M3: Final = 50.0
FLOOD_M3: Final = 10.0
"""Less is not worth a warning."""
GRAIN_S: Final = 600
DRY_MM_PER_H: Final = 0.5
"""Rain below this needs one run alone."""


@dataclass(frozen=True, slots=True)
class RainAhead:
    """Rain that is expected, as a staircase with its doubt.

    Args:
        expected: as a staircase.
        spread: standard deviation of each step [mm/h].
        source: who says so, for the operator.
    """

    expected: Rain
    spread: tuple[float, ...]
    source: str = ""

    def member(self, z: float) -> Rain:
        """So many standard deviations from what is expected."""
        rain = tuple(
            max(one + z * sd, 0.0)
            for one, sd in zip(self.expected.intensities, self.spread, strict=True)
        )
        return replace(self.expected, intensities=rain)


@dataclass(frozen=True, slots=True)
class Looking:
    """What is looked at.

    Args:
        model: the SWMM model.
        state: file with the water as it stands now.
        now: [s since the epoch].
        horizon: how far ahead [s].
        offset: of the model's time from UTC [s].
        rain: to come.
        openings: of gates as they are [0..1].
        limits: of sewers that are blocked [m³/s].
        config: what is controlled on the way; None: gates stay as they are.
    """

    model: Path
    state: Path | None
    now: int
    horizon: int
    offset: int
    rain: RainAhead
    openings: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    config: ControlConfig | None = None


@dataclass(slots=True)
class Run:
    """What came of one run.

    Args:
        overflowed: by outfall that weirs lead to [m³].
        flooded: by node [m³].
        first_overflow, first_flood: seconds from now until they are worth a warning; None: never.
        rates: overflow of all outfalls at each grain [m³/s].
        depths: of each store at each grain [m].
    """

    overflowed: dict[str, float] = field(default_factory=dict)
    flooded: dict[str, float] = field(default_factory=dict)
    first_overflow: int | None = None
    first_flood: int | None = None
    rates: list[float] = field(default_factory=list)
    depths: dict[str, list[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Risk:
    """One thing that may come.

    Args:
        expected: volume [m³].
        probability: that it is worth a warning [0..1].
        lead: seconds until then, None where it is not expected at all.
    """

    expected: float
    probability: float
    lead: int | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What may come, as the look-ahead and any statistical forecast say it alike.

    Args:
        now: [s since the epoch].
        overflow, flood: of the whole system.
        outfalls, nodes: volume and probability at each, by id.
        times: instants of the curves [s since the epoch].
        rates, rate_doubt: overflow, and its standard deviation [m³/s].
        depths, depth_doubt: of each store, likewise [m].
        rain: what was expected.
    """

    now: int
    overflow: Risk
    flood: Risk
    outfalls: dict[str, Risk]
    nodes: dict[str, Risk]
    times: tuple[int, ...]
    rates: tuple[float, ...]
    rate_doubt: tuple[float, ...]
    depths: dict[str, tuple[float, ...]]
    depth_doubt: dict[str, tuple[float, ...]]
    rain: RainAhead


Forecaster = Callable[[Looking], Outlook]
"""The boundary between the live tasks and whatever forecasts; module-level, for a worker."""


def look_ahead(wanted: Looking, *, once: bool = False) -> Outlook:
    """Run the model ahead; for a worker process.

    Args:
        wanted: what is looked at.
        once: under the rain as expected alone, whatever its doubt.

    Raises:
        InputError: SWMM cannot read or run the model.
    """
    sewers = read_sewers(wanted.model)
    wet = not once and max(wanted.rain.expected.intensities, default=0.0) >= DRY_MM_PER_H
    runs = [_one(sewers, wanted, z) for z in (NODES if wet else (0.0,))]
    weights = WEIGHTS if wet else (1.0,)
    spilling = _spilling(sewers)
    return Outlook(
        wanted.now,
        _risk(runs, weights, lambda run: sum(run.overflowed.values()), "first_overflow"),
        _risk(runs, weights, lambda run: sum(run.flooded.values()), "first_flood"),
        {name: _place(runs, weights, "overflowed", name, OVERFLOW_M3 / 5) for name in spilling},
        {
            name: _place(runs, weights, "flooded", name, FLOOD_M3 / 5)
            for name in sorted({name for run in runs for name in run.flooded})
        },
        tuple(wanted.now + (k + 1) * GRAIN_S for k in range(len(runs[0].rates))),
        *_curve([run.rates for run in runs], weights),
        *_curves([run.depths for run in runs], weights),
        wanted.rain,
    )


def _spilling(sewers: Sewers) -> list[str]:
    """Outfalls that weirs lead to, or all where there are no weirs."""
    outfalls = [node.id for node in sewers.of_kind("outfall")]
    behind = {link.end for link in sewers.links_of("weir")}
    return [name for name in outfalls if name in behind] or outfalls


def _one(sewers: Sewers, wanted: Looking, z: float) -> Run:
    run = Run()
    spilling, stores = _spilling(sewers), [node.id for node in sewers.of_kind("storage")]
    outfalls = {node.id for node in sewers.of_kind("outfall")}
    grounds = [name for name in sewers.nodes if name not in outfalls]
    total_over = total_flood = 0.0
    whole = March(
        wanted.model,
        wanted.now,
        wanted.now + wanted.horizon,
        wanted.offset,
        wanted.state,
        wanted.rain.member(z),
        wanted.openings,
        wanted.limits,
        wanted.config,
    )
    for at, engine in march(whole):
        rate = 0.0
        for name in spilling:
            flow = max(engine.inflow(name), 0.0)
            rate += flow
            run.overflowed[name] = run.overflowed.get(name, 0.0) + flow * GRID_S
        total_over += rate * GRID_S
        for name in grounds:
            flow = engine.flooding(name)
            if flow > 1e-6:
                run.flooded[name] = run.flooded.get(name, 0.0) + flow * GRID_S
                total_flood += flow * GRID_S
        if run.first_overflow is None and total_over >= OVERFLOW_M3:
            run.first_overflow = at - wanted.now
        if run.first_flood is None and total_flood >= FLOOD_M3:
            run.first_flood = at - wanted.now
        if at - wanted.now >= (len(run.rates) + 1) * GRAIN_S:
            run.rates.append(rate)
            for name in stores:
                run.depths.setdefault(name, []).append(engine.depth(name))
    return run


def _risk(
    runs: Sequence[Run], weights: Sequence[float], volume: Callable[[Run], float], first: str
) -> Risk:
    volumes = [volume(run) for run in runs]
    least = OVERFLOW_M3 if first == "first_overflow" else FLOOD_M3
    leads = [getattr(runs[k], first) for k in (len(runs) // 2, len(runs) - 1)]
    lead = next((one for one in leads if one is not None), None)
    expected = sum(w * v for w, v in zip(weights, volumes, strict=True))
    return Risk(expected, exceeding(volumes, least), lead)


def _place(
    runs: Sequence[Run], weights: Sequence[float], what: str, name: str, least: float
) -> Risk:
    volumes = [getattr(run, what).get(name, 0.0) for run in runs]
    expected = sum(w * v for w, v in zip(weights, volumes, strict=True))
    return Risk(expected, exceeding(volumes, least), None)


def exceeding(volumes: Sequence[float], least: float) -> float:
    """The probability that a volume is above a limit, from its values at `NODES`.

    More rain brings more water, so the volume crosses the limit at one rain, found by straight
    lines between the nodes and beyond them; the normal distribution tells how likely that is.

    >>> exceeding([0.0, 50.0, 200.0], 50.0)
    0.5
    """
    if len(volumes) == 1:
        return 1.0 if volumes[0] >= least else 0.0
    if volumes[-1] <= 0.0:
        return 0.0
    low, middle, high = volumes
    left, right = (low, middle) if least <= middle else (middle, high)
    begin = NODES[0] if least <= middle else 0.0
    if right - left < 1e-9:
        crossing = -3.0 if least <= right else 3.0
    else:
        crossing = begin + (least - left) / (right - left) * NODES[2]
    crossing = min(max(crossing, -3.0), 3.0)
    return round(0.5 * math.erfc(crossing / math.sqrt(2.0)), 3)


def _curve(
    members: Sequence[Sequence[float]], weights: Sequence[float]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation at each grain."""
    means, spreads = [], []
    for values in zip(*members, strict=True):
        mean = sum(w * v for w, v in zip(weights, values, strict=True))
        variance = sum(w * (v - mean) ** 2 for w, v in zip(weights, values, strict=True))
        means.append(round(mean, 3))
        spreads.append(round(math.sqrt(variance), 3))
    return tuple(means), tuple(spreads)


def _curves(
    members: Sequence[Mapping[str, Sequence[float]]], weights: Sequence[float]
) -> tuple[dict[str, tuple[float, ...]], dict[str, tuple[float, ...]]]:
    both = {name: _curve([one[name] for one in members], weights) for name in members[0]}
    return {k: v[0] for k, v in both.items()}, {k: v[1] for k, v in both.items()}
