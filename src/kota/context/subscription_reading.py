"""Reads a subscription from what a client sent, and says which member is wrong."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from kota.context.members import Members
from kota.context.subscription import (
    DEFAULT_TRIGGERS,
    TRIGGERS,
    GeoSelector,
    Selector,
    Subscription,
)
from kota.context.wanted_reading import read_wanted
from kota.errors import BadRequestDataError
from kota.model import instant
from kota.model.jsonld import Context
from kota.model.names import is_uri, require_uri
from kota.model.query import geo, q, scope, types
from kota.model.query.pattern import compile_pattern
from kota.model.terms import CORE_CONTEXT, DEFAULT_DATASET

Document = dict[str, Any]


def read_subscription(
    document: Document, context: Context, *, subscription_id: str, now: int
) -> Subscription:
    """Check a whole subscription.

    Args:
        document: decoded JSON without ``@context``; members that only the server sets are
            ignored.
        context: expands the names in it.
        subscription_id: its id.
        now: an instant; it may not have expired by then.

    Returns:
        The subscription, with the address of the context as far as it has one.

    Raises:
        BadRequestDataError: says which member is wrong.
        NotSupportedError: an endpoint that this server cannot reach by its scheme.
    """
    read = Members(document, context)
    if read.value("type") != "Subscription":
        raise read.wrong("type", read.value("type"), "must be Subscription")
    subscription = Subscription(
        id=subscription_id,
        name=read.text("subscriptionName"),
        description=read.text("description"),
        entities=read.each("entities", _selector),
        watched=read.names("watchedAttributes"),
        triggers=_triggers(read),
        interval=read.positive("timeInterval"),
        q=_query(read, "q"),
        scope_q=_scope_query(read),
        geo=_geo_query(read),
        csf=_query(read, "csf"),
        throttling=read.positive("throttling"),
        active=read.flag("isActive") is not False,
        expires_at=_expiry(read, now),
        lang=read.text("lang"),
        dataset_ids=_datasets(read),
        wanted=read_wanted(read.inner("notification")),
        context=context.address or CORE_CONTEXT,
        created_at=now,
        modified_at=now,
    )
    _check_together(subscription)
    return subscription


def read_id(document: Document) -> str | None:
    """The id that a client gave its subscription, or None.

    Raises:
        BadRequestDataError: it is not a URI.
    """
    return require_uri(document["id"], "id") if "id" in document else None


def _selector(read: Members) -> Selector:
    text = read.text("type")
    if text is None:
        raise BadRequestDataError(
            f"{read.place('type')}: missing", hint="name a type, or * for every type"
        )
    expression = types.parse(unquote(text), read.context.expand).render()
    types.parse(expression, str)
    pattern = read.text("idPattern")
    if pattern is not None:
        compile_pattern(pattern, read.place("idPattern"))
    ids = tuple(require_uri(item, read.place("id")) for item in read.one_or_more("id"))
    return Selector(expression, ids, pattern)


def _triggers(read: Members) -> tuple[str, ...]:
    items = read.items("notificationTrigger")
    for item in items:
        if not isinstance(item, str) or item not in TRIGGERS:
            raise read.wrong("notificationTrigger", item, f"must be one of {', '.join(TRIGGERS)}")
    return tuple(items) or DEFAULT_TRIGGERS


def _query(read: Members, name: str) -> str | None:
    text = read.text(name)
    if text is None:
        return None
    return q.parse(unquote(text), read.context.expand, links=name == "q").render()


def _scope_query(read: Members) -> str | None:
    text = read.text("scopeQ")
    return None if text is None else scope.parse(unquote(text)).render()


def _geo_query(read: Members) -> GeoSelector | None:
    if read.value("geoQ") is None:
        return None
    inner = read.inner("geoQ")
    georel, geometry = inner.text("georel"), inner.text("geometry")
    coordinates = inner.value("coordinates")
    if georel is None or geometry is None or coordinates is None:
        raise BadRequestDataError("geoQ: needs georel, geometry and coordinates")
    name = inner.text("geoproperty")
    geo.parse(georel=georel, geometry=geometry, coordinates=coordinates)
    return GeoSelector(
        georel, geometry, coordinates, None if name is None else read.context.expand(name)
    )


def _expiry(read: Members, now: int) -> int | None:
    value = read.value("expiresAt")
    if value is None:
        return None
    expires_at = instant.parse(value, where="expiresAt")
    if expires_at <= now:
        raise read.wrong("expiresAt", value, "must lie in the future")
    return expires_at


def _datasets(read: Members) -> tuple[str, ...]:
    items = read.one_or_more("datasetId")
    for item in items:
        if item != DEFAULT_DATASET and not is_uri(item):
            raise read.wrong("datasetId", item, f"must be a URI or {DEFAULT_DATASET}")
    return tuple(items)


def _check_together(subscription: Subscription) -> None:
    if not subscription.entities and not subscription.watched:
        raise BadRequestDataError(
            "entities: missing", hint="name entities, or watchedAttributes, or both"
        )
    if subscription.interval is None:
        return
    for member, given in (
        ("throttling", subscription.throttling is not None),
        ("watchedAttributes", bool(subscription.watched)),
    ):
        if given:
            raise BadRequestDataError(f"timeInterval: not together with {member}")
