"""Reads the parts of an attribute beside its value: times, unit, dataset, types, quality."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from kota.model import quality, terms
from kota.model.entity import TYPE_NAME, Kind
from kota.model.jsonld import Context, core_context
from kota.model.names import require_uri
from kota.model.payload_faults import PayloadError, short
from kota.model.payload_kind import PART_MEMBERS, VALUE_MEMBERS
from kota.model.payload_values import read_time
from kota.model.quality import Quality

PROOF = terms.NGSI_LD + "ngsildproof"
SEALS = {"entityIdSealed": Kind.PROPERTY, "entityTypeSealed": Kind.VOCAB_PROPERTY}
IGNORED = frozenset({"type", "@type", "createdAt", "modifiedAt", "deletedAt", "instanceId"})
_PROHIBITED = frozenset(
    {
        "@context",
        "id",
        "@id",
        "scope",
        "lang",
        "dataset",
        "entity",
        "entityList",
        "previousValue",
        "previousObject",
        "previousLanguageMap",
        "previousVocab",
        "previousJson",
        "previousValueList",
        "previousObjectList",
    }
)
_COMMON_WORDS = frozenset({terms.NGSI_LD + "hasVocab", terms.NGSI_LD + "hasJSON"})
_GOOD = Quality()
_RELATIONSHIPS = frozenset({Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP})
_FITTING: dict[str, frozenset[Kind]] = {
    "unitCode": frozenset({Kind.PROPERTY, Kind.LIST_PROPERTY}),
    "objectType": _RELATIONSHIPS,
    "valueType": frozenset(Kind) - _RELATIONSHIPS,
}


def refuse_member(term: str, parent: str) -> None:
    """Raise a PayloadError where the standard excludes a member from an instance of `parent`."""
    if term in VALUE_MEMBERS or term in _PROHIBITED:
        raise PayloadError("", "does not belong into an attribute of this type")
    if term in SEALS and parent != PROOF:
        raise PayloadError("", "belongs into ngsildproof only")


def refuse_name(name: str) -> None:
    """Raise a PayloadError where an expanded name would be written as a member of the standard."""
    if name in _members():
        raise PayloadError("", f"{name} is a term of the standard and names no attribute")


@cache
def _members() -> frozenset[str]:
    written = VALUE_MEMBERS.keys() | PART_MEMBERS | _PROHIBITED | IGNORED
    return frozenset(core_context().expand(term) for term in written) - _COMMON_WORDS


def read_quality(raw: Any) -> Quality | None:
    """Read the sub-attribute ``quality``; good and measured is the same as none.

    Raises:
        BadRequestDataError: it is not an object with level, source and reason.
    """
    for member in ("json", "value"):
        if raw.__class__ is dict and member in raw:
            raw = raw[member]
    read = quality.from_json(raw)
    return None if read == _GOOD else read


def read_text(raw: Any) -> str:
    """A text that is not empty.

    Raises:
        BadRequestDataError: it is not.
    """
    if not isinstance(raw, str) or not raw:
        raise PayloadError("", f"{short(raw)} is not a text")
    return raw


def require_fit(term: str, kind: Kind | None) -> None:
    """Raise a PayloadError where an attribute of this kind, if it is known, has no such part."""
    if kind is not None and term in _FITTING and kind not in _FITTING[term]:
        raise PayloadError("", f"a {TYPE_NAME[kind]} has none")


def _time(raw: Any, _kind: Kind | None, _context: Context) -> int:
    return read_time(raw, "")


def _unit_code(raw: Any, kind: Kind | None, _context: Context) -> str:
    require_fit("unitCode", kind)
    return sys.intern(read_text(raw))


def _dataset_id(raw: Any, _kind: Kind | None, _context: Context) -> str | None:
    if raw == terms.DEFAULT_DATASET:
        return None
    return sys.intern(require_uri(raw, ""))


def _object_type(raw: Any, kind: Kind | None, context: Context) -> tuple[str, ...]:
    require_fit("objectType", kind)
    names = raw if isinstance(raw, list) and raw else [raw]
    return tuple(context.expand_name(name) for name in names)


def _value_type(raw: Any, kind: Kind | None, context: Context) -> str:
    require_fit("valueType", kind)
    expanded = context.expand(read_text(raw))
    if kind == Kind.LANGUAGE_PROPERTY and not expanded.endswith("langString"):
        raise PayloadError(
            "", f"{short(raw)} does not fit", hint="texts in languages are langString"
        )
    return expanded


PartReader = Callable[[Any, Kind | None, Context], Any]

PARTS: dict[str, tuple[str, PartReader]] = {
    "observedAt": ("observed_at", _time),
    "unitCode": ("unit_code", _unit_code),
    "datasetId": ("dataset_id", _dataset_id),
    "objectType": ("object_type", _object_type),
    "valueType": ("value_type", _value_type),
    "expiresAt": ("expires_at", _time),
}
