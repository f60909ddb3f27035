"""Query parameters of the binding: one table that says how each is read (clause 6.3.20)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from kota.errors import BadRequestDataError, InvalidRequestError, TooManyResultsError
from kota.model import instant
from kota.model.query.pattern import compile_pattern

MAX_LIMIT: Final = 1000
JOINS: Final = frozenset({"@none", "flat", "inline"})
OPTIONS: Final = frozenset(
    {
        "aggregatedValues",
        "concise",
        "count",
        "keyValues",
        "noOverwrite",
        "normalized",
        "replace",
        "simplified",
        "sysAttrs",
        "temporalValues",
        "update",
    }
)
FORMATS: Final = frozenset(
    {"aggregatedValues", "concise", "keyValues", "normalized", "simplified", "temporalValues"}
)


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The query parameters of one request; what was not given has its default."""

    id: tuple[str, ...] = ()
    id_pattern: re.Pattern[str] | None = None
    type: str | None = None
    attrs: tuple[str, ...] = ()
    pick: str | None = None
    omit: str | None = None
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    q: str | None = None
    csf: str | None = None
    scope_q: str | None = None
    georel: str | None = None
    geometry: str | None = None
    coordinates: str | None = None
    geoproperty: str | None = None
    geometry_property: str | None = None
    expand_values: tuple[str, ...] = ()
    json_keys: tuple[str, ...] = ()
    lang: str | None = None
    options: frozenset[str] = frozenset()
    format: str | None = None
    order_by: tuple[str, ...] = ()
    order_from: str | None = None
    collation: str | None = None
    limit: int | None = None
    offset: int = 0
    count: bool = False
    dataset_id: tuple[str, ...] = ()
    delete_all: bool = False
    details: bool = False
    local: bool | None = None
    join: str | None = None
    join_level: int = 1
    contained_by: tuple[str, ...] = ()
    observed_at: int | None = None
    timerel: str | None = None
    time_at: str | None = None
    end_time_at: str | None = None
    timeproperty: str | None = None
    last_n: str | None = None
    aggr_methods: str | None = None
    aggr_period_duration: str | None = None
    kind: str | None = None
    reload: bool = False
    split_entities: bool = False
    entity_map: bool = False
    entity_map_lifetime: str | None = None

    @property
    def chosen_format(self) -> str:
        """The representation asked for: normalized, concise, simplified, temporalValues, …"""
        given = self.format
        if given is None:
            given = next((name for name in FORMATS_IN_OPTIONS if name in self.options), None)
        return "simplified" if given == "keyValues" else given or "normalized"

    @property
    def join_depth(self) -> int:
        """How many relationships are followed one after the other."""
        return 0 if self.join in {None, "@none"} else self.join_level

    @property
    def wants_count(self) -> bool:
        """Whether the number of all matches is to be told."""
        return self.count or "count" in self.options


NONE_GIVEN: Final = Parameters()
FORMATS_IN_OPTIONS: Final = (
    "normalized",
    "aggregatedValues",
    "temporalValues",
    "concise",
    "keyValues",
    "simplified",
)


def _text(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _names(text: str) -> tuple[str, ...]:
    """Split at commas that stand outside of quotes, brackets and braces."""
    parts: list[str] = []
    depth, start, quoted = 0, 0, False
    for index, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif not quoted and char in "{[(":
            depth += 1
        elif not quoted and char in "}])":
            depth -= 1
        elif char == "," and not depth and not quoted:
            parts.append(text[start:index].strip())
            start = index + 1
    parts.append(text[start:].strip())
    if "" in parts:
        raise ValueError("has an empty item")
    if depth or quoted:
        raise ValueError("has an unclosed brace or quote")
    return tuple(parts)


def _uris(text: str) -> tuple[str, ...]:
    uris = _names(text)
    for uri in uris:
        if ":" not in uri:
            raise ValueError(f"has {uri!r}, which is not a URI")
    return uris


def _datasets(text: str) -> tuple[str, ...]:
    names = _names(text)
    for name in names:
        if name != "@none" and ":" not in name:
            raise ValueError(f"has {name!r}, which is neither a URI nor @none")
    return names


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError("is not a whole number, zero or above")
    if len(text) > 15:
        raise ValueError("is larger than any result")
    return int(text)


def _positive(text: str) -> int:
    number = _number(text)
    if not number:
        raise ValueError("is not a whole number above zero")
    return number


def _limit(text: str) -> int:
    number = _number(text)
    if number > MAX_LIMIT:
        raise TooManyResultsError(
            f"limit: {number} is above {MAX_LIMIT}", hint="ask for it page by page"
        )
    return number


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("is neither true nor false")
    return text == "true"


def _one_of(allowed: frozenset[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"is none of {', '.join(sorted(allowed))}")
        return text

    return read


def _format(text: str) -> str:
    if text not in FORMATS:
        raise InvalidRequestError(f"format: {text!r} is none of {', '.join(sorted(FORMATS))}")
    return text


def _options(text: str) -> frozenset[str]:
    options = frozenset(_names(text))
    unknown = options - OPTIONS
    if unknown:
        raise InvalidRequestError(
            f"options: {', '.join(sorted(unknown))} is none of {', '.join(sorted(OPTIONS))}"
        )
    return options


TABLE: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "id": ("id", _uris),
    "idPattern": ("id_pattern", lambda text: compile_pattern(text, "idPattern")),
    "type": ("type", _text),
    "attrs": ("attrs", _names),
    "pick": ("pick", _text),
    "omit": ("omit", _text),
    "keep": ("keep", _names),
    "drop": ("drop", _names),
    "q": ("q", _text),
    "csf": ("csf", _text),
    "scopeQ": ("scope_q", _text),
    "georel": ("georel", _text),
    "geometry": ("geometry", _text),
    "coordinates": ("coordinates", _text),
    "geoproperty": ("geoproperty", _text),
    "geometryProperty": ("geometry_property", _text),
    "expandValues": ("expand_values", _names),
    "jsonKeys": ("json_keys", _names),
    "lang": ("lang", _text),
    "options": ("options", _options),
    "format": ("format", _format),
    "orderBy": ("order_by", _names),
    "orderFrom": ("order_from", _text),
    "collation": ("collation", _text),
    "limit": ("limit", _limit),
    "offset": ("offset", _number),
    "count": ("count", _flag),
    "datasetId": ("dataset_id", _datasets),
    "deleteAll": ("delete_all", _flag),
    "details": ("details", _flag),
    "local": ("local", _flag),
    "join": ("join", _one_of(JOINS)),
    "joinLevel": ("join_level", _positive),
    "containedBy": ("contained_by", _uris),
    "observedAt": ("observed_at", lambda text: instant.parse(text, where="observedAt")),
    "timerel": ("timerel", _text),
    "timeAt": ("time_at", _text),
    "endTimeAt": ("end_time_at", _text),
    "timeproperty": ("timeproperty", _text),
    "lastN": ("last_n", _text),
    "aggrMethods": ("aggr_methods", _text),
    "aggrPeriodDuration": ("aggr_period_duration", _text),
    "kind": ("kind", _text),
    "reload": ("reload", _flag),
    "splitEntities": ("split_entities", _flag),
    "entityMap": ("entity_map", _flag),
    "entityMapLifetime": ("entity_map_lifetime", _text),
}
"""By name in the query: the member of `Parameters` and the function that reads it."""


def parse_query(query: str, allowed: frozenset[str]) -> Parameters:
    """Read the query part of an address.

    Raises:
        InvalidRequestError: a parameter that is not in `allowed`, or one given twice.
        BadRequestDataError: a value that cannot be read.
        TooManyResultsError: a page larger than 1000 is asked for.

    >>> parse_query("limit=5&options=keyValues", frozenset({"limit", "options"})).limit
    5
    """
    given: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in allowed:
            raise InvalidRequestError(
                f"{name}: no parameter of this operation",
                hint=f"it has {', '.join(sorted(allowed)) or 'none'}",
            )
        member, read = TABLE[name]
        if member in given:
            raise InvalidRequestError(f"{name}: given twice")
        try:
            given[member] = read(text)
        except ValueError as error:
            raise BadRequestDataError(f"{name}: {text!r} {error}") from error
    return Parameters(**given)
