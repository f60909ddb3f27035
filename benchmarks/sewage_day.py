"""The demonstration's storm with Kota's control and without, on the same plant and seeds.

python -m benchmarks.sewage_day [--seeds 5] [--town 7]

The plant is the demonstration's: SWMM under the town's streets, from noon of Monsoon Friday until
six the next morning, with its storm, failing pump, blocked sewer, drifting and silent sensors, all
drawn from the seed. Control sees only what sensors say and acts only by commands, as the live task
does. Beside it: gates left wide open, and gates set once, to their safe opening.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Final

from benchmarks.report import machine
from kota.demo.district import make_district
from kota.demo.sewers import Sewerworks
from kota.demo.story import midnight
from kota.model.instant import SECOND
from kota.solutions.sewage.actuators import SAFE_OPENING
from kota.solutions.sewage.assets import device_of
from kota.solutions.sewage.config import make_config
from kota.solutions.sewage.control import Controller
from kota.solutions.sewage.instruments import KEYS
from kota.solutions.sewage.model import Model
from kota.solutions.sewage.operating import LEAST_MOVE

HOURS: Final = (12, 30)
FRESH_S: Final = 720
POLICIES: Final = ("open", "set once", "Kota")
_STEP_S: Final = 60


@dataclass(slots=True)
class Day:
    """What came of a day.

    Args:
        seed: of storm, incidents and noise.
        policy: one of `POLICIES`.
        flooded_m3: out of all manholes.
        overflowed_m3: out of all overflows.
        pump_kwh: what the pumps drew.
        treated_m3: what the works took.
        moves: commands that were carried out.
    """

    seed: int
    policy: str
    flooded_m3: float = 0.0
    overflowed_m3: float = 0.0
    pump_kwh: float = 0.0
    treated_m3: float = 0.0
    moves: int = 0


def main() -> None:
    """Print a JSON line for each day, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--town", type=int, default=7)
    asked = parser.parse_args()
    print(machine(), file=sys.stderr)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        cases = [(asked.town, seed) for seed in range(1, asked.seeds + 1)]
        days = [day for found in pool.map(_seed, cases) for day in found]
    for day in days:
        print(json.dumps(_rounded(asdict(day))), flush=True)
    for policy in POLICIES:
        whole = Day(0, policy)
        for day in days:
            if day.policy == policy:
                whole.flooded_m3 += day.flooded_m3
                whole.overflowed_m3 += day.overflowed_m3
                whole.pump_kwh += day.pump_kwh
                whole.treated_m3 += day.treated_m3
                whole.moves += day.moves
        said = _rounded(asdict(whole))
        del said["seed"]
        print(json.dumps({"seeds": asked.seeds, **said}), flush=True)


def _rounded(day: dict[str, object]) -> dict[str, object]:
    return {k: round(v, 1) if isinstance(v, float) else v for k, v in day.items()}


def _seed(case: tuple[int, int]) -> list[Day]:
    town, seed = case
    works = Sewerworks(make_district(town), seed=seed)
    return [play(works, seed, policy) for policy in POLICIES]


def play(works: Sewerworks, seed: int, policy: str) -> Day:
    """Play one day.

    Args:
        works: the sewers.
        seed: of storm, incidents and noise.
        policy: one of `POLICIES`.
    """
    begin, end = (midnight() // SECOND + hour * 3600 for hour in HOURS)
    model = Model(works.setting(begin, None, last=end))
    config = make_config(works.sewerage.control)
    day = Day(seed, policy)
    controlled = _Controlled(model, Controller(config)) if policy == "Kota" else None
    spilling = [node.id for node in model.sewers.of_kind("outfall") if node.id != "works"]
    grounds = [node.id for node in model.sewers.nodes.values() if node.kind != "outfall"]
    if policy == "set once":
        for one in config.actuators:
            _order(model, one.id, SAFE_OPENING)
    for at in model.instants(end):
        engine = model.engine
        day.flooded_m3 += _STEP_S * sum(engine.flooding(name) for name in grounds)
        day.overflowed_m3 += _STEP_S * sum(max(engine.inflow(n), 0.0) for n in spilling)
        day.treated_m3 += _STEP_S * max(engine.inflow("works"), 0.0)
        pumps = model.sewers.links_of("pump")
        day.pump_kwh += sum(model.power(pump.id) for pump in pumps) * _STEP_S / 3600
        if controlled is not None:
            controlled.see(at)
            if at % round(config.interval_s) == 0:
                day.moves += controlled.act(at)
    model.close()
    return day


class _Controlled:
    """What the live task does, without a platform around it: telemetry in, commands out."""

    def __init__(self, model: Model, controller: Controller) -> None:
        self._model, self._controller = model, controller
        self._heard: dict[tuple[str, str], tuple[int, float]] = {}
        self._setting: dict[str, float] = {}

    def see(self, at: int) -> None:
        readings = self._model.read(at)
        for k, sensor in enumerate(self._model.sensors):
            if readings.heard[k]:
                self._heard[sensor.element, sensor.quantity] = at, float(readings.values[k])

    def act(self, at: int) -> int:
        sensors = self._controller.config.sensors
        rain = self._model.setting.intensity(at - 600)
        settings = self._controller.step(
            datetime.fromtimestamp(at, UTC),
            self._fresh(sensors.depths, "depth", at),
            self._fresh(sensors.flows, "flow", at),
            rain,
        )
        moved = 0
        for gate, wanted in settings.items():
            setting = round(wanted, 2)
            if abs(self._setting.get(gate, 1.0) - setting) >= LEAST_MOVE:
                self._setting[gate] = setting
                _order(self._model, gate, setting)
                moved += 1
        return moved

    def _fresh(self, names: tuple[str, ...], quantity: str, at: int) -> dict[str, float]:
        found = {name: self._heard.get((name, quantity)) for name in names}
        return {
            name: told[1]
            for name, told in found.items()
            if told is not None and at - told[0] <= FRESH_S
        }


def _order(model: Model, gate: str, setting: float) -> None:
    done = model.obey(KEYS["orifice"], device_of("orifice", gate), {"opening": setting})
    assert done.fault is None, done.fault


if __name__ == "__main__":
    main()
