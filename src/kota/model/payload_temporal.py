"""Reads temporal representations of entities: many instances of an attribute (clause 4.5.6)."""

from __future__ import annotations

from typing import Any

import msgspec

from kota.errors import BadRequestDataError
from kota.model import terms
from kota.model.entity import MEMBER, Attribute, Kind
from kota.model.jsonld import Context
from kota.model.names import read_scope
from kota.model.payload import (
    NOT_ATTRIBUTES,
    attribute_name,
    document_id,
    document_types,
)
from kota.model.payload_attribute import Reading, read_instance
from kota.model.payload_faults import PayloadError, under
from kota.model.payload_kind import classify, has_instances
from kota.model.payload_parts import PARTS
from kota.model.payload_values import read_time

_MAX_INSTANCES = 200_000


class Evolution(msgspec.Struct, frozen=True, kw_only=True):
    """What a document tells of an entity's past.

    Args:
        id: where the document names the entity.
        types: expanded; empty where the document has none.
        attrs: instances by expanded name, `kota.model.terms.SCOPE` among them; instances of one
            dataset id may be many, and the value `kota.model.terms.NULL` marks a deletion.
    """

    id: str | None
    types: tuple[str, ...]
    attrs: dict[str, tuple[Attribute, ...]]


def parse_evolution(document: Any, context: Context, *, now: int, whole: bool) -> Evolution:
    """Read the temporal representation of an entity, or a fragment of one.

    Args:
        document: decoded JSON.
        context: expands its names.
        now: becomes `created_at` and `modified_at` of every instance.
        whole: it must have an id and a type.

    Raises:
        BadRequestDataError: says which member is wrong.
    """
    if not isinstance(document, dict):
        raise BadRequestDataError("the temporal representation of an entity is a JSON object")
    if document.get("expiresAt") == terms.NULL:
        raise BadRequestDataError(f"expiresAt: {terms.NULL} is allowed in fragments only")
    attrs: dict[str, tuple[Attribute, ...]] = {}
    if "scope" in document:
        attrs[terms.SCOPE] = _scopes(document["scope"], now)
    for term, body in document.items():
        if term not in NOT_ATTRIBUTES:
            name = _name(term, context)
            attrs[name] = _instances(term, name, body, context, now)
    return Evolution(
        id=document_id(document) if whole or "id" in document or "@id" in document else None,
        types=document_types(document, context, required=whole),
        attrs=attrs,
    )


def parse_one_instance(document: Any, term: str, context: Context, *, now: int) -> Attribute:
    """Read the body of a change of one instance: the instance, under its name or without.

    Raises:
        BadRequestDataError: it is not exactly one instance.
    """
    body = document.get(term, document) if isinstance(document, dict) else document
    instances = _instances(term, _name(term, context), body, context, now)
    if len(instances) != 1:
        raise BadRequestDataError(f"{term}: give exactly one instance")
    return instances[0]


def _name(term: str, context: Context) -> str:
    try:
        return attribute_name(term, context)
    except BadRequestDataError as error:
        raise under(term, error) from None


def _instances(
    term: str, name: str, body: Any, context: Context, now: int
) -> tuple[Attribute, ...]:
    items = body if isinstance(body, list) and has_instances(body) else [body]
    if len(items) > _MAX_INSTANCES:
        raise BadRequestDataError(f"{term}: more than {_MAX_INSTANCES} instances at once")
    found: list[Attribute] = []
    for index, item in enumerate(items):
        try:
            found.append(_instance(item, name, context, now))
        except BadRequestDataError as error:
            raise under(f"{term}[{index}]" if len(items) > 1 else term, error) from None
    return tuple(found)


def _instance(item: Any, name: str, context: Context, now: int) -> Attribute:
    kind, member = classify(item)
    if member is None or not _is_null(item.get(member), kind):
        return read_instance(item, name, Reading(context, now))
    parts = {
        PARTS[term][0]: PARTS[term][1](item[term], kind, context)
        for term in ("observedAt", "datasetId")
        if term in item
    }
    at = read_time(item["deletedAt"], "deletedAt") if "deletedAt" in item else now
    return Attribute(kind, terms.NULL, created_at=at, modified_at=at, **parts)


def _is_null(value: Any, kind: Kind) -> bool:
    if kind is Kind.LANGUAGE_PROPERTY and isinstance(value, dict):
        return list(value.values()) == [terms.NULL]
    return bool(value == terms.NULL)


def _scopes(body: Any, now: int) -> tuple[Attribute, ...]:
    """The scope, as the standard writes it in time: a plain scope, or instances of a Property."""
    items = body if isinstance(body, list) and has_instances(body) else [body]
    found: list[Attribute] = []
    for item in items:
        observed_at: int | None = None
        if isinstance(item, dict):
            if MEMBER[Kind.PROPERTY] not in item:
                raise PayloadError("scope", "an instance of the scope has a value")
            if "observedAt" in item:
                observed_at = read_time(item["observedAt"], "scope.observedAt")
            item = item["value"]
        value: Any = terms.NULL if item in (terms.NULL, []) else list(read_scope(item))
        found.append(Attribute(Kind.PROPERTY, value, observed_at, created_at=now, modified_at=now))
    return tuple(found)
