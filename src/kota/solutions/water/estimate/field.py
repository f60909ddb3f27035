"""Pressure at every node from a few loggers, with its uncertainty, step by step.

The model follows the measured flows and levels (`Twin`); what it gets wrong is taken to come from
resistances and demands that differ from it, and each step's loggers correct it at all nodes at once
by the best linear unbiased estimate x = m + P Hᵀ (H P Hᵀ + R)⁻¹ (y − H m), P by the sensitivities
of `Linear` (L. Gandin, Objective analysis of meteorological fields, 1965). A logger that the others
contradict is left out of its step.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.estimate.calibrate import (
    RESISTANCE,
    SPREAD,
    Calibration,
    Sensors,
    answers,
    apply,
)
from kota.solutions.water.estimate.replay import Drive, Runner
from kota.solutions.water.estimate.sensitivity import Linear

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CHANCE = 0.15
"""What customers take differs from their usual share by this from step to step."""
READ = 0.006
"""Standard deviation of a reading [m]: noise and rounding to a centimetre."""
READ_FLOW = 0.5
"""The same of a flow [m³/h]."""
UNEXPLAINED = 0.004
"""Standard deviation of what neither resistance nor demand explains [m]."""
CONTRADICTED = 4.0
"""Standard deviations from what the others say at which a reading is left out."""
STALE = 2.0
"""Spread of all that is unknown where a step's flows or levels are carried on from before."""


UNEXPLAINED_FLOW = 0.1
"""The same of a flow [m³/h]."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One step.

    Args:
        pressure: at each node [m] `(n_nodes,)`.
        spread: its standard deviation [m] `(n_nodes,)`.
        trusted: which sensors were used `(n_sensors,)`.
        flow, flow_spread: through each link, and its standard deviation [m³/h] `(n_links,)`;
            empty where flows are not asked for.
    """

    pressure: Floats
    spread: Floats
    trusted: Flags
    flow: Floats = field(default_factory=lambda: np.zeros(0))
    flow_spread: Floats = field(default_factory=lambda: np.zeros(0))


class Estimator:
    """Estimates the pressures of a network.

    Args:
        runner: the model, calibrated or not.
        sensors: where is read.
        found: its calibration.
        flows: whether flows are estimated too.
    """

    def __init__(
        self, runner: Runner, sensors: Sensors, found: Calibration, *, flows: bool = False
    ) -> None:
        self._flows = flows
        self._flows_before: dict[tuple[int, int], Floats] = {}
        apply(runner, found)
        self._runner, self._sensors, self._found = runner, sensors, found
        pipes, nodes = len(runner.twin.network.pipes), len(runner.twin.nodes)
        self._prior = np.concatenate([np.full(pipes, RESISTANCE), np.full(nodes, SPREAD)])
        self._pipes = pipes
        self._read = np.concatenate(
            [np.full(len(sensors.nodes), READ), np.full(len(sensors.links), READ_FLOW)]
        )
        self._before: dict[tuple[int, int], Floats] = {}

    def step(self, given: Drive, step: int, told: Floats, ignored: Flags | None = None) -> Estimate:
        """Estimate a step.

        Args:
            given: the drive.
            step: of it.
            told: the sensors' readings `(n_sensors,)`, NaN: silent.
            ignored: sensors not to be used `(n_sensors,)`.
        """
        twin = self._runner.twin
        state, resistance, share, _ = answers(self._runner, self._sensors, given, step)
        linear = Linear(twin, state)
        rows = np.hstack([resistance, share])
        wide = STALE if given.guessed[step] else 1.0
        carried = self._carried(rows) * wide**2
        carried[self._pipes :] += CHANCE**2 * share.T * wide**2
        expected = rows @ carried + np.diag(self._read**2)
        missing = told - self._sensors.read(twin, state)
        trusted = ~np.isnan(missing)
        if ignored is not None:
            trusted &= ~ignored
        trusted = _agreeing(missing, expected, trusted)
        moved = carried[:, trusted]
        acting = self._demands(given, step, moved, linear)
        effect = linear.heads(acting)
        inner = expected[np.ix_(trusted, trusted)]
        weights = np.linalg.solve(inner, effect.T)
        pressure = state.head - twin.elevation + missing[trusted] @ weights
        before = self._variance(given, step, linear) * wide**2
        left = np.maximum(before - np.einsum("ij,ji->i", effect, weights), 0.0)
        spread = np.sqrt(left + UNEXPLAINED**2)
        if not self._flows:
            return Estimate(pressure, spread, trusted)
        effect = linear.flows(acting, moved[: self._pipes])
        weights = np.linalg.solve(inner, effect.T)
        before = self._flow_variance(given, step, linear) * wide**2
        left = np.maximum(before - np.einsum("ij,ji->i", effect, weights), 0.0)
        flow = state.flow + missing[trusted] @ weights
        return Estimate(pressure, spread, trusted, flow, np.sqrt(left + UNEXPLAINED_FLOW**2))

    def _carried(self, rows: Floats) -> Floats:
        """Covariance of the unknowns with the sensors `(n_unknowns, n_sensors)`."""
        carried = self._prior[:, None] ** 2 * rows.T
        root = self._found.root
        return np.asarray(carried - root @ (root.T @ rows.T)) if root.size else carried

    def _demands(self, given: Drive, step: int, unknowns: Floats, linear: Linear) -> Floats:
        """Demands that act as the unknowns do `(n_nodes, k)`."""
        demand = self._runner.demand(given, step)
        shares = unknowns[self._pipes :]
        moved = demand[:, None] * shares
        for zone in self._runner.twin.zones:
            total = demand[zone.nodes].sum()
            if total > 0:
                mean = moved[zone.nodes].sum(axis=0) / total
                moved[zone.nodes] -= demand[zone.nodes][:, None] * mean
        return moved + linear.as_demand(unknowns[: self._pipes])

    def _flow_variance(self, given: Drive, step: int, linear: Linear) -> Floats:
        """Of each flow before the step's readings [(m³/h)²]; kept as that of heads."""
        key = self._key(given, step)
        if key not in self._flows_before:
            self._flows_before[key] = self._worked_out_flows(given, step, linear)
        return self._flows_before[key]

    def _worked_out_flows(self, given: Drive, step: int, linear: Linear) -> Floats:
        twin, pipes = self._runner.twin, self._pipes
        demand = self._runner.demand(given, step)
        unit = np.eye(pipes)
        by_pipe = linear.flows(linear.as_demand(unit), unit) * self._prior[:pipes]
        variance = (by_pipe**2).sum(axis=1)
        each = np.eye(len(twin.nodes))
        by_demand = linear.flows(each, np.zeros((pipes, len(each))))
        for zone in twin.zones:
            total = demand[zone.nodes].sum()
            if total > 0:
                mean = by_demand[:, zone.nodes] @ demand[zone.nodes] / total
                by_demand[:, zone.nodes] -= mean[:, None]
        variance += (by_demand**2) @ (demand * np.hypot(self._prior[pipes:], CHANCE)) ** 2
        root = self._found.root
        if root.size:
            learnt = linear.flows(self._demands(given, step, root, linear), root[:pipes])
            variance -= (learnt**2).sum(axis=1)
        return np.asarray(np.maximum(variance, 0.0))

    def _key(self, given: Drive, step: int) -> tuple[int, int]:
        """Steps with like flows have the same."""
        running = int((given.pumped[step] > 1.0) @ (1 << np.arange(given.pumped.shape[1])))
        return running, round(float(np.log(max(given.taken[step], 1e-3))) / 0.1)

    def _variance(self, given: Drive, step: int, linear: Linear) -> Floats:
        """Of each head before the step's readings [m²]; kept for steps with like flows."""
        key = self._key(given, step)
        if key not in self._before:
            self._before[key] = self._worked_out(given, step, linear)
        return self._before[key]

    def _worked_out(self, given: Drive, step: int, linear: Linear) -> Floats:
        twin = self._runner.twin
        demand = self._runner.demand(given, step)
        heads = linear.heads(np.eye(len(twin.nodes)))
        piped = linear.by_pipe(heads) * self._prior[: self._pipes]
        variance = (piped**2).sum(axis=1)
        scale = np.hypot(self._prior[self._pipes :], CHANCE)
        for zone in twin.zones:
            total = demand[zone.nodes].sum()
            if total > 0:
                mean = heads[:, zone.nodes] @ demand[zone.nodes] / total
                heads[:, zone.nodes] -= mean[:, None]
        variance += (heads**2) @ (demand * scale) ** 2
        if self._found.root.size:
            heads = linear.heads(self._demands(given, step, self._found.root, linear))
            variance -= (heads**2).sum(axis=1)
        return np.asarray(np.maximum(variance, 0.0))


def _agreeing(missing: Floats, expected: Floats, trusted: Flags) -> Flags:
    """Leave out, one after the other, the reading that the rest contradicts most."""
    trusted = trusted.copy()
    while trusted.sum() > 2:
        inverse = np.linalg.inv(expected[np.ix_(trusted, trusted)])
        apart = np.abs(inverse @ missing[trusted]) / np.sqrt(np.diag(inverse))
        worst = int(np.argmax(apart))
        if apart[worst] < CONTRADICTED:
            break
        trusted[np.flatnonzero(trusted)[worst]] = False
    return trusted
