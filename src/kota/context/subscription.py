"""A subscription as a value (ETSI GS CIM 009 V1.9.1, clauses 5.2.12 to 5.2.15 and 5.2.22).

All names in it are expanded; texts of queries hold expanded names too, so that a subscription is
understood again after a restart without any JSON-LD context.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Literal

import msgspec

from kota.model.representation import Form
from kota.store.state.protocol import Document

DOCUMENT_KIND = "subscription"
JSON = "application/json"
LD_JSON = "application/ld+json"
GEO_JSON = "application/geo+json"


class Trigger(IntEnum):
    """A kind of change; several are one number, a bit for each."""

    ENTITY_CREATED = 1
    ENTITY_DELETED = 2
    ATTRIBUTE_CREATED = 4
    ATTRIBUTE_UPDATED = 8
    ATTRIBUTE_DELETED = 16


_ANY_ATTRIBUTE = Trigger.ATTRIBUTE_CREATED | Trigger.ATTRIBUTE_UPDATED | Trigger.ATTRIBUTE_DELETED
TRIGGERS: dict[str, int] = {
    "entityCreated": Trigger.ENTITY_CREATED,
    "entityUpdated": _ANY_ATTRIBUTE,
    "entityDeleted": Trigger.ENTITY_DELETED,
    "attributeCreated": Trigger.ATTRIBUTE_CREATED,
    "attributeUpdated": Trigger.ATTRIBUTE_UPDATED,
    "attributeDeleted": Trigger.ATTRIBUTE_DELETED,
}
DEFAULT_TRIGGERS = ("attributeCreated", "attributeUpdated")


class Selector(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which entities.

    Args:
        types: a type expression with expanded names; ``*`` for any.
        ids: any of these; empty: all.
        id_pattern: the id contains a match of this.
    """

    types: str
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None


class GeoSelector(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the entities must lie: the members of a geo-query.

    Args:
        georel, geometry, coordinates: as the query language has them.
        geoproperty: expanded name of the attribute that is compared; None: ``location``.
    """

    georel: str
    geometry: str
    coordinates: Any
    geoproperty: str | None = None


class Endpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where notifications go.

    Args:
        uri: an http or https address.
        accept: the media type to be sent; None: `JSON`.
        receiver_info: headers to be sent along.
        notifier_info: hints to the sender.
        timeout: how long an answer may take [ms]; None: as the server is set.
        cooldown: the pause after a failure [ms]; None: as the server is set.
    """

    uri: str
    accept: str | None = None
    receiver_info: tuple[tuple[str, str], ...] = ()
    notifier_info: tuple[tuple[str, str], ...] = ()
    timeout: float | None = None
    cooldown: float | None = None

    @property
    def media_type(self) -> str:
        """The media type of the notifications."""
        return self.accept or JSON


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a notification is to hold and where it goes (the member ``notification``).

    Args:
        endpoint: the receiver.
        attributes: expanded names of the attributes wanted; empty: all.
        pick, omit: members to be kept or left out, attribute names expanded.
        format: as the subscriber named it; None: normalized.
        sys_attrs: with createdAt, modifiedAt and deletedAt.
        show_changes: with the previous values.
        join: how linked entities are added.
        join_level: how many links are followed.
    """

    endpoint: Endpoint
    attributes: tuple[str, ...] = ()
    pick: tuple[str, ...] = ()
    omit: tuple[str, ...] = ()
    format: Literal["normalized", "concise", "simplified", "keyValues"] | None = None
    sys_attrs: bool | None = None
    show_changes: bool | None = None
    join: Literal["flat", "inline", "@none"] | None = None
    join_level: int | None = None

    @property
    def form(self) -> Form:
        """The representation wanted."""
        if self.format is None:
            return "normalized"
        return "simplified" if self.format == "keyValues" else self.format


class Subscription(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What someone wants to be told of, when, and in which words.

    Args:
        id: its URI.
        name, description: for people.
        entities: which entities, any of them; empty: all that have a watched attribute.
        watched: expanded names of the attributes whose changes matter; empty: all.
        triggers: kinds of change, names of `TRIGGERS`.
        interval: seconds between periodic notifications; None: on change.
        q, scope_q, geo: further conditions on the entity.
        csf: a filter for context sources, kept for the subscriber.
        throttling: shortest time between two notifications [s].
        active: whether it may notify at all.
        expires_at: when it ends, an instant.
        lang: languages wanted.
        dataset_ids: attribute instances wanted, ``@none`` for the default one.
        wanted: what the notification holds and where it goes.
        context: address of the JSON-LD context that notifications are written in.
        created_at, modified_at: instants.
        owner: id of whoever made it, who is told of nothing that he may not see; None: nobody
            was asked who he is.
        purpose: what the owner asks personal data for.
    """

    id: str
    wanted: Wanted
    context: str
    name: str | None = None
    description: str | None = None
    entities: tuple[Selector, ...] = ()
    watched: tuple[str, ...] = ()
    triggers: tuple[str, ...] = DEFAULT_TRIGGERS
    interval: float | None = None
    q: str | None = None
    scope_q: str | None = None
    geo: GeoSelector | None = None
    csf: str | None = None
    throttling: float | None = None
    active: bool = True
    expires_at: int | None = None
    lang: str | None = None
    dataset_ids: tuple[str, ...] = ()
    created_at: int = 0
    modified_at: int = 0
    owner: str | None = None
    purpose: str | None = None

    @property
    def trigger(self) -> int:
        """The kinds of change, a bit of `Trigger` for each."""
        flags = 0
        for name in self.triggers:
            flags |= TRIGGERS[name]
        return flags

    def status(self, now: int) -> str:
        """``active``, ``paused`` or ``expired``."""
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "active" if self.active else "paused"

    def to_document(self) -> Document:
        """As the store keeps it."""
        return Document(DOCUMENT_KIND, self.id, msgspec.json.encode(self))


def from_document(document: Document) -> Subscription:
    """Undo `Subscription.to_document`."""
    return msgspec.json.decode(document.body, type=Subscription)
