"""The simulated plant: EPANET behind the MQTT topics of a utility's telemetry."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import numpy as np

from kota.model.instant import DAY, SECOND
from kota.plant import Player
from kota.solutions.water.demand import HOMES
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.model import KEY, VALVE_KEY, Model, Setting


@dataclass(frozen=True, slots=True)
class WaterPlant:
    """The plant of one network.

    Args:
        setting: which, from when on.
        now: when it first speaks [µs]; what was before passes in silence.
        speed: plant seconds in a second.
    """

    setting: Setting
    now: int
    speed: float = 1.0

    @property
    def name(self) -> str:
        """Its clock is ``kota/clock/water``, its orders come on ``kota/plant/water``."""
        return "water"

    def run(self, host: str, port: int) -> None:
        """Play it to an MQTT broker until told to end (SIGTERM)."""
        model = Model(self.setting)
        player = Player(
            self.name, model, now=self.now, speed=self.speed, obedient=model, keys=(KEY, VALVE_KEY)
        )
        asyncio.run(player.play(host, port))


def net3_plant(seed: int) -> WaterPlant:
    """Net3 as it stands in EPANET's examples, from last midnight (UTC) on, in real time."""
    path = net3()
    network = read_network(path)
    bases = np.zeros((len(network.junctions), 3))
    bases[:, HOMES] = [junction.demand for junction in network.junctions.values()]
    now = time.time_ns() // 1000
    setting = Setting(path, network, bases, seed, begin=now // DAY * DAY // SECOND)
    return WaterPlant(setting, now)
