"""Journalled observations as rows of the history table, and rows as attribute instances."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from kota.model.entity import Attribute, Kind
from kota.model.quality import from_code
from kota.store.history.columns import array, column
from kota.store.state.stretch import EXACT, NEVER, UNSAID, Rest, Stretch

if TYPE_CHECKING:
    import pyarrow as pa

_KINDS = tuple(Kind)
_json = msgspec.json.Encoder().encode
_value = msgspec.json.Decoder().decode


_rest = msgspec.json.Decoder(Rest).decode

SELECTED = (
    "o.sequence, o.series, o.observed_at, o.created_at, o.modified_at, o.deleted_at, o.kind, "
    "o.number, o.value, o.rest, o.unit, o.quality, o.reason"
)
"""The columns that `instance_of` reads, in its order, of a table called o."""


def table(stretches: Sequence[Stretch], series: Sequence[int], after: int) -> pa.Table:
    """Observations as an Arrow table with the columns of `schema.COLUMNS`.

    Args:
        stretches: at least one.
        series: the number of each observation's series; 0 where it becomes no row.
        after: history's sequence of the row before the first.
    """
    import pyarrow as pa

    count = len(series)
    numbers = np.fromiter(series, np.uint32, count)
    kept = numbers != 0
    observed = _fixed(stretches, "observed_at", np.int64, NEVER)
    modified = _fixed(stretches, "modified_at", np.int64, NEVER)
    deleted = _fixed(stretches, "deleted_at", np.int64, NEVER)
    quality = _fixed(stretches, "quality", np.uint8, UNSAID)
    columns = {
        "series": column(numbers),
        "sequence": column(after + np.cumsum(kept, dtype=np.int64)),
        "moment": column(np.where(observed == NEVER, modified, observed)),
        "observed_at": column(observed, observed != NEVER),
        "created_at": column(_fixed(stretches, "created_at", np.int64, NEVER)),
        "modified_at": column(modified),
        "deleted_at": column(deleted, deleted != NEVER),
        "kind": column(_fixed(stretches, "kind", np.uint8, 0)),
        "number": column(
            _fixed(stretches, "number", np.float64, 0.0),
            _fixed(stretches, "numbered", np.uint8, 1) != 0,
        ),
        "value": _texts(stretches, "value"),
        "rest": _texts(stretches, "rest"),
        "unit": _texts(stretches, "unit"),
        "quality": column(quality, quality != UNSAID),
        "reason": _texts(stretches, "reason"),
    }
    rows = pa.Table.from_arrays(list(columns.values()), names=list(columns))
    return rows if kept.all() else rows.take(column(np.flatnonzero(kept)))


def _fixed(stretches: Sequence[Stretch], name: str, kind: Any, missing: Any) -> np.ndarray:
    """A column of fixed width; `missing` where a stretch has none."""
    parts = [(getattr(stretch, name), stretch.count) for stretch in stretches]
    if all(data is None for data, _ in parts):
        return np.full(sum(count for _, count in parts), missing, kind)
    return np.concatenate(
        [
            np.full(count, missing, kind) if data is None else np.frombuffer(data, kind)
            for data, count in parts
        ]
    )


def _texts(stretches: Sequence[Stretch], name: str) -> pa.Array:
    import pyarrow as pa

    texts: list[str | None] = []
    for stretch in stretches:
        some = getattr(stretch, name)
        texts += some if isinstance(some, list) else [some] * stretch.count
    return array(texts, pa.string())


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
    if number is not None and number.is_integer() and -EXACT < number < EXACT:
        return int(number)
    return number


def names_json(names: Iterable[str]) -> str:
    """Types or scopes as the entity table keeps them."""
    return _json(list(names)).decode()


def names_of(text: str) -> tuple[str, ...]:
    """Undo `names_json`."""
    return tuple(_value(text))


_NOTHING = Rest()
