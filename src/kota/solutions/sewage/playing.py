"""A model of sewers played with or without control, and what came of it on a grid of a minute."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from kota.errors import ConfigurationError
from kota.solutions.sewage.config import ControlConfig
from kota.solutions.sewage.swmm import Engine, opened

GRID_S = 60.0


class Decider(Protocol):
    """Whatever controls, see `kota.solutions.sewage.control.Controller`."""

    def step(
        self,
        time: datetime,
        depths: Mapping[str, float],
        flows: Mapping[str, float],
        rain: float | None = None,
    ) -> dict[str, float]:
        """Settings by actuator."""
        ...


class Field:
    """What lies between the water and the controller; here, nothing: override it for faults."""

    def sense(
        self, second: float, depths: dict[str, float], flows: dict[str, float]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """What is read, so many seconds after the beginning, of these depths [m], flows [m³/s]."""
        del second
        return depths, flows

    def hear(self, second: float, rain: float | None) -> float | None:
        """What is read of this rain [mm/h]."""
        del second
        return rain

    def watch(self, engine: Engine, seconds: float) -> None:
        """After each routing step of so many seconds: whatever else is to be measured."""

    def act(self, second: float, settings: dict[str, float]) -> dict[str, float]:
        """How the actuators stand when these settings are wanted."""
        del second
        return settings


@dataclass(slots=True)
class Played:
    """What came of a run; volumes are of each minute [m³].

    Args:
        begin: of the run.
        flooded: out of all nodes together.
        over: above the limits, all links together.
        overflowed: at the ids of the objectives of kind ``cso``, all together.
        settings: of each actuator that was commanded, at the end of each minute.
        slowest_s: the longest step of the controller [s].
        notices: how often each thing was noticed, by (id, what).
    """

    begin: datetime
    flooded: list[float] = field(default_factory=list)
    over: list[float] = field(default_factory=list)
    overflowed: list[float] = field(default_factory=list)
    settings: list[dict[str, float]] = field(default_factory=list)
    slowest_s: float = 0.0
    notices: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def totals(self) -> tuple[float, float, float]:
        """Flooded, above limits, overflowed [m³]."""
        return sum(self.flooded), sum(self.over), sum(self.overflowed)


def play(
    model: Path, config: ControlConfig, decider: Decider | None, surroundings: Field | None = None
) -> Played:
    """Play a SWMM model from its beginning to its end.

    Args:
        model: SWMM input file; its own control rules stay in force.
        config: what is actuated, measured and limited.
        decider: what controls; None: nothing does.
        surroundings: faults of sensors and actuators.

    Returns:
        Volumes on a fixed grid: the flow after each routing step counts for that step.

    Raises:
        InputError: the model cannot be read or run.
        ConfigurationError: the configuration names what the model does not have.
    """
    with opened(model) as engine:
        check_ids(engine, config, model)
        return _run(engine, config, decider, surroundings or Field())


def check_ids(engine: Engine, config: ControlConfig, model: Path) -> None:
    """See that a model has all that a configuration names.

    Raises:
        ConfigurationError: names the first that it lacks.
    """
    both = {**engine.nodes, **engine.links}
    named = (
        ("link", "actuators", engine.links, [each.id for each in config.actuators]),
        ("node", "sensors.depths", engine.nodes, config.sensors.depths),
        ("link", "sensors.flows", engine.links, config.sensors.flows),
        ("node", "storages", engine.nodes, [each.id for each in config.storages]),
        ("link", "limits", engine.links, list(config.limits)),
        ("node or link", "objectives", both, [i for one in config.objectives for i in one.ids]),
    )
    for kind, where, there, ids in named:
        for each in ids:
            if each not in there:
                raise ConfigurationError(
                    f"`{where}` of control of {config.name!r} names {each!r}; {model} has no such"
                    f" {kind}"
                )
    for actuator in config.actuators:
        ends = engine.ends(actuator.id)
        if (actuator.from_node, actuator.to) != ends:
            raise ConfigurationError(
                f"actuator {actuator.id!r} leads from {actuator.from_node!r} to {actuator.to!r};"
                f" in {model} it leads from {ends[0]!r} to {ends[1]!r}"
            )


def _run(
    engine: Engine, config: ControlConfig, decider: Decider | None, surroundings: Field
) -> Played:
    played = Played(engine.begin)
    wanted: dict[str, float] = {}
    meter = _Meter(engine, config)
    before, next_step, next_grid = 0.0, 0.0, GRID_S
    for second in engine.steps():
        meter.add(second - before)
        surroundings.watch(engine, second - before)
        before = second
        while second >= next_grid:
            meter.write(played)
            played.settings.append(dict(wanted))
            next_grid += GRID_S
        if decider is not None and second >= next_step:
            wanted |= _decide(engine, config, decider, surroundings, second, played)
            next_step = (second // config.interval_s + 1) * config.interval_s
        for actuator, setting in surroundings.act(second, wanted).items():
            engine.set(actuator, setting)
    meter.write(played)
    played.settings.append(dict(wanted))
    return played


def _decide(
    engine: Engine,
    config: ControlConfig,
    decider: Decider,
    surroundings: Field,
    second: float,
    played: Played,
) -> dict[str, float]:
    depths = {each: engine.depth(each) for each in config.sensors.depths}
    flows = {each: engine.flow(each) for each in config.sensors.flows}
    depths, flows = surroundings.sense(second, depths, flows)
    now = engine.begin + timedelta(seconds=second)
    started = time.perf_counter()
    chosen = decider.step(now, depths, flows, surroundings.hear(second, engine.rain()))
    played.slowest_s = max(played.slowest_s, time.perf_counter() - started)
    for notice in getattr(decider, "notices", ()):
        key = (notice.id, notice.what)
        played.notices[key] = played.notices.get(key, 0) + 1
    return chosen


class _Meter:
    """Adds up what floods, exceeds and overflows since the last minute."""

    def __init__(self, engine: Engine, config: ControlConfig) -> None:
        self._engine, self._limits = engine, config.limits
        ids = [each for one in config.objectives if one.kind == "cso" for each in one.ids]
        self._overflows: Sequence[str] = list(dict.fromkeys(ids))
        self._flooded = self._over = self._overflowed = 0.0

    def add(self, seconds: float) -> None:
        engine = self._engine
        self._flooded += seconds * sum(engine.flooding(node) for node in engine.nodes)
        for link, limit in self._limits.items():
            self._over += seconds * max(engine.flow(link) - limit, 0.0)
        self._overflowed += seconds * sum(self._overflow(each) for each in self._overflows)

    def write(self, played: Played) -> None:
        played.flooded.append(self._flooded)
        played.over.append(self._over)
        played.overflowed.append(self._overflowed)
        self._flooded = self._over = self._overflowed = 0.0

    def _overflow(self, each: str) -> float:
        if each in self._engine.links:
            return max(self._engine.flow(each), 0.0)
        if self._engine.is_outfall(each):
            return self._engine.inflow(each)
        return self._engine.flooding(each)
