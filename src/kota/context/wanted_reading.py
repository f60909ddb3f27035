"""Reads what a notification is to hold and where it goes (clauses 5.2.14, 5.2.15 and 5.2.22)."""

from __future__ import annotations

import re
from typing import Any, cast
from urllib.parse import urlsplit

from kota.context.members import Members
from kota.context.notification_mqtt import SCHEMES, read_delivery
from kota.context.subscription import GEO_JSON, JSON, LD_JSON, Endpoint, Wanted
from kota.errors import BadRequestDataError, NotSupportedError
from kota.model.names import is_uri

DEEPEST_JOIN = 10

_FORMATS = ("normalized", "concise", "simplified", "keyValues")
_JOINS = ("flat", "inline", "@none")
_ENTITY_MEMBERS = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN_HEADERS = frozenset(
    {"connection", "content-length", "content-type", "host", "link", "transfer-encoding"}
)


def read_wanted(read: Members) -> Wanted:
    """Check the member ``notification``.

    Raises:
        BadRequestDataError: says which member is wrong.
        NotSupportedError: an endpoint that this server cannot reach by its scheme.
    """
    level = read.positive("joinLevel")
    if level is not None and level not in range(1, DEEPEST_JOIN + 1):
        raise read.wrong("joinLevel", level, f"must be from 1 to {DEEPEST_JOIN}")
    wanted = Wanted(
        endpoint=_endpoint(read.inner("endpoint")),
        attributes=read.names("attributes"),
        pick=read.names("pick", as_they_are=_ENTITY_MEMBERS),
        omit=read.names("omit", as_they_are=_ENTITY_MEMBERS),
        format=cast(Any, read.one_of("format", _FORMATS)),
        sys_attrs=read.flag("sysAttrs"),
        show_changes=read.flag("showChanges"),
        join=cast(Any, read.one_of("join", _JOINS)),
        join_level=None if level is None else int(level),
    )
    _check(wanted)
    return wanted


def _endpoint(read: Members) -> Endpoint:
    return Endpoint(
        _address(read),
        read.one_of("accept", (JSON, LD_JSON, GEO_JSON)),
        read.each("receiverInfo", _header),
        read.each("notifierInfo", _pair),
        read.positive("timeout"),
        read.positive("cooldown"),
    )


def _address(read: Members) -> str:
    uri = read.text("uri")
    if uri is None or not is_uri(uri):
        raise read.wrong("uri", uri, "must be an address such as http://host/path")
    scheme = uri.partition(":")[0].lower()
    if scheme not in ("http", "https", *SCHEMES):
        raise NotSupportedError(
            f"{read.place('uri')}: notifications over {scheme} are not offered",
            hint="use an http, https, mqtt or mqtts address",
        )
    try:
        parts = urlsplit(uri)
        reachable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        reachable = False
    if not reachable:
        raise read.wrong("uri", uri, "must name a host")
    if scheme in SCHEMES:
        read_delivery(uri, read.each("notifierInfo", _pair))
    return uri


def _pair(read: Members) -> tuple[str, str]:
    key, value = read.text("key"), read.text("value")
    if key is None or value is None:
        raise BadRequestDataError(f"{read.place('key')}: a pair needs key and value, both texts")
    return key, value


def _header(read: Members) -> tuple[str, str]:
    key, value = _pair(read)
    if not _TOKEN.fullmatch(key) or not value.isprintable() or not value.isascii():
        raise read.wrong("key", key, "and its value are not an HTTP header")
    if key.lower() in _OWN_HEADERS:
        raise read.wrong("key", key, "is set by this server")
    return key, value


def _check(wanted: Wanted) -> None:
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
