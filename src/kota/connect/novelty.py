"""Leaves out of a recording what history holds already, so that a second import adds nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from kota.context.ingest import Patch
from kota.model.entity import Attribute
from kota.store.history import HistoryStore

_Series = tuple[str, str, str | None]


async def unseen(history: HistoryStore, patches: Sequence[Patch]) -> list[Patch]:
    """The patches without the values that history holds for the same time.

    Args:
        history: knows what was observed.
        patches: their values without a time are left as they are.
    """
    times = [one.observed_at for _, _, one in _instances(patches) if one.observed_at is not None]
    if not times:
        return list(patches)
    table = await history.table(
        sorted({patch.entity_id for patch in patches}),
        sorted({name for patch in patches for name in patch.attrs}),
        start=min(times),
        end=max(times) + 1,
    )
    if table.num_rows == 0:
        return list(patches)
    held = _held(table)
    kept = []
    for patch in patches:
        attrs = {
            name: new
            for name, instances in patch.attrs.items()
            if (new := tuple(one for one in instances if not _is_held(held, patch, name, one)))
        }
        if attrs:
            kept.append(Patch(patch.entity_id, patch.types, attrs, patch.scope))
    return kept


def _instances(patches: Iterable[Patch]) -> Iterable[tuple[str, str, Attribute]]:
    for patch in patches:
        for name, instances in patch.attrs.items():
            for one in instances:
                yield patch.entity_id, name, one


def _held(table: pa.Table) -> dict[tuple[_Series, int], list[Any]]:
    held: dict[tuple[_Series, int], list[Any]] = {}
    columns = (
        table.column("entity_id").to_pylist(),
        table.column("attribute").to_pylist(),
        table.column("dataset_id").to_pylist(),
        table.column("observed_at").cast(pa.int64()).to_pylist(),
        table.column("number").to_pylist(),
        table.column("value").to_pylist(),
    )
    for entity_id, name, dataset, at, number, text in zip(*columns, strict=True):
        value = msgspec.json.decode(text) if number is None and text is not None else number
        held.setdefault(((entity_id, name, dataset), at), []).append(value)
    return held


def _is_held(
    held: dict[tuple[_Series, int], list[Any]], patch: Patch, name: str, one: Attribute
) -> bool:
    if one.observed_at is None:
        return False
    values = held.get(((patch.entity_id, name, one.dataset_id), one.observed_at))
    return values is not None and one.value in values
