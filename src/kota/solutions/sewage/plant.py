"""The simulated plant: SWMM behind the MQTT topics of a utility's telemetry."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from kota.plant import Player
from kota.solutions.sewage.instruments import KEYS
from kota.solutions.sewage.model import Model, Setting


@dataclass(frozen=True, slots=True)
class SewagePlant:
    """The plant of one system of sewers.

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
        """Its clock is ``kota/clock/sewage``, its orders come on ``kota/plant/sewage``."""
        return "sewage"

    def run(self, host: str, port: int) -> None:
        """Play it to an MQTT broker until told to end (SIGTERM)."""
        model = Model(self.setting)
        keys = (KEYS["orifice"], KEYS["pump"])
        player = Player(self.name, model, now=self.now, speed=self.speed, obedient=model, keys=keys)
        asyncio.run(player.play(host, port))
