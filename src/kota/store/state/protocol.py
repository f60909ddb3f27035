"""What every state store offers, whatever it stands on.

The store owns atomicity: a `Write` is a pure function from the entity as it is to the entity as
it shall be, run by the store under whatever isolation it has (one event loop, or a row lock), so
the broker never reads, thinks and writes in three steps.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from kota.errors import KotaError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.query import EntityQuery
from kota.model.terms import NULL, SCOPE, TYPES
from kota.store.state.chain import Link

if TYPE_CHECKING:
    from kota.store.state.stretch import Stretch

Mutation = Callable[[Entity | None], Entity | None]
"""Given the entity as it is (None: absent), the entity as it shall be (None: delete).

Returning its argument changes nothing. Raising a `KotaError` refuses this write alone.
"""


Instances = tuple[Attribute, ...]


class Write(msgspec.Struct, frozen=True):
    """One entity to be changed."""

    entity_id: str
    mutate: Mutation


class Change(msgspec.Struct, frozen=True):
    """What one committed write did.

    Args:
        sequence: strictly rising over all changes of one store.
        at: when it was accepted, an instant.
        before: the entity as it was; None where it was created.
        after: the entity as it is; None where it was deleted.
    """

    sequence: int
    at: int
    before: Entity | None
    after: Entity | None

    @property
    def entity(self) -> Entity:
        """The entity as it is or, where it was deleted, as it was last."""
        entity = self.after if self.after is not None else self.before
        if entity is None:
            raise AssertionError("a change has an entity before or after it")
        return entity

    def attributes(self) -> list[str]:
        """Expanded names of the attributes that were added, changed or removed."""
        before = self.before.attrs if self.before is not None else {}
        after = self.after.attrs if self.after is not None else {}
        touched = [name for name, now in after.items() if before.get(name) is not now]
        touched += [name for name in before if name not in after]
        return touched

    def record(self) -> list[Observation]:
        """Everything that history keeps of this change, in the order in which it must learn it.

        The types of a new or retyped entity (as attribute `TYPES`, a VocabProperty), its scope (as
        attribute ``scope``, a Property), the attribute instances that were made or replaced, and
        a null value with the time of deletion for each instance that was removed. A deleted entity
        is a null `TYPES`.
        """
        before, after = self.before, self.after
        if after is None:
            gone = _removed(Kind.VOCAB_PROPERTY, None, self.at)
            return [Observation(self.entity.id, TYPES, gone)]
        found: list[Observation] = []
        if before is None or before.types != after.types:
            types = list(after.types)
            found.append(Observation(after.id, TYPES, _written(Kind.VOCAB_PROPERTY, types, after)))
        if after.scope != (before.scope if before is not None else ()):
            found.append(Observation(after.id, SCOPE, _scope(after, self.at)))
        held = before.attrs if before is not None else {}
        removed = self._compare(held, after, found)
        for name in removed:
            found += self._removals(after.id, name, held[name], after.attrs.get(name, ()))
        return found

    def _compare(
        self, held: dict[str, Instances], after: Entity, found: list[Observation]
    ) -> list[str]:
        """Add the instances that are new; returns the attributes that may have lost some."""
        entity_id = after.id
        suspects: list[str] = []
        kept = 0
        for name, now in after.attrs.items():
            was = held.get(name)
            if was is None:
                found += [Observation(entity_id, name, instance) for instance in now]
                continue
            kept += 1
            if was is now:
                continue
            if len(now) == len(was) == 1:
                (new,), (old,) = now, was
                if new.dataset_id == old.dataset_id:
                    if new is not old:
                        found.append(Observation(entity_id, name, new))
                    continue
            suspects.append(name)
            known = {id(instance) for instance in was}
            found += [Observation(entity_id, name, one) for one in now if id(one) not in known]
        if kept < len(held):
            suspects += [name for name in held if name not in after.attrs]
        return suspects

    def _removals(
        self, entity_id: str, name: str, was: Instances, now: Instances
    ) -> Iterable[Observation]:
        there = {instance.dataset_id for instance in now}
        for old in was:
            if old.dataset_id not in there:
                yield Observation(entity_id, name, _removed(old.kind, old.dataset_id, self.at))


class Observation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One value of one series; a series is an entity, an attribute and a dataset id."""

    entity_id: str
    attribute: str
    instance: Attribute


def _written(kind: Kind, value: Any, entity: Entity) -> Attribute:
    return Attribute(
        kind,
        value,
        entity.modified_at,
        created_at=entity.created_at,
        modified_at=entity.modified_at,
    )


def _scope(entity: Entity, at: int) -> Attribute:
    if not entity.scope:
        return _removed(Kind.PROPERTY, None, at)
    return _written(Kind.PROPERTY, list(entity.scope), entity)


def _removed(kind: Kind, dataset_id: str | None, at: int) -> Attribute:
    return Attribute(kind, NULL, dataset_id=dataset_id, created_at=at, modified_at=at)


class OutboxItem(msgspec.Struct, frozen=True, array_like=True):
    """A message that must leave: kept until delivered or given up.

    Args:
        key: unique; 0 until the store has given one.
        destination: what delivers it, for example a subscription's id.
        body: encoded by whoever derives it, decoded by whoever delivers it.
        due_at: not before this instant.
        attempts: how often delivery has failed.
    """

    destination: str
    body: bytes
    due_at: int
    attempts: int = 0
    key: int = 0


class Letter(msgspec.Struct, frozen=True, array_like=True):
    """Something that could not be taken in or delivered, kept with its reason.

    Args:
        box: ``ingest`` or ``notification``.
        subject: topic or subscription it belongs to.
        reason: what was wrong with it, where, and what to do.
        body: the message itself.
        at: when it was put aside.
        key: unique; 0 until the store has given one.
    """

    box: str
    subject: str
    reason: str
    body: bytes
    at: int
    key: int = 0


class Document(msgspec.Struct, frozen=True):
    """A small keyed record: a subscription, a stored context, a known device."""

    kind: str
    key: str
    body: bytes


class Outbox(Protocol):
    """Messages that must leave."""

    async def destinations(self) -> dict[str, int]:
        """Where messages wait to go, and how much waits for each [bytes]."""
        ...

    async def of(self, destination: str, limit: int) -> list[OutboxItem]:
        """The messages of one destination, due or not, oldest first."""
        ...

    async def waiting(self) -> int:
        """How many messages there are, due or not."""
        ...

    async def done(self, keys: Sequence[int]) -> None:
        """Forget messages that were delivered."""
        ...

    async def retry(self, items: Sequence[OutboxItem]) -> None:
        """Keep messages for later, with their new `due_at` and `attempts`."""
        ...

    async def give_up(self, item: OutboxItem, letter: Letter) -> None:
        """Turn a message into a dead letter, in one step."""
        ...

    async def put(self, items: Sequence[OutboxItem]) -> None:
        """Add messages that no change of an entity brought forth."""
        ...

    async def drop(self, destination: str) -> None:
        """Forget all messages of one destination."""
        ...


class Journal(Protocol):
    """Observations that are committed and not yet in history."""

    async def read(self, after: int, limit: int) -> list[Stretch]:
        """Observations with a sequence above `after`, oldest first, about `limit` of them.

        The first stretch may begin earlier.
        """
        ...

    async def trim(self, through: int) -> None:
        """Forget what history holds durably, up to and including this sequence."""
        ...

    @property
    def last(self) -> int:
        """The highest committed sequence."""
        ...


class Audit(Protocol):
    """Lines of the audit: appended by `StateStore.apply`, never changed."""

    async def last(self) -> Link | None:
        """The newest line, or None where there is none."""
        ...

    async def read(self, after: int = 0, limit: int = 1000) -> list[Link]:
        """Lines with a number above `after`, oldest first."""
        ...


Deliver = Callable[[Sequence[Change]], Sequence[OutboxItem]]
"""Derives from the changes of one request what must leave because of them."""


class Entities(Protocol):
    """Entities to be read and changed: all of a store's, or those that somebody sees."""

    async def get(self, entity_id: str) -> Entity | None:
        """The entity as committed, or None."""
        ...

    async def query(self, query: EntityQuery) -> tuple[list[Entity], int | None]:
        """Entities that match, one page of them, in a stable order.

        Returns:
            The page, and the count of all that match where `query.count` asks for it.
        """
        ...

    def scan(self, types: Sequence[str] = ()) -> AsyncIterator[Entity]:
        """All entities, or those of any of these expanded types."""
        ...

    async def type_counts(self) -> dict[str, int]:
        """How many entities there are of each expanded type."""
        ...

    async def apply(self, writes: Sequence[Write]) -> list[Change | KotaError | None]:
        """Run writes in order and commit their results together.

        Returns:
            For each write its change, None where nothing changed, or the error with which its
            mutation refused. Nothing is returned before it is durable.

        Raises:
            StoreError: the commit failed; none of the writes happened.
        """
        ...


class StateStore(Entities, Protocol):
    """The present of the city, durable."""

    @property
    def outbox(self) -> Outbox:
        """Messages that must leave."""
        ...

    @property
    def journal(self) -> Journal:
        """Observations on their way to history."""
        ...

    @property
    def audit(self) -> Audit:
        """Who did what."""
        ...

    async def open(self) -> None:
        """Open, migrate where the file is older, and load what reads need."""
        ...

    async def close(self) -> None:
        """Finish what was accepted and release every resource."""
        ...

    def on_write(self, deliver: Deliver) -> None:
        """Name the function whose messages are committed together with each write."""
        ...

    def on_commit(self, publish: Callable[[Sequence[Change]], None]) -> None:
        """Name a function that sees every committed change, in order."""
        ...

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
        """Run writes and commit their results, outbox messages and observations together.

        Args:
            writes: run in order; later ones see what earlier ones made.
            late: observations older than the state, for history alone; read after the writes
                have run, so that they may add to it.
            receipts: short keys of the messages that these writes come from, remembered
                for a while so that a redelivery is recognised by `received`.
            letters: dead letters to keep in the same commit.
            documents: to create or replace in the same commit.
            audit: encoded lines to append to the audit in the same commit; the store chains them.

        Returns:
            For each write its change, None where nothing changed, or the error with which its
            mutation refused. Nothing is returned before it is durable.

        Raises:
            StoreError: the commit failed; none of the writes happened.
            UnkeepableError: a value cannot be kept, of these or of what was to be committed with
                them; none of the writes happened.
        """
        ...

    def received(self, receipt: bytes) -> bool:
        """Whether a message with this key was committed lately."""
        ...

    async def put_documents(self, documents: Sequence[Document]) -> None:
        """Create or replace documents, durably."""
        ...

    async def get_document(self, kind: str, key: str) -> bytes | None:
        """A document's body, or None."""
        ...

    async def list_documents(self, kind: str) -> list[Document]:
        """All documents of a kind, ordered by key."""
        ...

    async def delete_documents(
        self, kind: str, keys: Sequence[str], *, audit: Sequence[bytes] = ()
    ) -> int:
        """Delete documents, and say so in the audit; returns how many there were."""
        ...

    async def list_letters(
        self, box: str, limit: int = 100, before: int | None = None
    ) -> list[Letter]:
        """Dead letters, newest first; `before` is a key, to page on."""
        ...

    async def count_letters(self, box: str) -> int:
        """How many dead letters there are in a box."""
        ...

    async def delete_letters(self, keys: Sequence[int], *, audit: Sequence[bytes] = ()) -> int:
        """Delete dead letters, and say so in the audit; returns how many there were."""
        ...

    async def scrub(self) -> None:
        """Overwrite what deleted rows have left on the disk; others wait meanwhile.

        Raises:
            StoreError: the disk is full; nothing is lost.
        """
        ...

    async def backup(self, target: Any) -> None:
        """Write a consistent copy while running."""
        ...
