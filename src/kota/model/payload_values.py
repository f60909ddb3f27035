"""Reads the value of an attribute, by its kind (clauses 4.5.2 to 4.5.24, 4.6.3 to 4.7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from kota.errors import BadRequestDataError
from kota.model import geometry, instant, terms
from kota.model.entity import Kind
from kota.model.jsonld import Context
from kota.model.names import is_uri
from kota.model.payload_faults import PayloadError, short

_MAX_DEPTH = 32
_INTEGERS = 2**63
_LANGUAGE = re.compile(r"@none|[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def read_value(kind: Kind, raw: Any, context: Context) -> Any:
    """Check and normalize the value of an attribute.

    Args:
        kind: what sort of attribute it is.
        raw: decoded JSON.
        context: expands vocabulary values.

    Returns:
        The value as `Attribute.value` holds it.

    Raises:
        BadRequestDataError: the value is not one of that kind.
    """
    return _READERS[kind](raw, context)


def read_time(raw: Any, where: str) -> int:
    """An instant, written in UTC with a trailing Z as clause 4.6.3 demands.

    Raises:
        BadRequestDataError: it is not.
    """
    if not isinstance(raw, str) or raw[-1:] != "Z":
        raise PayloadError(
            where, f"{short(raw)} is not a time in UTC", hint="write 2026-11-23T08:00:00Z"
        )
    return instant.parse(raw, where=where)


def read_mergeable(kind: Kind, raw: Any, context: Context) -> Any:
    """Like `read_value`, for a value to be merged: nulls within an object remove members.

    Raises:
        BadRequestDataError: the value is not one of that kind.
    """
    if isinstance(raw, dict):
        if kind == Kind.PROPERTY or kind == Kind.JSON_PROPERTY:
            check_json(raw, nulls=True)
            return raw
        if kind == Kind.LANGUAGE_PROPERTY:
            kept = {language: text for language, text in raw.items() if text != terms.NULL}
            if kept:
                _language_map(kept, context)
            return raw
    return read_value(kind, raw, context)


def _property(raw: Any, _context: Context) -> Any:
    if raw.__class__ is float or raw.__class__ is bool:
        return raw
    if raw is None:
        raise PayloadError("", "a Property has a value, not null")
    check_json(raw)
    if raw.__class__ is dict and "@value" in raw:
        _check_typed(raw)
    return raw


def _check_typed(raw: dict[str, Any]) -> None:
    datatype, text = raw.get("@type"), raw["@value"]
    if datatype == "DateTime" or datatype == terms.NGSI_LD + "DateTime":
        read_time(text, "@value")


def _geometry(raw: Any, _context: Context) -> Any:
    if isinstance(raw, str):
        if raw == terms.NULL:
            raise _null()
        try:
            raw = msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError) as error:
            raise PayloadError("", f"{short(raw)} is not a GeoJSON geometry") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        raise PayloadError("", f"{short(raw)} is not a GeoJSON geometry")
    return geometry.validate(raw, where="")


def _object(raw: Any, _context: Context) -> Any:
    if isinstance(raw, str):
        return _uri(raw)
    if isinstance(raw, list) and raw:
        return [_uri(item) for item in raw]
    raise PayloadError("", f"{short(raw)} is not the URI of an entity")


def _language_map(raw: Any, _context: Context) -> Any:
    if not isinstance(raw, dict) or not raw:
        raise PayloadError("", "a languageMap is an object from language to text")
    for language, text in raw.items():
        if not _LANGUAGE.fullmatch(language):
            raise PayloadError(
                "", f"{short(language)} is not a language tag", hint="use tags such as ms-MY"
            )
        if isinstance(text, list):
            if not all(isinstance(item, str) for item in text):
                raise PayloadError(language, "not every item is a text")
        elif not isinstance(text, str):
            raise PayloadError(language, f"{short(text)} is not a text")
        elif text == terms.NULL:
            raise _null()
    return raw


def _vocab(raw: Any, context: Context) -> Any:
    if isinstance(raw, str):
        return _vocab_term(raw, context)
    if isinstance(raw, list) and raw:
        return [_vocab_term(item, context) for item in raw]
    raise PayloadError("", f"{short(raw)} is not a term or a list of terms")


def _vocab_term(raw: Any, context: Context) -> str:
    if not isinstance(raw, str) or not raw:
        raise PayloadError("", f"{short(raw)} is not a term")
    if raw == terms.NULL:
        raise _null()
    return context.expand(raw)


def _json(raw: Any, _context: Context) -> Any:
    if raw == terms.NULL:
        raise _null()
    if not isinstance(raw, dict | list):
        raise PayloadError("", f"{short(raw)} is neither a JSON object nor an array")
    check_json(raw)
    return raw


def _value_list(raw: Any, _context: Context) -> Any:
    if not isinstance(raw, list):
        raise PayloadError("", f"{short(raw)} is not an array")
    if any(item is None for item in raw):
        raise PayloadError("", "null is not a value")
    check_json(raw)
    return raw


def _object_list(raw: Any, _context: Context) -> Any:
    if not isinstance(raw, list):
        raise PayloadError("", f"{short(raw)} is not an array of URIs")
    return [_uri(_bare(item)) for item in raw]


def _bare(item: Any) -> Any:
    if isinstance(item, dict) and item.keys() == {"object"}:
        return item["object"]
    return item


def _uri(raw: Any) -> str:
    if not is_uri(raw):
        raise PayloadError("", f"{short(raw)} is not the URI of an entity")
    if raw == terms.NULL:
        raise _null()
    return str(raw)


def check_json(raw: Any, depth: int = 0, *, nulls: bool = False) -> None:
    """Refuse what cannot be kept: huge integers, endless nesting, and deletions.

    Args:
        raw: decoded JSON.
        depth: how many objects and arrays are around it.
        nulls: whether members of objects may be deletions, as where objects are merged.

    Raises:
        BadRequestDataError: it cannot be kept.
    """
    if raw.__class__ is str:
        if raw == terms.NULL and not nulls:
            raise _null()
    elif raw.__class__ is int:
        if not -_INTEGERS <= raw < _INTEGERS:
            raise PayloadError("", "an integer has at most 64 bits", hint="write it as 1e30")
    elif raw.__class__ is dict or raw.__class__ is list:
        if depth >= _MAX_DEPTH:
            raise PayloadError("", f"nested deeper than {_MAX_DEPTH} levels")
        merged = nulls and raw.__class__ is dict
        for item in raw.values() if raw.__class__ is dict else raw:
            check_json(item, depth + 1, nulls=merged)


def _null() -> BadRequestDataError:
    return PayloadError("", f"{terms.NULL} deletes, and here is nothing to delete")


_READERS: dict[Kind, Callable[[Any, Context], Any]] = {
    Kind.PROPERTY: _property,
    Kind.GEO_PROPERTY: _geometry,
    Kind.RELATIONSHIP: _object,
    Kind.LANGUAGE_PROPERTY: _language_map,
    Kind.VOCAB_PROPERTY: _vocab,
    Kind.JSON_PROPERTY: _json,
    Kind.LIST_PROPERTY: _value_list,
    Kind.LIST_RELATIONSHIP: _object_list,
}
