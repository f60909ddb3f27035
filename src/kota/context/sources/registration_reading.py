"""Reads a context source registration from what a client sent, and says which member is wrong."""

from __future__ import annotations

from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

from kota.context.members import Members
from kota.context.sources.operations import GROUPS, OPERATIONS, READING, resolved
from kota.context.sources.registration import (
    TYPE,
    EntityInfo,
    Information,
    Interval,
    Management,
    Mode,
    Registration,
)
from kota.errors import BadRequestDataError
from kota.model import geometry, instant
from kota.model.jsonld import Context
from kota.model.names import is_uri, read_scope, require_uri
from kota.model.query import temporal
from kota.model.query.pattern import compile_pattern
from kota.model.terms import DEFAULT_DATASET, NULL

_MODES: Final = ("inclusive", "exclusive", "redirect", "auxiliary")
MEMBERS: Final = frozenset(
    """id type @id @type @context registrationName description information tenant endpoint mode
    operations contextSourceInfo location observationSpace operationSpace observationInterval
    managementInterval management localOnly refreshRate scope datasetId contextSourceAlias
    expiresAt createdAt modifiedAt status timesSent timesFailed lastSuccess lastFailure""".split()  # noqa: SIM905
)
"""What the standard names; every other member is a property of the source."""
LARGEST: Final = 1000
"""So many items may a registration's lists have."""


def read_registration(
    document: dict[str, Any], context: Context, *, registration_id: str, now: int
) -> Registration:
    """Check a whole registration.

    Args:
        document: decoded JSON without ``@context``; members that only the server sets are ignored.
        context: expands the names in it.
        registration_id: its id.
        now: an instant; it may not have expired by then.

    Raises:
        BadRequestDataError: says which member is wrong.
    """
    read = Members(document, context)
    kind = read.value("type") or read.value("@type")
    if kind != TYPE:
        raise read.wrong("type", kind, f"must be {TYPE}")
    if not isinstance(document.get("information"), list):
        raise read.wrong("information", document.get("information"), "must be a list")
    _bounded(read, "information")
    registration = Registration(
        id=registration_id,
        endpoint=_endpoint(read),
        information=read.each("information", _information),
        mode=cast("Mode", read.one_of("mode", _MODES) or "inclusive"),
        operations=_operations(read),
        name=read.text("registrationName"),
        description=read.text("description"),
        tenant=read.text("tenant"),
        pairs=read.each("contextSourceInfo", _pair),
        location=_place(read, "location"),
        observation_space=_place(read, "observationSpace"),
        operation_space=_place(read, "operationSpace"),
        observation_interval=_interval(read, "observationInterval"),
        management_interval=_interval(read, "managementInterval"),
        management=_management(read),
        local_only=read.flag("localOnly"),
        refresh_rate=_duration(read, "refreshRate"),
        scope=() if read.value("scope") is None else read_scope(read.value("scope")),
        dataset_ids=_datasets(read),
        alias=read.text("contextSourceAlias"),
        properties=_properties(document, context),
        expires_at=_expiry(read, now),
        created_at=now,
        modified_at=now,
    )
    _check_mode(registration)
    return registration


def _endpoint(read: Members) -> str:
    endpoint = read.text("endpoint")
    if endpoint is None:
        raise BadRequestDataError("endpoint: missing", hint="name the address of the source")
    try:
        parts = urlsplit(endpoint)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.query or parts.fragment or not is_uri(endpoint):
        raise read.wrong("endpoint", endpoint, "must be an address such as http://host:1026")
    return endpoint


def _information(read: Members) -> Information:
    for name in ("entities", "propertyNames", "relationshipNames"):
        _bounded(read, name)
    found = Information(
        entities=read.each("entities", _entity),
        properties=read.names("propertyNames"),
        relationships=read.names("relationshipNames"),
    )
    if found == Information():
        raise BadRequestDataError(
            f"{read.place('entities')}: missing",
            hint="name entities, propertyNames or relationshipNames",
        )
    return found


def _entity(read: Members) -> EntityInfo:
    given = [read.context.expand_name(unquote(one)) for one in _texts(read, "type")]
    if not given:
        raise BadRequestDataError(f"{read.place('type')}: missing", hint="name the entity type")
    entity_id, pattern = read.text("id"), read.text("idPattern")
    if entity_id is not None:
        require_uri(entity_id, read.place("id"))
    elif pattern is not None:
        compile_pattern(pattern, read.place("idPattern"))
    return EntityInfo(tuple(given), entity_id, None if entity_id is not None else pattern)


def _texts(read: Members, name: str) -> list[str]:
    items = read.one_or_more(name)
    for item in items:
        if not isinstance(item, str):
            raise read.wrong(name, item, "must be a text")
    return items


def _operations(read: Members) -> tuple[str, ...]:
    names = read.items("operations")
    for name in names:
        if not isinstance(name, str) or (name not in OPERATIONS and name not in GROUPS):
            raise read.wrong(
                "operations", name, f"must be an operation or one of {', '.join(GROUPS)}"
            )
    return tuple(dict.fromkeys(names))


def _pair(read: Members) -> tuple[str, str]:
    key, value = read.text("key"), read.value("value")
    if key is None or not isinstance(value, str):
        raise BadRequestDataError(f"{read.place('key')}: a pair needs key and value, both texts")
    if not (key + value).isprintable() or not (key + value).isascii():
        raise read.wrong("key", key, "and its value are not an HTTP header")
    return key, value


def _place(read: Members, name: str) -> dict[str, Any] | None:
    value = read.value(name)
    if value is None:
        return None
    if isinstance(value, dict) and value.get("type") == "GeoProperty":
        value = value.get("value")
    return geometry.validate(value, where=read.place(name))


def _interval(read: Members, name: str) -> Interval | None:
    if read.value(name) is None:
        return None
    inner = read.inner(name)
    start = instant.parse(inner.value("startAt"), where=inner.place("startAt"))
    last = inner.value("endAt")
    end = None if last is None else instant.parse(last, where=inner.place("endAt"))
    if end is not None and end < start:
        raise inner.wrong("endAt", last, "lies before startAt")
    return Interval(start, end)


def _management(read: Members) -> Management | None:
    if read.value("management") is None:
        return None
    inner = read.inner("management")
    return Management(
        inner.flag("localOnly"),
        _duration(inner, "cacheDuration"),
        inner.positive("timeout"),
        inner.positive("cooldown"),
    )


def _duration(read: Members, name: str) -> str | None:
    text = read.text(name)
    if text is not None:
        try:
            temporal.parse_period(text, where=read.place(name))
        except BadRequestDataError:
            raise read.wrong(name, text, "must be an ISO 8601 duration such as PT5M") from None
    return text


def _datasets(read: Members) -> tuple[str, ...]:
    items = read.one_or_more("datasetId")
    for item in items:
        if item != DEFAULT_DATASET and not is_uri(item):
            raise read.wrong("datasetId", item, f"must be a URI or {DEFAULT_DATASET}")
    return tuple(items)


def _properties(document: dict[str, Any], context: Context) -> dict[str, Any]:
    """What else is said of the source: every member that the standard does not name."""
    return {
        context.expand_name(name): value
        for name, value in document.items()
        if name not in MEMBERS and value is not None and value != NULL
    }


def _expiry(read: Members, now: int) -> int | None:
    value = read.value("expiresAt")
    if value is None:
        return None
    expires_at = instant.parse(value, where="expiresAt")
    if expires_at <= now:
        raise read.wrong("expiresAt", value, "must lie in the future")
    return expires_at


def _bounded(read: Members, name: str) -> None:
    value = read.value(name)
    if isinstance(value, list) and len(value) > LARGEST:
        raise BadRequestDataError(f"{read.place(name)}: has more than {LARGEST} items")


def _check_mode(registration: Registration) -> None:
    """What an exclusive and an auxiliary registration may not say (4.3.6.2, 4.3.6.3, 5.9.2)."""
    if registration.mode == "auxiliary":
        writing = resolved(registration.operations) - READING
        if writing:
            raise BadRequestDataError(
                f"operations: an auxiliary source is only read from, so not {min(writing)}"
            )
    if registration.mode != "exclusive":
        return
    for number, part in enumerate(registration.information):
        where = f"information[{number}]"
        if not part.attributes:
            raise BadRequestDataError(
                f"{where}: an exclusive registration names its attributes",
                hint="give propertyNames or relationshipNames, or use redirect",
            )
        if not part.entities or any(one.id is None for one in part.entities):
            raise BadRequestDataError(
                f"{where}.entities: an exclusive registration names its entities by id",
                hint="give each an id, or use redirect",
            )
