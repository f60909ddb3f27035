"""A network as entities: Junction, Pipe, Pump, Tank, Valve, Reservoir, WaterNetwork."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from kota.context.ingest import Patch
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import Context
from kota.model.terms import CLOCK, EXPECTED_INTERVAL
from kota.solutions.water.instruments import PREFIX
from kota.solutions.water.network import Link, Network
from kota.solutions.water.sections import SectionValve
from kota.solutions.water.served import fills
from kota.solutions.water.terms import (
    CUBIC_METRE_PER_HOUR,
    METRE,
    MILLIMETRE,
    SECOND,
    urn,
)

Geometry = Mapping[str, Any]
Attributes = dict[str, Attribute]

_FROM_END = 0.2
"""How far along the first stretch of its pipe a sectioning valve is drawn."""
INTERVALS = {
    "SectionValve": 900.0,
    "Junction": 900.0,
    "Pipe": 300.0,
    "Pump": 300.0,
    "Tank": 900.0,
    "WaterNetwork": 900.0,
}
"""Within so many seconds the slowest value of an entity is told again, by type."""


class Assets:
    """Writes the entities of one network.

    Args:
        network: the network.
        context: expands names; it knows the terms of the water solution.
        name: of the network; makes its id.
        title: for people.
        nodes, links: GeoJSON geometry by id of each node and link.
        scope: scopes of all entities.
        clock: name of the plant whose time their values follow; None: wall time.
        valves: the sectioning valves.
        streets: that the pipes lie in, by id.
        probes: junctions where turbidity is measured.
    """

    def __init__(
        self,
        network: Network,
        context: Context,
        *,
        name: str,
        title: str,
        nodes: Mapping[str, Geometry],
        links: Mapping[str, Geometry],
        scope: Sequence[str] = (),
        clock: str | None = None,
        valves: Sequence[SectionValve] = (),
        streets: Mapping[str, str] = MappingProxyType({}),
        probes: Sequence[str] = (),
    ) -> None:
        self._network = network
        self._context = context
        self._name = name
        self._title = title
        self._nodes = nodes
        self._links = links
        self._scope = tuple(scope)
        self._clock = clock
        self._section_valves = tuple(valves)
        self._streets = streets
        self._probes = tuple(probes)

    def patches(self) -> list[Patch]:
        """All entities, nodes before links."""
        whole = {"name": _value(self._title)}
        return [
            *self._junctions(),
            *self._sources(),
            *self._tanks(),
            *self._pipes(),
            *self._pumps(),
            *self._valves(),
            *self._sectioning(),
            *self._quality(),
            self._patch("WaterNetwork", self._name, whole),
        ]

    def _junctions(self) -> Iterator[Patch]:
        for node in self._network.junctions.values():
            content = {
                "name": _value(f"Junction {node.id}"),
                "elevation": _value(node.elevation, METRE),
                "baseDemand": _value(node.demand, CUBIC_METRE_PER_HOUR),
            }
            yield self._patch("Junction", _device("J", node.id), content, self._nodes[node.id])

    def _sources(self) -> Iterator[Patch]:
        for node in self._network.reservoirs.values():
            content = {"name": _value(node.id), "reservoirHead": _value(node.head, METRE)}
            yield self._patch("Reservoir", _device("R", node.id), content, self._nodes[node.id])

    def _tanks(self) -> Iterator[Patch]:
        for tank in self._network.tanks.values():
            content = {
                "name": _value(f"Tank {tank.id}"),
                "elevation": _value(tank.elevation, METRE),
                "minLevel": _value(tank.min_level, METRE),
                "maxLevel": _value(tank.max_level, METRE),
                "nominalDiameter": _value(tank.diameter, METRE),
            }
            name = _device(PREFIX["tank"], tank.id)
            yield self._patch("Tank", name, content, self._nodes[tank.id])

    def _pipes(self) -> Iterator[Patch]:
        for pipe in self._network.pipes.values():
            content = {
                "name": _value(", ".join([f"Pipe {pipe.id}", *self._street(pipe.id)])),
                "length": _value(pipe.length, METRE),
                "diameter": _value(pipe.diameter, MILLIMETRE),
                "roughness": _value(pipe.roughness),
                "minorLoss": _value(pipe.minor_loss),
                "initialStatus": _value("OPEN" if pipe.is_open else "CLOSED"),
                **self._ends(pipe),
            }
            name = _device(PREFIX["pipe"], pipe.id)
            yield self._patch("Pipe", name, content, self._links[pipe.id])

    def _pumps(self) -> Iterator[Patch]:
        filled = fills(self._network)
        for pump in self._network.pumps.values():
            content = {"name": _value(f"Pump {pump.id}"), **self._ends(pump)}
            if pump.id in filled:
                tank = self._node_urn(filled[pump.id])
                content["fills"] = Attribute(Kind.RELATIONSHIP, tank)
            name = _device(PREFIX["pump"], pump.id)
            yield self._patch("Pump", name, content, self._links[pump.id])

    def _valves(self) -> Iterator[Patch]:
        for valve in self._network.valves.values():
            content = {
                "name": _value(f"Valve {valve.id}"),
                "valveType": _value(valve.kind),
                "diameter": _value(valve.diameter, MILLIMETRE),
                "setting": _value(valve.setting),
                **self._ends(valve),
            }
            yield self._patch("Valve", _device("V", valve.id), content, self._links[valve.id])

    def _sectioning(self) -> Iterator[Patch]:
        for valve in self._section_valves:
            pipe = urn("Pipe", _device(PREFIX["pipe"], valve.pipe))
            content = {
                "name": _value(", ".join([f"Valve {valve.id[3:]}", *self._street(valve.pipe)])),
                "shuts": Attribute(Kind.RELATIONSHIP, pipe),
                "standsAt": Attribute(Kind.RELATIONSHIP, self._node_urn(valve.node)),
            }
            yield self._patch("SectionValve", valve.id, content, self._beside(valve))

    def _quality(self) -> Iterator[Patch]:
        for name in self._probes:
            content = {
                "name": _value(f"Turbidity at junction {name}"),
                "standsAt": Attribute(Kind.RELATIONSHIP, self._node_urn(name)),
            }
            yield self._patch("WaterQualityObserved", f"TQ-{name}", content, self._nodes[name])

    def _street(self, pipe: str) -> tuple[str, ...]:
        return (self._streets[pipe],) if pipe in self._streets else ()

    def _beside(self, valve: SectionValve) -> Geometry:
        """A point on the valve's pipe, near its end."""
        line = self._links[valve.pipe]["coordinates"]
        if self._network.pipes[valve.pipe].start != valve.node:
            line = line[::-1]
        near, next_to = line[0], line[1]
        at = [round(a + (b - a) * _FROM_END, 7) for a, b in zip(near, next_to, strict=True)]
        return {"type": "Point", "coordinates": at}

    def _ends(self, link: Link) -> Attributes:
        return {
            "startsAt": Attribute(Kind.RELATIONSHIP, self._node_urn(link.start)),
            "endsAt": Attribute(Kind.RELATIONSHIP, self._node_urn(link.end)),
        }

    def _node_urn(self, name: str) -> str:
        if name in self._network.tanks:
            return urn("Tank", _device(PREFIX["tank"], name))
        if name in self._network.reservoirs:
            return urn("Reservoir", _device("R", name))
        return urn("Junction", _device(PREFIX["junction"], name))

    def _patch(
        self, kind: str, name: str, content: Attributes, location: Geometry | None = None
    ) -> Patch:
        expand = self._context.expand
        attrs: dict[str, tuple[Attribute, ...]] = {
            expand(term): (attribute,) for term, attribute in content.items()
        }
        if self._clock is not None:
            attrs[CLOCK] = (_value(self._clock),)
        if kind in INTERVALS:
            attrs[EXPECTED_INTERVAL] = (_value(INTERVALS[kind], SECOND),)
        if location is not None:
            attrs[expand("location")] = (Attribute(Kind.GEO_PROPERTY, dict(location)),)
        return Patch(urn(kind, name), (expand(kind),), attrs, self._scope)


def _device(prefix: str, element: str) -> str:
    return f"{prefix}-{element}"


def _value(value: float | str, unit: str | None = None) -> Attribute:
    rounded = round(float(value), 3) if isinstance(value, float) else value
    return Attribute(Kind.PROPERTY, rounded, unit_code=unit)
