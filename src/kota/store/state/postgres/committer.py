"""The one writer of a town's state: one transaction a group, and no doubt about any of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

import asyncpg
import msgspec

from kota.errors import StoreError
from kota.model.entity import Entity
from kota.store.postgres.link import LOST, PATIENCE, PAUSE, Connection, Database, rows_of
from kota.store.postgres.owning import own
from kota.store.postgres.versions import migrate
from kota.store.state.chain import Link, chained
from kota.store.state.committer import RECEIPTS
from kota.store.state.outbox import item_row, letter_row
from kota.store.state.postgres.group import Group, Held
from kota.store.state.postgres.one_statement import PUT, OneStatement
from kota.store.state.postgres.projection import facts_of, place_of
from kota.store.state.postgres.schema import MIGRATIONS
from kota.store.state.stretch import Stretch, stretch_of

CHUNK: Final = 2000
"""Rows in one statement."""

FIRST_WAIT: Final = 5.0
"""Seconds that a start waits for the connection of a killed Kota to end."""

_T = TypeVar("_T")
encode = msgspec.msgpack.Encoder().encode

_TELL: Final = (
    "UPDATE ledger SET commits = $2, changes = $3, observations = $4 WHERE epoch = $1 "
    "AND commits = $2 - 1"
)
_PUT: Final = PUT.format("$1", "$2", "$3", "$4", "$5", "$6", "")
INSERT_ITEMS: Final = (
    "INSERT INTO outbox (destination, body, due_at, attempts) SELECT d, b, u, a FROM unnest("
    "$1::text[], $2::bytea[], $3::bigint[], $4::int[]) WITH ORDINALITY AS t (d, b, u, a, n) "
    "ORDER BY n"
)
INSERT_LETTERS: Final = (
    "INSERT INTO letter (box, subject, reason, body, at) SELECT b, s, r, c, a FROM unnest("
    "$1::text[], $2::text[], $3::text[], $4::bytea[], $5::bigint[]) "
    "WITH ORDINALITY AS t (b, s, r, c, a, n) ORDER BY n"
)
_DOCUMENTS: Final = (
    "INSERT INTO document (kind, key, body) SELECT * FROM unnest($1::text[], $2::text[], "
    "$3::bytea[]) ON CONFLICT (kind, key) DO UPDATE SET body = EXCLUDED.body"
)
_NO_DOCUMENTS: Final = (
    "DELETE FROM document WHERE (kind, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
)
_AUDIT: Final = "INSERT INTO audit SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])"


Rows = Sequence[tuple[int, Entity]]
"""Entities with their keys."""


class Standing(msgspec.Struct):
    """Where the database stands after its last commit.

    Args:
        epoch: of this owner.
        commits, changes, observations: how many there have been.
        next_key: of the next new entity.
        receipts: how many keys of messages were ever remembered.
        kinds: number of each list of types.
        audit: the newest line.
    """

    epoch: int
    commits: int
    changes: int
    observations: int
    next_key: int
    receipts: int
    kinds: dict[tuple[str, ...], int]
    audit: Link | None


class Committer:
    """Owns the town's tables, and writes them.

    Every commit raises the ledger's count by one, under the epoch of the owner: whether a commit
    whose answer was lost took place is read from there, and an owner that was replaced meanwhile
    can commit nothing more.

    Args:
        database: where to connect.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection = None
        self._closing = False
        self._epoch: int | None = None
        self._stood: Standing | None = None

    @property
    def kinds(self) -> dict[tuple[str, ...], int]:
        """The number of each list of types that was committed."""
        return {} if self._stood is None else self._stood.kinds

    async def open(self) -> None:
        """Own the tables, and bring them to the version of this program.

        Raises:
            StoreError: another Kota owns them, or the database is away or refuses.
        """
        try:
            await self._connect()
        except asyncpg.PostgresError as error:
            raise self._database.refused(error) from error
        except LOST as error:
            raise self._database.unreachable(error) from error

    async def close(self) -> None:
        """Let go of the tables."""
        self._closing = True
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                await connection.close(timeout=5)
            except (TimeoutError, asyncpg.PostgresError, *LOST):
                connection.terminate()

    async def ready(self) -> Standing:
        """Where the database stands; the connection is made anew where it broke.

        Raises:
            StoreError: the database is away or refuses, or another Kota owns it now.
        """
        return await self._until_it_holds(self._stand)

    async def write(self, group: Group) -> None:
        """Commit a group that was begun where the database stands.

        Raises:
            StoreError: the database refuses or is away, or another Kota owns it now.
            asyncpg.DataError, ValueError, TypeError, OverflowError, RecursionError: a value
                cannot be kept.
        """

        async def step() -> None:
            stood = await self._stand()
            if stood.commits < group.number:
                await self._transaction(stood, group)

        await self._until_it_holds(step)

    async def _until_it_holds(self, step: Callable[[], Awaitable[_T]]) -> _T:
        """Take a step, again where the connection broke, for as long as `PATIENCE` lasts."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return await step()
            except LOST as error:
                self._drop()
                if self._closing or time.monotonic() > end:
                    raise self._database.unreachable(error) from error
                await asyncio.sleep(PAUSE)
            except asyncpg.DataError:
                raise
            except asyncpg.PostgresError as error:
                raise self._database.refused(error) from error

    async def _stand(self) -> Standing:
        if self._connection is None or self._connection.is_closed():
            await self._connect()
        assert self._stood is not None
        return self._stood

    async def _connect(self) -> None:
        self._drop()
        connection = await self._database.connect()
        try:
            first = self._epoch is None
            schema = self._database.address.schema
            await own(connection, self._database, "state", wait=FIRST_WAIT if first else PATIENCE)
            if first:
                await migrate(connection, schema, "state", MIGRATIONS)
                self._epoch = await connection.fetchval(
                    "UPDATE ledger SET epoch = epoch + 1 RETURNING epoch"
                )
            await connection.execute("SET plan_cache_mode = auto")
            self._stood = await _standing(connection, self._epoch)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _transaction(self, stood: Standing, group: Group) -> None:
        kinds = dict(stood.kinds)
        observations = stood.observations + len(group.observations)
        if group.observations:
            group.stretch = stretch_of(stood.observations + 1, group.observations)
            _require_texts(group.stretch)
        audit = chained(stood.audit, group.audit)
        gone, new, rows = _sorted_out(group, stood.next_key)
        receipts = stood.receipts + len(group.receipts)
        few = len(rows) <= CHUNK and all(entity.types in kinds for _, entity in rows)
        if few and OneStatement.suits(group):
            await self._at_once(stood, group, rows, gone, audit)
        else:
            await self._step_by_step(stood, group, kinds, rows, gone, audit)
        group.held.update(new)
        self._stood = Standing(
            stood.epoch,
            group.number,
            group.sequence,
            observations,
            stood.next_key + len(new),
            receipts,
            kinds,
            audit[-1] if audit else stood.audit,
        )

    async def _at_once(
        self,
        stood: Standing,
        group: Group,
        rows: Rows,
        gone: list[int],
        audit: Sequence[Link],
    ) -> None:
        """Commit in one statement."""
        observations = stood.observations + len(group.observations)
        one = OneStatement(stood.epoch, group.number, group.sequence, observations)
        one.entities(_columns(rows, stood.kinds) if rows else (), gone)
        if group.stretch is not None:
            one.journal(group.stretch.last, group.stretch.first, encode(group.stretch))
        if group.receipts:
            last = stood.receipts + len(group.receipts)
            one.receipts(last, encode(group.receipts), last - RECEIPTS)
        if group.outbox:
            one.outbox(group)
        if audit:
            one.audit(audit)
        try:
            told, _ = await self._connection.fetchrow(one.sql, *one.values)
        except asyncpg.DivisionByZeroError as error:
            raise _astray() from error
        if not told:
            raise self._taken_over()

    async def _step_by_step(
        self,
        stood: Standing,
        group: Group,
        kinds: dict[tuple[str, ...], int],
        rows: Rows,
        gone: list[int],
        audit: Sequence[Link],
    ) -> None:
        """Commit in one transaction of several statements."""
        connection = self._connection
        observations = stood.observations + len(group.observations)
        async with connection.transaction():
            told = await connection.execute(
                _TELL, stood.epoch, group.number, group.sequence, observations
            )
            if told != "UPDATE 1":
                raise self._taken_over()
            await number_kinds(connection, kinds, [entity for _, entity in rows])
            if gone:
                await connection.execute("DELETE FROM entity WHERE key = ANY($1)", gone)
            await put_entities(connection, rows, kinds)
            await _put_the_rest(connection, group, stood.receipts)
            if audit:
                await connection.execute(
                    _AUDIT,
                    [one.number for one in audit],
                    [one.body for one in audit],
                    [one.digest for one in audit],
                )

    def _taken_over(self) -> StoreError:
        return StoreError(
            f"database {self._database.address}: another Kota took it over",
            hint="stop one of the two",
        )


async def _standing(connection: Connection, epoch: int | None) -> Standing:
    """Read where the database stands, after what another connection may still be committing."""
    async with connection.transaction():
        ledger = await connection.fetchrow(
            "SELECT epoch, commits, changes, observations FROM ledger FOR UPDATE"
        )
        next_key = await connection.fetchval("SELECT coalesce(max(key), 0) + 1 FROM entity")
        receipts = await connection.fetchval("SELECT coalesce(max(last), 0) FROM receipt")
        rows = await connection.fetch("SELECT types, number FROM kind")
        last = await connection.fetchrow(
            "SELECT number, body, digest FROM audit ORDER BY number DESC LIMIT 1"
        )
    if ledger["epoch"] != epoch:
        raise StoreError("another Kota took the database over", hint="stop one of the two")
    return Standing(
        ledger["epoch"],
        ledger["commits"],
        ledger["changes"],
        ledger["observations"],
        next_key,
        receipts,
        {tuple(types): number for types, number in rows},
        None if last is None else Link(*last),
    )


def _require_texts(stretch: Stretch) -> None:
    """Refuse what history could not take over later: PostgreSQL's texts hold no U+0000.

    Raises:
        ValueError: there is one.
    """
    texts = [*stretch.entities, *(text for names in stretch.names for text in names)]
    for column in (stretch.unit, stretch.reason):
        texts += set(column) if isinstance(column, list) else [column]
    if any("\0" in text for text in texts if text):
        raise ValueError("PostgreSQL holds no character U+0000 in names, units and reasons")


def _sorted_out(group: Group, next_key: int) -> tuple[list[int], Held, Rows]:
    """Keys that go, entities that are new with their keys, and all that are to be written.

    The group itself stays as it is: the commit may fail and be run again.
    """
    gone: list[int] = []
    new: Held = {}
    rows: list[tuple[int, Entity]] = []
    for entity_id in group.touched:
        key, entity = group.held[entity_id]
        if entity is None:
            gone += [] if key is None else [key]
            continue
        if key is None:
            key = next_key + len(new)
            new[entity_id] = (key, entity)
        rows.append((key, entity))
    return gone, new, rows


async def number_kinds(
    connection: Connection, kinds: dict[tuple[str, ...], int], entities: Sequence[Entity]
) -> None:
    """Give a number to each list of types that has none."""
    for entity in entities:
        if entity.types not in kinds:
            kinds[entity.types] = len(kinds) + 1
            await connection.execute(
                "INSERT INTO kind VALUES ($1, $2)", kinds[entity.types], list(entity.types)
            )


async def put_entities(
    connection: Connection,
    entities: Rows,
    kinds: dict[tuple[str, ...], int],
) -> None:
    """Create or replace entities under their keys, in the caller's transaction.

    Raises:
        StoreError: a key is another entity's; nothing was written.
    """
    rows = iter(entities)
    while chunk := list(islice(rows, CHUNK)):
        status = await connection.execute(_PUT, *_columns(chunk, kinds))
        if rows_of(status) != len(chunk):
            raise _astray()


def _columns(rows: Rows, kinds: dict[tuple[str, ...], int]) -> tuple[list[Any], ...]:
    """The columns of entities as `PUT` has them."""
    return (
        [key for key, _ in rows],
        [entity.id for _, entity in rows],
        [kinds[entity.types] for _, entity in rows],
        [place_of(entity) for _, entity in rows],
        [facts_of(entity) for _, entity in rows],
        [encode(entity) for _, entity in rows],
    )


def _astray() -> StoreError:
    return StoreError("a key of the database is another entity's", hint="report this")


async def _put_the_rest(connection: Connection, group: Group, receipts: int) -> None:
    """Write everything but entities and audit, after so many receipts."""
    if group.stretch is not None:
        await connection.execute(
            "INSERT INTO journal VALUES ($1, $2, $3)",
            group.stretch.last,
            group.stretch.first,
            encode(group.stretch),
        )
    if group.receipts:
        receipts += len(group.receipts)
        await connection.execute(
            "INSERT INTO receipt VALUES ($1, $2)", receipts, encode(group.receipts)
        )
        await connection.execute("DELETE FROM receipt WHERE last <= $1", receipts - RECEIPTS)
    if group.outbox:
        await connection.execute(INSERT_ITEMS, *columns(map(item_row, group.outbox)))
    if group.letters:
        await connection.execute(INSERT_LETTERS, *columns(map(letter_row, group.letters)))
    put = [(*place, body) for place, body in group.documents.items() if body is not None]
    gone = [place for place, body in group.documents.items() if body is None]
    if put:
        await connection.execute(_DOCUMENTS, *columns(put))
    if gone:
        await connection.execute(_NO_DOCUMENTS, *columns(gone))
    for sql, values in group.statements:
        await connection.execute(sql, *values)


def columns(rows: Any) -> list[list[Any]]:
    """Rows, at least one, column by column."""
    return [list(column) for column in zip(*rows, strict=True)]
