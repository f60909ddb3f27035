"""The JSON-LD contexts that are kept: hosted for others, made for a subscription, or fetched."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import msgspec

from kota.clock import Clock
from kota.context.stored_context import (
    DOCUMENT_KIND,
    ContextKind,
    StoredContext,
    from_document,
)
from kota.errors import NotFoundError
from kota.model.jsonld import is_core
from kota.model.jsonld.bundled import core_document, kota_document
from kota.model.terms import CORE_CONTEXT, KOTA_CONTEXT
from kota.store.state.protocol import StateStore

PATH = "/ngsi-ld/v1/jsonldContexts/"


class ContextLibrary:
    """Finds kept contexts by key or address.

    Args:
        store: keeps them from one start to the next.
        clock: dates their use.
        kota: the document of the Kota context, where solutions add to it.
    """

    def __init__(self, store: StateStore, clock: Clock, kota: dict[str, Any] | None = None) -> None:
        self._kota = kota_document() if kota is None else kota
        self._store = store
        self._clock = clock
        self._stored: dict[str, StoredContext] = {}
        self._opened_at = clock.now()
        self.documents: dict[str, dict[str, Any]] = {}

    async def open(self) -> None:
        """Take up the contexts that the store kept, and those that came with Kota."""
        for address, body in ((CORE_CONTEXT, core_document()), (KOTA_CONTEXT, self._kota)):
            self._stored[address] = StoredContext(
                address, address, ContextKind.CACHED, body, self._opened_at, bundled=True
            )
        self.documents[KOTA_CONTEXT] = self._kota
        for document in await self._store.list_documents(DOCUMENT_KIND):
            self._take_up(from_document(document))

    async def close(self) -> None:
        """Keep the usage counters."""
        used = [
            one
            for one in self._stored.values()
            if not one.bundled and (one.last_usage or 0) >= self._opened_at
        ]
        await self._store.put_documents([one.to_document() for one in used])

    def all(self, kind: ContextKind | None = None) -> list[StoredContext]:
        """The contexts kept here, oldest first."""
        return [one for one in self._stored.values() if kind is None or one.kind is kind]

    def lookup(self, key: str) -> StoredContext | None:
        """Find by key, by address, or by this server's address however it is reached."""
        stored = self._stored.get(key)
        if stored is None and PATH in key:
            stored = self._stored.get(unquote(key.partition(PATH)[2]))
        if stored is None and is_core(key):
            stored = self._stored.get(CORE_CONTEXT)
        return stored

    def find(self, key: str) -> StoredContext:
        """The context with this key or address.

        Raises:
            NotFoundError: there is none.
        """
        stored = self.lookup(key)
        if stored is None:
            raise NotFoundError(f"no @context {key!r} is kept here")
        return stored

    def serve(self, key: str) -> StoredContext:
        """The context to hand out, with its use counted afterwards.

        Raises:
            NotFoundError: there is none.
        """
        stored = self.find(key)
        shown = msgspec.structs.replace(stored)
        stored.hits += 1
        stored.last_usage = self._clock.now()
        return shown

    async def put(self, stored: StoredContext) -> None:
        """Keep a context, durably."""
        await self._store.put_documents([stored.to_document()])
        self._take_up(stored)

    async def drop(self, stored: StoredContext) -> None:
        """Forget a context, durably."""
        await self._store.delete_documents(DOCUMENT_KIND, [stored.key])
        self._stored.pop(stored.key, None)
        for address, body in list(self.documents.items()):
            if body is stored.body:
                del self.documents[address]

    def _take_up(self, stored: StoredContext) -> None:
        self._stored[stored.key] = stored
        self.documents[stored.address] = stored.body
