"""Endpoint: which valves shut a pipe off in the live network, and who has no water then."""

from __future__ import annotations

import msgspec

from kota.city import City
from kota.errors import NotFoundError
from kota.solution import Asked, Route
from kota.solutions.water.isolation import isolate
from kota.solutions.water.live.supplied import Supplied, read_supplied


class IsolationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How a pipe is shut off, with ids of entities.

    Args:
        pipe: that has no water then.
        shut: the valves to shut; those that are shut already are not named.
        spare: valves around it that may stay open.
        pipes: that are shut off with it.
        junctions: that no source reaches then.
        demand: what their customers take now by their meters, else on average [m³/h].
        buildings, residents: without water then.
    """

    pipe: str
    shut: tuple[str, ...]
    spare: tuple[str, ...]
    pipes: tuple[str, ...]
    junctions: tuple[str, ...]
    demand: float
    buildings: int
    residents: int


class IsolationQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Valves that do not work: names of their entities, by comma."""

    useless: str = ""


def live_routes(city: City) -> tuple[Route, ...]:
    """The endpoints of the live network."""

    async def isolation(asked: Asked) -> IsolationAnswer:
        town = await read_supplied(city)
        useless = [one.strip() for one in asked.query.useless.split(",") if one.strip()]
        return isolation_of(town, asked.parts["pipe"], useless, await _supply(city, town))

    return (
        Route(
            path="isolation/{pipe}",
            title="Say which valves shut a pipe off, and who has no water then",
            handler=isolation,
            query=IsolationQuery,
            response=IsolationAnswer,
        ),
    )


def isolation_of(
    town: Supplied, pipe: str, useless: list[str], demands: dict[str, float]
) -> IsolationAnswer:
    """The answer for a town.

    Args:
        town: the network.
        pipe: id or last part of the id of its entity.
        useless: likewise, of valves that do not work.
        demands: of the junctions [m³/h].

    Raises:
        NotFoundError: there is no such pipe or valve.
        SolutionError: no valve that works stands between the pipe and a source, which is named.
    """
    name = pipe.rpartition(":")[2]
    if name not in town.network.pipes:
        raise NotFoundError(f"pipe {pipe!r}: the network has none of this id")
    bad = [one.rpartition(":")[2] for one in useless]
    for one in bad:
        if one not in town.sections:
            raise NotFoundError(f"valve {one!r}: the network has none of this id")
    found = isolate(
        town.network, town.valves, name, useless=bad, shut=town.shut - set(bad), demands=demands
    )
    fed = [town.people.get(one, (0, 0)) for one in found.dry]
    return IsolationAnswer(
        pipe=town.links[name],
        shut=tuple(town.sections[one] for one in found.shut),
        spare=tuple(town.sections[one] for one in found.spare),
        pipes=tuple(town.links[one] for one in found.pipes),
        junctions=tuple(town.nodes[one] for one in found.dry),
        demand=round(found.demand, 2),
        buildings=sum(buildings for buildings, _ in fed),
        residents=sum(residents for _, residents in fed),
    )


async def _supply(city: City, town: Supplied) -> dict[str, float]:
    """What the meters told last, else the average [m³/h]."""
    demands = {name: node.demand for name, node in town.network.junctions.items()}
    for name in town.meters:
        entity = await city.entity(town.nodes[name])
        value = None if entity is None else city.value(entity, "supply")
        if isinstance(value, int | float):
            demands[name] = float(value)
    return demands
