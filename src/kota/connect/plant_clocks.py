"""The clocks of plants, told over MQTT on ``kota/clock/<plant>``."""

from __future__ import annotations

from typing import Final

import msgspec

from kota.clock import Clock, PlantClock
from kota.errors import ConnectError
from kota.model.instant import parse

CLOCK_TOPIC: Final = "kota/clock/"
CLOCK_SUBSCRIPTION: Final = CLOCK_TOPIC + "+"


class _Told(msgspec.Struct):
    now: str
    speed: float = 1.0


class PlantClocks:
    """One clock for each plant that has spoken.

    Args:
        wall: the clock for everything else.
    """

    def __init__(self, wall: Clock) -> None:
        self.wall = wall
        self._plants: dict[str, PlantClock] = {}

    def of(self, plant: str | None) -> Clock:
        """The clock of a plant; wall time without a plant, or before it has spoken."""
        return self.wall if plant is None else self._plants.get(plant, self.wall)

    @property
    def plants(self) -> dict[str, PlantClock]:
        """The clocks that were told, by plant."""
        return dict(self._plants)

    def tell(self, topic: str, payload: bytes) -> None:
        """Take over what a plant says of its time.

        Args:
            topic: ``kota/clock/<plant>``.
            payload: ``{"now": "2026-11-27T05:30:00Z", "speed": 60}``.

        Raises:
            ConnectError: the payload is not that.
        """
        try:
            told = msgspec.json.decode(payload, type=_Told)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ConnectError(
                f"{topic}: {error}", hint='a clock says {"now": time, "speed": number}'
            ) from error
        if not 0 <= told.speed < 1e6:
            raise ConnectError(f"{topic}: a speed of {told.speed:g} cannot be")
        now = parse(told.now, where=topic)
        plant = topic.removeprefix(CLOCK_TOPIC)
        self._plants.setdefault(plant, PlantClock(self.wall)).tell(now, told.speed)
