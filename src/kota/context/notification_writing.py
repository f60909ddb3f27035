"""Writes a notice as the subscriber wants to read it (clauses 5.3.1 and 5.8.6)."""

from __future__ import annotations

from typing import Any

import msgspec

from kota.context.linked import Fetch, Inliner, follow
from kota.context.notice import Entry, Notice
from kota.context.subscription import GEO_JSON, LD_JSON, Subscription
from kota.model.entity import MEMBER, Attribute, Entity, Kind
from kota.model.instant import render
from kota.model.jsonld import Context
from kota.model.represent import Representation, represent, represent_attribute
from kota.model.representation import NORMALIZED, Projection
from kota.model.terms import DEFAULT_DATASET, LOCATION, NULL

Instances = tuple[Attribute, ...]

CONTEXT_RELATION = "http://www.w3.org/ns/json-ld#context"


class Message(msgspec.Struct, frozen=True):
    """A notification ready to be sent.

    Args:
        body: encoded.
        headers: media type, JSON-LD context and those that the subscriber asked for.
    """

    body: bytes
    headers: dict[str, str]


async def write_notification(
    notice: Notice, subscription: Subscription, context: Context, fetch: Fetch
) -> Message:
    """Write a notice.

    Args:
        notice: what happened.
        subscription: whose it is.
        context: compacts names.
        fetch: finds linked entities.
    """
    options = _options(subscription)
    data = [_body(entry, notice, context, options) for entry in notice.entries]
    await _join(data, notice, subscription, context, fetch)
    media = subscription.wanted.endpoint.media_type
    address: Any = context.address or context.source
    if media == LD_JSON:
        data = [{**body, "@context": address} for body in data]
    told: Any = data
    if media == GEO_JSON:
        told = _collection(data, notice, subscription)
    document = {
        "id": notice.id,
        "type": "Notification",
        "subscriptionId": subscription.id,
        "notifiedAt": render(notice.at),
        "data": told,
    }
    if media == LD_JSON:
        document["@context"] = address
    return Message(msgspec.json.encode(document), _headers(subscription, media))


def _headers(subscription: Subscription, media: str) -> dict[str, str]:
    headers = {"Content-Type": media}
    if media != LD_JSON:
        headers["Link"] = (
            f'<{subscription.context}>; rel="{CONTEXT_RELATION}"; type="application/ld+json"'
        )
    return headers | dict(subscription.wanted.endpoint.receiver_info)


def _options(subscription: Subscription) -> Representation:
    wanted = subscription.wanted
    return Representation(
        form=wanted.form,
        attrs=frozenset(wanted.attributes),
        pick=Projection(frozenset(wanted.pick)) if wanted.pick else None,
        omit=Projection(frozenset(wanted.omit)) if wanted.omit else None,
        lang=subscription.lang,
        dataset_ids=frozenset(subscription.dataset_ids),
        sys_attrs=bool(wanted.sys_attrs),
    )


def _body(
    entry: Entry, notice: Notice, context: Context, options: Representation
) -> dict[str, Any]:
    entity = _told(entry)
    body = represent(entity, context, options)
    if entry.deleted_at is not None:
        body["deletedAt"] = render(entry.deleted_at)
    if options.form == "simplified":
        return body
    for name in {**entry.removed, **entry.previous}:
        key = context.compact(name)
        if key in body and name in entity.attrs:
            marks = _Marks(entry, name, notice.at)
            body[key] = marks.write(entity.attrs[name], context, options)
    return body


class _Marks:
    """What is told of an attribute beside its value: what it was, when it was deleted."""

    def __init__(self, entry: Entry, name: str, at: int) -> None:
        self._removed = {one.dataset_id for one in entry.removed.get(name, ())}
        self._previous = {one.dataset_id: one for one in entry.previous.get(name, ())}
        self._at = at

    def write(
        self, instances: tuple[Attribute, ...], context: Context, options: Representation
    ) -> Any:
        datasets = options.dataset_ids
        written = [
            self._write(instance, context, options)
            for instance in instances
            if not datasets or (instance.dataset_id or DEFAULT_DATASET) in datasets
        ]
        return written[0] if len(written) == 1 else written

    def _write(self, instance: Attribute, context: Context, options: Representation) -> Any:
        body = represent_attribute(instance, context, options, bare=False)
        was = self._previous.get(instance.dataset_id)
        if was is not None:
            member = MEMBER[was.kind]
            value = represent_attribute(was, context, NORMALIZED)[member]
            body[f"previous{member[0].upper()}{member[1:]}"] = value
        if options.sys_attrs and instance.dataset_id in self._removed:
            body["deletedAt"] = render(self._at)
        return body


def _told(entry: Entry) -> Entity:
    """The entity with null in the place of what was deleted (clause 5.8.6)."""
    entity = entry.entity
    attrs = {} if entry.deleted_at is not None else dict(entity.attrs)
    for name, removed in entry.removed.items():
        attrs[name] = (*attrs.get(name, ()), *_nulls(removed, attrs.get(name, ())))
    scope = () if entry.deleted_at is not None else entity.scope
    return msgspec.structs.replace(entity, attrs=attrs, scope=scope)


def _nulls(removed: Instances, left: Instances) -> list[Attribute]:
    """Nulls for what was deleted: one for each instance, or one for all where none is left."""
    if not left and len(removed) > 1:
        return [msgspec.structs.replace(_null(removed[0]), dataset_id=None)]
    there = {instance.dataset_id for instance in left}
    return [_null(one) for one in removed if one.dataset_id not in there]


def _null(instance: Attribute) -> Attribute:
    value: Any = NULL
    if instance.kind is Kind.LANGUAGE_PROPERTY:
        value = {"@none": NULL}
    elif instance.kind in (Kind.LIST_PROPERTY, Kind.LIST_RELATIONSHIP):
        value = [NULL]
    return Attribute(
        instance.kind,
        value,
        dataset_id=instance.dataset_id,
        created_at=instance.created_at,
        modified_at=instance.modified_at,
    )


async def _join(
    data: list[dict[str, Any]],
    notice: Notice,
    subscription: Subscription,
    context: Context,
    fetch: Fetch,
) -> None:
    wanted = subscription.wanted
    if wanted.join not in ("flat", "inline"):
        return
    there = [entry.entity for entry in notice.entries if entry.deleted_at is None]
    levels = wanted.join_level or 1
    linked = await follow(there, fetch, levels)
    options = Representation(form=wanted.form, sys_attrs=bool(wanted.sys_attrs))
    if wanted.join == "flat":
        data += [represent(entity, context, options) for entity in linked.values()]
        return
    inliner = Inliner(linked | {entity.id: entity for entity in there}, context, lambda _: options)
    for body, entry in zip(data, notice.entries, strict=True):
        if entry.deleted_at is None:
            inliner.fill(body, entry.entity, levels=levels)


def _collection(
    data: list[dict[str, Any]], notice: Notice, subscription: Subscription
) -> dict[str, Any]:
    location = subscription.geo.geoproperty if subscription.geo is not None else None
    places = [_geometry(entry.entity, location or LOCATION) for entry in notice.entries]
    places += [None] * (len(data) - len(places))
    features = [
        {"id": body.pop("id", None), "type": "Feature", "geometry": place, "properties": body}
        for body, place in zip(data, places, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def _geometry(entity: Entity, name: str) -> Any:
    instance = entity.default(name)
    located = instance is not None and instance.kind is Kind.GEO_PROPERTY
    return instance.value if located and instance is not None else None
