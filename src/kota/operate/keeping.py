"""Records kept as entities: one table says which field is which attribute, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from kota.errors import KotaError
from kota.model import instant
from kota.model.entity import Attribute, Entity, Kind

Convert = Callable[[Any], Any]


class Field(NamedTuple):
    """A field of a record, and the attribute that it is.

    Args:
        field: its name in the record.
        name: of the attribute, expanded.
        kind: of the attribute.
        write: from the field to the value.
        read: back.
    """

    field: str
    name: str
    kind: Kind
    write: Convert
    read: Convert


def text(field: str, name: str) -> Field:
    """A text."""
    return Field(field, name, Kind.PROPERTY, str, str)


def whole(field: str, name: str) -> Field:
    """A whole number."""
    return Field(field, name, Kind.PROPERTY, int, int)


def yes(field: str, name: str) -> Field:
    """Yes or no."""
    return Field(field, name, Kind.PROPERTY, bool, bool)


def time(field: str, name: str) -> Field:
    """An instant; written in ISO 8601."""
    return Field(field, name, Kind.PROPERTY, instant.render, instant.parse)


def link(field: str, name: str) -> Field:
    """The id of another entity."""
    return Field(field, name, Kind.RELATIONSHIP, str, str)


def parts(field: str, name: str, kind: Any) -> Field:
    """A Struct, or a tuple of them; written as JSON."""
    return Field(
        field,
        name,
        Kind.JSON_PROPERTY,
        msgspec.to_builtins,
        lambda value: msgspec.convert(value, kind),
    )


def read_fields(entity: Entity, fields: Iterable[Field]) -> dict[str, Any] | None:
    """The fields that an entity tells of; None where a value is none of Kota's own."""
    values: dict[str, Any] = {}
    try:
        for one in fields:
            found = entity.default(one.name)
            if found is not None:
                values[one.field] = one.read(found.value)
    except (TypeError, ValueError, KotaError, msgspec.MsgspecError):
        return None
    return values


def written(
    before: Mapping[str, tuple[Attribute, ...]], record: object, fields: Iterable[Field], now: int
) -> dict[str, tuple[Attribute, ...]]:
    """The attributes of a record; what says the same as before stays the same instance.

    Args:
        before: the attributes so far.
        record: what they shall tell of; a field that is None or empty is not written.
        fields: which.
        now: wall time, stamps what changes.
    """
    found: dict[str, tuple[Attribute, ...]] = {}
    for one in fields:
        value = getattr(record, one.field)
        if value is not None and value != () and value != "":
            found[one.name] = stated(before, one.name, one.kind, one.write(value), now)
    return found


def stated(
    before: Mapping[str, tuple[Attribute, ...]],
    name: str,
    kind: Kind,
    value: Any,
    now: int,
    at: int | None = None,
) -> tuple[Attribute, ...]:
    """An attribute: the instance that is there already where it says the same, else a new one."""
    held = before.get(name)
    same = held and held[0].kind is kind and type(held[0].value) is type(value)
    if held and same and held[0].value == value and held[0].observed_at == at:
        return held
    created = held[0].created_at if held else now
    return (Attribute(kind, value, at, created_at=created, modified_at=now),)
