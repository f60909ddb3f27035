"""JSON-LD contexts: from what a request names to compiled term maps."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import msgspec

from kota.clock import Clock
from kota.context.context_fetch import fetch_context, read_context
from kota.context.context_library import PATH, ContextLibrary
from kota.context.outgoing import Outgoing
from kota.context.stored_context import ContextKind, StoredContext
from kota.errors import BadRequestDataError, ContextUnavailableError, TooComplexError
from kota.model.jsonld import Compiler, Context, Source
from kota.model.names import require_uri
from kota.store.state.protocol import StateStore

COMPILED_LIMIT = 1024
CLOSURE_LIMIT = 32
DEPTH_LIMIT = 8
IMPLICIT_LIMIT = 10_000


class _Compiled(msgspec.Struct, frozen=True):
    context: Context
    counted: tuple[StoredContext, ...]


class Contexts:
    """Compiles what requests name, fetches what is missing, keeps what was hosted or fetched.

    Args:
        store: keeps contexts from one start to the next.
        clock: dates them.
        base: the address at which this server is reached, for example ``http://127.0.0.1:1026``.
        rule: which hosts may be asked.
        context_map: addresses that are read from a file instead of the network.
        compiler: makes term maps.
        kota: the document of the Kota context, where solutions add to it.

    `library` holds the contexts that are kept here.
    """

    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        *,
        base: str,
        rule: Outgoing | None = None,
        context_map: Mapping[str, Path] | None = None,
        compiler: Compiler | None = None,
        kota: dict[str, Any] | None = None,
    ) -> None:
        self.library = ContextLibrary(store, clock, kota)
        self._clock = clock
        self._base = base.rstrip("/")
        self._rule = rule or Outgoing()
        self._files = dict(context_map or {})
        self._compiler = compiler or Compiler()
        self._addresses: dict[bytes, str] = {}
        self._compiled: dict[str | bytes, _Compiled] = {}
        self._fetching: dict[str, asyncio.Task[dict[str, Any]]] = {}

    async def open(self) -> None:
        """Take up the contexts that the store kept, and those that came with Kota."""
        await self.library.open()

    async def close(self) -> None:
        """Keep what is known of their use."""
        await self.library.close()

    async def resolve(self, source: Source) -> Context:
        """The compiled context that `source` names: an address, an object, or a list of them.

        Raises:
            BadRequestDataError: `source` is not a JSON-LD context.
            ContextUnavailableError: one of its addresses cannot be had; the message names it.
        """
        key = source if isinstance(source, str) else _key(source)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = await self._compile(source)
            self._remember(key, compiled)
        if compiled.counted:
            now = self._clock.now()
            for stored in compiled.counted:
                stored.hits += 1
                stored.last_usage = now
        return compiled.context

    async def add(self, source: Source) -> StoredContext:
        """Host a context that a client handed in.

        Raises:
            BadRequestDataError: `source` is not a JSON-LD context.
        """
        return await self._keep(source, ContextKind.HOSTED)

    async def keep(self, source: Source) -> str:
        """Keep the context of a subscription where it has no single address of its own.

        Returns:
            An address under which it can be read: its own where it has one.

        Raises:
            BadRequestDataError: `source` is not a JSON-LD context.
            ContextUnavailableError: one of its addresses cannot be had.
            TooComplexError: too many are kept already.
        """
        if isinstance(source, list) and len(source) == 1:
            source = source[0]
        if isinstance(source, str):
            return source
        key = _key(source)
        address = self._addresses.get(key)
        if address is None or self.library.lookup(address) is None:
            address = self._kept_address(source)
        if address is None:
            await self.resolve(source)
            if len(self.library.all(ContextKind.IMPLICIT)) >= IMPLICIT_LIMIT:
                raise TooComplexError(
                    f"@context: {IMPLICIT_LIMIT} contexts without an address are kept already",
                    hint="host yours with POST /jsonldContexts and name its address",
                )
            address = (await self._keep(source, ContextKind.IMPLICIT)).address
        if len(self._addresses) >= COMPILED_LIMIT:
            self._addresses.clear()
        self._addresses[key] = address
        return address

    def readable(self, address: str) -> str:
        """An address under which others can read a context that came with Kota, else the same."""
        stored = self.library.lookup(address)
        if stored is None or not stored.bundled or address.startswith("http"):
            return address
        return f"{self._base}{PATH}{quote(address)}"

    async def address_of(self, document: dict[str, Any], context: Context) -> str:
        """The address of the context that notifications of a subscription are written in.

        Args:
            document: the subscription; may name one as ``jsonldContext``.
            context: that of the subscription itself.

        Raises:
            BadRequestDataError: what it names is not an address.
            ContextUnavailableError: it cannot be had.
        """
        asked = document.get("jsonldContext")
        if asked is None:
            return self.readable(context.address or await self.keep(context.source))
        address = require_uri(asked, "jsonldContext")
        await self.resolve(address)
        return address

    async def delete(self, key: str) -> None:
        """Forget a context.

        Raises:
            NotFoundError: there is none.
            BadRequestDataError: it came with Kota.
        """
        stored = self.library.find(key)
        if stored.bundled:
            raise BadRequestDataError(
                f"@context {key} came with this server and stays", hint="reload it with reload=true"
            )
        await self.library.drop(stored)
        self._compiled.clear()

    async def reload(self, key: str) -> None:
        """Fetch a cached context again; the present one stays where that fails.

        Raises:
            BadRequestDataError: none with this key or address is cached.
            ContextUnavailableError: it cannot be had now.
        """
        stored = self.library.lookup(key)
        if stored is None or stored.kind is not ContextKind.CACHED:
            raise BadRequestDataError(
                f"@context {key!r} is not a cached one", hint="only those can be reloaded"
            )
        if stored.bundled:
            return
        try:
            body = await self._read(stored.address)
            self._check(body["@context"], {**self.library.documents, stored.address: body})
        except BadRequestDataError as error:
            raise ContextUnavailableError(error.message) from error
        await self.library.drop(stored)
        fresh = msgspec.structs.replace(stored, body=body, created_at=self._clock.now())
        await self.library.put(fresh)
        self._compiled.clear()

    async def _compile(self, source: Source) -> _Compiled:
        direct = source if isinstance(source, list) else [source]
        source = direct[0] if len(direct) == 1 else source
        await self._obtain_closure(source)
        context = await asyncio.to_thread(self._compiler.compile, source, self.library.documents)
        found = (self.library.lookup(address) for address in direct if isinstance(address, str))
        return _Compiled(context, tuple(stored for stored in found if stored is not None))

    async def _obtain_closure(self, source: Source) -> None:
        fetched = 0
        for _ in range(DEPTH_LIMIT):
            missing = self._compiler.missing(source, self.library.documents)
            if not missing:
                return
            fetched += len(missing)
            if fetched > CLOSURE_LIMIT:
                raise ContextUnavailableError(
                    f"@context needs more than {CLOSURE_LIMIT} further contexts"
                )
            for address in missing:
                await self._obtain(address)
        raise ContextUnavailableError(f"@context is nested deeper than {DEPTH_LIMIT} contexts")

    async def _obtain(self, address: str) -> None:
        _check_absolute(address)
        own = self.library.lookup(address)
        if own is not None:
            self.library.documents[address] = own.body
            return
        body = await self._shared_read(address)
        if self.library.lookup(address) is None:
            await self.library.put(
                StoredContext(address, address, ContextKind.CACHED, body, self._clock.now())
            )

    async def _shared_read(self, address: str) -> dict[str, Any]:
        task = self._fetching.get(address)
        if task is None:
            task = asyncio.create_task(self._read(address))
            self._fetching[address] = task
            task.add_done_callback(lambda _: self._fetching.pop(address, None))
        return await asyncio.shield(task)

    async def _read(self, address: str) -> dict[str, Any]:
        path = self._files.get(address)
        if path is None:
            return await fetch_context(address, self._rule)
        try:
            body = await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise ContextUnavailableError(
                f"@context {address}: file {path} cannot be read: {error.strerror}",
                hint="correct it in context_map",
            ) from error
        return read_context(body, address)

    async def _keep(self, source: Source, kind: ContextKind) -> StoredContext:
        if not isinstance(source, str | list | dict):
            raise BadRequestDataError(f"@context: {source!r} is not a JSON-LD context")
        self._check(source, self.library.documents)
        key = str(uuid4())
        stored = StoredContext(
            key, f"{self._base}{PATH}{key}", kind, {"@context": source}, self._clock.now()
        )
        await self.library.put(stored)
        return stored

    def _check(self, source: Source, documents: Mapping[str, dict[str, Any]]) -> None:
        if not self._compiler.missing(source, documents):
            self._compiler.compile(source, documents)

    def _kept_address(self, source: Source) -> str | None:
        for stored in self.library.all(ContextKind.IMPLICIT):
            if stored.body["@context"] == source:
                return stored.address
        return None

    def _remember(self, key: str | bytes, compiled: _Compiled) -> None:
        if len(self._compiled) >= COMPILED_LIMIT:
            del self._compiled[next(iter(self._compiled))]
        self._compiled[key] = compiled


def _check_absolute(address: str) -> None:
    if not urlsplit(address).scheme:
        raise BadRequestDataError(
            f"@context: {address!r} is not an absolute address", hint="start it with https://"
        )


def _key(source: Source) -> bytes:
    try:
        return msgspec.json.encode(source)
    except (RecursionError, TypeError, ValueError) as error:
        raise BadRequestDataError("@context: nested too deep") from error
