"""Takes notices out of the durable outbox and to their receivers, again and again if need be.

In order for each subscription, side by side between subscriptions. A notice leaves the outbox
after the receiver took it, so a crash in between sends it twice, never not at all; its id and the
header ``Kota-Attempt`` tell the receiver.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from random import Random

from kota.clock import Clock
from kota.context.contexts import Contexts
from kota.context.notification_delivery import LETTER_BOX, Courier, Patience
from kota.context.notification_mqtt import Publisher
from kota.context.notification_sending import Sender
from kota.context.outgoing import Outgoing
from kota.context.subscriptions import Subscriptions
from kota.errors import NotFoundError, StoreError
from kota.model.instant import SECOND
from kota.store.state.protocol import Change, Letter, OutboxItem, StateStore

__all__ = ["LETTER_BOX", "Notifier", "Patience"]

SAVE_EVERY_S = 10.0
OF_SOURCES = "source:"
"""Begins destinations in the outbox that are subscriptions to registrations, not to entities."""

_log = logging.getLogger(__name__)


class Notifier:
    """Sees to it that each subscription is served as soon as it may be.

    Args:
        store: holds the outbox and the dead letters.
        subscriptions: say where notices go and in which form.
        contexts: the JSON-LD contexts they are written in.
        clock: the one that dates the store's changes.
        rule: which hosts may be called.
        publisher: publishes over MQTT; None: that is not offered.
        patience: how long a receiver is given.
        rng: spreads retries.
        headers: sent with every notification.
    """

    def __init__(
        self,
        store: StateStore,
        subscriptions: Subscriptions,
        contexts: Contexts,
        clock: Clock,
        *,
        rule: Outgoing | None = None,
        publisher: Publisher | None = None,
        patience: Patience | None = None,
        rng: Random | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._subscriptions = subscriptions
        self._clock = clock
        self._sender = Sender(rule or Outgoing(), headers, publisher)
        self._courier = Courier(
            store,
            subscriptions,
            contexts,
            clock,
            sender=self._sender,
            patience=patience or Patience(),
            rng=rng or Random(),
        )
        self._waiting: set[str] = set()
        self._resting: dict[str, int] = {}
        self._serving: dict[str, asyncio.Task[int | None]] = {}
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Deliver until cancelled."""
        self._store.on_commit(self._committed)
        self._subscriptions.on_update(self._retry_now)
        tasks = [
            asyncio.create_task(self._subscriptions.intervals.run(self._waits)),
            asyncio.create_task(self._save()),
        ]
        try:
            for subscription_id, size in (await self._store.outbox.destinations()).items():
                if subscription_id.startswith(OF_SOURCES):
                    continue
                self._subscriptions.matcher.waits(subscription_id, size)
                self._waiting.add(subscription_id)
            while True:
                self._woken.clear()
                self._dispatch()
                await self._pause()
        finally:
            await self._stop(tasks)

    async def letters(self, limit: int = 100, before: int | None = None) -> list[Letter]:
        """Notifications that were given up, newest first."""
        return await self._store.list_letters(LETTER_BOX, limit, before)

    async def replay(self, key: int, *, audit: Sequence[bytes] = ()) -> None:
        """Try a notification again that was given up.

        Raises:
            NotFoundError: there is none with this key, or nobody subscribes to it any more.
        """
        found = await self._store.list_letters(LETTER_BOX, 1, key + 1)
        if not found or found[0].key != key:
            raise NotFoundError(f"there is no notification {key} that was given up")
        letter = found[0]
        of_sources = letter.subject.startswith(OF_SOURCES)
        if not of_sources:
            self._subscriptions.retrieve(letter.subject)
        await self._store.outbox.put([OutboxItem(letter.subject, letter.body, self._clock.now())])
        await self._store.delete_letters([key], audit=audit)
        if not of_sources:
            await self._retry_now(letter.subject)

    async def _retry_now(self, subscription_id: str) -> None:
        """Somebody may have mended what was wrong: do not let the receiver rest any longer."""
        await self._courier.forgive(subscription_id)
        self._resting.pop(subscription_id, None)
        self._waits(subscription_id)

    def _committed(self, changes: Sequence[Change]) -> None:
        for subscription_id in self._subscriptions.matcher.committed(changes[-1].sequence):
            self._waits(subscription_id)

    def _waits(self, subscription_id: str) -> None:
        self._waiting.add(subscription_id)
        self._woken.set()

    def _dispatch(self) -> None:
        now = self._clock.now()
        for subscription_id in self._waiting - self._serving.keys():
            if self._resting.get(subscription_id, 0) > now:
                continue
            self._waiting.discard(subscription_id)
            self._resting.pop(subscription_id, None)
            task = asyncio.create_task(self._courier.serve(subscription_id))
            self._serving[subscription_id] = task
            task.add_done_callback(partial(self._served, subscription_id))

    def _served(self, subscription_id: str, task: asyncio.Task[int | None]) -> None:
        del self._serving[subscription_id]
        if task.cancelled():
            return
        error = task.exception()
        rest = task.result() if error is None else self._clock.now() + SECOND
        if error is not None:
            _log.error("notifications of %s wait: %r", subscription_id, error)
        if rest is not None:
            self._resting[subscription_id] = rest
            self._waiting.add(subscription_id)
        self._woken.set()

    async def _pause(self) -> None:
        """Wait for new notices, a receiver that is free again, or the end of a rest."""
        rests = [self._resting[key] for key in self._waiting if key in self._resting]
        timeout = None
        if rests:
            timeout = max((min(rests) - self._clock.now()) / SECOND, 0.0)
        try:
            await asyncio.wait_for(self._woken.wait(), timeout)
        except TimeoutError:
            return

    async def _save(self) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            await self._save_once()

    async def _save_once(self) -> None:
        try:
            await self._subscriptions.tallies.save()
        except StoreError as error:
            _log.warning("counters of subscriptions were not kept: %s", error)

    async def _stop(self, others: list[asyncio.Task[None]]) -> None:
        tasks = [*others, *self._serving.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._sender.close()
        await self._save_once()
