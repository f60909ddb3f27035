"""Takes notices of registrations out of the durable outbox and to their receivers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from random import Random
from typing import Any

import msgspec

from kota.clock import Clock
from kota.context.contexts import Contexts
from kota.context.notification_delivery import LETTER_BOX, Patience
from kota.context.notification_mqtt import Publisher
from kota.context.notification_sending import TIME_LIMIT_S, Sender, UndeliveredError
from kota.context.notification_writing import CONTEXT_RELATION, Message
from kota.context.outgoing import Outgoing
from kota.context.sources.registration_writing import write_registration
from kota.context.sources.registrations import Registrations
from kota.context.sources.source_subscriptions import SourceSubscriptions
from kota.context.sources.subscription import (
    DESTINATION,
    SourceNotice,
    SourceSubscription,
    notice_of,
)
from kota.context.subscription import LD_JSON
from kota.errors import KotaError, StoreError
from kota.model.instant import SECOND, render
from kota.model.jsonld import Context
from kota.store.state.protocol import Letter, OutboxItem, StateStore

BATCH = 100
TICK_S = 1.0
LOOK = 10 * SECOND

_log = logging.getLogger(__name__)


class SourceNotifier:
    """Serves each subscription to sources in order, and lets a failed receiver rest.

    Args:
        store: holds the outbox and the dead letters.
        subscriptions: say where notices go.
        registrations: lose what has expired.
        contexts: the JSON-LD contexts that notices are written in.
        clock: dates what is sent.
        rule: which hosts may be called.
        publisher: publishes over MQTT; None: that is not offered.
        patience: how long a receiver is given.
    """

    def __init__(
        self,
        store: StateStore,
        subscriptions: SourceSubscriptions,
        registrations: Registrations,
        contexts: Contexts,
        clock: Clock,
        *,
        rule: Outgoing,
        publisher: Publisher | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._store = store
        self._subscriptions = subscriptions
        self._registrations = registrations
        self._contexts = contexts
        self._clock = clock
        self._sender = Sender(rule, publisher=publisher)
        self._patience = patience or Patience()
        self._rng = Random()
        self._waiting: set[str] = set()
        self._periods: dict[str, int] = {}
        self._serving: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._looked = -LOOK

    async def run(self) -> None:
        """Deliver until cancelled."""
        self._subscriptions.on_notice(self._waits)
        try:
            while True:
                self._woken.clear()
                await self._guarded(self._look())
                await self._guarded(self._tick())
                self._dispatch()
                try:
                    await asyncio.wait_for(self._woken.wait(), TICK_S)
                except TimeoutError:
                    continue
        finally:
            for task in self._serving.values():
                task.cancel()
            await asyncio.gather(*self._serving.values(), return_exceptions=True)
            await self._sender.close()
            await self._guarded(self._subscriptions.tallies.save())

    def _waits(self, subscription_id: str) -> None:
        self._waiting.add(subscription_id)
        self._woken.set()

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StoreError as error:
            _log.error("notices of sources wait: %s", error)

    async def _look(self) -> None:
        """Find what waits since before the start, or was put back by an operator."""
        now = self._clock.now()
        if now < self._looked + LOOK:
            return
        self._looked = now
        for destination in await self._store.outbox.destinations():
            if destination.startswith(DESTINATION):
                self._waiting.add(destination.removeprefix(DESTINATION))

    async def _tick(self) -> None:
        """Forget what has expired, and tell periodic subscribers whose time has come."""
        await self._registrations.forget_expired()
        now = self._clock.now()
        for one in self._subscriptions.all():
            period = one.subscription.interval
            if period is None:
                continue
            due = self._periods.setdefault(one.id, now + int(period * SECOND))
            if due <= now:
                self._periods[one.id] = now + int(period * SECOND)
                await self._subscriptions.tell_all(one, "newlyMatching")

    def _dispatch(self) -> None:
        for subscription_id in self._waiting - self._serving.keys():
            self._waiting.discard(subscription_id)
            task = asyncio.create_task(self._guarded(self._serve(subscription_id)))
            self._serving[subscription_id] = task
            task.add_done_callback(partial(self._served, subscription_id))

    def _served(self, subscription_id: str, _: asyncio.Task[None]) -> None:
        self._serving.pop(subscription_id, None)

    async def _serve(self, subscription_id: str) -> None:
        """Deliver what waits for one subscription; what fails waits for its time."""
        for item in await self._store.outbox.of(DESTINATION + subscription_id, BATCH):
            subscription = self._subscriptions.find(subscription_id)
            if subscription is None or not subscription.subscription.active:
                await self._store.outbox.drop(item.destination)
                return
            if item.due_at > self._clock.now() or not await self._attempt(subscription, item):
                break
            await self._store.outbox.done([item.key])
        else:
            return
        self._waiting.add(subscription_id)

    async def _attempt(self, subscription: SourceSubscription, item: OutboxItem) -> bool:
        """Whether the receiver took a notice."""
        endpoint = subscription.subscription.wanted.endpoint
        tally = self._subscriptions.tallies.moving(subscription.id)
        if not item.attempts:
            tally.sent(self._clock.now())
        try:
            context = await self._contexts.resolve(subscription.subscription.context)
            message = write_notice(notice_of(item.body), subscription, context)
            timeout_s = endpoint.timeout / 1000 if endpoint.timeout else TIME_LIMIT_S
            await self._sender.send(
                endpoint.uri,
                message,
                attempt=item.attempts + 1,
                timeout_s=timeout_s,
                hints=endpoint.notifier_info,
            )
        except (UndeliveredError, KotaError) as error:
            if not item.attempts:
                tally.failed(self._clock.now())
            await self._failed(item, error)
            return False
        tally.succeeded(self._clock.now())
        return True

    async def _failed(self, item: OutboxItem, error: UndeliveredError | KotaError) -> None:
        now, attempts = self._clock.now(), item.attempts + 1
        lasting = isinstance(error, UndeliveredError) and error.lasting
        limit = self._patience.lasting_attempts if lasting else self._patience.attempts
        if attempts >= limit:
            reason = f"{error} (attempt {attempts})"
            letter = Letter(LETTER_BOX, item.destination, reason, item.body, now)
            await self._store.outbox.give_up(item, letter)
            return
        until = now + int(self._patience.pause_s(attempts, self._rng) * SECOND)
        await self._store.outbox.retry(
            [OutboxItem(item.destination, item.body, until, attempts, item.key)]
        )


def write_notice(
    notice: SourceNotice, subscription: SourceSubscription, context: Context
) -> Message:
    """Write a notice as its subscriber reads it (clause 5.3.2)."""
    endpoint = subscription.subscription.wanted.endpoint
    document: dict[str, Any] = {
        "id": notice.id,
        "type": "ContextSourceNotification",
        "subscriptionId": subscription.id,
        "notifiedAt": render(notice.at),
        "triggerReason": notice.reason,
        "data": [write_registration(one, context.compact) for one in notice.registrations],
    }
    headers = {"Content-Type": endpoint.media_type}
    if endpoint.media_type == LD_JSON:
        document["@context"] = context.address or context.source
    else:
        address = subscription.subscription.context
        headers["Link"] = f'<{address}>; rel="{CONTEXT_RELATION}"; type="application/ld+json"'
    return Message(msgspec.json.encode(document), headers | dict(endpoint.receiver_info))
