"""Reads changes to what is there already from decoded JSON (clauses 5.5.8 and 5.5.12)."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from kota.errors import BadRequestDataError
from kota.model import terms
from kota.model.entity import Kind
from kota.model.jsonld import Context
from kota.model.patch import AttributePatch, EntityPatch
from kota.model.payload import (
    NOT_ATTRIBUTES,
    attribute_name,
    document_scope,
    document_types,
    fragment_id,
)
from kota.model.payload_attribute import (
    MAX_DEPTH,
    check_distinct,
    read_seal,
    require_kind,
    require_proof,
)
from kota.model.payload_deletion import deletes
from kota.model.payload_faults import PayloadError, under
from kota.model.payload_kind import classify, has_instances, spread
from kota.model.payload_parts import IGNORED, PARTS, SEALS, read_quality, refuse_member, refuse_name
from kota.model.payload_values import read_mergeable, read_time, read_value

_CLEARED: dict[str, Any] = {"objectType": ()}


class _Reading(msgspec.Struct, frozen=True):
    """Where the reader is: in which attribute, how deep, and whether it merges."""

    name: str
    context: Context
    deep: bool
    depth: int = 0

    def into(self, name: str) -> _Reading:
        return _Reading(name, self.context, self.deep, self.depth + 1)


def parse_patch(document: Any, context: Context) -> EntityPatch:
    """Read the body of a merge of an entity.

    Raises:
        BadRequestDataError: says which member is wrong.
    """
    if not isinstance(document, dict):
        raise BadRequestDataError("a fragment is a JSON object with attributes")
    return EntityPatch(
        id=fragment_id(document),
        types=document_types(document, context, required=False),
        scope=document_scope(document, deletable=True),
        expires_at=_expiry(document),
        attrs=_attributes(document, context),
    )


def parse_attribute_patch(
    document: Any, name: str, context: Context, *, deep: bool = False
) -> tuple[AttributePatch, ...]:
    """Read the body of a partial update of one attribute.

    Args:
        document: one instance, a bare value or a list of instances; any member may be absent.
        name: the attribute as the request names it.
        context: expands its names.
        deep: whether objects are merged, as in a merge of an entity.

    Raises:
        BadRequestDataError: says which member is wrong.
    """
    try:
        patches = _instances(document, _Reading(context.expand_name(name), context, deep))
    except BadRequestDataError as error:
        raise under(name, error) from None
    if any(p.value is UNSET and not (p.parts or p.sub or p.deleted) for p in patches):
        raise BadRequestDataError(f"{name}: the fragment changes nothing")
    return patches


def _expiry(document: dict[str, Any]) -> Any:
    text = document.get("expiresAt")
    if text is None:
        return UNSET
    return None if text == terms.NULL else read_time(text, "expiresAt")


def _attributes(
    document: dict[str, Any], context: Context
) -> dict[str, tuple[AttributePatch, ...]]:
    attrs: dict[str, tuple[AttributePatch, ...]] = {}
    for term, body in document.items():
        if term in NOT_ATTRIBUTES:
            continue
        try:
            name = attribute_name(term, context)
            if name in attrs:
                raise PayloadError("", f"the attribute {name} is there twice")
            attrs[name] = _instances(body, _Reading(name, context, deep=True))
        except BadRequestDataError as error:
            raise under(term, error) from None
    return attrs


def _instances(body: Any, reading: _Reading) -> tuple[AttributePatch, ...]:
    if reading.depth > MAX_DEPTH:
        raise PayloadError("", f"attributes are nested deeper than {MAX_DEPTH} levels")
    if isinstance(body, dict) and body.keys() == {"dataset"}:
        body = spread(body["dataset"])
    if isinstance(body, list) and has_instances(body):
        patches = tuple(_instance(item, reading) for item in body)
        check_distinct(patch.dataset_id for patch in patches)
        return patches
    return (_instance(body, reading),)


def _instance(body: Any, reading: _Reading) -> AttributePatch:
    context, deep = reading.context, reading.deep
    if body == terms.NULL:
        return AttributePatch(context=context, deep=deep, deleted=True)
    if not isinstance(body, dict):
        require_kind(reading.name, Kind.PROPERTY)
        require_proof(reading.name, body, "")
        value = read_value(Kind.PROPERTY, body, context)
        return AttributePatch(context=context, deep=deep, value=value)
    dataset_id = _dataset_id(body, context)
    if deletes(body):
        return AttributePatch(context=context, deep=deep, dataset_id=dataset_id, deleted=True)
    kind, member = classify(body, partial=True)
    said = member is None or member in body or "type" in body or "@type" in body
    if said:
        require_kind(reading.name, kind)
    if member is None:
        value = _value(kind, body, reading)
        return AttributePatch(context=context, deep=deep, kind=kind, value=value)
    parts, sub = _members(body, kind if said else None, member, reading)
    return AttributePatch(
        context=context,
        deep=deep,
        kind=kind if said else None,
        value=_value(kind, body[member], reading, member) if member in body else UNSET,
        parts=parts,
        sub=sub,
        dataset_id=dataset_id,
    )


def _members(
    body: dict[str, Any], kind: Kind | None, member: str, reading: _Reading
) -> tuple[dict[str, Any], dict[str, tuple[AttributePatch, ...]]]:
    parts: dict[str, Any] = {}
    sub: dict[str, tuple[AttributePatch, ...]] = {}
    for term, raw in body.items():
        if term == member or term in IGNORED or term == "datasetId":
            continue
        try:
            if term in PARTS:
                field, read = PARTS[term]
                cleared = raw == terms.NULL
                parts[field] = _CLEARED.get(term) if cleared else read(raw, kind, reading.context)
            elif reading.context.expand_name(term) == terms.QUALITY:
                parts["quality"] = None if deletes(raw) else read_quality(raw)
            else:
                refuse_member(term, reading.name)
                _add_sub(sub, term, raw, reading)
        except BadRequestDataError as error:
            raise under(term, error) from None
    return parts, sub


def _add_sub(
    sub: dict[str, tuple[AttributePatch, ...]], term: str, raw: Any, reading: _Reading
) -> None:
    context = reading.context
    if term in SEALS and raw != terms.NULL:
        kind, value = read_seal(term, raw, context)
        sealed = AttributePatch(context=context, kind=kind, value=value, deep=reading.deep)
        sub[terms.NGSI_LD + term] = (sealed,)
        return
    name = terms.NGSI_LD + term if term in SEALS else context.expand_name(term)
    refuse_name(name)
    if name in sub:
        raise PayloadError("", f"the attribute {name} is there twice")
    sub[name] = _instances(raw, reading.into(name))


def _value(kind: Kind, raw: Any, reading: _Reading, member: str = "") -> Any:
    try:
        require_proof(reading.name, raw, "")
        if reading.deep:
            return read_mergeable(kind, raw, reading.context)
        return read_value(kind, raw, reading.context)
    except BadRequestDataError as error:
        raise (under(member, error) if member else error) from None


def _dataset_id(body: dict[str, Any], context: Context) -> str | None:
    raw = body.get("datasetId")
    if raw is None:
        return None
    try:
        dataset_id: str | None = PARTS["datasetId"][1](raw, Kind.PROPERTY, context)
    except BadRequestDataError as error:
        raise under("datasetId", error) from None
    return dataset_id
