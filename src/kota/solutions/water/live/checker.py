"""How far the signals are from what the hydraulic model makes of the others.

Levels, pump flows and customers' meters drive the model; pressures and flows in pipes are held
against it. What differs by the same as always is the model's fault, what is new is news.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.estimate.sensitivity import Linear
from kota.solutions.water.estimate.twin import State, Twin
from kota.solutions.water.live.inp_text import inp_text
from kota.solutions.water.live.observed import Observed
from kota.solutions.water.live.supplied import Supplied
from kota.solutions.water.network import Tank
from kota.solutions.water.sections import cut_off

Floats = NDArray[np.float64]

Effect = Callable[[int, float], Floats]

_PASSES = 1.0
"""A flow that is told beyond a pipe that is closed in the books opens it [m³/h]."""
_FULL = 0.02
"""A tank that lacks less than this is full [m]."""
_RISE = 0.2
"""By how much a tank's level is moved to see what that does [m]."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """What each explanation would add to the residual, for one unit of it.

    Args:
        leaks: a leak of 1 m³/h at each pipe `(m, n_pipes)`; 0 where none can be seen.
        pumps: 1 m³/h through each pump that it does not tell `(m, n_pumps)`.
        tanks: a tank's level 1 m higher than it tells `(m, n_tanks)`.
        meters: 1 m³/h through a junction's meters that they do not tell `(m, n_meters)`.
        metered: what they tell [m³/h] `(n_meters,)`.
        loggers: so many of the m signals are pressures; the rest are flows.
    """

    leaks: Floats
    pumps: Floats
    tanks: Floats
    meters: Floats
    metered: Floats
    loggers: int


class Checker:
    """Holds signals against the model; a context manager.

    Args:
        town: the network.
        leakage: what leaks away all the time [m³/h], spread as demand is.
    """

    def __init__(self, town: Supplied, leakage: float = 0.0) -> None:
        self.town = town
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "town.inp"
            path.write_text(inp_text(town.network))
            self.twin = Twin(path, flows=(*town.pumps, *town.gauges), levels=town.tanks)
        twin = self.twin
        self._meters = np.array([twin.node[name] for name in town.meters], dtype=int)
        self._loggers = np.array([twin.node[name] for name in town.loggers], dtype=int)
        self._gauges = np.array([twin.link[name] for name in town.gauges], dtype=int)
        self._base = np.array(
            [j.demand if (j := town.network.junctions.get(n)) else 0.0 for n in twin.nodes]
        )
        self._leak = self._base / max(self._base.sum(), 1e-9) * leakage
        self._beyond = _beyond_closed(town)
        self._cut: dict[frozenset[str], frozenset[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.twin.close()

    def residuals(self, seen: Observed, shut: frozenset[str] = frozenset()) -> Floats:
        """What is read less what the model says `(n, m)`; NaN where a signal is silent.

        Args:
            seen: the signals.
            shut: pipes that valves shut.
        """
        rows = [self._residual(seen, k, shut) for k in range(len(seen.at))]
        return np.stack(rows) if rows else np.empty((0, len(self._loggers) + len(self._gauges)))

    def state(
        self,
        seen: Observed,
        k: int,
        shut: frozenset[str],
        leaks: Mapping[str, float] = MappingProxyType({}),
    ) -> State:
        """The model's state at a moment, with leaks in pipes [m³/h]."""
        closed = self._closed(seen, k, shut)
        self.twin.close_pipes(closed)
        dry = self._dry(closed)
        pumped = dict(zip(self.town.pumps, np.nan_to_num(seen.pumped[k]).tolist(), strict=True))
        levels = {
            name: _within(self.town.network.tanks[name], level)
            for name, level in zip(self.town.tanks, seen.level[k].tolist(), strict=True)
        }
        demand = self._demand(seen, k)
        for pipe, flow in leaks.items():
            ends = self.twin.ends[self.twin.link[pipe]]
            demand[ends] += flow / 2
        demand[[self.twin.node[name] for name in dry]] = 0.0
        return self.twin.solve(demand, pumped, levels)

    def signatures(self, seen: Observed, k: int, shut: frozenset[str]) -> Signatures:
        """What each explanation would add at a moment."""
        twin, town = self.twin, self.town
        state = self.state(seen, k, shut)
        answer = Linear(twin, state).answer(self._loggers, self._gauges).demand
        ends = np.array([twin.ends[twin.link[name]] for name in town.network.pipes])
        leaks = answer[:, ends].mean(axis=2)
        closed = self._closed(seen, k, shut)
        dry = self._dry(closed)
        for j, pipe in enumerate(town.network.pipes.values()):
            if pipe.id in closed or pipe.start in dry or pipe.end in dry:
                leaks[:, j] = 0.0
        leaks[np.abs(leaks) > 1e4] = 0.0
        moved = [twin.ends[twin.link[name]] for name in town.pumps]
        pumps = [answer[:, start] - answer[:, end] for start, end in moved]
        return Signatures(
            leaks,
            _columns(pumps, len(leaks)),
            self._rises(seen, k, shut, state),
            answer[:, self._meters],
            np.nan_to_num(seen.supply[k]),
            len(self._loggers),
        )

    def leak_effect(self, seen: Observed, k: int, shut: frozenset[str]) -> Effect:
        """What a leak adds to the residual of a moment, as the model run in full has it: a function
        of the pipe, by its place in the network, and of the flow [m³/h]; gives `(m,)`."""
        names = tuple(self.town.network.pipes)
        before = self._predicted(self.state(seen, k, shut))

        def effect(pipe: int, flow: float) -> Floats:
            return self._predicted(self.state(seen, k, shut, {names[pipe]: flow})) - before

        return effect

    def _rises(self, seen: Observed, k: int, shut: frozenset[str], before: State) -> Floats:
        columns = []
        for t in range(len(self.town.tanks)):
            level = seen.level.copy()
            rise = -_RISE if level[k, t] > _RISE else _RISE
            level[k, t] += rise
            after = self.state(replace(seen, level=level), k, shut)
            columns.append((self._predicted(after) - self._predicted(before)) / rise)
        return _columns(columns, len(self._loggers) + len(self._gauges))

    def _predicted(self, state: State) -> Floats:
        pressure = state.head[self._loggers] - self.twin.elevation[self._loggers]
        return np.concatenate([pressure, state.flow[self._gauges]])

    def _residual(self, seen: Observed, k: int, shut: frozenset[str]) -> Floats:
        inputs = np.concatenate([seen.level[k], seen.pumped[k]])
        if not seen.steady[k] or np.isnan(inputs).any() or np.isnan(seen.supply[k]).mean() > 0.5:
            return np.full(seen.read.shape[1], np.nan)
        residual = seen.read[k] - self._predicted(self.state(seen, k, shut))
        dry = self._dry(self._closed(seen, k, shut))
        without = [j for j, name in enumerate(self.town.loggers) if name in dry]
        residual[without] = np.nan
        return np.asarray(np.where(np.abs(residual) < 1e4, residual, np.nan))

    def _demand(self, seen: Observed, k: int) -> Floats:
        demand = self._leak.copy()
        usual = self._base[self._meters]
        known = seen.supply[k]
        heard = ~np.isnan(known)
        scale = known[heard].sum() / max(usual[heard].sum(), 1e-9)
        demand[self._meters] += np.where(heard, known, usual * scale)
        return np.asarray(demand)

    def _closed(self, seen: Observed, k: int, shut: frozenset[str]) -> frozenset[str]:
        passing = {
            pipe
            for pipe, column in self._beyond
            if abs(float(np.nan_to_num(seen.read[k, column]))) > _PASSES
        }
        books = {pipe.id for pipe in self.town.network.pipes.values() if not pipe.is_open}
        return frozenset((books - passing) | shut)

    def _dry(self, closed: frozenset[str]) -> frozenset[str]:
        if closed not in self._cut:
            self._cut[closed] = cut_off(
                self.town.network, closed, opened=self.town.network.pipes.keys() - closed
            )
        return self._cut[closed]


def _within(tank: Tank, level: float) -> float:
    """A level that the tank can have; nearly full is full, so that nothing flows in any more."""
    if not np.isfinite(level):
        return tank.level
    top = tank.max_level
    return top if level > top - _FULL else float(max(level, tank.min_level))


def _columns(columns: list[Floats], size: int) -> Floats:
    return np.stack(columns, axis=1) if columns else np.empty((size, 0))


def _beyond_closed(town: Supplied) -> list[tuple[str, int]]:
    """Pipes that are closed in the books and lead into one gauged pipe alone, with its column: what
    flows there has come through them."""
    at: dict[str, list[str]] = {}
    for link in town.network.links:
        at.setdefault(link.start, []).append(link.id)
        at.setdefault(link.end, []).append(link.id)
    found = []
    for pipe in town.network.pipes.values():
        for node in (pipe.start, pipe.end) if not pipe.is_open else ():
            others = [name for name in at[node] if name != pipe.id]
            if len(others) == 1 and others[0] in town.gauges:
                column = len(town.loggers) + town.gauges.index(others[0])
                found.append((pipe.id, column))
    return found
