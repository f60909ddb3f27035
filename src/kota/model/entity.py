"""Entities and attributes as NGSI-LD defines them (ETSI GS CIM 009 V1.9.1, clause 4.5).

Names of types and attributes are expanded IRIs; times are instants (see `kota.model.instant`).
Values are immutable: a change makes a new entity that shares what did not change, so two
entities are compared attribute by attribute by identity.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import msgspec

from kota.model.quality import Quality


class Kind(IntEnum):
    """What sort of attribute; the member that holds its value is `MEMBER`."""

    PROPERTY = 0
    GEO_PROPERTY = 1
    RELATIONSHIP = 2
    LANGUAGE_PROPERTY = 3
    VOCAB_PROPERTY = 4
    JSON_PROPERTY = 5
    LIST_PROPERTY = 6
    LIST_RELATIONSHIP = 7


TYPE_NAME: dict[Kind, str] = {
    Kind.PROPERTY: "Property",
    Kind.GEO_PROPERTY: "GeoProperty",
    Kind.RELATIONSHIP: "Relationship",
    Kind.LANGUAGE_PROPERTY: "LanguageProperty",
    Kind.VOCAB_PROPERTY: "VocabProperty",
    Kind.JSON_PROPERTY: "JsonProperty",
    Kind.LIST_PROPERTY: "ListProperty",
    Kind.LIST_RELATIONSHIP: "ListRelationship",
}
MEMBER: dict[Kind, str] = {
    Kind.PROPERTY: "value",
    Kind.GEO_PROPERTY: "value",
    Kind.RELATIONSHIP: "object",
    Kind.LANGUAGE_PROPERTY: "languageMap",
    Kind.VOCAB_PROPERTY: "vocab",
    Kind.JSON_PROPERTY: "json",
    Kind.LIST_PROPERTY: "valueList",
    Kind.LIST_RELATIONSHIP: "objectList",
}


class Attribute(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One instance of an attribute.

    Args:
        kind: the sort of attribute.
        value: by kind: a JSON value; a GeoJSON geometry; an entity id or a list of them; a map
            from language to text; an IRI or a list of them; any JSON; a list; a list of ids.
        observed_at: when it was true in the world.
        unit_code: UN/CEFACT code of the unit.
        dataset_id: names this instance among several of the same attribute.
        quality: how far to trust it; None is good and measured.
        created_at, modified_at: when Kota first and last wrote it.
        object_type: expanded entity types that a relationship points to.
        value_type: expanded type of a property's value.
        sub: attributes of the attribute, by expanded name.
        expires_at: when it is to be forgotten.
    """

    kind: Kind
    value: Any
    observed_at: int | None = None
    unit_code: str | None = None
    dataset_id: str | None = None
    quality: Quality | None = None
    created_at: int = 0
    modified_at: int = 0
    object_type: tuple[str, ...] = ()
    value_type: str | None = None
    sub: dict[str, tuple[Attribute, ...]] | None = None
    expires_at: int | None = None


class Entity(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A thing of the city and what is known of it now.

    Args:
        id: its URI.
        types: its types, expanded, at least one.
        attrs: instances by expanded attribute name, each tuple not empty, with at most one
            instance for a `dataset_id`.
        scope: the scopes it lies in, for example ``/town/north``.
        created_at, modified_at: when Kota first and last wrote it.
        expires_at: when it is to be forgotten.
    """

    id: str
    types: tuple[str, ...]
    attrs: dict[str, tuple[Attribute, ...]]
    scope: tuple[str, ...] = ()
    created_at: int = 0
    modified_at: int = 0
    expires_at: int | None = None

    def default(self, name: str) -> Attribute | None:
        """The instance of attribute `name` without a dataset id, else the first, else None."""
        instances = self.attrs.get(name)
        if not instances:
            return None
        for instance in instances:
            if instance.dataset_id is None:
                return instance
        return instances[0]
