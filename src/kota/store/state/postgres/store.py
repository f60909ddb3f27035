"""The state store of a city in production: every read and write is PostgreSQL's."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec

from kota.clock import Clock
from kota.errors import KotaError, StoreError, UnkeepableError
from kota.model.entity import Entity
from kota.model.query import EntityQuery
from kota.store.postgres.address import Address
from kota.store.postgres.link import Connection, Database
from kota.store.state.committer import RECEIPTS
from kota.store.state.postgres import querying
from kota.store.state.postgres.archive import copy_out
from kota.store.state.postgres.committer import Committer
from kota.store.state.postgres.gathering import Lookup
from kota.store.state.postgres.group import Group, Request, Statement
from kota.store.state.postgres.tables import PostgresAudit, PostgresJournal, PostgresOutbox
from kota.store.state.protocol import (
    Change,
    Deliver,
    Document,
    Letter,
    Observation,
    Write,
)

CACHED: Final = 20_000
"""So many entities that were written or read lately are kept decoded."""
_UNKEEPABLE: Final = (asyncpg.DataError, ValueError, TypeError, OverflowError, RecursionError)

_decode_receipts = msgspec.msgpack.Decoder(list[bytes]).decode


HOLDING: Final = ("entity", "journal", "outbox", "letter", "document")
"""Tables in which values of entities stand."""


class PostgresState:
    """State in the tables of one schema, committed in groups.

    Requests that arrive while a group is being written form the next. A group reads the entities
    that it writes, runs the writes in order, and commits all that follows from them in one
    transaction. Where the connection breaks, it is made anew and the group committed once, for as
    long as `kota.store.postgres.link.PATIENCE` lasts.

    Args:
        address: of the database, and the schema in it.
        clock: stamps changes.
    """

    def __init__(self, address: Address, clock: Clock) -> None:
        self._clock = clock
        self._database = Database(address, "kota state")
        self._committer = Committer(self._database)
        self._waiting: list[Request] = []
        self._filled = asyncio.Event()
        self._closing = False
        self._deliver: list[Deliver] = []
        self._publish: list[Callable[[Sequence[Change]], None]] = []
        self._receipts: dict[bytes, None] = {}
        self._receipt_order: deque[bytes] = deque()
        self._lookup = Lookup(self._look_up)
        self._cache: dict[str, tuple[int, Entity]] = {}
        self._commits = 0
        self._kinds: dict[tuple[str, ...], int] = {}
        self.outbox = PostgresOutbox(self._database, self._commit)
        self.journal = PostgresJournal(self._database, self._commit)
        self.audit = PostgresAudit(self._database)

    async def open(self) -> None:
        """Connect, own the tables, and bring them to the version of this program."""
        await self._committer.open()
        try:
            await self._database.open()
            stood = await self._committer.ready()
            self.journal.load(stood.observations)
            self._kinds = stood.kinds
            rows = await self._read_all("SELECT keys FROM receipt ORDER BY last")
        except BaseException:
            await self._committer.close()
            await self._database.close()
            raise
        self._remember([key for (keys,) in rows for key in _decode_receipts(keys)])
        self._task = asyncio.create_task(self._commit_groups(), name="kota-commit")

    async def close(self) -> None:
        """Commit what was accepted and disconnect."""
        self._closing = True
        self._filled.set()
        await self._task
        await self._committer.close()
        await self._database.close()

    def on_write(self, deliver: Deliver) -> None:
        """Name a function whose messages are committed together with each write."""
        self._deliver.append(deliver)

    def on_commit(self, publish: Callable[[Sequence[Change]], None]) -> None:
        """Name a function that sees every committed change, in order."""
        self._publish.append(publish)

    async def apply(
        self,
        writes: Sequence[Write],
        *,
        late: Sequence[Observation] = (),
        receipts: Sequence[bytes] = (),
        letters: Sequence[Letter] = (),
        documents: Sequence[Document] = (),
        audit: Sequence[bytes] = (),
    ) -> list[Change | KotaError | None]:
        """Run writes and commit their results together; see `StateStore.apply`."""
        return await self._submit(
            Request(
                self._clock.now(),
                writes=writes,
                late=late,
                receipts=receipts,
                letters=letters,
                documents=documents,
                audit=audit,
            )
        )

    def received(self, receipt: bytes) -> bool:
        """Whether a message with this key was committed lately."""
        return receipt in self._receipts

    async def get(self, entity_id: str) -> Entity | None:
        """The entity as committed, or None."""
        held = self._cache.get(entity_id)
        return held[1] if held is not None else await self._lookup.find(entity_id)

    async def query(self, query: EntityQuery) -> tuple[list[Entity], int | None]:
        """One page of the entities that match, in order of creation unless `order` says else."""
        self._require_open()
        return await querying.query(self._database, self._kinds, query)

    async def scan(self, types: Sequence[str] = ()) -> AsyncIterator[Entity]:
        """All entities, or those of any of these types, in order of creation."""
        self._require_open()
        async for entity in querying.scan(self._database, self._kinds, types):
            yield entity

    async def type_counts(self) -> dict[str, int]:
        """How many entities there are of each type."""
        self._require_open()
        return await querying.type_counts(self._database, self._kinds)

    async def put_documents(self, documents: Sequence[Document]) -> None:
        """Create or replace documents, durably."""
        await self._submit(Request(0, documents=documents))

    async def get_document(self, kind: str, key: str) -> bytes | None:
        """A document's body, or None."""
        rows = await self._read_all(
            "SELECT body FROM document WHERE kind = $1 AND key = $2", kind, key
        )
        return rows[0][0] if rows else None

    async def list_documents(self, kind: str) -> list[Document]:
        """All documents of a kind, ordered by key."""
        rows = await self._read_all(
            "SELECT kind, key, body FROM document WHERE kind = $1 ORDER BY key", kind
        )
        return [Document(*row) for row in rows]

    async def delete_documents(
        self, kind: str, keys: Sequence[str], *, audit: Sequence[bytes] = ()
    ) -> int:
        """Delete documents; returns how many there were."""
        rows = await self._read_all(
            "SELECT key FROM document WHERE kind = $1 AND key = ANY($2)", kind, list(keys)
        )
        if rows:
            gone = [(kind, key) for (key,) in rows]
            await self._submit(Request(0, gone=gone, audit=audit))
        return len(rows)

    async def list_letters(
        self, box: str, limit: int = 100, before: int | None = None
    ) -> list[Letter]:
        """Dead letters, newest first; `before` is a key, to page on."""
        rows = await self._read_all(
            "SELECT box, subject, reason, body, at, key FROM letter "
            "WHERE box = $1 AND key < $2 ORDER BY key DESC LIMIT $3",
            box,
            before if before is not None else 2**63 - 1,
            limit,
        )
        return [Letter(*row) for row in rows]

    async def count_letters(self, box: str) -> int:
        """How many dead letters there are in a box."""
        ((count,),) = await self._read_all("SELECT count(*) FROM letter WHERE box = $1", box)
        return int(count)

    async def delete_letters(self, keys: Sequence[int], *, audit: Sequence[bytes] = ()) -> int:
        """Delete dead letters; returns how many there were."""
        rows = await self._read_all("SELECT key FROM letter WHERE key = ANY($1)", list(keys))
        if rows:
            there = [key for (key,) in rows]
            statement = ("DELETE FROM letter WHERE key = ANY($1)", (there,))
            await self._submit(Request(0, statements=[statement], audit=audit))
        return len(rows)

    async def backup(self, target: Path) -> None:
        """Write a consistent copy, as a file of the embedded store, while running."""
        self._require_open()
        await copy_out(self._database, target)

    async def scrub(self) -> None:
        """Write the tables that hold values anew; the server's own log forgets in its time."""
        self._require_open()
        await self._database.write_anew(HOLDING)

    async def _read_all(self, sql: str, *values: Any) -> list[Any]:
        rows: list[Any] = await self._database.read(
            lambda connection: connection.fetch(sql, *values)
        )
        return rows

    async def _look_up(self, ids: Sequence[str]) -> dict[str, Entity]:
        found = await self._fetch(ids)
        return {entity_id: entity for entity_id, (_, entity) in found.items()}

    async def _fetch(self, ids: Sequence[str]) -> dict[str, tuple[int, Entity]]:
        """Committed entities with their keys, as far as there are."""
        cache = self._cache
        found = {one: cache[one] for one in ids if one in cache}
        missing = [one for one in ids if one not in found]
        if not missing:
            return found
        self._require_open()
        before = self._commits
        fetched = await self._database.read(lambda link: _entities(link, missing))
        if self._commits == before:
            self._keep(fetched)
        return found | fetched

    def _keep(self, entities: dict[str, tuple[int, Entity]]) -> None:
        """Keep entities decoded; where there are too many, those kept longest go."""
        cache = self._cache
        for entity_id, held in entities.items():
            cache.pop(entity_id, None)
            cache[entity_id] = held
        for entity_id in list(cache)[: max(len(cache) - CACHED, 0)]:
            del cache[entity_id]

    def _require_open(self) -> None:
        if self._closing:
            raise StoreError("the state store is closing", hint="try again when Kota is up")

    async def _commit(self, statements: Sequence[Statement]) -> None:
        if statements:
            await self._submit(Request(0, statements=statements))

    async def _submit(self, request: Request) -> list[Change | KotaError | None]:
        self._require_open()
        self._waiting.append(request)
        self._filled.set()
        return await asyncio.shield(request.done)

    async def _commit_groups(self) -> None:
        while True:
            await self._filled.wait()
            await asyncio.sleep(0)
            self._filled.clear()
            requests, self._waiting = self._waiting, []
            if requests:
                await self._settle(requests)
            if self._closing and not self._waiting:
                return

    async def _settle(self, requests: Sequence[Request]) -> None:
        """Commit requests together; where one holds what cannot be kept, each alone."""
        try:
            group = await self._run(requests)
            if not group.empty:
                await self._committer.write(group)
        except StoreError as error:
            for request in requests:
                request.fail(error)
            self._cache.clear()
            return
        except _UNKEEPABLE as error:
            if len(requests) == 1:
                requests[0].fail(_unkeepable(error))
                return
            for request in requests:
                await self._settle([request])
            return
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
            for request in requests:
                request.fail(StoreError(f"state: {type(error).__name__}: {error}"))
            return
        self._finish(group)

    async def _run(self, requests: Sequence[Request]) -> Group:
        stood = await self._committer.ready()
        if stood.observations != self.journal.last:
            self._cache.clear()
            self.journal.load(stood.observations)
        ids = dict.fromkeys(write.entity_id for request in requests for write in request.writes)
        found = await self._fetch(list(ids)) if ids else {}
        group = Group(
            stood.commits + 1, stood.changes, {one: found.get(one, (None, None)) for one in ids}
        )
        for request in requests:
            try:
                group.run(request, self._deliver)
            except Exception as error:  # noqa: BLE001 - it is the caller's, who gets it back
                request.fail(error)
        return group

    def _finish(self, group: Group) -> None:
        self._commits += 1
        for entity_id in group.touched:
            self._cache.pop(entity_id, None)
        held = {one: group.held[one] for one in group.touched}
        self._keep({one: (key, e) for one, (key, e) in held.items() if key and e is not None})
        if group.stretch is not None:
            self.journal.extend(group.stretch)
        self._remember(group.receipts)
        if group.changes:
            self._kinds = self._committer.kinds
            for publish in self._publish:
                publish(group.changes)
        for request in group.requests:
            request.succeed()

    def _remember(self, receipts: Sequence[bytes]) -> None:
        for receipt in receipts:
            if receipt not in self._receipts:
                self._receipts[receipt] = None
                self._receipt_order.append(receipt)
        while len(self._receipt_order) > RECEIPTS:
            del self._receipts[self._receipt_order.popleft()]


async def _entities(link: Connection, ids: Sequence[str]) -> dict[str, tuple[int, Entity]]:
    if len(ids) == 1:
        rows = await link.fetch("SELECT key, body FROM entity WHERE id = $1", ids[0])
    else:
        rows = await link.fetch("SELECT key, body FROM entity WHERE id = ANY($1)", list(ids))
    found = ((key, querying.decode(body)) for key, body in rows)
    return {entity.id: (key, entity) for key, entity in found}


def _unkeepable(error: Exception) -> UnkeepableError:
    return UnkeepableError(
        f"a value cannot be kept: {error}", hint="nothing of what was to be committed with it was"
    )
