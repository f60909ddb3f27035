"""Reads a subscription from what a client sent, and says which member is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast
from urllib.parse import unquote, urlsplit

from kota.context.subscription import (
    DEFAULT_TRIGGERS,
    GEO_JSON,
    JSON,
    LD_JSON,
    TRIGGERS,
    Endpoint,
    GeoSelector,
    Selector,
    Subscription,
    Wanted,
)
from kota.errors import BadRequestDataError, NotSupportedError
from kota.model import instant
from kota.model.jsonld import Context
from kota.model.names import is_uri, require_name, require_uri
from kota.model.query import geo, q, scope, types
from kota.model.query.pattern import compile_pattern
from kota.model.terms import CORE_CONTEXT, DEFAULT_DATASET

T = TypeVar("T")
Document = dict[str, Any]

_FORMATS = ("normalized", "concise", "simplified", "keyValues")
_JOINS = ("flat", "inline", "@none")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN_HEADERS = frozenset(
    {"connection", "content-length", "content-type", "host", "link", "transfer-encoding"}
)
_ENTITY_MEMBERS = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"})


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
    if document.get("type") != "Subscription":
        raise _wrong("type", document.get("type"), "must be Subscription")
    read = _Members(document, context)
    subscription = Subscription(
        id=subscription_id,
        name=read.text("subscriptionName"),
        description=read.text("description"),
        entities=read.each("entities", _selector),
        watched=read.names("watchedAttributes"),
        triggers=read.triggers(),
        interval=read.positive("timeInterval"),
        q=read.query("q"),
        scope_q=read.scope_query(),
        geo=read.geo_query(),
        csf=read.query("csf"),
        throttling=read.positive("throttling"),
        active=read.flag("isActive") is not False,
        expires_at=read.expiry(now),
        lang=read.text("lang"),
        dataset_ids=read.datasets(),
        wanted=_wanted(document.get("notification"), context),
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


class _Members:
    """The members of one JSON object, each read with its place in the message."""

    def __init__(self, document: Document, context: Context, where: str = "") -> None:
        self._document = document
        self._context = context
        self._where = where

    def place(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def text(self, name: str) -> str | None:
        value = self._document.get(name)
        if value is not None and (not isinstance(value, str) or not value):
            raise _wrong(self.place(name), value, "must be a text that is not empty")
        return value

    def flag(self, name: str) -> bool | None:
        value = self._document.get(name)
        if value is not None and not isinstance(value, bool):
            raise _wrong(self.place(name), value, "must be true or false")
        return value

    def positive(self, name: str) -> float | None:
        value = self._document.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(self.place(name), value, "must be a number")
        if not 0 < value < 1e12 or math.isnan(value):
            raise _wrong(self.place(name), value, "must be greater than 0")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str | None:
        value = self._document.get(name)
        if value is not None and value not in allowed:
            raise _wrong(self.place(name), value, f"must be one of {', '.join(allowed)}")
        return cast("str | None", value)

    def each(self, name: str, read: Callable[[_Members], T]) -> tuple[T, ...]:
        items = self.items(name)
        found = []
        for number, item in enumerate(items):
            where = f"{self.place(name)}[{number}]"
            if not isinstance(item, dict):
                raise _wrong(where, item, "must be an object")
            found.append(read(_Members(item, self._context, where)))
        return tuple(found)

    def items(self, name: str) -> list[Any]:
        value = self._document.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not value:
            raise _wrong(self.place(name), value, "must be a list that is not empty")
        return value

    def names(self, name: str) -> tuple[str, ...]:
        found = (require_name(item, self.place(name)) for item in self.items(name))
        return tuple(dict.fromkeys(self._context.expand(item) for item in found))

    def members(self, name: str) -> tuple[str, ...]:
        found = []
        for item in self.items(name):
            if isinstance(item, str) and item in _ENTITY_MEMBERS:
                found.append(item)
            else:
                found.append(self._context.expand(require_name(item, self.place(name))))
        return tuple(dict.fromkeys(found))

    def triggers(self) -> tuple[str, ...]:
        for item in self.items("notificationTrigger"):
            if not isinstance(item, str) or item not in TRIGGERS:
                raise _wrong("notificationTrigger", item, f"must be one of {', '.join(TRIGGERS)}")
        return tuple(self.items("notificationTrigger")) or DEFAULT_TRIGGERS

    def query(self, name: str) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        return q.parse(unquote(text), self._context.expand).render()

    def scope_query(self) -> str | None:
        text = self.text("scopeQ")
        return None if text is None else scope.parse(unquote(text)).render()

    def geo_query(self) -> GeoSelector | None:
        value = self._document.get("geoQ")
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _wrong("geoQ", value, "must be an object")
        inner = _Members(value, self._context, "geoQ")
        georel, geometry = inner.text("georel"), inner.text("geometry")
        coordinates = value.get("coordinates")
        if georel is None or geometry is None or coordinates is None:
            raise BadRequestDataError("geoQ: needs georel, geometry and coordinates")
        name = inner.text("geoproperty")
        geoproperty = None if name is None else self._context.expand(name)
        geo.parse(georel=georel, geometry=geometry, coordinates=coordinates)
        return GeoSelector(georel, geometry, coordinates, geoproperty)

    def expiry(self, now: int) -> int | None:
        value = self._document.get("expiresAt")
        if value is None:
            return None
        expires_at = instant.parse(value, where="expiresAt")
        if expires_at <= now:
            raise _wrong("expiresAt", value, "must lie in the future")
        return expires_at

    def datasets(self) -> tuple[str, ...]:
        value = self._document.get("datasetId")
        items = [value] if isinstance(value, str) else self.items("datasetId")
        for item in items:
            if item != DEFAULT_DATASET and not is_uri(item):
                raise _wrong("datasetId", item, f"must be a URI or {DEFAULT_DATASET}")
        return tuple(items)

    def types(self) -> str:
        text = self.text("type")
        if text is None:
            raise BadRequestDataError(
                f"{self.place('type')}: missing", hint="name a type, or * for every type"
            )
        rendered = types.parse(unquote(text), self._context.expand).render()
        types.parse(rendered, str)
        return rendered

    def ids(self) -> tuple[str, ...]:
        value = self._document.get("id")
        items = [value] if isinstance(value, str) else self.items("id")
        return tuple(require_uri(item, self.place("id")) for item in items)

    def id_pattern(self) -> str | None:
        text = self.text("idPattern")
        if text is not None:
            compile_pattern(text, self.place("idPattern"))
        return text

    def object(self, name: str) -> _Members:
        value = self._document.get(name)
        if not isinstance(value, dict):
            raise _wrong(self.place(name), value, "must be an object")
        return _Members(value, self._context, self.place(name))


def _selector(read: _Members) -> Selector:
    return Selector(read.types(), read.ids(), read.id_pattern())


def _pair(read: _Members) -> tuple[str, str]:
    key, value = read.text("key"), read.text("value")
    if key is None or value is None:
        raise BadRequestDataError(f"{read.place('key')}: a pair needs key and value, both texts")
    return key, value


def _header(read: _Members) -> tuple[str, str]:
    key, value = _pair(read)
    if not _TOKEN.fullmatch(key) or not value.isprintable() or not value.isascii():
        raise BadRequestDataError(f"{read.place('key')}: {key!r} is not an HTTP header")
    if key.lower() in _OWN_HEADERS:
        raise BadRequestDataError(f"{read.place('key')}: {key} is set by this server")
    return key, value


def _wanted(value: object, context: Context) -> Wanted:
    if not isinstance(value, dict):
        raise _wrong("notification", value, "must be an object with an endpoint")
    read = _Members(value, context, "notification")
    level = read.positive("joinLevel")
    wanted = Wanted(
        endpoint=_endpoint(read.object("endpoint")),
        attributes=read.names("attributes"),
        pick=read.members("pick"),
        omit=read.members("omit"),
        format=cast(Any, read.one_of("format", _FORMATS)),
        sys_attrs=read.flag("sysAttrs"),
        show_changes=read.flag("showChanges"),
        join=cast("Literal['flat', 'inline', '@none'] | None", read.one_of("join", _JOINS)),
        join_level=None if level is None else int(level),
    )
    _check_wanted(wanted)
    return wanted


def _endpoint(read: _Members) -> Endpoint:
    uri = read.text("uri")
    if uri is None or not is_uri(uri):
        raise _wrong(read.place("uri"), uri, "must be an address such as http://host/path")
    scheme = urlsplit(uri).scheme
    if scheme not in ("http", "https"):
        raise NotSupportedError(
            f"{read.place('uri')}: notifications over {scheme} are not offered",
            hint="use an http or https address",
        )
    return Endpoint(
        uri,
        read.one_of("accept", (JSON, LD_JSON, GEO_JSON)),
        read.each("receiverInfo", _header),
        read.each("notifierInfo", _pair),
        read.positive("timeout"),
        read.positive("cooldown"),
    )


def _check_wanted(wanted: Wanted) -> None:
    if wanted.attributes and (wanted.pick or wanted.omit):
        raise BadRequestDataError("notification.attributes: not together with pick or omit")
    twice = set(wanted.pick) & set(wanted.omit)
    if twice:
        raise BadRequestDataError(f"notification: {min(twice)} is both in pick and in omit")
    if wanted.show_changes and wanted.form == "simplified":
        raise BadRequestDataError(
            "notification.showChanges: not in the simplified format",
            hint="use normalized or concise",
        )


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


def _wrong(where: str, value: object, rule: str) -> BadRequestDataError:
    shown = repr(value)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return BadRequestDataError(f"{where}: {shown} {rule}")
