"""The one clock that the dashboard shows: of the plant that speaks, else wall time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kota.model import instant

if TYPE_CHECKING:
    from kota.clock import PlantClock
    from kota.connect.plant_clocks import PlantClocks


class TownClock:
    """Follows the first plant by name; wall time as long as none has spoken.

    Args:
        clocks: of all plants.
    """

    def __init__(self, clocks: PlantClocks) -> None:
        self._clocks = clocks

    @property
    def plant(self) -> bool:
        """Whether a plant tells the time."""
        return self._of_plant() is not None

    @property
    def speed(self) -> float:
        """Seconds of this clock in a second of wall time; 0 while it stands."""
        plant = self._of_plant()
        return 1.0 if plant is None else plant.speed

    def now(self) -> int:
        """The time, an instant."""
        return (self._of_plant() or self._clocks.wall).now()

    def iso(self) -> str:
        """The time in ISO 8601, to the millisecond."""
        return instant.render(self.now() // 1000 * 1000)

    def _of_plant(self) -> PlantClock | None:
        plants = self._clocks.plants
        return plants[min(plants)] if plants else None
