"""Reads of entities: SQL finds what may match, the query itself decides."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

import msgspec

from kota.model.entity import Entity
from kota.model.query import EntityQuery
from kota.store.postgres.link import Database
from kota.store.state.memory import sorted_by
from kota.store.state.postgres.candidates import Candidates, candidates_of

Kinds = Mapping[tuple[str, ...], int]
"""The number of each list of types."""

CHUNK: Final = 2000
"""Entities that are looked at together."""
LEAST: Final = 100

decode = msgspec.msgpack.Decoder(Entity).decode


async def query(
    database: Database, kinds: Kinds, wanted: EntityQuery
) -> tuple[list[Entity], int | None]:
    """One page of the entities that match, and their count where it is asked for."""
    candidates = candidates_of(wanted, kinds)
    if candidates.none:
        return [], 0 if wanted.count else None
    if candidates.exact and not wanted.order:
        return await _page(database, candidates, wanted)
    if wanted.q is not None and wanted.q.depth:
        return await _linked(database, candidates, wanted)
    return await _filtered(database, candidates, wanted)


async def scan(
    database: Database, kinds: Kinds, types: Sequence[str] = ()
) -> AsyncIterator[Entity]:
    """All entities, or those of any of these types, in order of creation."""
    numbers = [number for names, number in kinds.items() if not set(types).isdisjoint(names)]
    condition = "e.kind = ANY($1)" if types else "true"
    values: list[Any] = [numbers] if types else []
    async for chunk in _by_key(database, Candidates(condition, values, True, False), CHUNK):
        for entity in chunk:
            yield entity


async def type_counts(database: Database, kinds: Kinds) -> dict[str, int]:
    """How many entities there are of each type."""
    rows = await database.read(
        lambda connection: connection.fetch("SELECT kind, count(*) FROM entity GROUP BY kind")
    )
    names = {number: types for types, number in kinds.items()}
    found: dict[str, int] = {}
    for number, count in rows:
        for name in names[number]:
            found[name] = found.get(name, 0) + count
    return found


async def _page(
    database: Database, candidates: Candidates, wanted: EntityQuery
) -> tuple[list[Entity], int | None]:
    """A page where the rows are just those that match."""
    condition, values = candidates.condition, candidates.values
    count: int | None = None
    if wanted.count:
        count = await database.read(
            lambda connection: connection.fetchval(
                f"SELECT count(*) FROM entity e WHERE {condition}", *values
            )
        )
    if not wanted.limit:
        return [], count
    rows = await database.read(
        lambda connection: connection.fetch(
            f"SELECT e.body FROM entity e WHERE {condition} ORDER BY e.key "
            f"LIMIT {wanted.limit:d} OFFSET {min(wanted.offset, 2**62):d}",
            *values,
        )
    )
    return [decode(body) for (body,) in rows], count


async def _filtered(
    database: Database, candidates: Candidates, wanted: EntityQuery
) -> tuple[list[Entity], int | None]:
    """A page of what the query takes of the candidates."""
    found: list[Entity] = []
    end = wanted.offset + wanted.limit
    everything = wanted.count or bool(wanted.order)
    first = CHUNK if everything else min(max(2 * end, LEAST), CHUNK)
    chunks = _placed(database, candidates) if candidates.placed else None
    async for chunk in chunks or _by_key(database, candidates, first):
        seen = chunk if wanted.lens is None else [one for one in map(wanted.lens, chunk) if one]
        found += filter(wanted.matches, seen)
        if not everything and len(found) >= end:
            break
    if wanted.order:
        found = sorted_by(found, wanted.order)
    return found[wanted.offset : end], len(found) if wanted.count else None


async def _linked(
    database: Database, candidates: Candidates, wanted: EntityQuery
) -> tuple[list[Entity], int | None]:
    """Likewise, where the query follows relationships: linked entities are fetched as it asks."""
    known: dict[str, Entity | None] = {}
    asked: set[str] = set()

    def seen(entity_id: str) -> Entity | None:
        if entity_id not in known:
            asked.add(entity_id)
            return None
        entity = known[entity_id]
        return entity if entity is None or wanted.lens is None else wanted.lens(entity)

    assert wanted.q is not None
    bound = msgspec.structs.replace(wanted, q=wanted.q.bound(seen))
    while True:
        page = await _filtered(database, candidates, bound)
        if not asked:
            return page
        known.update(dict.fromkeys(asked))
        rows = await database.read(
            lambda connection: connection.fetch(
                "SELECT id, body FROM entity WHERE id = ANY($1)", list(asked)
            )
        )
        known.update((entity_id, decode(body)) for entity_id, body in rows)
        asked.clear()


async def _by_key(
    database: Database, candidates: Candidates, first: int
) -> AsyncIterator[list[Entity]]:
    """Candidates in order of creation, chunk by chunk along the key."""
    after, size = 0, first
    values = candidates.values
    place = len(values) + 1
    while True:
        sql = (
            f"SELECT e.key, e.body FROM entity e WHERE {candidates.condition} "
            f"AND e.key > ${place} ORDER BY e.key LIMIT {size:d}"
        )
        rows = await database.read(
            lambda connection, sql=sql, after=after: connection.fetch(sql, *values, after)  # type: ignore[misc]
        )
        yield [decode(body) for _, body in rows]
        if len(rows) < size:
            return
        after, size = rows[-1][0], CHUNK


async def _placed(database: Database, candidates: Candidates) -> AsyncIterator[list[Entity]]:
    """Candidates that the index of places finds: at once, or their keys first where many are."""
    rows = await database.read(
        lambda connection: connection.fetch(
            f"SELECT e.key, e.body FROM entity e WHERE {candidates.condition} LIMIT {CHUNK + 1:d}",
            *candidates.values,
        )
    )
    if len(rows) <= CHUNK:
        rows = sorted(rows, key=itemgetter(0))
        for start in range(0, len(rows), LEAST):
            yield [decode(body) for _, body in rows[start : start + LEAST]]
        return
    rows = await database.read(
        lambda connection: connection.fetch(
            f"SELECT e.key FROM entity e WHERE {candidates.condition}", *candidates.values
        )
    )
    keys = sorted(key for (key,) in rows)
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        found = await database.read(
            lambda connection, some=some: connection.fetch(  # type: ignore[misc]
                "SELECT body FROM entity WHERE key = ANY($1) ORDER BY key", some
            )
        )
        yield [decode(body) for (body,) in found]
