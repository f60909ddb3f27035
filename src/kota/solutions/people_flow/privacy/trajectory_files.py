"""From a file of points to flows between places and on streets; no point ever leaves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from kota.errors import SolutionError
from kota.solutions.people_flow.privacy.cells import Grid
from kota.solutions.people_flow.privacy.people_tables import (
    digest_of,
    fault,
    names_of,
    numbers_of,
    read_table,
    times_of,
    write_rows,
)
from kota.solutions.people_flow.privacy.places import (
    NOWHERE,
    Shapes,
    nearest,
    read_shapes,
    squares,
    within,
)
from kota.solutions.people_flow.privacy.release import calibrate
from kota.solutions.people_flow.privacy.release_files import Summary, Terms, release_rows
from kota.solutions.people_flow.privacy.trajectories import (
    MODES,
    Points,
    Trips,
    in_order,
    project,
    resampled,
    segments,
    stays,
    travel_modes,
    trips,
    unproject,
    without_leaps,
)

Ints = NDArray[np.int64]
SHORTEST_TRIP: Final = 100.0
"""Ends of a trip that are nearer [m] as the crow flies make none."""
MATCH_STEP: Final = 5.0
"""Seconds between the points that are laid on streets."""
MATCH_WITHIN: Final = 25.0
"""Metres from the nearest street beyond which a point is on none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is read and how it is cleaned.

    Args:
        file: a row a point.
        person, time, lon, lat: columns; degrees of WGS 84.
        zone: of times without an offset.
        zones: GeoJSON of areas between which trips are counted; a grid where None.
        key: property that names an area or a street.
        grid: side [m] of the squares.
        streets: GeoJSON of lines on which people are counted, or None.
        max_speed: [m/s] that nobody exceeds.
        gap: silence [s] that ends a stretch.
        stop_radius, stop_duration: see `trajectories.stays` [m, s].
        min_cell: different people below which a flow is left out.
    """

    file: Path
    zone: ZoneInfo
    person: str = "person"
    time: str = "time"
    lon: str = "lon"
    lat: str = "lat"
    zones: Path | None = None
    key: str = "id"
    grid: float = 500.0
    streets: Path | None = None
    max_speed: float = 50.0
    gap: float = 600.0
    stop_radius: float = 50.0
    stop_duration: float = 300.0
    min_cell: int = 10


class Cleaned(msgspec.Struct, frozen=True, kw_only=True):
    """What was made of the points, for who holds them; not for publication.

    Args:
        points: read.
        repeated, leaps: points left out, as they repeat a time or cannot be.
        trips: found, and of them `placed` with both ends in a place.
        flows: between places told, and `flows_left_out` for being of too few people.
        streets, streets_left_out: likewise.
        mode_share: of the trips by how they were made; modes of fewer than `min_cell` people are
            left out, and so is all of it where only one mode is left.
    """

    points: int
    repeated: int
    leaps: int
    trips: int
    placed: int
    flows: int
    flows_left_out: int
    streets: int = 0
    streets_left_out: int = 0
    mode_share: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class _Stretches:
    points: Points
    segment: Ints
    trips: Trips
    lon0: float
    lat0: float
    read: int
    repeated: int
    leaps: int


def run(order: Order, out: Path, street_out: Path | None = None) -> Cleaned:
    """Write how many people went from where to where, and on which street, each at least
    `min_cell` of them.

    Raises:
        SolutionError: a file or an option is wrong.
    """
    if (order.streets is None) != (street_out is None):
        raise SolutionError("streets and the file to write their counts to are named together")
    made = clean(order)
    origin, destination, names = _ends(order, made)
    placed = (origin != NOWHERE) & (destination != NOWHERE)
    person = made.points.person[made.trips.first]
    grid_width = len(names)
    cells = origin[placed] * grid_width + destination[placed]
    told, people, few = _people_in(person[placed], cells, order.min_cell)
    columns = {
        "origin": [names[k] for k in (told // max(grid_width, 1)).tolist()],
        "destination": [names[k] for k in (told % max(grid_width, 1)).tolist()],
        "people": people.tolist(),
    }
    write_rows(out, columns)
    found = Cleaned(
        points=made.read,
        repeated=made.repeated,
        leaps=made.leaps,
        trips=len(made.trips.first),
        placed=int(placed.sum()),
        flows=len(told),
        flows_left_out=few,
        mode_share=_mode_share(made, order.min_cell),
    )
    if order.streets is None or street_out is None:
        return found
    streets = read_shapes(order.streets, order.key, 1)
    walker, street = _on_streets(made, streets)
    told, people, few = _people_in(walker, street, order.min_cell)
    write_rows(
        street_out,
        {"street": [streets.names[k] for k in told.tolist()], "people": people.tolist()},
    )
    return msgspec.structs.replace(found, streets=len(told), streets_left_out=few)


def release(order: Order, terms: Terms, out: Path) -> Summary:
    """Write the flows with differential privacy instead, and charge the data set's budget.

    Raises:
        SolutionError: a file or an option is wrong, or the areas are not given; nothing is charged.
        ConflictError: the budget does not allow it; nothing is released.
    """
    if order.zones is None:
        raise SolutionError(
            "a release needs areas that are public",
            hint="name them with --zones; a grid over the points would tell where people were",
        )
    noise = calibrate(terms.epsilon, terms.most_cells)
    made = clean(order)
    origin, destination, names = _ends(order, made)
    placed = (origin != NOWHERE) & (destination != NOWHERE)
    grid = Grid(("origin", "destination"), (names, names))
    return release_rows(
        made.points.person[made.trips.first][placed],
        grid.number([origin[placed], destination[placed]]),
        grid,
        noise,
        terms,
        out,
        what="people by origin and destination, of trajectories",
        digest=digest_of(order.file),
    )


def clean(order: Order) -> _Stretches:
    """Read points, leave out what cannot be, and find the trips.

    Raises:
        SolutionError: the file or a number is wrong.
    """
    _check(order)
    points, lon0, lat0 = _read(order)
    ordered = in_order(points)
    kept = without_leaps(ordered, order.max_speed)
    segment = segments(kept, order.max_speed, order.gap)
    staying = stays(kept, segment, order.stop_radius, order.stop_duration)
    return _Stretches(
        kept,
        segment,
        trips(kept, segment, staying, SHORTEST_TRIP),
        lon0,
        lat0,
        len(points),
        len(points) - len(ordered),
        len(ordered) - len(kept),
    )


def _read(order: Order) -> tuple[Points, float, float]:
    file = order.file
    table = read_table(file, [order.person], [order.time, order.lon, order.lat])
    lon, lat = numbers_of(file, table, order.lon), numbers_of(file, table, order.lat)
    for name, values, most in ((order.lon, lon, 180.0), (order.lat, lat, 90.0)):
        wrong = np.flatnonzero(np.abs(values) > most)
        if len(wrong):
            row = int(wrong[0])
            raise fault(
                file,
                row,
                f"{name} {values[row]:g}; expected degrees of WGS 84, not metres, and not with "
                "longitude and latitude exchanged",
            )
    person, _ = names_of(file, table, order.person)
    at, _ = times_of(file, table, order.time, order.zone)
    lon0 = round(float(np.median(lon)), 1) if len(lon) else 0.0
    lat0 = round(float(np.median(lat)), 1) if len(lat) else 0.0
    x, y = project(lon, lat, lon0, lat0)
    return Points(person, at / 1e6, x, y), lon0, lat0


def _ends(order: Order, made: _Stretches) -> tuple[Ints, Ints, tuple[str, ...]]:
    """The place of each trip's origin and destination, and the places."""
    ends = made.points.taken(np.concatenate([made.trips.first, made.trips.last]))
    if order.zones is None:
        place, names = squares(ends.x, ends.y, order.grid, made.lon0, made.lat0)
    else:
        zones = read_shapes(order.zones, order.key, 2)
        place = within(zones, *unproject(ends.x, ends.y, made.lon0, made.lat0))
        names = zones.names
    half = len(made.trips.first)
    return place[:half], place[half:], names


def _mode_share(made: _Stretches, min_cell: int) -> dict[str, float]:
    """Shares of the trips by mode, of modes with enough different people."""
    person = made.points.person[made.trips.first]
    mode = travel_modes(made.points, made.trips)
    told, _, _ = _people_in(person, mode, min_cell)
    if len(told) < 2:
        return {}
    counts = {MODES[k][0]: int((mode == k).sum()) for k in told.tolist()}
    total = sum(counts.values())
    return {name: round(count / total, 4) for name, count in counts.items()}


def _on_streets(made: _Stretches, streets: Shapes) -> tuple[Ints, Ints]:
    """People and the streets that they were on."""
    dense, _ = resampled(made.points, made.segment, MATCH_STEP)

    def metres(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack(project(degrees[:, 0], degrees[:, 1], made.lon0, made.lat0), axis=1)

    street = nearest(shapely.transform(streets.geometries, metres), dense.x, dense.y, MATCH_WITHIN)
    on = street != NOWHERE
    return dense.person[on], street[on]


def _people_in(person: Ints, cell: Ints, min_cell: int) -> tuple[Ints, Ints, int]:
    """Cells of at least `min_cell` different people, how many there are, and how many cells were
    left out."""
    width = int(cell.max(initial=0)) + 1
    once = np.unique(person * width + cell)
    cells, people = np.unique(once % width, return_counts=True)
    enough = people >= min_cell
    return cells[enough], people[enough], int((~enough).sum())


def _check(order: Order) -> None:
    for name, value in (
        ("grid", order.grid),
        ("max speed", order.max_speed),
        ("gap", order.gap),
        ("stop radius", order.stop_radius),
        ("stop duration", order.stop_duration),
        ("min cell", order.min_cell),
    ):
        if not value > 0:
            raise SolutionError(f"{name} {value:g}; expected a number above 0")
