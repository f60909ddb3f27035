"""The rows of a table that a solution's panel shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kota.api import words
from kota.api.kota.answers import Model
from kota.api.words import Words
from kota.model.entity import Attribute, Entity, Kind
from kota.model.instant import render
from kota.model.query import EntityQuery, Order, q, types
from kota.model.terms import NAME

if TYPE_CHECKING:
    from kota.api.eyes import Eyes
    from kota.api.rooms import Rooms
    from kota.solution import Table

_TIMES: Final = frozenset({"createdAt", "modifiedAt"})


class CellView(Model):
    """A value in a table: a number, a text, yes or no, or, with `link`, the name of an entity."""

    value: float | int | bool | str | None
    unit: str | None
    link: str | None
    observedAt: str | None  # noqa: N815  the standard's term
    quality: int
    stale: bool


class RowView(Model):
    """An entity, with a cell for each column; null where it lacks the attribute."""

    id: str
    title: str
    cells: list[CellView | None]


class TableView(Model):
    """The first rows, and how many there are."""

    total: int
    rows: list[RowView]


async def rows_of(rooms: Rooms, eyes: Eyes, table: Table) -> TableView:
    """The rows of a table as its reader sees them.

    Args:
        rooms: everything.
        eyes: of the reader; conditions and order are about what they see alone.
        table: of a panel.
    """
    short = Words(rooms.names)
    query = EntityQuery(
        types=types.of([short.expand(table.type)]),
        q=q.parse(table.where, short.expand) if table.where else None,
        order=(_order(table, short),),
        limit=table.limit,
        count=True,
    )
    found, total = await eyes.state.query(query)
    rows = [await _row(rooms, eyes, table, entity) for entity in found]
    return TableView(total=total or 0, rows=rows)


def _order(table: Table, short: Words) -> Order:
    if not table.sort_by:
        return Order(NAME, spoken=True)
    path = table.sort_by if table.sort_by in _TIMES else short.expand(table.sort_by)
    return Order(path, table.descending)


async def _row(rooms: Rooms, eyes: Eyes, table: Table, entity: Entity) -> RowView:
    short = Words(rooms.names)
    cells: list[CellView | None] = []
    for column in table.columns:
        iri = short.expand(column.attribute)
        instance = entity.default(iri)
        if instance is None:
            cells.append(None)
            continue
        link = instance.value if instance.kind is Kind.RELATIONSHIP else None
        cells.append(
            CellView(
                value=await _value(eyes, short, iri, instance),
                unit=column.unit or instance.unit_code,
                link=link if isinstance(link, str) else None,
                observedAt=None if instance.observed_at is None else render(instance.observed_at),
                quality=0 if instance.quality is None else int(instance.quality.level),
                stale=rooms.staleness.is_stale(entity, iri, instance, rooms.staleness.now(entity)),
            )
        )
    return RowView(id=entity.id, title=short.called(entity), cells=cells)


async def _value(eyes: Eyes, short: Words, iri: str, instance: Attribute) -> Any:
    if instance.kind is Kind.RELATIONSHIP and isinstance(instance.value, str):
        target = await eyes.state.get(instance.value)
        return instance.value.rsplit(":", 1)[-1] if target is None else short.called(target)
    plain = words.plain(iri, instance)
    return words.display(instance.value) if plain is None or isinstance(plain, list) else plain
