"""Reads instances of attributes: normalized, concise or simplified (clauses 4.5.2 to 4.5.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from kota.errors import BadRequestDataError
from kota.model import terms
from kota.model.entity import TYPE_NAME, Attribute, Kind
from kota.model.jsonld import Context
from kota.model.payload_faults import PayloadError, under
from kota.model.payload_kind import classify, has_instances, spread
from kota.model.payload_parts import (
    IGNORED,
    PARTS,
    PROOF,
    SEALS,
    read_quality,
    read_text,
    refuse_member,
    refuse_name,
)
from kota.model.payload_values import read_value

MAX_DEPTH = 8
_MAX_INSTANCES = 1_000
GEO_ONLY = frozenset({terms.LOCATION, terms.OBSERVATION_SPACE, terms.OPERATION_SPACE})
"""Attributes that the standard defines as GeoProperties (clause 4.7)."""


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What the reader goes by.

    Args:
        context: expands names.
        now: becomes `created_at` and `modified_at` of every instance.
        depth: how deep the attribute is nested in others.
    """

    context: Context
    now: int
    depth: int = 0


def read_instances(body: Any, name: str, reading: Reading) -> tuple[Attribute, ...]:
    """Read one attribute: an instance, a bare value, or a list of instances.

    Args:
        body: decoded JSON.
        name: expanded name of the attribute.
        reading: what to go by.

    Raises:
        BadRequestDataError: says which member is wrong, seen from the attribute.
    """
    if body.__class__ is list and has_instances(body):
        return _read_list(body, name, reading)
    if body.__class__ is dict and body.keys() == {"dataset"}:
        return _read_list(spread(body["dataset"]), name, reading)
    return (read_instance(body, name, reading),)


def read_instance(body: Any, name: str, reading: Reading) -> Attribute:
    """Read one instance of an attribute; see `read_instances`."""
    kind, member = classify(body)
    now = reading.now
    require_kind(name, kind)
    if member is None:
        value = read_value(kind, body, reading.context)
        return Attribute(kind, value, created_at=now, modified_at=now)
    if member not in body:
        raise PayloadError("", f"a {TYPE_NAME[kind]} needs the member {member}")
    try:
        value = read_value(kind, body[member], reading.context)
    except BadRequestDataError as error:
        raise under(member, error) from None
    require_proof(name, value, member)
    if len(body) == 1 or (len(body) == 2 and "type" in body):
        return Attribute(kind, value, created_at=now, modified_at=now)
    parts = _read_parts(body, kind, member, name, reading)
    return Attribute(kind, value, created_at=now, modified_at=now, **parts)


def require_kind(name: str, kind: Kind) -> None:
    """Raise a PayloadError where the standard defines the attribute as a GeoProperty."""
    if name in GEO_ONLY and kind != Kind.GEO_PROPERTY:
        raise PayloadError("", "is defined as a GeoProperty", hint="give it a GeoJSON geometry")


def require_proof(name: str, value: Any, member: str) -> None:
    """Raise a PayloadError where a proof is not an object (clause 4.5.2.2)."""
    if name == PROOF and value.__class__ is not dict:
        raise PayloadError(member, "the proof is an object")


def read_seal(term: str, raw: Any, context: Context) -> tuple[Kind, Any]:
    """Read what a proof says of its entity: a bare id, or a bare type.

    Raises:
        BadRequestDataError: it is not a text.
    """
    kind = SEALS[term]
    return kind, read_value(kind, read_text(raw), context)


def check_distinct(dataset_ids: Iterable[str | None]) -> None:
    """Raise a PayloadError where two instances have the same dataset id."""
    seen: set[str | None] = set()
    for dataset_id in dataset_ids:
        if dataset_id in seen:
            which = f"with datasetId {dataset_id}" if dataset_id else "by default"
            raise PayloadError("", f"there are two instances {which}")
        seen.add(dataset_id)


def _read_list(items: list[Any], name: str, reading: Reading) -> tuple[Attribute, ...]:
    if len(items) > _MAX_INSTANCES:
        raise PayloadError("", f"an attribute has at most {_MAX_INSTANCES} instances")
    instances: list[Attribute] = []
    for index, item in enumerate(items):
        try:
            instances.append(read_instance(item, name, reading))
        except BadRequestDataError as error:
            raise under(f"[{index}]", error) from None
    check_distinct(instance.dataset_id for instance in instances)
    return tuple(instances)


def _read_parts(
    body: dict[str, Any], kind: Kind, member: str, name: str, reading: Reading
) -> dict[str, Any]:
    """Fields of `Attribute` by name: all but its kind, value and times of writing."""
    context = reading.context
    fields: dict[str, Any] = {}
    sub: dict[str, tuple[Attribute, ...]] = {}
    for term, raw in body.items():
        if term == member or term in IGNORED:
            continue
        try:
            part = PARTS.get(term)
            if part is not None:
                fields[part[0]] = part[1](raw, kind, context)
            elif context.expand_name(term) == terms.QUALITY:
                fields["quality"] = read_quality(raw)
            else:
                refuse_member(term, name)
                _read_sub(sub, term, raw, reading)
        except BadRequestDataError as error:
            raise under(term, error) from None
    if sub:
        fields["sub"] = sub
    return fields


def _read_sub(sub: dict[str, tuple[Attribute, ...]], term: str, raw: Any, reading: Reading) -> None:
    context, now, depth = reading.context, reading.now, reading.depth + 1
    if depth > MAX_DEPTH:
        raise PayloadError("", f"attributes are nested deeper than {MAX_DEPTH} levels")
    if term in SEALS:
        kind, value = read_seal(term, raw, context)
        sealed = Attribute(kind, value, created_at=now, modified_at=now)
        sub[terms.NGSI_LD + term] = (sealed,)
        return
    name = context.expand_name(term)
    refuse_name(name)
    if name in sub:
        raise PayloadError("", f"the attribute {name} is there twice")
    sub[name] = read_instances(raw, name, Reading(context, now, depth))
