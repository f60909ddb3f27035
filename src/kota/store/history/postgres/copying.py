"""Rows on their way into and out of the database, as CSV that both ends read in bulk."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from kota.store.history.postgres.schema import COLUMNS
from kota.store.postgres.link import Connection, rows_of

if TYPE_CHECKING:
    import pyarrow as pa

_TEXTS: Final = frozenset(
    {"value", "rest", "unit", "reason", "entity_id", "attribute", "dataset_id", "id", "types",
     "scope"}
)  # fmt: skip
_NARROW: Final = frozenset({"kind", "quality"})


async def copy_rows(connection: Connection, rows: pa.Table) -> int:
    """Append a table with `COLUMNS` to the observations, in the caller's transaction."""
    source = await asyncio.to_thread(_written, rows)
    status = await connection.copy_to_table(
        "observation", source=source, columns=COLUMNS, format="csv"
    )
    return rows_of(status)


async def copy_table(connection: Connection, table: str, rows: pa.Table) -> int:
    """Append to any table what an Arrow table of the same columns holds."""
    source = await asyncio.to_thread(_written, rows)
    status = await connection.copy_to_table(
        table, source=source, columns=rows.column_names, format="csv"
    )
    return rows_of(status)


async def fetch_table(
    connection: Connection, columns: tuple[str, ...], query: str, *values: Any
) -> pa.Table:
    """The answer to a query as an Arrow table.

    Args:
        connection: where to ask.
        columns: names of the answer's columns, in order.
        query: with $1 and on for `values`.
        values: of the query.
    """
    target = BytesIO()
    await connection.copy_from_query(query, *values, output=target, format="csv")
    target.seek(0)
    return await asyncio.to_thread(_read, target, columns)


def _written(rows: pa.Table) -> BytesIO:
    """CSV in which a null is nothing and every text stands in quotes."""
    from pyarrow import csv

    target = BytesIO()
    csv.write_csv(rows, target, csv.WriteOptions(include_header=False, quoting_style="needed"))
    target.seek(0)
    return target


def _read(source: BytesIO, columns: tuple[str, ...]) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    types = {name: _type(pa, name) for name in columns}
    if not source.getbuffer().nbytes:
        return pa.table({name: pa.array([], kind) for name, kind in types.items()})
    return csv.read_csv(
        source,
        csv.ReadOptions(column_names=list(columns), block_size=1 << 24),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _type(pa: Any, name: str) -> Any:
    if name in _TEXTS:
        return pa.string()
    if name in _NARROW:
        return pa.uint8()
    if name == "series":
        return pa.uint32()
    return pa.float64() if name == "number" else pa.int64()
