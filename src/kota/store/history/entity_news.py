"""What a batch says of the entities themselves: their types and scopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import msgspec

from kota.model.terms import NULL
from kota.store.history.columns import table_of
from kota.store.history.rows import names_json, names_of


class EntityNews(msgspec.Struct):
    """What is new of one entity; None where nothing is.

    Args:
        types: its types from now on.
        scope: its scopes from now on.
        at: when this was.
        unite: whether the types come in addition to those that it has.
    """

    types: Sequence[str] | None = None
    scope: Sequence[str] | None = None
    at: int = 0
    unite: bool = False

    def retype(self, types: Sequence[str], at: int) -> None:
        """Take over types."""
        self.types, self.at = types, at

    def rescope(self, scope: str | Sequence[str], at: int) -> None:
        """Take over a scope, or a null in its place, unless a newer one is known."""
        if self.scope is None or at >= self.at:
            self.scope = () if scope == NULL else [scope] if isinstance(scope, str) else scope
        self.at = max(self.at, at)


def tell(connection: duckdb.DuckDBPyConnection, news: Mapping[str, EntityNews]) -> None:
    """Write what is new of entities, in the caller's transaction."""
    if not news:
        return
    known = connection.execute(
        "SELECT * FROM entity WHERE id IN (SELECT unnest(?::VARCHAR[]))", (list(news),)
    ).fetchall()
    before = {row[0]: row for row in known}
    rows = [row_of(one, news[one], before.get(one)) for one in news]
    table = table_of(("id", "types", "scope", "created_at", "modified_at"), rows)
    connection.register("incoming", table)
    connection.execute("DELETE FROM entity WHERE id IN (SELECT id FROM incoming)")
    connection.execute("INSERT INTO entity SELECT * FROM incoming")
    connection.unregister("incoming")


def row_of(
    entity_id: str, news: EntityNews, before: tuple[Any, ...] | None
) -> tuple[str, str, str, int, int]:
    """An entity's row from now on: id, types, scope, creation and modification.

    Args:
        entity_id: of the entity.
        news: what is new of it.
        before: its row until now; None where there is none.
    """
    types, scope, created_at = "[]", "[]", news.at
    if before is not None:
        _, types, scope, created_at, _ = before
    if news.types is not None:
        earlier = names_of(types) if news.unite else ()
        types = names_json(dict.fromkeys((*earlier, *news.types)))
    if news.scope is not None:
        scope = names_json(news.scope)
    return entity_id, types, scope, created_at, news.at
