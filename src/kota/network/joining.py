"""Lines joined into a network where their ends meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError
from kota.network.graph import Floats, Ints, Network, make_network
from kota.network.plane import Plane, checked_degrees
from kota.network.walking import perceived, walking_times

TOLERANCE_M: Final = 0.5
"""Ends closer than this are one crossing."""


@dataclass(frozen=True, slots=True)
class Way:
    """A street or path.

    Args:
        name: for people and for messages.
        line: its course, a shapely LineString of longitude and latitude [degrees]; altitudes [m]
            where it has them.
        slope: rise over run from its first position to its last; None: by its altitudes, else 0.
        shade: share of it that lies in the shade, 0 to 1.
        oneway: whether it is closed from its last position to its first.
        speed: on it [m/s]; None: walking speed by its slope.
    """

    name: str
    line: Any
    slope: float | None = None
    shade: float = 0.0
    oneway: bool = False
    speed: float | None = None


def join(
    ways: Sequence[Way],
    *,
    tolerance: float = TOLERANCE_M,
    perceive: bool = False,
    plane: Plane | None = None,
) -> Network:
    """Make a network of ways: they meet where their ends meet, or where an end touches a middle.

    Ways that cross elsewhere do not meet: one passes over the other. The edges of the network are
    the ways, cut where others touch them; `Network.way` says of which way an edge is part, and
    costs are times on foot [s].

    Args:
        ways: lines of longitude and latitude.
        tolerance: how near is touching [m].
        perceive: whether time in the sun counts more than time in the shade.
        plane: to lay the network in; around the ways where absent.

    Raises:
        InputError: there is no way, or one is no line in degrees of longitude and latitude.

    >>> from shapely import LineString
    >>> high, side = LineString([(0, 0), (0.002, 0)]), LineString([(0.001, 0), (0.001, 0.001)])
    >>> network = join([Way("High Street", high), Way("Side Lane", side)])
    >>> network.n_nodes, network.edge_names
    (4, ('High Street', 'High Street', 'Side Lane'))
    """
    import shapely

    if not ways:
        raise InputError("a network of no ways", hint="give at least one street or path")
    for way in ways:
        _check(way)
    if plane is None:
        plane = Plane.around(shapely.get_coordinates([way.line for way in ways]))
    lines = shapely.transform(
        shapely.force_2d(np.array([way.line for way in ways])), plane.to_metres
    )
    cut, source = _cut_at_touches(lines, tolerance)
    nodes, start, end = _nodes(cut, tolerance)
    kept = (start != end) | (shapely.length(cut) > 2 * tolerance)
    cut, source, start, end = cut[kept], source[kept], start[kept], end[kept]
    length = shapely.length(cut)
    forward, backward = _costs([ways[k] for k in source], length, perceive)
    network = make_network(
        start,
        end,
        length=length,
        forward=forward,
        backward=backward,
        node_names=tuple(str(k) for k in range(len(nodes))),
        edge_names=tuple(ways[k].name for k in source),
        nodes=nodes,
        lines=cut,
        plane=plane,
    )
    return replace(network, way=source)


def _check(way: Way) -> None:
    if getattr(way.line, "geom_type", None) != "LineString" or way.line.is_empty:
        raise InputError(f"{way.name} is no line", hint="give a LineString for each way")
    coordinates = np.asarray(way.line.coords)[:, :2]
    checked_degrees(coordinates, (way.name,) * len(coordinates))
    if not 0 <= way.shade <= 1:
        raise InputError(f"{way.name}: shade {way.shade:g} is not a share from 0 to 1")
    if way.slope is not None and not abs(way.slope) < 2:
        raise InputError(
            f"{way.name}: slope {way.slope:g} is no street", hint="give rise over run, 0.05 for 5 %"
        )
    if way.speed is not None and not way.speed > 0:
        raise InputError(f"{way.name}: speed {way.speed:g} m/s is not above zero")


def _cut_at_touches(
    lines: NDArray[np.object_], tolerance: float
) -> tuple[NDArray[np.object_], Ints]:
    """Lines cut where the end of another touches their middle, and the line each part is of."""
    import shapely

    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    point, line = shapely.STRtree(lines).query(ends, predicate="dwithin", distance=tolerance)
    along = shapely.line_locate_point(lines[line], ends[point])
    middle = (along > tolerance) & (along < shapely.length(lines[line]) - tolerance)
    parts: list[Any] = []
    source: list[int] = []
    at: dict[int, list[float]] = {}
    for k, place in zip(line[middle].tolist(), along[middle].tolist(), strict=True):
        at.setdefault(k, []).append(place)
    for k, whole in enumerate(lines):
        pieces = _cut(whole, at[k], tolerance) if k in at else [whole]
        parts += pieces
        source += [k] * len(pieces)
    return np.array(parts, dtype=object), np.array(source, dtype=np.int64)


def _cut(line: Any, along: list[float], tolerance: float) -> list[Any]:
    from shapely.ops import substring

    stops = [0.0]
    for place in sorted(along):
        if place - stops[-1] > tolerance:
            stops.append(place)
    stops.append(line.length)
    return [substring(line, a, b) for a, b in pairwise(stops)]


def _nodes(lines: NDArray[np.object_], tolerance: float) -> tuple[Floats, Ints, Ints]:
    """Crossings `(n_nodes, 2)` [m] and the two of each line; ends that chain together are one."""
    import shapely
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    a, b = shapely.STRtree(ends).query(ends, predicate="dwithin", distance=tolerance)
    near = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(len(ends), len(ends)))
    count, label = connected_components(near, directed=False)
    where = shapely.get_coordinates(ends)
    members = np.bincount(label, minlength=count)
    nodes = np.stack(
        [np.bincount(label, weights=where[:, k], minlength=count) / members for k in (0, 1)], axis=1
    )
    return nodes, label[: len(lines)].astype(np.int64), label[len(lines) :].astype(np.int64)


def _costs(ways: list[Way], length: Floats, perceive: bool) -> tuple[Floats, Floats]:
    slope = np.array([_slope(way) for way in ways])
    forward, backward = walking_times(length, slope)
    speed = np.array([np.nan if way.speed is None else way.speed for way in ways])
    forward = np.where(np.isnan(speed), forward, length / speed)
    backward = np.where(np.isnan(speed), backward, length / speed)
    if perceive:
        shade = np.array([way.shade for way in ways])
        forward, backward = perceived(forward, shade), perceived(backward, shade)
    backward[np.array([way.oneway for way in ways], dtype=bool)] = np.inf
    return forward, backward


def _slope(way: Way) -> float:
    if way.slope is not None:
        return way.slope
    if not way.line.has_z:
        return 0.0
    altitudes = [position[2] for position in (way.line.coords[0], way.line.coords[-1])]
    plane = Plane.around(np.asarray(way.line.coords)[:, :2])
    steps = np.diff(plane.to_metres(np.asarray(way.line.coords)[:, :2]), axis=0)
    run = float(np.hypot(steps[:, 0], steps[:, 1]).sum())
    slope = (altitudes[1] - altitudes[0]) / run if run > 0 else 0.0
    return float(np.clip(np.nan_to_num(slope), -1.0, 1.0))
