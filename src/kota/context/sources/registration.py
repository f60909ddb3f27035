"""A context source registration as a value (clauses 5.2.8 to 5.2.11 and 5.2.34).

All names in it are expanded, so that it is understood after a restart without any JSON-LD context.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import msgspec

from kota.context.sources.operations import DEFAULT, resolved
from kota.model.entity import Attribute, Entity, Kind
from kota.model.terms import LOCATION, NGSI_LD, OBSERVATION_SPACE, OPERATION_SPACE
from kota.store.state.protocol import Document

DOCUMENT_KIND = "registration"
TYPE = "ContextSourceRegistration"

Mode = Literal["inclusive", "exclusive", "redirect", "auxiliary"]
PROXIED: tuple[Mode, ...] = ("exclusive", "redirect")
"""Modes in which the source alone holds what it is registered for."""


class EntityInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Entities that a source has.

    Args:
        types: expanded, at least one.
        id: of one entity.
        id_pattern: ids contain a match of this; not together with `id`.
    """

    types: tuple[str, ...]
    id: str | None = None
    id_pattern: str | None = None


class Information(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a source has of some entities.

    Args:
        entities: any of these; empty: any at all.
        properties, relationships: expanded names; both empty: every attribute.
    """

    entities: tuple[EntityInfo, ...] = ()
    properties: tuple[str, ...] = ()
    relationships: tuple[str, ...] = ()

    @property
    def attributes(self) -> frozenset[str]:
        """Expanded names of the attributes; empty: all."""
        return frozenset((*self.properties, *self.relationships))


class Interval(msgspec.Struct, frozen=True, omit_defaults=True):
    """A span of time; instants, open where `end` is None."""

    start: int
    end: int | None = None


class Management(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a source is to be asked.

    Args:
        local_only: it is to answer from its own store alone.
        cache_duration: how long answers may be kept, an ISO 8601 duration.
        timeout: how long an answer may take [ms].
        cooldown: how long it is left alone after it gave none [ms].
    """

    local_only: bool | None = None
    cache_duration: str | None = None
    timeout: float | None = None
    cooldown: float | None = None


class Registration(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A context source, what it has, and what it may be asked for.

    Args:
        id: its URI.
        endpoint: address of its broker, to which ``/ngsi-ld/v1`` is added.
        information: what it has, at least one item.
        mode: how its answers stand to those of others (clause 4.3.6).
        operations: names of operations and of groups of them.
        name, description: for people.
        tenant: which one of the source's is meant.
        pairs: headers to be sent along, and hints (``jsonldContext``, ``accept``, ``contentType``).
        location, observation_space, operation_space: GeoJSON geometries.
        observation_interval, management_interval: from when to when it has something.
        management: how it is to be asked.
        local_only: as in `management`, where it stands beside it.
        refresh_rate: an ISO 8601 duration.
        scope: scopes of what it has.
        dataset_ids: which attribute instances it has; empty: any.
        alias: how the source calls itself in ``Via`` headers.
        properties: what else is said of it, by expanded name.
        expires_at: when it ends, an instant.
        created_at, modified_at: instants.
    """

    id: str
    endpoint: str
    information: tuple[Information, ...]
    mode: Mode = "inclusive"
    operations: tuple[str, ...] = ()
    name: str | None = None
    description: str | None = None
    tenant: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    location: dict[str, Any] | None = None
    observation_space: dict[str, Any] | None = None
    operation_space: dict[str, Any] | None = None
    observation_interval: Interval | None = None
    management_interval: Interval | None = None
    management: Management | None = None
    local_only: bool | None = None
    refresh_rate: str | None = None
    scope: tuple[str, ...] = ()
    dataset_ids: tuple[str, ...] = ()
    alias: str | None = None
    properties: dict[str, Any] = {}
    expires_at: int | None = None
    created_at: int = 0
    modified_at: int = 0

    @property
    def proxied(self) -> bool:
        """Whether what it is registered for is held by the source alone."""
        return self.mode in PROXIED

    @property
    def asked_locally(self) -> bool:
        """Whether the source is to answer from its own store alone."""
        inner = self.management.local_only if self.management is not None else None
        return bool(inner or self.local_only)

    def offers(self, operation: str) -> bool:
        """Whether it may be asked for an operation."""
        return operation in _operations(self.operations or DEFAULT)

    def as_entity(self) -> Entity:
        """The registration as queries see it: what is said of it, and where it lies."""
        said = {
            NGSI_LD + name: value
            for name, value in (
                ("endpoint", self.endpoint),
                ("registrationName", self.name),
                ("mode", self.mode),
                ("contextSourceAlias", self.alias),
            )
            if value is not None
        }
        attrs: dict[str, tuple[Attribute, ...]] = {
            name: (Attribute(Kind.PROPERTY, _value(value)),)
            for name, value in {**said, **self.properties}.items()
        }
        for name, place in (
            (LOCATION, self.location),
            (OBSERVATION_SPACE, self.observation_space),
            (OPERATION_SPACE, self.operation_space),
        ):
            if place is not None:
                attrs[name] = (Attribute(Kind.GEO_PROPERTY, place),)
        return Entity(self.id, (TYPE,), attrs, self.scope, self.created_at, self.modified_at)

    def to_document(self) -> Document:
        """As the store keeps it."""
        return Document(DOCUMENT_KIND, self.id, msgspec.json.encode(self))


def from_document(document: Document) -> Registration:
    """Undo `Registration.to_document`."""
    return msgspec.json.decode(document.body, type=Registration)


@lru_cache(maxsize=1024)
def _operations(names: tuple[str, ...]) -> frozenset[str]:
    return resolved(names)


def _value(given: Any) -> Any:
    """The value of a property that was given bare, or as an object that has one."""
    if not isinstance(given, dict):
        return given
    return given.get("value", given.get("object", given))
