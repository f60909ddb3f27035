"""Small records of one kind: kept in the store, read from memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

import msgspec

from kota.store.state import Document, StateStore

T = TypeVar("T")


class Shelf(Generic[T]):
    """Records by key; a change holds once it is durable.

    Args:
        store: keeps them.
        kind: of document.
        record: their type, for msgspec.
    """

    def __init__(self, store: StateStore, kind: str, record: type[T]) -> None:
        self._store = store
        self._kind = kind
        self._record = record
        self._held: dict[str, T] = {}

    async def load(self) -> None:
        """Take up what the store kept."""
        documents = await self._store.list_documents(self._kind)
        self._held = {
            one.key: msgspec.json.decode(one.body, type=self._record) for one in documents
        }

    def get(self, key: str) -> T | None:
        """One record, or None."""
        return self._held.get(key)

    def items(self) -> Iterator[tuple[str, T]]:
        """Every key and its record, in order of keys."""
        return iter(sorted(self._held.items()))

    def __len__(self) -> int:
        return len(self._held)

    async def put(self, key: str, record: T) -> None:
        """Make or replace one record."""
        await self.put_all({key: record})

    async def put_all(self, records: Mapping[str, T]) -> None:
        """Make or replace several, together."""
        await self._store.put_documents(
            [Document(self._kind, key, msgspec.json.encode(one)) for key, one in records.items()]
        )
        self._held.update(records)

    async def drop(self, *keys: str) -> int:
        """Forget records at once, then durably; returns how many there were."""
        there = [key for key in keys if self._held.pop(key, None) is not None]
        if there:
            await self._store.delete_documents(self._kind, there)
        return len(there)
