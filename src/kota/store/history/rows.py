"""Attribute instances as rows of the history table, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from kota.model.entity import Attribute, Kind
from kota.model.quality import from_code
from kota.model.terms import NULL
from kota.store.history.columns import array

if TYPE_CHECKING:
    import pyarrow as pa

_EXACT = 2.0**53
_KINDS = tuple(Kind)
_json = msgspec.json.Encoder().encode
_value = msgspec.json.Decoder().decode


class Rest(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What only few instances have."""

    object_type: tuple[str, ...] = ()
    value_type: str | None = None
    sub: dict[str, tuple[Attribute, ...]] | None = None
    expires_at: int | None = None


_rest = msgspec.json.Decoder(Rest).decode

SELECTED = (
    "o.sequence, o.series, o.observed_at, o.created_at, o.modified_at, o.deleted_at, o.kind, "
    "o.number, o.value, o.rest, o.unit, o.quality, o.reason"
)
"""The columns that `instance_of` reads, in its order, of a table called o."""


class Columns:
    """Rows to be added, column by column."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, series: int, sequence: int, instance: Attribute) -> None:
        """Add one instance; a null without a time of observation marks a deletion."""
        value = instance.value
        kind = type(value)
        number: float | None = None
        text: str | None = None
        deleted_at: int | None = None
        if kind is float or (kind is int and -_EXACT < value < _EXACT):
            number = value
        else:
            text = _json(value).decode()
            if kind is bool:
                number = float(value)
            elif value == NULL and instance.observed_at is None:
                deleted_at = instance.modified_at
        rest: str | None = None
        if (
            instance.sub is not None
            or instance.object_type
            or instance.value_type is not None
            or instance.expires_at is not None
        ):
            body = Rest(
                instance.object_type, instance.value_type, instance.sub, instance.expires_at
            )
            rest = _json(body).decode()
        quality = instance.quality
        code, reason = (None, None) if quality is None else (quality.code, quality.reason)
        self._rows.append(
            (
                series,
                sequence,
                instance.modified_at if instance.observed_at is None else instance.observed_at,
                instance.observed_at,
                instance.created_at,
                instance.modified_at,
                deleted_at,
                instance.kind,
                number,
                text,
                rest,
                instance.unit_code,
                code,
                reason,
            )
        )

    def table(self) -> pa.Table:
        """All rows as an Arrow table with the columns of `schema.COLUMNS`."""
        import pyarrow as pa

        types = _arrow_types()
        columns = zip(*self._rows, strict=True)
        arrays = [array(column, kind) for column, kind in zip(columns, types.values(), strict=True)]
        return pa.Table.from_arrays(arrays, names=list(types))


def _arrow_types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    integer, text = pa.int64(), pa.string()
    return {
        "series": pa.uint32(),
        "sequence": integer,
        "moment": integer,
        "observed_at": integer,
        "created_at": integer,
        "modified_at": integer,
        "deleted_at": integer,
        "kind": pa.uint8(),
        "number": pa.float64(),
        "value": text,
        "rest": text,
        "unit": text,
        "quality": pa.uint8(),
        "reason": text,
    }


def instance_of(row: tuple[Any, ...], dataset_id: str | None) -> Attribute:
    """The instance that a row of `SELECTED` holds."""
    (
        _, _, observed_at, created_at, modified_at, _, kind, number, text, body, unit, code, reason,
    ) = row  # fmt: skip
    rest = _NOTHING if body is None else _rest(body)
    return Attribute(
        _KINDS[kind],
        plain(number) if text is None else _value(text),
        observed_at,
        unit,
        dataset_id,
        None if code is None else from_code(code, reason),
        created_at,
        modified_at,
        rest.object_type,
        rest.value_type,
        rest.sub,
        rest.expires_at,
    )


def plain(number: float | None) -> float | int | None:
    """A number as JSON writes it: without decimals where it has none.

    >>> plain(20.0), plain(20.5)
    (20, 20.5)
    """
    if number is not None and number.is_integer() and -_EXACT < number < _EXACT:
        return int(number)
    return number


def names_json(names: Iterable[str]) -> str:
    """Types or scopes as the entity table keeps them."""
    return _json(list(names)).decode()


def names_of(text: str) -> tuple[str, ...]:
    """Undo `names_json`."""
    return tuple(_value(text))


_NOTHING = Rest()
