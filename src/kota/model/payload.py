"""Reads entities and parts of entities from decoded JSON (ETSI GS CIM 009 V1.9.1, clause 4.5).

Normalized, concise and simplified input may be mixed; what an attribute is follows from its
members. The reader never keeps a name unexpanded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kota.errors import BadRequestDataError, KotaError
from kota.model import terms
from kota.model.entity import Attribute, Entity
from kota.model.jsonld import Context
from kota.model.names import read_scope, require_uri
from kota.model.payload_attribute import Reading, read_instances
from kota.model.payload_deletion import take_deletions
from kota.model.payload_faults import PayloadError, under
from kota.model.payload_parts import refuse_name
from kota.model.payload_values import read_time

_MAX_ATTRIBUTES = 5_000

NOT_ATTRIBUTES = frozenset(
    {"id", "@id", "type", "@type", "@context", "scope", "createdAt", "modifiedAt", "expiresAt"}
)


class Fragment(msgspec.Struct, frozen=True, kw_only=True):
    """Part of an entity: what is to be appended to it, or to take the place of what it has.

    Args:
        id: where the document names the entity.
        types: expanded, empty where the document has none.
        scope: None where the document has none; empty where it deletes them.
        attrs: complete instances by expanded name.
        deleted: expanded attribute name to the dataset ids that are to go (None: the default one).
        expires_at: when the entity is to be forgotten.
    """

    id: str | None = None
    types: tuple[str, ...] = ()
    scope: tuple[str, ...] | None = None
    attrs: dict[str, tuple[Attribute, ...]]
    deleted: dict[str, tuple[str | None, ...]] = {}
    expires_at: int | None = None


def parse_entity(document: Any, context: Context, *, now: int) -> Entity:
    """Read a whole entity.

    Args:
        document: decoded JSON.
        context: expands its names.
        now: becomes `created_at` and `modified_at` of the entity and of every instance.

    Raises:
        BadRequestDataError: says which member is wrong.
    """
    if not isinstance(document, dict):
        raise BadRequestDataError("an entity is a JSON object with id and type")
    return Entity(
        document_id(document),
        document_types(document, context, required=True),
        _attributes(document, context, now),
        document_scope(document, deletable=False) or (),
        now,
        now,
        _expiry(document),
    )


def parse_entities(
    documents: Any, contexts: Sequence[Context] | Context, *, now: int
) -> list[Entity | KotaError]:
    """Read a batch; what is wrong with one of them stands in its place.

    Args:
        documents: decoded JSON.
        contexts: one for all, or one for each.
        now: the time of writing.

    Raises:
        BadRequestDataError: not a list, or empty.
    """
    if not isinstance(documents, list) or not documents:
        raise BadRequestDataError("a batch is a JSON array of at least one entity")
    each = [contexts] * len(documents) if isinstance(contexts, Context) else contexts
    return [
        _try_entity(document, context, now)
        for document, context in zip(documents, each, strict=True)
    ]


def parse_fragment(document: Any, context: Context, *, now: int) -> Fragment:
    """Read part of an entity, in which ``urn:ngsi-ld:null`` deletes.

    Args:
        document: decoded JSON.
        context: expands its names.
        now: the time of writing.

    Raises:
        BadRequestDataError: says which member is wrong.
    """
    if not isinstance(document, dict):
        raise BadRequestDataError("a fragment is a JSON object with attributes")
    deleted: dict[str, tuple[str | None, ...]] = {}
    return Fragment(
        id=fragment_id(document),
        types=document_types(document, context, required=False),
        scope=document_scope(document, deletable=True),
        attrs=_attributes(document, context, now, deleted),
        deleted=deleted,
        expires_at=_expiry(document),
    )


def parse_attribute(
    document: Any, name: str, context: Context, *, now: int
) -> tuple[Attribute, ...]:
    """Read the instances of one attribute, as the body of a request on that attribute.

    Args:
        document: decoded JSON: one instance or a list of them.
        name: the attribute, as the request has it; for messages.
        context: expands its names.
        now: the time of writing.

    Raises:
        BadRequestDataError: says which member is wrong.
    """
    try:
        return read_instances(document, context.expand_name(name), Reading(context, now))
    except BadRequestDataError as error:
        raise under(name, error) from None


def _try_entity(document: Any, context: Context, now: int) -> Entity | KotaError:
    try:
        return parse_entity(document, context, now=now)
    except KotaError as error:
        return error


def _attributes(
    document: dict[str, Any],
    context: Context,
    now: int,
    deleted: dict[str, tuple[str | None, ...]] | None = None,
) -> dict[str, tuple[Attribute, ...]]:
    attrs: dict[str, tuple[Attribute, ...]] = {}
    reading = Reading(context, now)
    for term, body in document.items():
        if term in NOT_ATTRIBUTES:
            continue
        try:
            name = attribute_name(term, context)
            if name in attrs:
                raise PayloadError("", f"the attribute {name} is there twice")
            if deleted is not None:
                gone, body = take_deletions(body)
                if gone:
                    deleted[name] = gone
                if body is None:
                    continue
            attrs[name] = read_instances(body, name, reading)
        except BadRequestDataError as error:
            raise under(term, error) from None
    if len(attrs) > _MAX_ATTRIBUTES:
        raise BadRequestDataError(f"an entity has at most {_MAX_ATTRIBUTES} attributes")
    return attrs


def attribute_name(term: str, context: Context) -> str:
    """The expanded name of an attribute of an entity.

    Raises:
        BadRequestDataError: it is not a name, or the standard uses it for something else.
    """
    name = context.expand_name(term)
    refuse_name(name)
    return name


def document_id(document: dict[str, Any]) -> str:
    """The id of an entity.

    Raises:
        BadRequestDataError: it is missing or not a URI.
    """
    value = document.get("id", document.get("@id"))
    if value is None:
        raise BadRequestDataError("id: is missing", hint="an entity has an id, which is a URI")
    return require_uri(value, "id")


def fragment_id(document: dict[str, Any]) -> str | None:
    """The id of the entity that a fragment names, if it does.

    Raises:
        BadRequestDataError: it is not a URI.
    """
    return document_id(document) if "id" in document or "@id" in document else None


def document_types(
    document: dict[str, Any], context: Context, *, required: bool
) -> tuple[str, ...]:
    """The expanded types of an entity.

    Raises:
        BadRequestDataError: they are missing or not names.
    """
    value = document.get("type", document.get("@type"))
    if value is None and not required:
        return ()
    if isinstance(value, str):
        return (context.expand_name(value),)
    if not isinstance(value, list) or not value:
        raise BadRequestDataError("type: is missing", hint="an entity has at least one type")
    return tuple(dict.fromkeys(context.expand_name(name) for name in value))


def document_scope(document: dict[str, Any], *, deletable: bool) -> tuple[str, ...] | None:
    """The scopes of an entity; None where there are none, empty where they are to be deleted.

    Raises:
        BadRequestDataError: they are not scopes.
    """
    value = document.get("scope")
    if value is None:
        return None
    if deletable and value == terms.NULL:
        return ()
    return read_scope(value)


def _expiry(document: dict[str, Any]) -> int | None:
    text = document.get("expiresAt")
    return None if text is None else read_time(text, "expiresAt")
