"""Tells what an attribute is from the members that a document gives it (clauses 4.5.2 to 4.5.5)."""

from __future__ import annotations

from typing import Any

from kota.model import terms
from kota.model.entity import MEMBER, TYPE_NAME, Kind
from kota.model.payload_faults import PayloadError, short

KIND: dict[str, Kind] = {name: kind for kind, name in TYPE_NAME.items()}
KIND.update({terms.NGSI_LD + name: kind for kind, name in TYPE_NAME.items()})

VALUE_MEMBERS: dict[str, Kind] = {
    "object": Kind.RELATIONSHIP,
    "languageMap": Kind.LANGUAGE_PROPERTY,
    "vocab": Kind.VOCAB_PROPERTY,
    "json": Kind.JSON_PROPERTY,
    "valueList": Kind.LIST_PROPERTY,
    "objectList": Kind.LIST_RELATIONSHIP,
    "value": Kind.PROPERTY,
}
PART_MEMBERS = frozenset(
    {"observedAt", "unitCode", "datasetId", "objectType", "valueType", "expiresAt"}
)
_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)


def classify(body: Any, *, partial: bool = False) -> tuple[Kind, str | None]:
    """What sort of attribute a document is, and which member holds its value.

    Args:
        body: decoded JSON.
        partial: whether it may lack that member, as in an update of an attribute.

    Returns:
        The kind, and the name of the member; None where the document itself is the value.

    Raises:
        BadRequestDataError: it says to be something that does not exist.
    """
    if body.__class__ is not dict:
        return Kind.PROPERTY, None
    said = body.get("type", body.get("@type"))
    if said is not None:
        kind = KIND.get(said) if said.__class__ is str else None
        if kind is not None:
            return kind, MEMBER[kind]
        if is_geometry(body):
            return Kind.GEO_PROPERTY, None
        if not VALUE_MEMBERS.keys().isdisjoint(body):
            raise PayloadError("type", f"{short(said)} is not a type of attribute")
        return Kind.PROPERTY, None
    for member, kind in VALUE_MEMBERS.items():
        if member in body:
            if kind == Kind.PROPERTY and is_geometry(body["value"]):
                return Kind.GEO_PROPERTY, member
            return kind, member
    if partial:
        return Kind.PROPERTY, "value"
    if not PART_MEMBERS.isdisjoint(body):
        raise PayloadError("", "has no value", hint="give it a value, an object or a languageMap")
    return Kind.PROPERTY, None


def is_geometry(body: Any) -> bool:
    """Whether a JSON value looks like a GeoJSON geometry."""
    if body.__class__ is not dict or "coordinates" not in body:
        return False
    said = body.get("type")
    return said.__class__ is str and said in _GEOMETRIES


def has_instances(items: list[Any]) -> bool:
    """Whether a list holds instances of an attribute rather than being its value."""
    if not items:
        return False
    for item in items:
        if item.__class__ is not dict:
            return False
        said = item.get("type")
        typed = said.__class__ is str and said in KIND
        if not typed and "datasetId" not in item and VALUE_MEMBERS.keys().isdisjoint(item):
            return False
    return True


def spread(dataset: Any) -> list[Any]:
    """Turn the simplified form of several instances into a list of concise ones."""
    if not isinstance(dataset, dict) or not dataset:
        raise PayloadError("dataset", "is an object from dataset id to value")
    spread_out = []
    for dataset_id, body in dataset.items():
        kind, member = classify(body)
        instance = {MEMBER[kind]: body} if member is None else dict(body)
        spread_out.append({**instance, "datasetId": dataset_id})
    return spread_out
