"""The network as its entities tell it, with what stands on it and whom it feeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kota.city import City
from kota.errors import NotReadyError
from kota.model.entity import Entity
from kota.solutions.water.network import Junction, Network, Pipe, Pump, Reservoir, Tank, Valve
from kota.solutions.water.sections import CLOSED, SectionValve

_CURVE = ((1.0, 1.0),)
"""A pump's curve is not told by its entity; whoever reads a network here has its flow measured."""


@dataclass(frozen=True, slots=True)
class Supplied:
    """A town's water network.

    Args:
        id: of the WaterNetwork, else ``main``.
        network: its ids are the last parts of the entities' ids.
        valves: the sectioning valves.
        shut: ids of those that say that they are shut.
        loggers, meters: ids of the junctions that tell their pressure, their customers' supply.
        gauges: ids of the pipes that tell their flow.
        tanks, pumps: ids of those that tell level and flow.
        nodes, links, sections: id of the entity of each node, link and sectioning valve.
        people: buildings and residents by the junction that feeds them.
        titles: what each pipe is called.
        places: its geometry.
    """

    id: str
    network: Network
    valves: tuple[SectionValve, ...]
    shut: frozenset[str]
    loggers: tuple[str, ...]
    meters: tuple[str, ...]
    gauges: tuple[str, ...]
    tanks: tuple[str, ...]
    pumps: tuple[str, ...]
    nodes: Mapping[str, str]
    links: Mapping[str, str]
    sections: Mapping[str, str]
    people: Mapping[str, tuple[int, int]]
    titles: Mapping[str, str]
    places: Mapping[str, Any]

    @property
    def shut_pipes(self) -> frozenset[str]:
        """Pipes that a valve shuts."""
        return frozenset(valve.pipe for valve in self.valves if valve.id in self.shut)


async def read_supplied(city: City) -> Supplied:
    """Read the network.

    Raises:
        NotReadyError: there is none yet, or an entity lacks what a network needs; names it.
    """
    reader = _Reader(city)
    await reader.read()
    return reader.whole()


class _Reader:
    def __init__(self, city: City) -> None:
        self._city = city
        self._by: dict[str, list[Entity]] = {}

    async def read(self) -> None:
        kinds = "Junction Reservoir Tank Pipe Pump Valve SectionValve WaterNetwork Building"
        for kind in kinds.split():
            self._by[kind] = sorted(await self._city.entities(kind), key=lambda one: one.id)
        if not self._by["Junction"] or not self._by["Pipe"]:
            raise NotReadyError(
                "there is no water network yet", hint="import one as Junction, Pipe, Tank entities"
            )

    def _urns(self, *kinds: str) -> dict[str, str]:
        return {_short(one.id): one.id for kind in kinds for one in self._by[kind]}

    def whole(self) -> Supplied:
        told = self._told
        self._nodes = self._urns("Junction", "Reservoir", "Tank")
        networks = self._by["WaterNetwork"]
        network = Network(
            {_short(e.id): self._junction(e) for e in self._by["Junction"]},
            {_short(e.id): self._reservoir(e) for e in self._by["Reservoir"]},
            {_short(e.id): self._tank(e) for e in self._by["Tank"]},
            {_short(e.id): self._pipe(e) for e in self._by["Pipe"]},
            {_short(e.id): Pump(*self._link(e), curve=_CURVE) for e in self._by["Pump"]},
            {_short(e.id): self._valve(e) for e in self._by["Valve"]},
        )
        sections = self._by["SectionValve"]
        return Supplied(
            networks[0].id if networks else "urn:ngsi-ld:WaterNetwork:main",
            network,
            tuple(self._section(one) for one in sections),
            frozenset(_short(e.id) for e in sections if self._value(e, "control") == CLOSED),
            loggers=told("Junction", "pressure"),
            meters=told("Junction", "supply"),
            gauges=told("Pipe", "flow"),
            tanks=told("Tank", "level"),
            pumps=told("Pump", "flow"),
            nodes=self._nodes,
            links=self._urns("Pipe", "Pump", "Valve"),
            sections=self._urns("SectionValve"),
            people=self._people(),
            titles={
                _short(one.id): str(self._value(one, "name") or _short(one.id))
                for one in self._by["Pipe"]
            },
            places={_short(one.id): self._value(one, "location") for one in self._by["Pipe"]},
        )

    def _told(self, kind: str, name: str) -> tuple[str, ...]:
        return tuple(_short(e.id) for e in self._by[kind] if self._value(e, name) is not None)

    def _value(self, entity: Entity, name: str) -> Any:
        return self._city.value(entity, name)

    def _number(self, entity: Entity, name: str, default: float | None = None) -> float:
        value = self._value(entity, name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if default is None:
            raise NotReadyError(f"{entity.id}: {name} is {value!r}; expected a number")
        return default

    def _junction(self, one: Entity) -> Junction:
        elevation, demand = self._number(one, "elevation"), self._number(one, "baseDemand", 0.0)
        return Junction(_short(one.id), elevation, demand, (0.0, 0.0))

    def _reservoir(self, one: Entity) -> Reservoir:
        return Reservoir(_short(one.id), self._number(one, "reservoirHead"), (0.0, 0.0))

    def _tank(self, one: Entity) -> Tank:
        low, high = self._number(one, "minLevel", 0.0), self._number(one, "maxLevel")
        return Tank(
            _short(one.id),
            elevation=self._number(one, "elevation"),
            level=min(max(self._number(one, "level", (low + high) / 2), low), high),
            min_level=low,
            max_level=high,
            diameter=self._number(one, "nominalDiameter"),
            at=(0.0, 0.0),
        )

    def _link(self, one: Entity) -> tuple[str, str, str]:
        ends = [self._value(one, name) for name in ("startsAt", "endsAt")]
        for end in ends:
            if not isinstance(end, str) or _short(end) not in self._nodes:
                raise NotReadyError(f"{one.id}: {end!r} at its end is no node of the network")
        return _short(one.id), _short(ends[0]), _short(ends[1])

    def _pipe(self, one: Entity) -> Pipe:
        return Pipe(
            *self._link(one),
            length=self._number(one, "length"),
            diameter=self._number(one, "diameter"),
            roughness=self._number(one, "roughness"),
            minor_loss=self._number(one, "minorLoss", 0.0),
            is_open=self._value(one, "initialStatus") != CLOSED,
        )

    def _valve(self, one: Entity) -> Valve:
        return Valve(
            *self._link(one),
            kind=str(self._value(one, "valveType")),
            diameter=self._number(one, "diameter"),
            setting=self._number(one, "setting"),
        )

    def _section(self, one: Entity) -> SectionValve:
        pipe, node = self._value(one, "shuts"), self._value(one, "standsAt")
        if not isinstance(pipe, str) or not isinstance(node, str):
            raise NotReadyError(f"{one.id}: it has to say which pipe it shuts, and at which node")
        return SectionValve(_short(one.id), _short(pipe), _short(node))

    def _people(self) -> dict[str, tuple[int, int]]:
        fed: dict[str, tuple[int, int]] = {}
        for one in self._by["Building"]:
            junction = self._value(one, "suppliedBy")
            if isinstance(junction, str):
                buildings, residents = fed.get(_short(junction), (0, 0))
                more = int(self._number(one, "residents", 0.0))
                fed[_short(junction)] = (buildings + 1, residents + more)
        return fed


def _short(entity_id: str) -> str:
    return entity_id.rpartition(":")[2]
