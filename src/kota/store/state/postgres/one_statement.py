"""A whole commit as one statement: one way to the database and back, where a group allows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kota.store.state.chain import Link
from kota.store.state.outbox import item_row
from kota.store.state.postgres.group import Group

PUT: Final = (
    "INSERT INTO entity (key, id, kind, location, facts, body) "
    "SELECT key, id, kind, place::geometry, facts::jsonb, body FROM unnest("
    "{}::bigint[], {}::text[], {}::int[], {}::text[], {}::text[], {}::bytea[]"
    ") AS t (key, id, kind, place, facts, body){} ON CONFLICT (key) DO UPDATE SET "
    "kind = EXCLUDED.kind, location = EXCLUDED.location, facts = EXCLUDED.facts, "
    "body = EXCLUDED.body WHERE entity.id = EXCLUDED.id"
)
"""Six parameters and, after them, what else the rows come from."""


class OneStatement:
    """Builds the statement; every part does something only where the ledger could be told.

    Args:
        epoch: of the owner.
        number, changes, observations: of the ledger after the commit.
    """

    def __init__(self, epoch: int, number: int, changes: int, observations: int) -> None:
        self.values: list[Any] = [epoch, number, changes, observations]
        self._put = 0
        self._parts = [
            "told AS (UPDATE ledger SET commits = $2, changes = $3, observations = $4 "
            "WHERE epoch = $1 AND commits = $2 - 1 RETURNING one)"
        ]

    @staticmethod
    def suits(group: Group) -> bool:
        """Whether a group holds nothing that takes statements of its own."""
        return not (group.statements or group.documents or group.letters)

    @property
    def sql(self) -> str:
        """The statement; its one row says whether the ledger was told.

        It fails, and changes nothing, where a key is another entity's.
        """
        put = "(SELECT count(*) FROM put)" if self._put else "0"
        return (
            f"WITH {', '.join(self._parts)} SELECT (SELECT count(*) FROM told), CASE WHEN "
            f"EXISTS (SELECT 1 FROM told) AND {put} <> {self._mark(self._put)}::bigint "
            "THEN 1 / (SELECT count(*) - count(*) FROM told) END"
        )

    def entities(self, columns: Sequence[Any], gone: list[int]) -> None:
        """Put entities, by columns as `PUT` has them, and delete keys."""
        if columns:
            self._put = len(columns[0])
            marks = [self._mark(column) for column in columns]
            self._parts.append(f"put AS ({PUT.format(*marks, ', told')} RETURNING 1)")
        if gone:
            self._part("DELETE FROM entity USING told WHERE key = ANY({})", gone)

    def journal(self, last: int, first: int, body: bytes) -> None:
        """Keep the group's observations."""
        self._part(
            "INSERT INTO journal SELECT {}::bigint, {}::bigint, {}::bytea FROM told",
            last,
            first,
            body,
        )

    def receipts(self, last: int, keys: bytes, forget: int) -> None:
        """Remember received messages, and forget old ones."""
        self._part("INSERT INTO receipt SELECT {}::bigint, {}::bytea FROM told", last, keys)
        self._part("DELETE FROM receipt USING told WHERE last <= {}", forget)

    def outbox(self, group: Group) -> None:
        """Add the group's messages in their order."""
        columns = zip(*map(item_row, group.outbox), strict=True)
        self._part(
            "INSERT INTO outbox (destination, body, due_at, attempts) SELECT d, b, u, a FROM "
            "unnest({}::text[], {}::bytea[], {}::bigint[], {}::int[]) WITH ORDINALITY "
            "AS t (d, b, u, a, n), told ORDER BY n",
            *map(list, columns),
        )

    def audit(self, links: Sequence[Link]) -> None:
        """Append lines of the audit."""
        self._part(
            "INSERT INTO audit SELECT n, b, d FROM unnest({}::bigint[], {}::bytea[], {}::bytea[]) "
            "AS t (n, b, d), told",
            [one.number for one in links],
            [one.body for one in links],
            [one.digest for one in links],
        )

    def _part(self, sql: str, *values: Any) -> None:
        marks = [self._mark(value) for value in values]
        self._parts.append(f"part{len(self._parts)} AS ({sql.format(*marks)})")

    def _mark(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"
