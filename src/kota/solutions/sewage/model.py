"""The simulated sewers without their radio: time passes, sensors report, gates obey."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from kota.plant import Report
from kota.plant_commands import Obeyed
from kota.solutions.sewage.incidents import Incident, drift, of_kind
from kota.solutions.sewage.instruments import KEYS, Instruments, Readings, Sensor, equip
from kota.solutions.sewage.pumps import Switches, levels, without_levels
from kota.solutions.sewage.reading import read_sewers
from kota.solutions.sewage.sections import Sections
from kota.solutions.sewage.swmm import Engine, opened

STEP_S: Final = 60
RAIN_S: Final = 600
GRAVITY_KN: Final = 9.81
EFFICIENCY: Final = 0.62
"""Of a pump with its motor."""
_LONG = timedelta(days=20)


@dataclass(frozen=True, slots=True)
class Setting:
    """Which sewers, from when on; pickles.

    Args:
        text: the SWMM model, in metres and m³/s.
        state: how the water stands at the beginning, as `Engine.save` wrote it; None: dry.
        begin: when it starts [s since the epoch].
        offset: of the model's time from UTC [s].
        rain: what falls on all of it in each ten minutes from `begin` on [mm].
        seed: of noise and faults.
        manholes: where depths are logged.
        flows: conduits with a flow meter.
        incidents: what goes wrong.
    """

    text: str
    state: bytes | None
    begin: int
    offset: int
    rain: tuple[float, ...]
    seed: int
    manholes: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    incidents: tuple[Incident, ...] = ()

    def intensity(self, at: int) -> float:
        """Rain at an instant [mm/h]."""
        k = (at - self.begin) // RAIN_S
        return self.rain[k] * 3600 / RAIN_S if 0 <= k < len(self.rain) else 0.0


class Model:
    """The sewers as time passes; see `kota.plant.PlantModel`.

    Args:
        setting: which, from when on.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._open = ExitStack()
        self._folder = TemporaryDirectory(prefix="kota-sewers-")
        folder = Path(self._folder.name)
        self._path, self._state = folder / "model.inp", folder / "state.hsf"
        self._path.write_text(without_levels(setting.text))
        self.sewers = read_sewers(self._path)
        whole = folder / "whole.inp"
        whole.write_text(setting.text)
        self._levels = levels(Sections(whole)["PUMPS"])
        if setting.state is not None:
            self._state.write_bytes(setting.state)
        self.sensors = equip(self.sewers, setting.manholes, setting.flows)
        self._numbers = count()
        self._now = setting.begin
        self._start()

    @property
    def now(self) -> int:
        """Up to when time has passed [s since the epoch]."""
        return self._now

    @property
    def engine(self) -> Engine:
        """The model as it runs; its truth is for measuring what control is worth."""
        return self._engine

    def close(self) -> None:
        """Release the simulation."""
        self._stop()
        self._folder.cleanup()

    def rewind(self) -> None:
        """Go back to the beginning."""
        self._stop()
        self._start()

    def skip(self, until: int) -> None:
        """Let time pass and tell nothing."""
        for _ in self.instants(until):
            continue

    def advance(self, until: int, *, every: int = 1) -> Iterator[Report]:
        """Let time pass, and tell what arrives meanwhile; see `kota.plant.PlantModel`."""
        for at in self.instants(until):
            readings = self.read(at)
            spaced = at % (np.ceil(every / self._instruments.periods) * self._instruments.periods)
            self._collect(at, readings, readings.heard & (spaced < 1))
            while self._waiting and self._waiting[0].arrives <= at:
                yield heappop(self._waiting)

    def instants(self, until: int) -> Iterator[int]:
        """Let time pass, minute by minute, up to and with `until` [s since the epoch]."""
        while self._now < until:
            # steps of the engine need not end on a minute
            passed = (self._now - self.setting.begin) // STEP_S
            target = self.setting.begin + (passed + 1) * STEP_S
            while self._now < target:
                self._before_step()
                elapsed = next(self._run, None)
                if elapsed is None:
                    return
                self._now = self.setting.begin + round(elapsed)
            yield target

    def read(self, at: int) -> Readings:
        """What the sensors say now."""
        truth = np.array([self._truth(sensor) for sensor in self.sensors])
        incidents = self.setting.incidents
        for k, sensor in enumerate(self.sensors):
            if sensor.quantity == "depth":
                truth[k] += drift(incidents, sensor.element, at)
        readings = self._instruments.read(truth, at)
        lost = {one.element for one in of_kind(incidents, "silent", at)}
        there = np.array([sensor.element not in lost for sensor in self.sensors])
        return Readings(readings.values, readings.heard & there, readings.delay)

    def obey(self, key: str, device: str, orders: Mapping[str, object]) -> Obeyed:
        """Do what a command says, as far as the controllers on site let it.

        Args:
            key: of the device's sort: ``sewer-gate`` or ``sewer-pump``.
            device: its id.
            orders: the setting by name.
        """
        found = next((s for s in self.sensors if (s.key, s.device) == (key, device)), None)
        name = {KEYS["orifice"]: "opening", KEYS["pump"]: "control"}.get(key)
        if found is None or name is None or set(orders) != {name}:
            return Obeyed(f"{device} has no such setting")
        wanted = orders[name]
        if name == "control":
            fault = self._switches.order(found.element, wanted)
            return Obeyed(fault, {"control": self._switches.setting(found.element)})
        if isinstance(wanted, bool) or not isinstance(wanted, int | float) or not 0 <= wanted <= 1:
            return Obeyed(f"{wanted!r} is no opening; expected 0 to 1")
        self._gates[found.element] = float(wanted)
        return Obeyed()

    def power(self, pump: str) -> float:
        """What a pump draws [kW]: ρ g Q H / η."""
        link = self.sewers.links[pump]
        lift = self._engine.head(link.end) - self._engine.head(link.start)
        return GRAVITY_KN * max(self._engine.flow(pump), 0.0) * max(lift, 0.0) / EFFICIENCY

    def _stop(self) -> None:
        self._run.close()
        self._open.close()

    def _start(self) -> None:
        setting = self.setting
        self._now = setting.begin
        self._waiting: list[Report] = []
        self._gates: dict[str, float] = {}
        self._blocked: frozenset[str] = frozenset()
        self._switches = Switches(self._levels)
        self._instruments = Instruments(self.sensors, seed=setting.seed)
        self._engine = self._open.enter_context(opened(self._path))
        begin = datetime.fromtimestamp(setting.begin + setting.offset, UTC).replace(tzinfo=None)
        state = self._state if setting.state is not None else None
        self._engine.play_from(begin, begin + _LONG, state)
        self._run: Generator[float, None, None] = self._engine.steps()
        self._before_first = True

    def _before_step(self) -> None:
        if self._before_first:
            # the engine takes no settings before its first step
            self._before_first = False
            return
        at, engine = self._now, self._engine
        engine.let_rain(self.setting.intensity(at))
        incidents = self.setting.incidents
        broken = {one.element for one in of_kind(incidents, "pump-failed", at)}
        self._switches.broken = frozenset(broken)
        self._switches.act(engine)
        for gate, opening in self._gates.items():
            engine.set(gate, opening)
        blocked = of_kind(incidents, "blocked", at)
        names = frozenset(one.element for one in blocked)
        if names != self._blocked:
            for name in self._blocked - names:
                engine.limit(name, 0.0)
            for one in blocked:
                engine.limit(one.element, one.amount)
            self._blocked = names

    def _truth(self, sensor: Sensor) -> float:
        engine, element = self._engine, sensor.element
        if sensor.quantity == "depth":
            return engine.depth(element)
        if sensor.quantity == "flow":
            return engine.flow(element)
        if sensor.quantity == "opening":
            return engine.setting(element)
        if sensor.quantity == "overflow":
            return engine.inflow(element)
        if sensor.quantity == "power":
            return self.power(element)
        return float(engine.flow(element) > 0)

    def _collect(self, at: int, readings: Readings, heard: np.ndarray) -> None:
        """Readings of one device and one delay leave in one report."""
        reports: dict[tuple[str, str, int], dict[str, float | str]] = {}
        for k in np.flatnonzero(heard).tolist():
            sensor = self.sensors[k]
            place = sensor.key, sensor.device, int(readings.delay[k])
            content = reports.setdefault(place, {})
            if sensor.quantity == "status":
                content["status"] = "OPEN" if readings.values[k] > 0 else "CLOSED"
                content["control"] = self._switches.setting(sensor.element)
            else:
                content[sensor.quantity] = float(readings.values[k])
        for (key, device, late), content in reports.items():
            report = Report(at + late, next(self._numbers), at, key, device, content)
            heappush(self._waiting, report)
