"""The invented district: terrain, streets, buildings and places, all from one seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kota.demo.district.buildings import Building, make_buildings
from kota.demo.district.lots import make_lots
from kota.demo.district.points import Place, bus_stops, settle
from kota.demo.district.streets import Streets, make_streets
from kota.demo.district.terrain import Terrain, make_terrain
from kota.demo.district.zones import Block, make_blocks

__all__ = ["Block", "Building", "District", "Place", "Streets", "Terrain", "make_district"]


@dataclass(frozen=True, slots=True)
class District:
    """A town by the sea, in metres from its south-west corner.

    Args:
        seed: what it was made from.
        terrain: sea, river and land.
        streets: all connected.
        blocks: the land between them.
        buildings: about two thousand.
        places: points of interest.
    """

    seed: int
    terrain: Terrain
    streets: Streets
    blocks: tuple[Block, ...]
    buildings: tuple[Building, ...]
    places: tuple[Place, ...]

    @property
    def residents(self) -> int:
        """Who live in it."""
        return sum(building.residents for building in self.buildings)


def make_district(seed: int = 7) -> District:
    """Make the town; the same seed makes the same town.

    Args:
        seed: of everything that is drawn.
    """
    rng = np.random.default_rng(seed)
    terrain = make_terrain(rng)
    streets = make_streets(terrain, rng)
    blocks = make_blocks(streets, terrain, rng)
    lots = make_lots(blocks, rng)
    uses, places = settle(lots)
    buildings = make_buildings(lots, uses, streets, rng)
    return District(
        seed, terrain, streets, tuple(blocks), buildings, (*places, *bus_stops(streets))
    )
