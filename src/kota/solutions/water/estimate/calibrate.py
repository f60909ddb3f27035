"""Resistances and shares of demand found from what loggers said over some time.

The unknowns are the relative change of each pipe's resistance and of each node's base demand; their
spread beforehand is that of values known to ±10 % (uniform): a diameter enters the resistance with
its 4.87th power, a roughness with its 1.85th. Readings are the mean residuals of the loggers in
groups of steps with like flows. Gauss–Newton in the space of the readings (A. Tarantola, Inverse
Problem Theory, 2005, eq. 3.51, doi:10.1137/1.9780898717921), with sensitivities from the adjoint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.estimate.replay import Drive, Runner
from kota.solutions.water.estimate.scada import Scada
from kota.solutions.water.estimate.sensitivity import Linear
from kota.solutions.water.estimate.twin import State, Twin

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SPREAD = 0.1 / 3**0.5
"""Standard deviation of a value known to ±10 %."""
RESISTANCE = SPREAD * (1.852**2 + 4.871**2) ** 0.5
WEAK = 0.02
"""Directions of which less of the prior's variance than this was taken away are let go."""
GROUPS = 10
LEAST = 3
"""Steps of a group."""
NOISE = 0.012
"""Standard deviation of a group's mean residual [m] beyond what sensors round away."""
FLOW_NOISE = 0.4
"""The same for flows [m³/h]."""


@dataclass(frozen=True, slots=True)
class Sensors:
    """Where heads and flows are read, as indices of a twin."""

    nodes: Ints
    links: Ints

    @classmethod
    def of(cls, twin: Twin, scada: Scada) -> Sensors:
        """Pressure loggers, and flow meters that are not pumps."""
        nodes = [twin.node[name] for name in scada.pressures.names]
        links = [twin.link[name] for name in scada.flows.names if name not in twin.cut]
        return cls(np.array(nodes, dtype=int), np.array(links, dtype=int))

    def read(self, twin: Twin, state: State) -> Floats:
        """Pressures [m] and flows [m³/h] of a state `(n_sensors,)`."""
        pressure = state.head[self.nodes] - twin.elevation[self.nodes]
        return np.concatenate([pressure, state.flow[self.links]])

    def told(self, twin: Twin, scada: Scada) -> Floats:
        """The readings in the same order `(steps, n_sensors)`."""
        kept = [k for k, name in enumerate(scada.flows.names) if name not in twin.cut]
        return np.column_stack([scada.pressures.values, scada.flows.values[:, kept]])


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was found.

    Args:
        resistance: natural logarithm of each pipe's factor `(n_pipes,)`.
        demand: relative change of each node's share `(n_nodes,)`.
        root: of the covariance taken away from the prior's, `(n_pipes + n_nodes, k)`: the
            posterior covariance is prior − root rootᵀ.
    """

    resistance: Floats
    demand: Floats
    root: Floats

    @property
    def factor(self) -> Floats:
        """Of each pipe's resistance."""
        return np.exp(self.resistance)


def untouched(twin: Twin) -> Calibration:
    """The model as it is."""
    pipes, nodes = len(twin.network.pipes), len(twin.nodes)
    return Calibration(np.zeros(pipes), np.zeros(nodes), np.zeros((pipes + nodes, 0)))


def apply(runner: Runner, found: Calibration) -> None:
    """Let a runner's model be the calibrated one."""
    runner.twin.resist(found.factor)
    runner.share = 1 + found.demand


def residuals(
    runner: Runner,
    sensors: Sensors,
    given: Drive,
    told: Floats,
    steps: Ints,
    extra: Floats | None = None,
) -> Floats:
    """Readings less the model's at some steps `(len(steps), n_sensors)`."""
    modelled = [sensors.read(runner.twin, runner.state(given, int(k), extra)) for k in steps]
    return np.asarray(told[steps] - np.array(modelled))


def groups_of(given: Drive, steps: Ints, count: int = GROUPS) -> list[Ints]:
    """Steps with like flows: by whether pumps run, and equal parts by what is taken."""
    running = (given.pumped[steps] > 1.0) @ (1 << np.arange(given.pumped.shape[1]))
    groups = []
    for which in np.unique(running):
        here = steps[running == which]
        order = here[np.argsort(given.taken[here])]
        groups += list(np.array_split(order, max(1, min(count, len(here) // LEAST))))
    return groups


def answers(
    runner: Runner, sensors: Sensors, given: Drive, step: int, extra: Floats | None = None
) -> tuple[State, Floats, Floats, Floats]:
    """State, and how the sensors answer to resistances, to shares and to leaks at nodes.

    Shares leave the sum that a zone takes as it is measured: what one node takes more all others in
    the zone take less; so do leaks where the zone is not metered at its customers.
    """
    twin = runner.twin
    demand = runner.demand(given, step, extra)
    usual = demand if extra is None else demand - extra
    state = runner.state(given, step, extra)
    answer = Linear(twin, state).answer(sensors.nodes, sensors.links)
    share, leak = answer.demand.copy(), answer.demand.copy()
    for z, zone in enumerate(twin.zones):
        weight = usual[zone.nodes]
        if weight.sum() > 0:
            mean = answer.demand[:, zone.nodes] @ weight / weight.sum()
            share[:, zone.nodes] -= mean[:, None]
            if zone.balanced and not given.by_meters[z]:
                leak[:, zone.nodes] -= mean[:, None]
    return state, answer.resistance, share * usual, leak


def calibrate(
    runner: Runner,
    sensors: Sensors,
    given: Drive,
    residual: Floats,
    steps: Ints,
    *,
    rounds: int = 3,
) -> Calibration:
    """Find resistances and shares.

    Args:
        runner: with the model as it is, which is left as calibrated.
        sensors: where is read.
        given: the drive.
        residual: of the model as it is at the steps `(len(steps), n_sensors)`, NaN: not read.
        steps: of the drive.
        rounds: of Gauss–Newton.
    """
    import warnings

    position = {int(step): k for k, step in enumerate(steps)}
    groups = groups_of(given, steps)
    middles = [int(group[len(group) // 2]) for group in groups]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean = np.array(
            [np.nanmedian(residual[[position[int(k)] for k in group]], axis=0) for group in groups]
        )
    before = np.array([sensors.read(runner.twin, runner.state(given, step)) for step in middles])
    pipes = len(runner.twin.network.pipes)
    prior = np.concatenate([np.full(pipes, RESISTANCE), np.full(len(runner.twin.nodes), SPREAD)])
    noise = np.concatenate(
        [np.full(len(sensors.nodes), NOISE), np.full(len(sensors.links), FLOW_NOISE)]
    )
    usable = ~np.isnan(mean).ravel()
    found = untouched(runner.twin)
    for _ in range(rounds):
        apply(runner, found)
        moved, rows = [], []
        for step, first in zip(middles, before, strict=True):
            state, resistance, share, _ = answers(runner, sensors, given, step)
            moved.append(sensors.read(runner.twin, state) - first)
            rows.append(np.hstack([resistance, share]))
        jacobian = np.vstack(rows)[usable] * prior
        at = np.concatenate([found.resistance, found.demand]) / prior
        missing = (mean - np.array(moved)).ravel()[usable] + jacobian @ at
        spread = jacobian @ jacobian.T
        spread[np.diag_indices(len(spread))] += np.tile(noise, len(middles))[usable] ** 2
        lower = np.linalg.cholesky(spread)
        gain = np.linalg.solve(lower, jacobian)
        theta = prior * (gain.T @ np.linalg.solve(lower, missing))
        theta[:pipes] = np.clip(theta[:pipes], -1.0, 1.0)
        theta[pipes:] = np.clip(theta[pipes:], -0.5, 0.5)
        found = Calibration(theta[:pipes], theta[pipes:], np.zeros((len(prior), 0)))
    learnt, turned = np.linalg.eigh(gain @ gain.T)
    kept = turned[:, learnt > WEAK]
    found = Calibration(found.resistance, found.demand, (kept.T @ gain * prior).T)
    apply(runner, found)
    return found
