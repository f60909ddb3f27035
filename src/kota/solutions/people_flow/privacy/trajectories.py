"""Trajectories cleaned: leaps, gaps and stops, without a loop over points or people.

All functions take points ordered by person and time (`in_order`), positions in metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

EARTH_RADIUS: Final = 6_371_008.8
"""Mean radius R1 of the GRS 80 ellipsoid [m] (H. Moritz, 2000, doi:10.1007/s001900050278)."""
LONGEST_LEAP: Final = 3
"""Points in a row that may be one leap of a receiver."""
_ROUNDS: Final = 20
MODES: Final = (("foot", 2.5), ("bicycle", 7.0), ("motor", np.inf))
"""How people travel, and the speed [m/s] that most of a trip stays below: 9 and 25 km/h."""
_MOST: Final = 0.85
"""Of a trip's time; the rest may be a descent, a sprint, or an error of position."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points of many people, `(n_points,)` each.

    Args:
        person: number of the person.
        at: instant [s since the epoch].
        x, y: metres east and north.
    """

    person: Ints
    at: Floats
    x: Floats
    y: Floats

    def __len__(self) -> int:
        return len(self.person)

    def taken(self, which: Bools | Ints) -> Points:
        """Some of the points."""
        return Points(self.person[which], self.at[which], self.x[which], self.y[which])


@dataclass(frozen=True, slots=True)
class Trips:
    """Movements between two stays, `(n_trips,)` each: positions of their ends among the points."""

    first: Ints
    last: Ints


def project(lon: Floats, lat: Floats, lon0: float, lat0: float) -> tuple[Floats, Floats]:
    """Metres east and north of a point, by the equirectangular projection.

    Distances within 50 km of the point are right to 0.5 % up to 60° of latitude.

    Args:
        lon, lat: degrees, WGS 84 `(n_points,)`.
        lon0, lat0: the point.
    """
    radius = np.radians(1.0) * EARTH_RADIUS
    return (lon - lon0) * radius * np.cos(np.radians(lat0)), (lat - lat0) * radius


def unproject(x: Floats, y: Floats, lon0: float, lat0: float) -> tuple[Floats, Floats]:
    """Undo `project`: degrees of longitude and latitude."""
    radius = np.radians(1.0) * EARTH_RADIUS
    return lon0 + x / (radius * np.cos(np.radians(lat0))), lat0 + y / radius


def in_order(points: Points) -> Points:
    """The points by person and time, the first of those at one time."""
    ordered = points.taken(np.lexsort((points.at, points.person)))
    if not len(ordered):
        return ordered
    again = (np.diff(ordered.person) == 0) & (np.diff(ordered.at) == 0)
    return ordered.taken(np.r_[True, ~again])


def without_leaps(points: Points, max_speed: float) -> Points:
    """The points without short excursions that nobody could have made.

    A run of at most `LONGEST_LEAP` points goes when it is reached and left at more than
    `max_speed` [m/s], while the way past it could have been made.
    """
    for _ in range(_ROUNDS):
        run = _runs(points, max_speed)
        begins = np.flatnonzero(np.r_[True, np.diff(run) > 0]) if len(run) else run
        if len(begins) < 3:
            return points
        ends = np.r_[begins[1:], len(run)] - 1
        before, after = ends[:-2], begins[2:]
        leap = (
            (ends[1:-1] - begins[1:-1] < LONGEST_LEAP)
            & (points.person[before] == points.person[after])
            & (_speed(points, before, after) <= max_speed)
        )
        leap[1:] &= ~leap[:-1]
        if not leap.any():
            return points
        points = points.taken(~np.r_[False, leap, False][run])
    return points


def segments(points: Points, max_speed: float, gap: float) -> Ints:
    """Number of the stretch of each point that was followed without a break.

    Args:
        max_speed: [m/s] beyond which two points do not belong together.
        gap: silence [s] after which a stretch ends.
    """
    if not len(points):
        return np.empty(0, dtype=np.int64)
    return np.cumsum(_breaks(points, max_speed) | np.r_[False, np.diff(points.at) > gap]) - 1


def stays(points: Points, segment: Ints, radius: float, duration: float) -> Bools:
    """Which points belong to a stay: for `duration` [s] all points lay in a box whose diagonal is
    at most twice `radius` [m].

    Extents of all windows are found by a sparse table (M. Bender, M. Farach-Colton, The LCA
    problem revisited, 2000, doi:10.1007/10719839_9), in ``O(n log n)``.
    """
    n = len(points)
    if n == 0:
        return np.empty(0, dtype=bool)
    start = np.arange(n)
    shifted = points.at - points.at.min()
    span = shifted.max() + 2 * duration + 1.0
    end = np.searchsorted(segment * span + shifted, segment * span + shifted + duration)
    whole = np.flatnonzero((end < n) & (segment[np.minimum(end, n - 1)] == segment))
    first, last = start[whole], end[whole]
    wide = _range(points.x, first, last)
    high = _range(points.y, first, last)
    still = wide**2 + high**2 <= (2 * radius) ** 2
    edge = np.zeros(n + 1, dtype=np.int64)
    np.add.at(edge, first[still], 1)
    np.add.at(edge, last[still] + 1, -1)
    return np.cumsum(edge[:-1]) > 0


def trips(points: Points, segment: Ints, staying: Bools, shortest: float) -> Trips:
    """Movements between stays, or between a stay and where a stretch begins or ends.

    Args:
        shortest: as the crow flies [m]; nearer ends are no trip.
    """
    n = len(points)
    if n == 0:
        none = np.empty(0, dtype=np.int64)
        return Trips(none, none)
    change = np.r_[True, (np.diff(segment) > 0) | (np.diff(staying.astype(np.int8)) != 0)]
    begins = np.flatnonzero(change)
    ends = np.r_[begins[1:], n] - 1
    moving = ~staying[begins]
    first, last = begins[moving], ends[moving]
    earlier, later = np.maximum(first - 1, 0), np.minimum(last + 1, n - 1)
    first = np.where(segment[earlier] == segment[first], earlier, first)
    last = np.where(segment[later] == segment[last], later, last)
    far = _distance(points, first, last) >= shortest
    return Trips(first[far], last[far])


def travel_modes(points: Points, found: Trips) -> Ints:
    """How each trip was made, by its speed: index in `MODES` `(n_trips,)`.

    A trip has the first mode whose speed it keeps below for 85 % of its time. A slow bicycle is
    taken for a walk and a bus in traffic for a bicycle: shares of many trips are meant, not one.
    """
    steps = found.last - found.first
    owner = np.repeat(np.arange(len(steps)), steps)
    here = np.arange(len(owner)) - np.repeat(np.cumsum(steps) - steps, steps)
    here = here + np.repeat(found.first, steps)
    lasting = points.at[here + 1] - points.at[here]
    speed = _speed(points, here, here + 1)
    total = np.bincount(owner, lasting, minlength=len(steps))
    mode = np.full(len(steps), len(MODES) - 1, dtype=np.int64)
    for number, (_, limit) in reversed(list(enumerate(MODES))):
        slow = np.bincount(owner, lasting * (speed <= limit), minlength=len(steps))
        mode[slow >= _MOST * total] = number
    return mode


def resampled(points: Points, segment: Ints, step: float) -> tuple[Points, Ints]:
    """Points at every `step` [s] of each stretch, by straight lines, and their stretches."""
    if not len(points):
        return points, segment
    begins = np.flatnonzero(np.r_[True, np.diff(segment) > 0])
    ends = np.r_[begins[1:], len(points)] - 1
    count = np.floor((points.at[ends] - points.at[begins]) / step).astype(np.int64) + 1
    owner = np.repeat(np.arange(len(begins)), count)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    at = points.at[begins][owner] + rank * step
    span = points.at.max() - points.at.min() + 1.0
    key = segment * span + (points.at - points.at.min())
    wanted = segment[begins][owner] * span + (at - points.at.min())
    return (
        Points(
            points.person[begins][owner],
            at,
            np.interp(wanted, key, points.x),
            np.interp(wanted, key, points.y),
        ),
        segment[begins][owner],
    )


def _breaks(points: Points, max_speed: float) -> Bools:
    """Where a point cannot follow from the one before it."""
    here = np.arange(1, len(points))
    breaks: Bools = np.ones(len(points), dtype=bool)
    breaks[1:] = (np.diff(points.person) != 0) | (_speed(points, here - 1, here) > max_speed)
    return breaks


def _runs(points: Points, max_speed: float) -> Ints:
    if not len(points):
        return np.empty(0, dtype=np.int64)
    return np.cumsum(_breaks(points, max_speed)) - 1


def _speed(points: Points, one: Ints, other: Ints) -> Floats:
    elapsed = np.maximum(points.at[other] - points.at[one], 1e-3)
    speed: Floats = _distance(points, one, other) / elapsed
    return speed


def _distance(points: Points, one: Ints, other: Ints) -> Floats:
    return np.hypot(points.x[other] - points.x[one], points.y[other] - points.y[one])


def _range(values: Floats, first: Ints, last: Ints) -> Floats:
    """Largest minus smallest value of each window, both ends within it."""
    level = np.frexp(last - first + 1.0)[1] - 1
    low = high = values
    found = np.zeros(len(first))
    for k in range(int(level.max(initial=0)) + 1):
        these = np.flatnonzero(level == k)
        a, b = first[these], last[these] - (1 << k) + 1
        found[these] = np.maximum(high[a], high[b]) - np.minimum(low[a], low[b])
        step = 1 << k
        if step < len(low):
            low = np.minimum(low[:-step], low[step:])
            high = np.maximum(high[:-step], high[step:])
    return found
