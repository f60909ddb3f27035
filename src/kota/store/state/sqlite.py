"""The embedded state store: SQLite beneath, memory above, and one writer."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kota.clock import Clock
from kota.errors import KotaError, StoreError, UnkeepableError
from kota.model.entity import Entity
from kota.model.query import EntityQuery
from kota.store.state.audit import SqliteAudit
from kota.store.state.committer import (
    RECEIPTS,
    Committer,
    connect,
    load_entities,
    load_receipts,
)
from kota.store.state.group import Group, Statement
from kota.store.state.journal import SqliteJournal
from kota.store.state.memory import ReadModel
from kota.store.state.outbox import SqliteOutbox
from kota.store.state.protocol import (
    Change,
    Deliver,
    Document,
    Letter,
    Observation,
    Write,
)
from kota.store.state.schema import migrate

FILE_NAME = "state.sqlite"


class SqliteState:
    """State in one SQLite file, committed in groups.

    Writes run at once against what was accepted so far; reads see only what is committed, so
    nobody is shown a value that a power cut could take back. Groups form by themselves: while one
    is written, the next collects.

    Args:
        folder: where the file is or shall be.
        clock: stamps changes.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / FILE_NAME
        self._clock = clock
        self._model = ReadModel()
        self._pending: dict[str, tuple[int, int, Entity | None]] = {}
        self._next_key = 1
        self._sequence = 0
        self._deliver: list[Deliver] = []
        self._publish: list[Callable[[Sequence[Change]], None]] = []
        self._receipts: dict[bytes, None] = {}
        self._receipt_order: deque[bytes] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kota-commit")
        self._filled = asyncio.Event()
        self._closing = False
        self.outbox = SqliteOutbox(self._reading, self._commit)
        self.journal = SqliteJournal(self._reading, self._commit)
        self.audit = SqliteAudit(self._reading)

    async def open(self) -> None:
        """Open or create the file, migrate it, and load the present."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._writer = connect(self._path)
            migrate(self._writer)
            self._reader = connect(self._path)
            self._load()
        except sqlite3.Error as error:
            raise StoreError(
                f"state file {self._path}: {error}", hint="restore a backup with kota restore"
            ) from error
        self._group = Group(1)
        self._task = asyncio.create_task(self._commit_groups(), name="kota-commit")

    async def close(self) -> None:
        """Commit what was accepted and close the file."""
        self._closing = True
        self._filled.set()
        await self._task
        self._thread.shutdown()
        self._reader.close()
        self._writer.close()

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
        self._require_open()
        group = self._group
        at = self._clock.now()
        outcomes = [self._run(write, at, group) for write in writes]
        changes = [o for o in outcomes if isinstance(o, Change)]
        if changes:
            group.changes.extend(changes)
            for change in changes:
                group.observations.extend(change.record())
            for deliver in self._deliver:
                group.outbox.extend(deliver(changes))
        group.observations.extend(late)
        group.receipts.extend(receipts)
        group.letters.extend(letters)
        group.statements.extend(map(_putting, documents))
        group.audit.extend(audit)
        given = late or receipts or letters or documents or audit
        if changes or given or self._unsettled(writes):
            await self._join(group)
        return outcomes

    def received(self, receipt: bytes) -> bool:
        """Whether a message with this key was committed lately."""
        return receipt in self._receipts

    async def get(self, entity_id: str) -> Entity | None:
        """The entity as committed, or None."""
        return self._model.get(entity_id)

    async def query(self, query: EntityQuery) -> tuple[list[Entity], int | None]:
        """One page of the entities that match, in order of creation unless `order` says else."""
        return self._model.query(query)

    async def scan(self, types: Sequence[str] = ()) -> AsyncIterator[Entity]:
        """All entities, or those of any of these types; long scans let others work."""
        for number, entity in enumerate(self._model.scan(types)):
            if number % 1000 == 999:
                await asyncio.sleep(0)
            yield entity

    async def type_counts(self) -> dict[str, int]:
        """How many entities there are of each type."""
        return self._model.type_counts()

    async def put_documents(self, documents: Sequence[Document]) -> None:
        """Create or replace documents, durably."""
        await self._commit(list(map(_putting, documents)))

    async def get_document(self, kind: str, key: str) -> bytes | None:
        """A document's body, or None."""
        row = self._reading().execute(
            "SELECT body FROM document WHERE kind = ? AND key = ?", (kind, key)
        )
        found = row.fetchone()
        return None if found is None else bytes(found[0])

    async def list_documents(self, kind: str) -> list[Document]:
        """All documents of a kind, ordered by key."""
        rows = self._reading().execute(
            "SELECT kind, key, body FROM document WHERE kind = ? ORDER BY key", (kind,)
        )
        return [Document(*row) for row in rows.fetchall()]

    async def delete_documents(
        self, kind: str, keys: Sequence[str], *, audit: Sequence[bytes] = ()
    ) -> int:
        """Delete documents; returns how many there were."""
        there = [key for key in keys if await self.get_document(kind, key) is not None]
        await self._commit(
            [("DELETE FROM document WHERE kind = ? AND key = ?", (kind, key)) for key in there],
            audit,
        )
        return len(there)

    async def list_letters(
        self, box: str, limit: int = 100, before: int | None = None
    ) -> list[Letter]:
        """Dead letters, newest first; `before` is a key, to page on."""
        rows = self._reading().execute(
            "SELECT box, subject, reason, body, at, key FROM letter "
            "WHERE box = ? AND key < ? ORDER BY key DESC LIMIT ?",
            (box, before if before is not None else 2**63 - 1, limit),
        )
        return [Letter(*row) for row in rows.fetchall()]

    async def count_letters(self, box: str) -> int:
        """How many dead letters there are in a box."""
        count = "SELECT count(*) FROM letter WHERE box = ?"
        (letters,) = self._reading().execute(count, (box,)).fetchone()
        return int(letters)

    async def delete_letters(self, keys: Sequence[int], *, audit: Sequence[bytes] = ()) -> int:
        """Delete dead letters; returns how many there were."""
        find = "SELECT 1 FROM letter WHERE key = ?"
        there = [key for key in keys if self._reading().execute(find, (key,)).fetchone()]
        await self._commit([("DELETE FROM letter WHERE key = ?", (key,)) for key in there], audit)
        return len(there)

    async def backup(self, target: Path) -> None:
        """Write a consistent copy of the file into a folder while running."""
        await asyncio.to_thread(_copy, self._path, target / FILE_NAME)

    async def scrub(self) -> None:
        """Overwrite what deleted rows have left in the file; see `StateStore.scrub`."""
        self._require_open()
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._committer.scrub)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"state file {self._path}: what was deleted could not be overwritten: {error}",
                hint="free as much disk as the file takes, and erase again",
            ) from error

    def _load(self) -> None:
        for key, entity in load_entities(self._reader):
            self._model.put(key, entity)
            self._next_key = key + 1
        counters = dict(self._reader.execute("SELECT name, value FROM meta").fetchall())
        self._sequence = counters.get("changes", 0)
        observations = counters.get("observations", 0)
        self.journal.load(observations)
        self._remember(list(load_receipts(self._reader)))
        self._committer = Committer(self._writer, self._sequence, observations)

    def _run(self, write: Write, at: int, group: Group) -> Change | KotaError | None:
        entity_id = write.entity_id
        pending = self._pending.get(entity_id)
        before = self._model.get(entity_id) if pending is None else pending[2]
        try:
            after = write.mutate(before)
        except KotaError as error:
            return error
        if after is before:
            return None
        key = self._key(entity_id) if pending is None else pending[1]
        self._sequence += 1
        self._pending[entity_id] = (group.number, key, after)
        group.entities[entity_id] = (key, after)
        return Change(self._sequence, at, before, after)

    def _key(self, entity_id: str) -> int:
        key = self._model.key(entity_id)
        if key is None:
            key = self._next_key
            self._next_key += 1
        return key

    def _unsettled(self, writes: Sequence[Write]) -> bool:
        """Whether an answer about these entities rests on what is not committed yet."""
        return any(write.entity_id in self._pending for write in writes)

    def _reading(self) -> sqlite3.Connection:
        self._require_open()
        return self._reader

    def _require_open(self) -> None:
        if self._closing:
            raise StoreError("the state store is closing", hint="try again when Kota is up")

    async def _commit(self, statements: Sequence[Statement], audit: Sequence[bytes] = ()) -> None:
        if not statements:
            return
        self._require_open()
        self._group.statements.extend(statements)
        self._group.audit.extend(audit)
        await self._join(self._group)

    async def _join(self, group: Group) -> None:
        self._filled.set()
        await asyncio.shield(group.committed)

    async def _commit_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._filled.wait()
            await asyncio.sleep(0)
            self._filled.clear()
            group, self._group = self._group, Group(self._group.number + 1)
            try:
                await loop.run_in_executor(self._thread, self._committer.write, group)
            except (sqlite3.Error, OSError) as error:
                self._fail(group, self._unwritten(error))
            except (ValueError, TypeError, OverflowError, RecursionError) as error:
                self._fail(group, _unkeepable(error))
            else:
                self._finish(group)
            if self._closing and self._group.empty:
                return

    def _finish(self, group: Group) -> None:
        for entity_id, (key, entity) in group.entities.items():
            if self._pending[entity_id][0] == group.number:
                del self._pending[entity_id]
            if entity is None:
                self._model.drop(entity_id)
            else:
                self._model.put(key, entity)
        if group.stretch is not None:
            self.journal.extend(group.stretch)
        self._remember(group.receipts)
        if group.changes:
            for publish in self._publish:
                publish(group.changes)
        group.committed.set_result(None)

    def _unwritten(self, error: Exception) -> StoreError:
        return StoreError(
            f"state file {self._path} could not be written: {error}",
            hint="free disk space or check the disk; nothing of this request was kept",
        )

    def _fail(self, group: Group, reason: StoreError) -> None:
        """Undo a group and the one that was built upon it."""
        built_upon, self._group = self._group, Group(self._group.number + 1)
        self._pending.clear()
        for failed in (group, built_upon):
            failed.committed.set_exception(reason)
            failed.committed.exception()

    def _remember(self, receipts: Sequence[bytes]) -> None:
        for receipt in receipts:
            if receipt not in self._receipts:
                self._receipts[receipt] = None
                self._receipt_order.append(receipt)
        while len(self._receipt_order) > RECEIPTS:
            del self._receipts[self._receipt_order.popleft()]


def _unkeepable(error: Exception) -> UnkeepableError:
    return UnkeepableError(
        f"a value cannot be kept: {error}", hint="nothing of what was to be committed with it was"
    )


def _putting(document: Document) -> Statement:
    return (
        "INSERT OR REPLACE INTO document (kind, key, body) VALUES (?, ?, ?)",
        (document.kind, document.key, document.body),
    )


def _copy(source: Path, target: Path) -> None:
    origin, copy = sqlite3.connect(source), sqlite3.connect(target)
    try:
        origin.backup(copy)
        (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
    finally:
        copy.close()
        origin.close()
    if verdict != "ok":
        raise StoreError(f"backup {target} is damaged: {verdict}", hint="back up again")
