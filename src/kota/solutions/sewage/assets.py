"""Sewers as entities: WasteWaterJunction, …Tank, …Conduit, …Gate, …Pump, …Outfall, …Network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kota.context.ingest import Patch
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import Context
from kota.model.terms import CLOCK, EXPECTED_INTERVAL
from kota.solutions.sewage.network import Link, LinkKind, Node, NodeKind, Sewers
from kota.solutions.sewage.terms import (
    CUBIC_METRE,
    CUBIC_METRE_PER_SECOND,
    METRE,
    SECOND,
    urn,
)

Geometry = Mapping[str, Any]
Attributes = dict[str, Attribute]

NODES: Final[Mapping[NodeKind, tuple[str, str, str]]] = {
    "junction": ("WasteWaterJunction", "MH", "Manhole"),
    "divider": ("WasteWaterJunction", "MH", "Divider"),
    "storage": ("WasteWaterTank", "ST", "Storage"),
    "outfall": ("WasteWaterOutfall", "OF", "Outfall"),
}
"""Entity type, the beginning of its device's name, and what people call it."""
LINKS: Final[Mapping[LinkKind, tuple[str, str, str]]] = {
    "conduit": ("WasteWaterConduit", "SW", "Sewer"),
    "orifice": ("WasteWaterGate", "GT", "Gate"),
    "outlet": ("WasteWaterGate", "GT", "Outlet"),
    "weir": ("WasteWaterWeir", "WR", "Weir"),
    "pump": ("WasteWaterPump", "SP", "Pump"),
}
_NAMING: Final[Mapping[str, tuple[str, str, str]]] = dict([*NODES.items(), *LINKS.items()])
INTERVALS: Final = {"WasteWaterTank": 900.0, "WasteWaterGate": 900.0, "WasteWaterPump": 900.0}
"""Within so many seconds a value of such an entity is told again."""


def device_of(kind: NodeKind | LinkKind, element: str) -> str:
    """The name of the device at an element: ``ST-4`` at storage 4."""
    return f"{_naming(kind)[1]}-{element}"


def entity_of(kind: NodeKind | LinkKind, element: str) -> str:
    """The id of the entity of an element.

    >>> entity_of("storage", "4")
    'urn:ngsi-ld:WasteWaterTank:ST-4'
    """
    return urn(_naming(kind)[0], device_of(kind, element))


def _naming(kind: NodeKind | LinkKind) -> tuple[str, str, str]:
    return _NAMING[kind]


class Assets:
    """Writes the entities of one system of sewers.

    Args:
        sewers: the system.
        context: expands names; it knows the terms of the sewage solution.
        name: of the system; makes its id.
        title: for people.
        nodes, links: GeoJSON geometry by id; those that have none get no position.
        titles: names of single elements for people, by id.
        heard: ids of elements that have telemetry; None: not known, so none is missed.
        scope: scopes of all entities.
        clock: name of the plant whose time their values follow; None: wall time.
    """

    def __init__(
        self,
        sewers: Sewers,
        context: Context,
        *,
        name: str,
        title: str,
        nodes: Mapping[str, Geometry],
        links: Mapping[str, Geometry],
        titles: Mapping[str, str] | None = None,
        heard: frozenset[str] | None = None,
        scope: Sequence[str] = (),
        clock: str | None = None,
    ) -> None:
        self._sewers = sewers
        self._context = context
        self._name = name
        self._title = title
        self._at = {**nodes, **links}
        self._titles = titles or {}
        self._heard = heard or frozenset()
        self._scope = tuple(scope)
        self._clock = clock

    def patches(self) -> list[Patch]:
        """All entities, nodes before links."""
        whole = {
            "name": _value(self._title),
            "storageCapacity": _value(self._sewers.storage, CUBIC_METRE),
        }
        return [
            *(self._node(node) for node in self._sewers.nodes.values()),
            *(self._link(link) for link in self._sewers.links.values()),
            self._patch("WasteWaterNetwork", self._name, whole),
        ]

    def _node(self, node: Node) -> Patch:
        kind, _, title = NODES[node.kind]
        content = {
            "name": _value(self._titles.get(node.id, f"{title} {node.id}")),
            "elevation": _value(node.invert, METRE),
        }
        if node.max_depth > 0:
            content["maxDepth"] = _value(node.max_depth, METRE)
        if node.volume > 0:
            content["storageCapacity"] = _value(node.volume, CUBIC_METRE)
        return self._patch(kind, device_of(node.kind, node.id), content, node.id)

    def _link(self, link: Link) -> Patch:
        kind, _, title = LINKS[link.kind]
        content = {
            "name": _value(self._titles.get(link.id, f"{title} {link.id}")),
            **dict(self._ends(link)),
        }
        if link.kind == "conduit":
            content["length"] = _value(link.length, METRE)
            content["roughness"] = _value(link.roughness)
        if link.height > 0:
            content["diameter"] = _value(link.height, METRE)
        if link.capacity is not None:
            content["fullFlow"] = _value(link.capacity, CUBIC_METRE_PER_SECOND)
        return self._patch(kind, device_of(link.kind, link.id), content, link.id)

    def _ends(self, link: Link) -> Iterator[tuple[str, Attribute]]:
        nodes = self._sewers.nodes
        for term, end in (("startsAt", link.start), ("endsAt", link.end)):
            yield term, Attribute(Kind.RELATIONSHIP, entity_of(nodes[end].kind, end))

    def _patch(
        self, kind: str, name: str, content: Attributes, element: str | None = None
    ) -> Patch:
        expand = self._context.expand
        attrs: dict[str, tuple[Attribute, ...]] = {
            expand(term): (attribute,) for term, attribute in content.items()
        }
        if self._clock is not None:
            attrs[CLOCK] = (_value(self._clock),)
        if element in self._heard and kind in INTERVALS:
            attrs[EXPECTED_INTERVAL] = (_value(INTERVALS[kind], SECOND),)
        if element in self._at:
            location = Attribute(Kind.GEO_PROPERTY, dict(self._at[element]))
            attrs[expand("location")] = (location,)
        return Patch(urn(kind, name), (expand(kind),), attrs, self._scope)


def _value(value: float | str, unit: str | None = None) -> Attribute:
    rounded = round(float(value), 4) if isinstance(value, float) else value
    return Attribute(Kind.PROPERTY, rounded, unit_code=unit)
