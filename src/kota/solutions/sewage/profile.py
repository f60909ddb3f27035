"""The long profile: bottom, ground and water along the way that water takes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kota.errors import NotFoundError
from kota.solutions.sewage.assets import entity_of
from kota.solutions.sewage.network import Link, Sewers

MOST_STATIONS = 400
STARTS = 8
"""Ways that are offered: the longest ones that do not share their upper half."""


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """A node on the way.

    Args:
        id: in the model.
        entity: its entity.
        kind: what it is.
        at: along the way [m].
        invert, ground: elevations of its bottom and of the ground or brim [m].
        level: of the water [m].
    """

    id: str
    entity: str
    kind: str
    at: float
    invert: float
    ground: float
    level: float


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """A link on the way.

    Args:
        id: in the model.
        entity: its entity.
        kind: what it is.
        start, end: along the way [m].
        bottom: elevations of its bottom at both ends [m].
        height: of a conduit [m]; 0 of a gate or pump.
        filling: of a conduit [0..1], None where it is not known.
    """

    id: str
    entity: str
    kind: str
    start: float
    end: float
    bottom: tuple[float, float]
    height: float
    filling: float | None


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A way that can be looked at: where it begins, and how long it is [m]."""

    id: str
    length: float


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A long profile.

    Args:
        start: the node where it begins.
        stations, reaches: in the direction of the flow.
        ways: others that may be asked for.
        gates: all gates of the system, by id in the model.
        at: when the water stood so [s since the epoch]; None: it is not known, and drawn dry.
    """

    start: str
    stations: tuple[Station, ...]
    reaches: tuple[Reach, ...]
    ways: tuple[Way, ...]
    gates: tuple[str, ...]
    at: int | None


def profile(
    sewers: Sewers,
    start: str | None,
    *,
    depths: Mapping[str, float],
    shares: Mapping[str, float],
    at: int | None,
) -> Profile:
    """The profile from a node down to where water leaves.

    Args:
        sewers: the system.
        start: a node; None: where the longest way begins.
        depths: of the water at nodes [m].
        shares: how full conduits are [0..1].
        at: when that was [s since the epoch].

    Raises:
        NotFoundError: there is no such node.
    """
    ways = longest_ways(sewers)
    chosen = start if start is not None else ways[0].id if ways else next(iter(sewers.nodes))
    if chosen not in sewers.nodes:
        raise NotFoundError(f"node {chosen!r}: the model has none of that id")
    stations, reaches, where = [_station(sewers, chosen, 0.0, depths)], [], 0.0
    for link in _downstream(sewers, chosen):
        begin, where = where, where + max(link.length, 6.0)
        stations.append(_station(sewers, link.end, where, depths))
        reaches.append(_reach(sewers, link, begin, where, shares))
    return Profile(
        start=chosen,
        stations=tuple(stations),
        reaches=tuple(reaches),
        ways=ways,
        gates=tuple(link.id for link in sewers.links_of("orifice")),
        at=at,
    )


def longest_ways(sewers: Sewers) -> tuple[Way, ...]:
    """Ways from the upper ends of the system, longest first, none in the upper half of another."""
    fed = {link.end for link in sewers.links.values()}
    tops = [name for name in sewers.nodes if name not in fed]
    ways = []
    for name in tops:
        path = _downstream(sewers, name)
        ways.append((sum(link.length for link in path), name, [link.id for link in path]))
    chosen: list[Way] = []
    taken: set[str] = set()
    for length, name, links in sorted(ways, key=lambda way: (-way[0], way[1])):
        upper = links[: max(len(links) // 2, 1)]
        if not taken.intersection(upper):
            taken.update(upper)
            chosen.append(Way(id=name, length=round(length)))
        if len(chosen) == STARTS:
            break
    return tuple(chosen)


def _downstream(sewers: Sewers, start: str) -> list[Link]:
    """Links that water takes: no weir where there is another way, the widest of several."""
    leaving: dict[str, list[Link]] = {}
    for link in sewers.links.values():
        leaving.setdefault(link.start, []).append(link)
    path: list[Link] = []
    node, seen = start, {start}
    while len(path) < MOST_STATIONS:
        links = [one for one in leaving.get(node, []) if one.end not in seen]
        if not links:
            break
        link = max(links, key=lambda one: (one.kind != "weir", one.height, one.id))
        path.append(link)
        node = link.end
        seen.add(node)
    return path


def _station(sewers: Sewers, name: str, at: float, depths: Mapping[str, float]) -> Station:
    node = sewers.nodes[name]
    return Station(
        id=name,
        entity=entity_of(node.kind, name),
        kind=node.kind,
        at=round(at, 1),
        invert=round(node.invert, 3),
        ground=round(node.invert + max(node.max_depth, 1.0), 3),
        level=round(node.invert + depths.get(name, 0.0), 3),
    )


def _reach(
    sewers: Sewers, link: Link, start: float, end: float, shares: Mapping[str, float]
) -> Reach:
    below = sewers.nodes[link.start].invert
    foot = below - link.drop if link.kind == "conduit" else sewers.nodes[link.end].invert
    return Reach(
        id=link.id,
        entity=entity_of(link.kind, link.id),
        kind=link.kind,
        start=round(start, 1),
        end=round(end, 1),
        bottom=(round(below, 3), round(foot, 3)),
        height=link.height if link.kind == "conduit" else 0.0,
        filling=shares.get(link.id),
    )
