"""Subscriptions that tell the state of their entities again and again, changed or not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import msgspec

from kota.clock import Clock
from kota.context.notice import Entry, notice
from kota.context.subscription import Subscription
from kota.context.subscription_watch import Watch
from kota.errors import StoreError
from kota.model.entity import Entity
from kota.model.instant import SECOND
from kota.model.query import Lens
from kota.store.state.protocol import OutboxItem, StateStore

PAGE = 1000
LONGEST_SLEEP_S = 0.5

_log = logging.getLogger(__name__)


class Intervals:
    """The schedule of periodic subscriptions.

    Args:
        store: gives the entities, and keeps the notices until they have left.
        clock: the time that intervals are measured in; it may run faster than the wall's.
    """

    def __init__(self, store: StateStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._watches: dict[str, Watch] = {}
        self._next: dict[str, int] = {}
        self._changed = asyncio.Event()
        self.see: Callable[[Subscription], Lens | None] = lambda _: None

    def put(self, subscription: Subscription) -> None:
        """Take in a subscription, or what became of one; others than periodic ones are left out."""
        self.drop(subscription.id)
        if subscription.active and subscription.interval is not None:
            self._watches[subscription.id] = Watch(subscription, self.see(subscription))
            self._next[subscription.id] = self._clock.now() + _period(subscription)
            self._changed.set()

    def drop(self, subscription_id: str) -> None:
        """Forget a subscription."""
        self._watches.pop(subscription_id, None)
        self._next.pop(subscription_id, None)

    async def run(self, waits: Callable[[str], None]) -> None:
        """Notify whenever it is time, until cancelled.

        Args:
            waits: called with the id of a subscription for which a notice waits in the outbox.
        """
        while True:
            self._changed.clear()
            try:
                for subscription_id in await self.tick():
                    waits(subscription_id)
            except StoreError as error:
                _log.error("periodic notifications wait: %s", error)
            await self._sleep()

    async def tick(self) -> list[str]:
        """Put the notices whose time has come into the outbox.

        Returns:
            The ids of their subscriptions.
        """
        now = self._clock.now()
        items: list[OutboxItem] = []
        for subscription_id in [key for key, at in self._next.items() if at <= now]:
            watch = self._watches[subscription_id]
            self._next[subscription_id] = now + _period(watch.subscription)
            if watch.subscription.status(now) == "active":
                items += [item async for item in self._items(watch, now)]
        await self._store.outbox.put(items)
        return [item.destination for item in items]

    async def _sleep(self) -> None:
        timeout = None
        if self._next:
            ahead = (min(self._next.values()) - self._clock.now()) / SECOND
            timeout = min(max(ahead, 0.0), LONGEST_SLEEP_S)
        try:
            await asyncio.wait_for(self._changed.wait(), timeout)
        except TimeoutError:
            return

    async def _items(self, watch: Watch, now: int) -> AsyncIterator[OutboxItem]:
        page: dict[str, Entry] = {}
        async for entity in present(self._store, watch):
            page[entity.id] = Entry(entity)
            if len(page) == PAGE:
                yield notice(now, tuple(page.values())).to_item(watch.subscription.id)
                page = {}
        if page:
            yield notice(now, tuple(page.values())).to_item(watch.subscription.id)


async def present(store: StateStore, watch: Watch) -> AsyncIterator[Entity]:
    """The entities that a subscription concerns now; one may come twice."""
    for query in watch.queries:
        offset = 0
        while True:
            asked = msgspec.structs.replace(query, limit=PAGE, offset=offset)
            found, _ = await store.query(asked)
            for entity in found:
                yield entity
            if len(found) < PAGE:
                break
            offset += PAGE


def _period(subscription: Subscription) -> int:
    return int((subscription.interval or 0) * SECOND)
