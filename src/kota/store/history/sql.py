"""The one thing that every statement here needs: a single row, read to its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb


def one_row(
    connection: duckdb.DuckDBPyConnection, statement: str, values: Sequence[Any] = ()
) -> tuple[Any, ...]:
    """The only row of a statement's result.

    A result of which a row is left unread keeps the connection busy, so all are fetched.
    """
    (row,) = connection.execute(statement, values).fetchall()
    return row


def count_of(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many rows a table or view has."""
    return int(one_row(connection, f"SELECT count(*) FROM {table}")[0])
