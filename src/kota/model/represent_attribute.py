"""Writes instances of attributes: normalized, concise or simplified (clauses 4.5.2 to 4.5.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kota.model import terms
from kota.model.entity import MEMBER, TYPE_NAME, Attribute, Kind
from kota.model.instant import render
from kota.model.jsonld import Context
from kota.model.languages import choose
from kota.model.payload_kind import has_instances, is_geometry
from kota.model.payload_parts import SEALS
from kota.model.representation import NORMALIZED, Representation

_WRAPPED = frozenset({Kind.LANGUAGE_PROPERTY, Kind.VOCAB_PROPERTY, Kind.JSON_PROPERTY})
_SEALS = frozenset(terms.NGSI_LD + name for name in SEALS)
_TYPE = tuple(TYPE_NAME[kind] for kind in Kind)
_MEMBER = tuple(MEMBER[kind] for kind in Kind)


def represent_instances(
    instances: Sequence[Attribute],
    context: Context,
    options: Representation = NORMALIZED,
) -> Any:
    """Write one attribute with all its instances.

    Args:
        instances: at least one.
        context: compacts names.
        options: the form wanted.

    Returns:
        An object, a bare value, or an array of them, ready to be encoded.
    """
    if options.form == "simplified":
        return _simplified(instances, context, options)
    if len(instances) == 1:
        return represent_attribute(instances[0], context, options)
    return [represent_attribute(instance, context, options, bare=False) for instance in instances]


def represent_attribute(
    instance: Attribute,
    context: Context,
    options: Representation = NORMALIZED,
    *,
    bare: bool = True,
) -> Any:
    """Write one instance of an attribute; see `represent_instances`.

    Args:
        instance: what to write.
        context: compacts names.
        options: the form wanted.
        bare: whether the concise form may be the value alone.
    """
    if options.form == "simplified":
        return simplified_value(instance, context, options)
    body = _value_members(instance, context, options)
    if instance.observed_at is not None:
        body["observedAt"] = render(instance.observed_at)
    if instance.unit_code is not None:
        body["unitCode"] = instance.unit_code
    if instance.dataset_id is not None:
        body["datasetId"] = instance.dataset_id
    if instance.object_type:
        body["objectType"] = _one_or_list([context.compact(name) for name in instance.object_type])
    if instance.value_type is not None:
        body["valueType"] = context.compact(instance.value_type)
    if instance.expires_at is not None and options.sys_attrs:
        body["expiresAt"] = render(instance.expires_at)
    if instance.quality is not None:
        _add_quality(body, instance, context, options)
    if instance.sub is not None:
        _add_sub(body, instance.sub, context, options)
    if options.sys_attrs:
        body["createdAt"] = render(instance.created_at)
        body["modifiedAt"] = render(instance.modified_at)
    if options.form == "concise":
        return _concise(body, bare)
    return body


def simplified_value(instance: Attribute, context: Context, options: Representation) -> Any:
    """The value of an instance as the simplified form has it (clause 4.5.4)."""
    kind = instance.kind
    if kind == Kind.LANGUAGE_PROPERTY and options.lang is not None:
        return choose(instance.value, options.lang)[1]
    value = _compact_value(instance, context)
    return {_MEMBER[kind]: value} if kind in _WRAPPED else value


def _value_members(
    instance: Attribute, context: Context, options: Representation
) -> dict[str, Any]:
    kind = instance.kind
    if kind == Kind.PROPERTY:
        return {"type": "Property", "value": instance.value}
    if kind == Kind.LANGUAGE_PROPERTY and options.lang is not None:
        language, text = choose(instance.value, options.lang)
        return {"type": "Property", "value": text, "lang": language}
    value = _compact_value(instance, context)
    if kind == Kind.LIST_RELATIONSHIP and options.form == "normalized":
        value = [{"object": item} for item in value]
    return {"type": _TYPE[kind], _MEMBER[kind]: value}


def _compact_value(instance: Attribute, context: Context) -> Any:
    if instance.kind != Kind.VOCAB_PROPERTY:
        return instance.value
    if isinstance(instance.value, list):
        return [context.compact(iri) for iri in instance.value]
    return context.compact(instance.value)


def _add_quality(
    body: dict[str, Any], instance: Attribute, context: Context, options: Representation
) -> None:
    if instance.quality is None:
        return
    told = {"json": instance.quality.to_json()}
    name = context.compact(terms.QUALITY)
    body[name] = {"type": "JsonProperty", **told} if options.form == "normalized" else told


def _add_sub(
    body: dict[str, Any],
    sub: dict[str, tuple[Attribute, ...]],
    context: Context,
    options: Representation,
) -> None:
    for name, instances in sub.items():
        if name in _SEALS:
            body[name.removeprefix(terms.NGSI_LD)] = _compact_value(instances[0], context)
        else:
            body[context.compact(name)] = represent_instances(instances, context, options)


def _concise(body: dict[str, Any], bare: bool) -> Any:
    said = body.pop("type")
    if said == "Property":
        value = body["value"]
        if bare and len(body) == 1 and not _misread(value):
            return value
        if is_geometry(value):
            body["type"] = said
    elif bare and said == "GeoProperty" and len(body) == 1:
        return body["value"]
    return body


def _misread(value: Any) -> bool:
    if value.__class__ is dict:
        return True
    return value.__class__ is list and has_instances(value)


def _simplified(instances: Sequence[Attribute], context: Context, options: Representation) -> Any:
    if len(instances) == 1 and instances[0].dataset_id is None:
        return simplified_value(instances[0], context, options)
    return {
        "dataset": {
            instance.dataset_id or terms.DEFAULT_DATASET: simplified_value(
                instance, context, options
            )
            for instance in instances
        }
    }


def _one_or_list(items: list[str]) -> str | list[str]:
    return items[0] if len(items) == 1 else items
