"""The simulated plant without its radio: time passes, sensors report."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from pathlib import Path

import numpy as np

from kota.plant import Report
from kota.plant_commands import Obeyed
from kota.solutions.water.demand import Demand, Floats
from kota.solutions.water.hydraulics import Hydraulics, Opening, Start, Truth
from kota.solutions.water.incidents import LEAKS, Incident, Trouble, check_incidents
from kota.solutions.water.instruments import METERED_S, Instruments, Sensor, device_of, equip
from kota.solutions.water.network import Network
from kota.solutions.water.plc import Plc
from kota.solutions.water.sections import CLOSED, OPEN, SectionValve, cut_off

DAILY = (Opening("10", (1.0, 15.0)),)
"""Net3's lake pump runs from one to three in the afternoon."""

LEAKAGE = 0.08
KEY = "water-pump"
"""Key of the topics on which pumps take commands."""
VALVE_KEY = "water-section-valve"
"""Key of the topics on which sectioning valves do."""
VALVE_PERIOD_S = 900
PROBE_KEY = "water-quality"
PROBE = "TQ"
"""Begins the names of the probes."""
PROBE_PERIOD_S = 300
CLEAR_NTU = 0.3
"""Turbidity of water in which nothing is the matter."""
STEP_S = 60


@dataclass(frozen=True, slots=True)
class Setting:
    """Which plant, from when on; pickles.

    Args:
        path: the ``.inp`` file.
        network: as read from it, or rescaled.
        bases: average demands `(n_junctions, 3)`, see `Demand`.
        seed: of demands, noise and faults.
        begin: when it starts [s since the epoch].
        offset: of local time from UTC [s].
        levels: of the tanks then [m]; empty: as the network says.
        open_links: which switched links are open then.
        openings: daily rounds.
        valves: the sectioning valves, which take commands.
        incidents: what goes wrong.
        probes: junctions where turbidity is measured.
    """

    path: Path
    network: Network
    bases: Floats
    seed: int
    begin: int
    offset: int = 0
    levels: Mapping[str, float] = field(default_factory=dict)
    open_links: Mapping[str, bool] = field(default_factory=dict)
    openings: tuple[Opening, ...] = DAILY
    valves: tuple[SectionValve, ...] = ()
    incidents: tuple[Incident, ...] = ()
    probes: tuple[str, ...] = ()


class Model:
    """One plant as time passes; a context manager through `hydraulics`.

    Args:
        setting: which plant, from when on.
        step: seconds of hydraulics between two looks at the sensors.
    """

    def __init__(self, setting: Setting, *, step: int = STEP_S) -> None:
        self.setting = setting
        self.sensors = equip(setting.network)
        self._step = step
        self._demand = Demand(setting.bases, seed=setting.seed, leakage=LEAKAGE)
        self._instruments = Instruments(self.sensors, seed=setting.seed)
        check_incidents(
            setting.incidents,
            setting.network,
            frozenset(v.id for v in setting.valves),
            self.sensors,
        )
        self._waiting: list[Report] = []
        self._numbers = count()
        self._now: int = setting.begin
        self._begin()
        self._look = _Look(self.hydraulics, setting.network, self.sensors)

    @property
    def now(self) -> int:
        """Up to when time has passed [s since the epoch]; nothing at this instant is read yet."""
        return self._now

    def close(self) -> None:
        """Release the simulation."""
        self.hydraulics.close()

    def rewind(self) -> None:
        """Go back to the beginning."""
        self.hydraulics.close()
        self._waiting.clear()
        self._begin()

    def advance(self, until: int, *, every: int = 1) -> Iterator[Report]:
        """Let time pass, and tell what arrives meanwhile.

        Args:
            until: the first instant [s since the epoch] that is not reached any more.
            every: sensors with a shorter period report once in so many seconds.
        """
        for at, values in self.truths(until):
            readings = self._instruments.read(self.trouble.told(values, at), at)
            due = self._due(at, every)
            self._collect(at, readings.values, readings.heard & due, readings.delay)
            self._tell_valves(at, every)
            self._tell_turbidity(at, every)
            while self._waiting and self._waiting[0].arrives <= at:
                yield heappop(self._waiting)

    def obey(self, key: str, device: str, orders: Mapping[str, object]) -> Obeyed:
        """Do what a command says, as far as the controller on site lets it.

        Args:
            key: of the device's sort, ``water-pump`` or ``water-section-valve``.
            device: its id.
            orders: the setting by name.
        """
        if key == VALVE_KEY:
            return self._turn(device, orders)
        if key != KEY:
            return Obeyed("no device of this sort takes commands")
        pump = next(
            (one for one in self.setting.network.pumps if device_of("pump", one) == device), None
        )
        if pump is None or set(orders) != {"control"}:
            return Obeyed(f"{device} has no such setting")
        if self.trouble.seized(pump, self._now):
            return Obeyed(None, {"control": str(orders["control"])})
        fault = self.trouble.stuck(pump, self._now)
        if fault is None:
            fault = self.plc.order(self.hydraulics, pump, orders["control"])
        return Obeyed(fault, {"control": self.plc.setting(pump)})

    def skip(self, until: int) -> None:
        """Let time pass and tell nothing."""
        for _ in self.states(until):
            continue

    def truths(self, until: int) -> Iterator[tuple[int, Floats]]:
        """Let time pass, and tell the truth at each sensor, step by step.

        Args:
            until: the first instant [s since the epoch] that is not reached any more.
        """
        for truth, metered in self.states(until):
            yield self.setting.begin + truth.seconds, self._look.at(truth, metered)

    def states(self, until: int) -> Iterator[tuple[Truth, Floats]]:
        """As `truths`, the whole state and what the customers' meters count [m³/h]."""
        begin, offset = self.setting.begin, self.setting.offset
        while self._now < until:
            steps = self._now + offset + np.arange(0, 3600, self._step)
            drawn = self._demand.drawn(steps)
            back = np.arange(-METERED_S, 0, 300)
            metered = self._demand.metered((steps[:, None] + back).ravel())
            metered = metered.reshape(len(steps), len(back), -1).mean(axis=1)
            hour = self._now
            while self._now < min(until, hour + 3600):
                k = (self._now - hour) // self._step
                self.trouble.act(self.hydraulics, self.plc, self._now)
                wanted = self._wanted(drawn[k])
                truth = self.hydraulics.solve(wanted)
                self.plc.see(self.hydraulics, truth)
                at = begin + truth.seconds
                self._now = at + self.hydraulics.move()
                if (at - begin) % self._step == 0:
                    yield truth, metered[k] * self._served(truth, drawn[k])

    def read(self, values: Floats, at: int) -> tuple[Floats, np.ndarray]:
        """Readings of all sensors and which of them come through, for making history."""
        readings = self._instruments.read(self.trouble.told(values, at), at)
        return readings.values, readings.heard & (at % self._instruments.periods == 0)

    def _due(self, at: int, every: int) -> np.ndarray:
        periods = self._instruments.periods
        return np.asarray(at % (np.ceil(every / periods) * periods) < 1)

    def _begin(self) -> None:
        setting = self.setting
        self.hydraulics = self._start()
        self.plc = Plc(setting.network)
        self.trouble = Trouble(setting.incidents, setting.network, self.sensors)
        self.valves = dict.fromkeys((valve.id for valve in setting.valves), OPEN)
        self.dry: frozenset[str] = frozenset()
        node = {name: k for k, name in enumerate(self.hydraulics.nodes)}
        self._junctions = np.array([node[name] for name in setting.network.junctions])
        self._served_lately: deque[Floats] = deque(maxlen=METERED_S // self._step)
        self._now = setting.begin

    def _turn(self, device: str, orders: Mapping[str, object]) -> Obeyed:
        """Open or shut a sectioning valve."""
        valve = next((one for one in self.setting.valves if one.id == device), None)
        wanted = orders.get("control")
        if valve is None or set(orders) != {"control"}:
            return Obeyed(f"{device} has no such setting")
        if wanted not in (OPEN, CLOSED):
            return Obeyed(f"{wanted!r} is no setting of a valve", {"control": self.valves[device]})
        fault = self.trouble.stuck(device, self._now)
        if fault is None:
            self.valves[device] = str(wanted)
            self.hydraulics.shut(valve.pipe, valve.node, wanted == CLOSED)
            self.dry = cut_off(self.setting.network, self.hydraulics.shut_pipes())
        return Obeyed(fault, {"control": self.valves[device]})

    def _wanted(self, drawn: Floats) -> Floats:
        """What leaves the network where any water comes: pipes that are cut off give none."""
        if not self.dry:
            return drawn
        return np.where([name in self.dry for name in self.setting.network.junctions], 0.0, drawn)

    def _served(self, truth: Truth, drawn: Floats) -> Floats:
        """The share of what customers wanted that they got, over the meters' time."""
        got = truth.demand[self._junctions]
        share = np.where(drawn > 0, np.clip(got / np.where(drawn > 0, drawn, 1.0), 0.0, 1.0), 1.0)
        self._served_lately.append(share)
        return np.asarray(np.mean(self._served_lately, axis=0))

    def _tell_valves(self, at: int, every: int) -> None:
        """Sectioning valves tell their setting once in a while, each in its own minute."""
        period = max(VALVE_PERIOD_S, every)
        for k, (name, state) in enumerate(self.valves.items()):
            if (at // self._step * self._step + k * self._step) % period == 0:
                report = Report(at, next(self._numbers), at, VALVE_KEY, name, {"control": state})
                heappush(self._waiting, report)

    def _tell_turbidity(self, at: int, every: int) -> None:
        """Probes tell how cloudy the water is."""
        if not self.setting.probes or at % max(PROBE_PERIOD_S, every) != 0:
            return
        found = self.hydraulics.concentration()
        noise = np.random.default_rng([self.setting.seed, 3, at]).standard_normal(len(found))
        for name in self.setting.probes:
            k = self.hydraulics.nodes.index(name)
            value = round(max(CLEAR_NTU + float(found[k]) + 0.02 * float(noise[k]), 0.0), 2)
            device, number = f"{PROBE}-{name}", next(self._numbers)
            report = Report(at, number, at, PROBE_KEY, device, {"turbidity": value})
            heappush(self._waiting, report)

    def _start(self) -> Hydraulics:
        setting = self.setting
        start = Start((setting.begin + setting.offset) % 86_400, setting.levels, setting.open_links)
        return Hydraulics(
            setting.path,
            setting.network,
            start=start,
            step=self._step,
            openings=setting.openings,
            tracing=bool(setting.probes)
            or any(one.kind == "contamination" for one in setting.incidents),
            leaking=tuple(one.asset for one in setting.incidents if one.kind in LEAKS),
        )

    def _collect(self, at: int, values: Floats, heard: np.ndarray, delay: np.ndarray) -> None:
        """Readings of one device and one delay leave in one report."""
        reports: dict[tuple[str, int], dict[str, float | str]] = {}
        keys: dict[str, str] = {}
        for k in np.flatnonzero(heard).tolist():
            sensor = self.sensors[k]
            value: float | str = float(values[k])
            if sensor.quantity == "status":
                value = "OPEN" if values[k] > 0 else "CLOSED"
                content = reports.setdefault((sensor.device, int(delay[k])), {})
                content["control"] = self.plc.setting(sensor.element)
            reports.setdefault((sensor.device, int(delay[k])), {})[sensor.quantity] = value
            keys[sensor.device] = f"water-{sensor.kind}"
        for (device, late), content in reports.items():
            number = next(self._numbers)
            heappush(self._waiting, Report(at + late, number, at, keys[device], device, content))


class _Look:
    """Where in the truth each sensor looks."""

    def __init__(
        self, hydraulics: Hydraulics, network: Network, sensors: tuple[Sensor, ...]
    ) -> None:
        node = {name: k for k, name in enumerate(hydraulics.nodes)}
        link = {name: k for k, name in enumerate(hydraulics.links)}
        junction = {name: k for k, name in enumerate(network.junctions)}
        self._tanks = list(network.tanks)
        tank = {name: k for k, name in enumerate(self._tanks)}
        index = {"pressure": node, "supply": junction, "level": tank}
        self._columns: list[tuple[np.ndarray, str, np.ndarray]] = []
        for quantity in ("pressure", "supply", "flow", "level", "power", "status"):
            which = [k for k, sensor in enumerate(sensors) if sensor.quantity == quantity]
            of = index.get(quantity, link)
            at = [of[sensors[k].element] for k in which]
            self._columns.append((np.array(which, dtype=int), quantity, np.array(at, dtype=int)))
        self._count = len(sensors)

    def at(self, truth: Truth, metered: Floats) -> Floats:
        """The truth at each sensor `(n_sensors,)`."""
        source = {
            "pressure": truth.pressure,
            "supply": metered,
            "flow": truth.flow,
            "level": np.array([truth.level[name] for name in self._tanks]),
            "power": truth.power,
            "status": truth.is_open.astype(np.float64),
        }
        values = np.zeros(self._count)
        for which, quantity, at in self._columns:
            values[which] = source[quantity][at]
        return values
