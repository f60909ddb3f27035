"""Writes entities as JSON: normalized, concise or simplified, or as GeoJSON (clause 4.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kota.model.entity import Attribute, Entity, Kind
from kota.model.instant import render
from kota.model.jsonld import Context
from kota.model.represent_attribute import represent_attribute, represent_instances
from kota.model.representation import NORMALIZED, Form, Projection, Representation
from kota.model.terms import DEFAULT_DATASET

__all__ = [
    "NORMALIZED",
    "Form",
    "Projection",
    "Representation",
    "represent",
    "represent_all",
    "represent_attribute",
    "represent_instances",
]


def represent(
    entity: Entity, context: Context, options: Representation = NORMALIZED
) -> dict[str, Any]:
    """Write an entity.

    Args:
        entity: what to write.
        context: compacts its names.
        options: the form wanted and the members wanted.

    Returns:
        A JSON object without ``@context``, ready to be encoded.
    """
    if options.geojson:
        return _feature(entity, context, options)
    return _body(entity, context, options)


def represent_all(
    entities: Iterable[Entity], context: Context, options: Representation = NORMALIZED
) -> list[dict[str, Any]] | dict[str, Any]:
    """Write several entities: a JSON array, or a GeoJSON FeatureCollection."""
    written = [represent(entity, context, options) for entity in entities]
    if options.geojson:
        return {"type": "FeatureCollection", "features": written}
    return written


def _body(entity: Entity, context: Context, options: Representation) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if _wanted("id", options):
        body["id"] = entity.id
    if _wanted("type", options):
        types = [context.compact(name) for name in entity.types]
        body["type"] = types[0] if len(types) == 1 else types
    if entity.scope and _wanted("scope", options):
        body["scope"] = entity.scope[0] if len(entity.scope) == 1 else list(entity.scope)
    if options.sys_attrs:
        if entity.expires_at is not None and _wanted("expiresAt", options):
            body["expiresAt"] = render(entity.expires_at)
        if _wanted("createdAt", options):
            body["createdAt"] = render(entity.created_at)
        if _wanted("modifiedAt", options):
            body["modifiedAt"] = render(entity.modified_at)
    for name, instances in entity.attrs.items():
        if options.attrs and name not in options.attrs:
            continue
        if not _wanted(name, options):
            continue
        if options.dataset_ids:
            instances = _of_datasets(instances, options.dataset_ids)
            if not instances:
                continue
        body[context.compact(name)] = represent_instances(instances, context, options)
    return body


def _wanted(name: str, options: Representation) -> bool:
    if options.pick is not None and name not in options.pick.names:
        return False
    return options.omit is None or name not in options.omit.names or name in options.omit.below


def _of_datasets(instances: tuple[Attribute, ...], wanted: frozenset[str]) -> tuple[Attribute, ...]:
    return tuple(i for i in instances if (i.dataset_id or DEFAULT_DATASET) in wanted)


def _feature(entity: Entity, context: Context, options: Representation) -> dict[str, Any]:
    properties = _body(entity, context, options)
    properties.pop("id", None)
    return {
        "id": entity.id,
        "type": "Feature",
        "geometry": _geometry(entity, options),
        "properties": properties,
    }


def _geometry(entity: Entity, options: Representation) -> Any:
    instances = entity.attrs.get(options.geometry_property, ())
    if options.dataset_ids:
        instances = _of_datasets(instances, options.dataset_ids)
    located = [instance for instance in instances if instance.kind == Kind.GEO_PROPERTY]
    default = [instance for instance in located if instance.dataset_id is None]
    chosen = default or located
    return chosen[0].value if chosen else None
