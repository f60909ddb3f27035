"""The tenants of one process: opened when they are first asked, closed when they rest."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

from kota.access.tenant import Quota, Tenant, TenantBook
from kota.errors import ConflictError, KotaError, StoreError

R = TypeVar("R")
_log = logging.getLogger(__name__)
IDLE_S: Final = 600.0
_LOOK_S: Final = 30.0
_LEAVE_S: Final = 5.0


@dataclass(slots=True)
class _Open(Generic[R]):
    rooms: R
    held: AbstractAsyncContextManager[R]
    users: int = 0
    used_at: float = field(default_factory=time.monotonic)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self) -> None:
        self.users += 1
        self.free.clear()

    def leave(self) -> None:
        self.users -= 1
        self.used_at = time.monotonic()
        if not self.users:
            self.free.set()


class Tenancy(Generic[R]):
    """Opens the rooms of tenants, each on a data folder of its own.

    Args:
        book: which there are.
        folder: in which their folders are.
        opener: opens a tenant's rooms.
        works: whether rooms do something that nobody asks for (subscriptions, rules, notices …),
            and so must stay open.
        limit: tells open rooms of a new quota.
        forget: takes from everybody what they were given in a tenant that is removed.
        solutions: names of those that a tenant may run.
    """

    def __init__(
        self,
        book: TenantBook,
        folder: Path,
        opener: Callable[[Tenant], AbstractAsyncContextManager[R]],
        works: Callable[[R], Awaitable[bool]],
        limit: Callable[[R, Quota], None],
        forget: Callable[[str], Awaitable[None]],
        solutions: frozenset[str] = frozenset(),
    ) -> None:
        self.solutions = solutions
        self._forget = forget
        self.book = book
        self._folder = folder
        self._opener = opener
        self._works = works
        self._limit = limit
        self._open: dict[str, _Open[R]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._closing = False
        self._on_close: list[Callable[[str], object]] = []

    def folder(self, name: str) -> Path:
        """Where a tenant's data are."""
        return self._folder / name

    def on_close(self, watcher: Callable[[str], object]) -> None:
        """Name a function that hears which tenant's rooms are closed, to let go of them."""
        self._on_close.append(watcher)

    def names(self) -> list[str]:
        """All that are there."""
        return [one.name for one in self.book.all() if not one.removing]

    def opened(self) -> dict[str, R]:
        """The rooms that are open now, by tenant."""
        return {name: one.rooms for name, one in self._open.items()}

    @asynccontextmanager
    async def lease(self, name: str) -> AsyncIterator[R]:
        """A tenant's rooms, open until the block ends.

        Raises:
            NonexistentTenantError: there is no such tenant.
            StoreError: its data cannot be opened.
        """
        taking = asyncio.ensure_future(self._take(name))
        try:
            held = await asyncio.shield(taking)
        except asyncio.CancelledError:
            taking.add_done_callback(_leave_again)
            raise
        try:
            yield held.rooms
        finally:
            held.leave()

    async def set_quota(self, name: str, quota: Quota) -> Tenant:
        """Say how much a tenant may use from now on.

        Raises:
            NonexistentTenantError: there is no such tenant.
        """
        changed = msgspec.structs.replace(self.book.get(name), quota=quota)
        await self.book.change(changed)
        held = self._open.get(name)
        if held is not None:
            self._limit(held.rooms, quota)
        return changed

    async def remove(self, name: str) -> None:
        """Delete a tenant with all its data; one that was begun is ended at the next start.

        Raises:
            NonexistentTenantError: there is no such tenant.
            ConflictError: there are tenants below it.
        """
        tenant = self.book.get(name)
        self.require_leaf(name)
        await self.book.change(msgspec.structs.replace(tenant, removing=True))
        await self._left(name)
        async with self._lock(name):
            await self._close(name)
            await self._delete(name)

    def require_leaf(self, name: str) -> None:
        """Refuse to remove a tenant that others lie below.

        Raises:
            ConflictError: they do.
        """
        below = sorted(self.book.tree.below(name) - {name})
        if below:
            raise ConflictError(
                f"tenant {name!r} has tenants below it: {', '.join(below[:5])}",
                hint="remove those first",
            )

    async def run(self) -> None:
        """Open every tenant beside the other work, and close those that rest, until cancelled."""
        for tenant in self.book.all():
            if not tenant.removing:
                await self._try(tenant.name)
        while True:
            await asyncio.sleep(_LOOK_S)
            await self.close_idle(IDLE_S)

    async def end_removals(self) -> None:
        """Delete what a process that ended too early left of removed tenants."""
        for tenant in self.book.all():
            if tenant.removing:
                try:
                    await self._delete(tenant.name)
                except StoreError as error:
                    _log.error("tenant %s is removed, and not yet deleted: %s", tenant.name, error)

    async def close_idle(self, idle_s: float) -> None:
        """Close what nobody has asked for so long and what does nothing by itself [s]."""
        for name, held in list(self._open.items()):
            async with self._lock(name):
                rested = time.monotonic() - held.used_at >= idle_s
                if held.users or not rested or self._open.get(name) is not held:
                    continue
                if not await self._works(held.rooms) and not held.users:
                    await self._close(name)

    async def close(self) -> None:
        """Close all."""
        self._closing = True
        for name in list(self._open):
            async with self._lock(name):
                await self._close(name)

    async def _take(self, name: str) -> _Open[R]:
        held = self._open.get(name)
        if held is None or self.book.find(name) is None:
            async with self._lock(name):
                held = await self._opened(name)
        held.enter()
        return held

    async def _opened(self, name: str) -> _Open[R]:
        tenant = self.book.get(name)
        held = self._open.get(name)
        if held is not None:
            return held
        if self._closing:
            raise StoreError("the stores are closing", hint="try again when Kota is up")
        context = self._opener(tenant)
        held = self._open[name] = _Open(await context.__aenter__(), context)
        return held

    async def _close(self, name: str) -> None:
        held = self._open.pop(name, None)
        if held is not None:
            for watcher in self._on_close:
                watcher(name)
            await held.held.__aexit__(None, None, None)

    async def _left(self, name: str) -> None:
        """Wait a while for those who still use a tenant."""
        held = self._open.get(name)
        if held is not None and held.users:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(held.free.wait(), _LEAVE_S)

    async def _delete(self, name: str) -> None:
        await self._forget(name)
        try:
            await asyncio.to_thread(shutil.rmtree, self.folder(name))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise StoreError(
                f"{self.folder(name)}: {error.strerror}",
                hint="the tenant is closed; what is left goes at the next start",
            ) from error
        await self.book.drop(name)

    async def _try(self, name: str) -> None:
        try:
            async with self.lease(name):
                pass
        except KotaError as error:
            _log.error("tenant %s cannot be opened: %s", name, error)

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())


def _leave_again(taking: asyncio.Future[_Open[R]]) -> None:
    """Whoever wanted the rooms has gone before they were open."""
    if not taking.cancelled() and taking.exception() is None:
        taking.result().leave()
