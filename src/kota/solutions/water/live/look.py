"""One look at a network: what its last steps tell; for a worker process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kota.solutions.water.live.checker import Checker
from kota.solutions.water.live.explain import Leak, Lie, explain
from kota.solutions.water.live.knowledge import WINDOWS, Knowledge, learn
from kota.solutions.water.live.observed import STEP, observe
from kota.solutions.water.live.supplied import Supplied
from kota.solutions.water.telemetry import Series, split

Floats = NDArray[np.float64]

LASTING = 4
"""A signal lies where it has done so over this many steps."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the steps up to a moment tell.

    Args:
        at: the moment [µs].
        leaks: by the number of steps that the residual was averaged over; only where there is one.
        drops: what the likeliest pipe's leak does to the pressures of the loggers [m], likewise.
        lies: signals that have not fitted for a while.
        judged: whether there was enough to look at.
    """

    at: int
    leaks: Mapping[int, Leak]
    drops: Mapping[int, Floats]
    lies: tuple[Lie, ...]
    judged: bool

    @property
    def hides_leaks(self) -> bool:
        """Whether a signal lies that drives the model, so that no leak can be told."""
        return any(lie.kind in ("pump", "tank") for lie in self.lies)


def look_back(
    town: Supplied,
    series: Series,
    knowledge: Knowledge,
    moments: tuple[int, ...],
    changed: int = 0,
) -> list[Look]:
    """Look at each moment, at nothing that was measured after it.

    Args:
        town: the network, with the valves as they stand.
        series: signals from an hour before the first moment on.
        knowledge: of ordinary days.
        moments: to look at [µs], `STEP` apart.
        changed: when a valve was turned last [µs]; what was before says nothing of what is now.
    """
    back = max(WINDOWS)
    at = np.arange(moments[0] - (back - 1) * STEP, moments[-1] + 1, STEP)
    seen = observe(town, series, at, knowledge.profile)
    shut = town.shut_pipes
    with Checker(town, knowledge.leakage) as checker:
        residuals = checker.residuals(seen, shut) - knowledge.offset
        residuals[at < changed + STEP] = np.nan
        looks = []
        for moment in moments:
            k = int(np.searchsorted(at, moment))
            recent = residuals[max(k - back + 1, 0) : k + 1]
            if np.isnan(recent[-1]).all():
                looks.append(Look(moment, {}, {}, (), judged=False))
                continue
            signatures = checker.signatures(seen, k, shut)
            exact = checker.leak_effect(seen, k, shut)
            told = {
                steps: explain(
                    _mean(recent[-steps:]),
                    knowledge.spreads[steps],
                    signatures,
                    exact,
                    certain=knowledge.certain[steps],
                )
                for steps in WINDOWS
            }
            leaks = {steps: one.leak for steps, one in told.items() if one.leak is not None}
            drops = {
                steps: exact(int(np.argmax(leak.mass)), leak.flow)[: len(town.loggers)]
                for steps, leak in leaks.items()
            }
            looks.append(Look(moment, leaks, drops, told[LASTING].lies, judged=True))
    return looks


def learn_from(town: Supplied, table: pa.Table, start: int, end: int) -> Knowledge:
    """`learn` from a table of history."""
    return learn(town, split(table), start, end)


def look_at(
    town: Supplied,
    table: pa.Table,
    knowledge: Knowledge,
    moments: tuple[int, ...],
    changed: int = 0,
) -> list[Look]:
    """`look_back` over a table of history."""
    return look_back(town, split(table), knowledge, moments, changed)


def _mean(values: Floats) -> Floats:
    """Of the steps that are known; NaN where the last is not."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean = total / np.maximum(known.sum(axis=0), 1)
    return np.where(known[-1], mean, np.nan)
