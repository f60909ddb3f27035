"""One run of a model under one rain: what floods and overflows, where and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from kota.solutions.sewage.ensemble import STEP_S
from kota.solutions.sewage.observer import Floats
from kota.solutions.sewage.swmm import Engine, opened


@dataclass(frozen=True, slots=True)
class Spills:
    """What came of a run.

    Args:
        volumes: by site and step of `STEP_S` from now on [m³], shape ``(n_sites, n_steps)``.
        depths: that the model has now, by node that is measured [m].
    """

    volumes: Floats
    depths: dict[str, float]


def sites_of(engine: Engine, overflows: Sequence[str]) -> tuple[str, ...]:
    """Where water may get out: every node that is no outfall, and the overflows."""
    nodes = [each for each in engine.nodes if not engine.is_outfall(each)]
    return (*nodes, *(each for each in overflows if each not in nodes))


def run_ahead(
    model: Path,
    rain: Floats,
    *,
    begin: datetime,
    now: datetime,
    overflows: Sequence[str],
    measured: Sequence[str],
) -> Spills:
    """Run a model from `begin` under a rain, and see what gets out from `now` on.

    Args:
        model: SWMM input file; its gates stand as it says.
        rain: by step and gage of the model [mm/h], shape ``(n_steps, n_gages)``.
        begin: of the run, UTC.
        now: from when on it counts, a multiple of `STEP_S` after it.
        overflows: links, outfalls or nodes whose flow is an overflow.
        measured: nodes of which the depth now is wanted.

    Raises:
        InputError: the model cannot be read or run.
    """
    steps = len(rain)
    first = round((now - begin).total_seconds() / STEP_S)
    depths: dict[str, float] = {}
    with opened(model) as engine:
        engine.play_from(begin, begin + timedelta(seconds=STEP_S * steps))
        sites = sites_of(engine, overflows)
        volumes = np.zeros((len(sites), steps))
        before, fallen = 0.0, -1
        for second in engine.steps():
            step = min(int(before // STEP_S), steps - 1)
            if step >= first:
                if not depths:
                    depths = {each: engine.depth(each) for each in measured}
                rates = [spill(engine, each, overflows) for each in sites]
                volumes[:, step] += (second - before) * np.array(rates)
            before = second
            falling = min(int(second // STEP_S), steps - 1)
            if falling != fallen:
                fallen = falling
                for gage, amount in zip(engine.gages, rain[falling], strict=True):
                    engine.rain_on(gage, float(amount))
    return Spills(volumes[:, first:], depths)


def spill(engine: Engine, site: str, overflows: Sequence[str]) -> float:
    """What gets out at a site now [m³/s]."""
    if site in engine.links:
        return max(engine.flow(site), 0.0)
    if site in overflows and engine.is_outfall(site):
        return engine.inflow(site)
    return engine.flooding(site)
