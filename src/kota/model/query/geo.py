"""Geo-queries (ETSI GS CIM 009 V1.9.1, clause 4.10): where an entity's geometry lies."""

from __future__ import annotations

import re
from enum import Enum
from functools import cached_property
from typing import Any

import msgspec

from kota.errors import BadRequestDataError
from kota.model import geometry as geojson
from kota.model.entity import Entity, Kind
from kota.model.geometry import Box
from kota.model.query import placement
from kota.model.terms import LOCATION

_NEAR = re.compile(r"near;(maxDistance|minDistance)==(\d{1,9}(?:\.\d{1,9})?)", re.ASCII)
MAX_POSITIONS = 10_000


class Relation(Enum):
    """How the entity's geometry lies to the one asked for."""

    NEAR = "near"
    WITHIN = "within"
    CONTAINS = "contains"
    INTERSECTS = "intersects"
    EQUALS = "equals"
    DISJOINT = "disjoint"
    OVERLAPS = "overlaps"


class GeoQuery:
    """Where an entity must lie.

    Args:
        relation: how its geometry lies to `geometry`.
        geometry: a valid GeoJSON geometry.
        max_distance, min_distance: of `near` [m]; exactly one of them, and none otherwise.
        geoproperty: expanded name of the attribute that holds the entity's geometry.
    """

    def __init__(
        self,
        relation: Relation,
        geometry: dict[str, Any],
        *,
        max_distance: float | None = None,
        min_distance: float | None = None,
        geoproperty: str = LOCATION,
    ) -> None:
        self.relation = relation
        self.geometry = geometry
        self.max_distance = max_distance
        self.min_distance = min_distance
        self.geoproperty = geoproperty

    @cached_property
    def bounds(self) -> Box | None:
        """A box that the geometry of every match touches; None where a match may lie anywhere."""
        if self.relation is Relation.DISJOINT or self.min_distance is not None:
            return None
        box = geojson.bounds(self.geometry)
        return box.expand(self.max_distance) if self.max_distance is not None else box

    @cached_property
    def accepts(self) -> placement.Test:
        """Whether a valid GeoJSON geometry lies as asked."""
        if self.relation is Relation.NEAR:
            return placement.near(
                self.geometry, at_most=self.max_distance, at_least=self.min_distance
            )
        return placement.relate(self.relation.value, self.geometry)

    def matches(self, entity: Entity) -> bool:
        """Whether some instance of the entity's geoproperty lies as asked."""
        for instance in entity.attrs.get(self.geoproperty, ()):
            if instance.kind is Kind.GEO_PROPERTY and self.accepts(instance.value):
                return True
        return False

    @property
    def georel(self) -> str:
        """The relation as the parameter ``georel`` writes it."""
        if self.max_distance is not None:
            return f"near;maxDistance=={self.max_distance}"
        if self.min_distance is not None:
            return f"near;minDistance=={self.min_distance}"
        return self.relation.value

    def __repr__(self) -> str:
        return f"GeoQuery({self.georel!r}, {self.geometry!r}, geoproperty={self.geoproperty!r})"


def parse(
    *, georel: str, geometry: str, coordinates: str | list[Any], geoproperty: str = LOCATION
) -> GeoQuery:
    """Read the parameters of a geo-query.

    Args:
        georel: for example ``near;maxDistance==2000`` or ``within``.
        geometry: a GeoJSON geometry type.
        coordinates: its coordinates, as JSON text or already decoded.
        geoproperty: expanded name of the attribute that is compared.

    Raises:
        BadRequestDataError: an unknown relation, or a geometry that is not valid.

    >>> parse(georel="near;maxDistance==50", geometry="Point", coordinates="[106.8,-6.2]").georel
    'near;maxDistance==50.0'
    """
    relation, max_distance, min_distance = _relation(georel)
    shape = _geometry(geometry, coordinates)
    return GeoQuery(
        relation,
        shape,
        max_distance=max_distance,
        min_distance=min_distance,
        geoproperty=geoproperty,
    )


def _relation(georel: str) -> tuple[Relation, float | None, float | None]:
    found = _NEAR.fullmatch(georel)
    if found is not None:
        metres = float(found.group(2))
        if not metres:
            raise BadRequestDataError("georel: the distance is not above zero")
        nearest = found.group(1) == "maxDistance"
        return Relation.NEAR, metres if nearest else None, None if nearest else metres
    if georel.startswith("near"):
        raise BadRequestDataError(
            f"georel: {georel!r} does not say how near",
            hint="write near;maxDistance==2000 or near;minDistance==2000, metres",
        )
    try:
        return Relation(georel), None, None
    except ValueError:
        known = ", ".join(relation.value for relation in Relation)
        raise BadRequestDataError(f"georel: {georel!r} is unknown", hint=f"use {known}") from None


def _geometry(kind: str, coordinates: str | list[Any]) -> dict[str, Any]:
    if isinstance(coordinates, str):
        try:
            coordinates = msgspec.json.decode(coordinates)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise BadRequestDataError(f"coordinates: not JSON ({error})") from None
    found = geojson.validate({"type": kind, "coordinates": coordinates}, where="geometry")
    count = sum(1 for _ in geojson.positions(found))
    if count > MAX_POSITIONS:
        raise BadRequestDataError(
            f"coordinates: {count} positions", hint=f"at most {MAX_POSITIONS} are compared"
        )
    reason = geojson.fault(found)
    if reason is not None:
        raise BadRequestDataError(f"coordinates: not a valid {kind} ({reason})")
    return found
