"""One table a month, made when its first observation comes and dropped when its time is over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
import numpy as np

from kota.store.postgres.link import Connection

FIRST: Final = np.datetime64("2000-01")
LAST: Final = np.datetime64("2060-01")
"""Months from the first to before the last have a table; devices whose clocks are astray fill
`observation_other`, not thousands of tables."""
_NAMES: Final = (
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "WHERE i.inhparent = 'observation'::regclass ORDER BY c.relname"
)


class Month(msgspec.Struct, frozen=True):
    """A table of observations.

    Args:
        name: of the table.
        start, end: its first instant, and the first that is not in it any more.
    """

    name: str
    start: int
    end: int


def months_of(moments: np.ndarray) -> list[Month]:
    """The tables that observations of these times lie in, `observation_other` left out.

    >>> [one.name for one in months_of(np.array([1_767_225_600_000_000, -1]))]
    ['observation_202601']
    """
    found = np.unique(moments.astype("datetime64[us]").astype("datetime64[M]"))
    return [_month(one) for one in found[(found >= FIRST) & (found < LAST)]]


async def months(connection: Connection) -> list[Month]:
    """The tables there are, oldest first."""
    rows = await connection.fetch(_NAMES)
    names = [name.removeprefix("observation_") for (name,) in rows]
    return [_month(np.datetime64(f"{n[:4]}-{n[4:]}")) for n in names if n.isdecimal()]


async def make(connection: Connection, wanted: Iterable[Month]) -> None:
    """Make tables that are not there."""
    for month in wanted:
        await connection.execute(
            f"CREATE TABLE IF NOT EXISTS {month.name} PARTITION OF observation "
            f"FOR VALUES FROM ({month.start:d}) TO ({month.end:d})"
        )


def _month(month: np.datetime64) -> Month:
    edges = np.array([month, month + 1]).astype("datetime64[us]").astype(np.int64)
    return Month(f"observation_{str(month).replace('-', '')}", int(edges[0]), int(edges[1]))
