"""How well tank levels are forecast: Net3 played for four weeks, against two plain bars.

python -m benchmarks.water_forecast
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.report import emit, machine
from kota.solutions.water.demand import HOMES
from kota.solutions.water.forecast import DAY, HORIZON, STEP_S, Analogue, persistence, seasonal
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.model import Model, Setting

BEGIN = 1_761_609_600
DAYS, LEARN = 28, 21
EVERY = 5


def main() -> None:
    """Print the mean absolute errors, metres."""
    print(machine(), file=sys.stderr)
    network = read_network(net3())
    bases = np.zeros((len(network.junctions), 3))
    bases[:, HOMES] = [junction.demand for junction in network.junctions.values()]
    model = Model(Setting(net3(), network, bases, seed=7, begin=BEGIN), step=300)
    gauges = [k for k, sensor in enumerate(model.sensors) if sensor.quantity == "level"]
    told = [
        model.read(truth, at)[0][gauges]
        for at, truth in model.truths(BEGIN + DAYS * 86_400)
        if at % STEP_S == 0
    ]
    model.close()
    levels = np.array(told)
    tanks = list(network.tanks.values())
    low, high = np.array([t.min_level for t in tanks]), np.array([t.max_level for t in tanks])
    learnt = Analogue(low, high).fit(levels[: LEARN * DAY], start=BEGIN)
    errors: dict[str, list[np.ndarray]] = {"analogue": [], "persistence": [], "seasonal": []}
    for now in range((LEARN + 1) * DAY, len(levels) - HORIZON, EVERY):
        known, truth = levels[: now + 1], levels[now + 1 : now + 1 + HORIZON]
        errors["analogue"].append(np.abs(learnt.predict(known, start=BEGIN)[0] - truth))
        errors["persistence"].append(np.abs(persistence(known) - truth))
        errors["seasonal"].append(np.abs(seasonal(known) - truth))
    mean = {name: np.array(each).mean(axis=(0, 2)) for name, each in errors.items()}
    for hours in (1, 3, 6, 12):
        k = hours * 3600 // STEP_S - 1
        bar = float(mean["seasonal"][k])
        goal = "below the seasonal bar"
        emit(f"water.level_mae_{hours}h", float(mean["analogue"][k]), "m", floor=bar, goal=goal)
        emit(f"water.level_mae_{hours}h.persistence", float(mean["persistence"][k]), "m")


if __name__ == "__main__":
    main()
