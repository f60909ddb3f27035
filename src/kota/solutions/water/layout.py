"""What the tasks need to know of the network's entities."""

from __future__ import annotations

from dataclasses import dataclass

from kota.city import City
from kota.errors import NotReadyError
from kota.model.entity import Entity
from kota.solutions.water.terms import urn


@dataclass(frozen=True, slots=True)
class TankSite:
    """A tank: id, area [m²], limits of its level [m]."""

    id: str
    area: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The network as its entities tell it.

    Args:
        network: id of the WaterNetwork.
        tanks: in order of id.
        sources: ids of the links at reservoirs, and +1 where they start there, else −1.
        meters: ids of the junctions that have customers' meters.
    """

    network: str
    tanks: tuple[TankSite, ...]
    sources: dict[str, int]
    meters: tuple[str, ...]


async def read_layout(city: City) -> Layout:
    """Read the network.

    Raises:
        NotReadyError: there is none yet.
    """
    tanks = [_tank(city, entity) for entity in await city.entities("Tank")]
    networks = await city.entities("WaterNetwork")
    junctions = await city.entities("Junction")
    if not tanks or not junctions:
        raise NotReadyError(
            "there is no water network yet", hint="import one as Junction, Pipe, Tank entities"
        )
    return Layout(
        networks[0].id if networks else urn("WaterNetwork", "main"),
        tuple(sorted((tank for tank in tanks if tank is not None), key=lambda tank: tank.id)),
        await _sources(city),
        tuple(sorted(j.id for j in junctions if city.value(j, "supply") is not None)),
    )


def _tank(city: City, entity: Entity) -> TankSite | None:
    diameter = city.value(entity, "nominalDiameter")
    if diameter is None:
        return None
    low, high = city.value(entity, "minLevel"), city.value(entity, "maxLevel")
    area = 3.141592653589793 * float(diameter) ** 2 / 4
    return TankSite(entity.id, area, float(low or 0.0), float(high or 1e3))


async def _sources(city: City) -> dict[str, int]:
    reservoirs = {entity.id for entity in await city.entities("Reservoir")}
    found: dict[str, int] = {}
    for kind in ("Pipe", "Pump", "Valve"):
        for link in await city.entities(kind):
            if city.value(link, "startsAt") in reservoirs:
                found[link.id] = 1
            elif city.value(link, "endsAt") in reservoirs:
                found[link.id] = -1
    return found
