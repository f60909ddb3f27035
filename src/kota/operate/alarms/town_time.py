"""What time it is for an entity: by its plant's clock, or by the wall's."""

from __future__ import annotations

from kota.connect.plant_clocks import PlantClocks


class TownTime:
    """The clocks of a town, read once for all that is judged together.

    Args:
        clocks: of all plants.
    """

    def __init__(self, clocks: PlantClocks) -> None:
        self._clocks = clocks
        self._now: dict[str | None, int] = {}

    def refresh(self) -> None:
        """Read the clocks anew when they are asked next."""
        self._now = {None: self._clocks.wall.now()}
        for name, clock in self._clocks.plants.items():
            self._now[name] = clock.now()

    def now(self, clock: str | None) -> int | None:
        """The time by a clock [µs]; None while that plant has not spoken."""
        return self._now.get(clock)
