"""Demand and supply with a place on the map: census grids, points of interest, tables with
coordinates; and what travel between them costs where no table says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from kota.connect.asset_files import Feature, Features, read_features
from kota.connect.asset_format import AssetTable
from kota.connect.columns import Column
from kota.connect.profile_format import EntityTable
from kota.errors import InputError
from kota.network import (
    FLAT_SPEED,
    Network,
    Plane,
    checked_degrees,
    reachable,
    snap,
    to_degrees_from,
)
from kota.solutions.amenities.hours import read_hours
from kota.solutions.amenities.pairs import Floats, Pairs
from kota.solutions.amenities.tables import Places

FARTHEST_M: Final = 1000.0
"""Demand and supply farther than this from every street are refused."""

_HOURS: Final = ("opening_hours", "openingHours", "hours")


def read_map(
    path: Path,
    wanted: Sequence[Column],
    *,
    columns: Sequence[str] = (),
    layer: str | None = None,
    crs: str | None = None,
    open_at: tuple[int, int] | None = None,
) -> Places:
    """Read places of a ``.gpkg``, ``.geojson``, ``.shp`` or ``.csv`` with ``lon`` and ``lat``.

    Areas, such as the cells of a census grid, stand where their middle is.

    Args:
        path: the file.
        wanted: `DEMAND` or `SUPPLY`.
        columns: whose sum is the amount, such as age groups; else the usual one.
        layer: of a GeoPackage.
        crs: coordinate system, where the file does not say or says wrongly.
        open_at: places that are closed then, by their ``opening_hours``, are left out.

    Raises:
        InputError: a feature has no place, a number is missing or below zero, or an id occurs
            twice; says which.
        ConnectError: the file cannot be read.
    """
    found = read_features(path, AssetTable(entity=EntityTable(type="Place"), layer=layer))
    name, amounts = _columns(path, found, wanted, columns)
    kept = [one for one in found.features if open_at is None or _is_open(one, open_at)]
    if not kept:
        raise InputError(f"{path.name}: no places")
    ids = [_identity(feature, name, k) for k, feature in enumerate(kept)]
    first: dict[str, str] = {}
    for key, feature in zip(ids, kept, strict=True):
        if key in first:
            raise InputError(f"{feature.where}: the id {key!r} occurs twice, first {first[key]}")
        first[key] = feature.where
    amount = np.array([sum(_amount(one, column) for column in amounts) for one in kept])
    return Places(np.array(ids, dtype=object), amount, _at(path, kept, crs or found.crs))


def travel(
    demand: Places, supply: Places, *, network: Network | None, limit: float | None
) -> Pairs:
    """Minutes on foot between places.

    Args:
        demand, supply: with a place on the map.
        network: to walk along; None: as the crow flies.
        limit: what takes longer [minutes] is left out; None: nothing is.

    Raises:
        InputError: a place is not on the map, or far from every street.
    """
    if demand.at is None or supply.at is None:
        raise InputError(
            "demand or supply does not say where it is",
            hint="give --costs, or files with geometry or lon and lat",
        )
    shape = (len(demand), len(supply))
    if network is None:
        plane = Plane.around(np.concatenate([demand.at, supply.at]))
        homes, doors = plane.to_metres(demand.at), plane.to_metres(supply.at)
        return _crow(homes, doors, math.inf if limit is None else limit)
    homes_at, doors_at = (
        snap(
            network,
            places.at,  # type: ignore[arg-type]
            names=[f"{what} {name}" for name in places.names],
            farthest=FARTHEST_M,
        )
        for what, places in (("demand", demand), ("supply", supply))
    )
    most = math.inf if limit is None else limit * 60.0
    found = reachable(network, homes_at, doors_at, limit=most)
    return Pairs.of(found.origin, found.destination, found.cost / 60.0, shape=shape)


def _crow(homes: Floats, doors: Floats, limit: float) -> Pairs:
    from scipy.spatial import cKDTree

    farthest = limit * 60.0 * FLAT_SPEED
    near = cKDTree(homes).sparse_distance_matrix(cKDTree(doors), farthest, output_type="coo_matrix")
    minutes = near.data / FLAT_SPEED / 60.0
    return Pairs.of(near.row, near.col, minutes, shape=(len(homes), len(doors)))


def _columns(
    path: Path, found: Features, wanted: Sequence[Column], columns: Sequence[str]
) -> tuple[str | None, list[str]]:
    by_key = {_key(title): title for title in reversed(found.columns)}

    def first(names: Sequence[str]) -> str | None:
        return next((by_key[_key(name)] for name in names if _key(name) in by_key), None)

    identity, amount = wanted
    named = [first([column]) for column in columns] if columns else [first(amount.names)]
    for asked, title in zip(columns or [amount.name], named, strict=True):
        if title is None:
            raise InputError(
                f"{path.name} has no column {asked!r}", hint=f"it has {', '.join(found.columns)}"
            )
    return first(identity.names), [title for title in named if title is not None]


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


def _identity(feature: Feature, name: str | None, k: int) -> str:
    value = None if name is None else feature.properties.get(name)
    return str(k + 1) if value is None else str(value)


def _amount(feature: Feature, column: str) -> float:
    value: Any = feature.properties.get(column)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{feature.where}, {column}: {value!r} is not a number")
    if value < 0:
        raise InputError(f"{feature.where}, {column}: {value:g} is less than 0")
    return float(value)


def _is_open(feature: Feature, moment: tuple[int, int]) -> bool:
    given: Mapping[str, Any] = feature.properties
    text = next((given[name] for name in _HOURS if given.get(name)), None)
    try:
        hours = read_hours(text)
    except InputError as error:
        raise InputError(f"{feature.where}: {error.message}", hint=error.hint) from error
    return hours is None or hours.open_at(*moment)


def _at(path: Path, features: Sequence[Feature], crs: str | None) -> Floats:
    import shapely

    for feature in features:
        if feature.geometry is None or feature.geometry.is_empty:
            raise InputError(f"{feature.where}: {feature.fault or 'no geometry'}")
    middles = shapely.get_coordinates(shapely.centroid([one.geometry for one in features]))
    moved = to_degrees_from(crs, path.name)
    degrees = middles if moved is None else moved(middles)
    return checked_degrees(degrees, tuple(feature.where for feature in features))
