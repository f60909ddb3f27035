"""Brings what waits for one subscription to its receiver, in order, and decides when to give up."""

from __future__ import annotations

from random import Random

import msgspec

from kota.clock import Clock
from kota.context.contexts import Contexts
from kota.context.linked import Fetch, fetch_by, follow
from kota.context.notice import Entry, Notice, from_body
from kota.context.notification_sending import TIME_LIMIT_S, Sender, UndeliveredError
from kota.context.notification_writing import write_notification
from kota.context.subscription import Subscription
from kota.context.subscription_intervals import present
from kota.context.subscription_pacing import is_reminder
from kota.context.subscriptions import Subscriptions
from kota.errors import KotaError
from kota.model.entity import Entity
from kota.model.instant import SECOND
from kota.model.query import Lens, q
from kota.store.state.protocol import Letter, OutboxItem, StateStore

LETTER_BOX = "notification"
BATCH = 200
CHECKPOINT = 50
SLACK = SECOND
"""An entity may be dated so long before the change that made it."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a receiver is given.

    Args:
        first_s: the pause after the first failure [s]; each further one is twice as long.
        longest_s: no pause is longer [s].
        attempts: after so many failures a notification becomes a dead letter.
        lasting_attempts: the same where trying again is unlikely to help.
        waiting_s: once a receiver failed so often in a row, notifications that have waited this
            long [s] become dead letters too.
    """

    first_s: float = 1.0
    longest_s: float = 300.0
    attempts: int = 16
    lasting_attempts: int = 3
    waiting_s: float = 600.0

    def pause_s(self, failures: int, rng: Random) -> float:
        """The pause after so many failures in a row, with a fifth of it left to chance [s]."""
        pause = min(self.first_s * 2.0 ** min(failures - 1, 30), self.longest_s)
        return pause * (0.8 + 0.4 * rng.random())


class Courier:
    """Delivers for one subscription at a time; several may run side by side.

    Args:
        store: holds the outbox and the dead letters.
        subscriptions: say where notices go and in which form.
        contexts: the JSON-LD contexts they are written in.
        clock: the one that dates the store's changes.
        sender: holds the connections.
        patience: how long a receiver is given.
        rng: spreads retries.
    """

    def __init__(
        self,
        store: StateStore,
        subscriptions: Subscriptions,
        contexts: Contexts,
        clock: Clock,
        *,
        sender: Sender,
        patience: Patience,
        rng: Random,
    ) -> None:
        self._store = store
        self._subscriptions = subscriptions
        self._contexts = contexts
        self._clock = clock
        self._sender = sender
        self._patience = patience
        self._rng = rng
        self._failures: dict[str, int] = {}

    async def serve(self, subscription_id: str) -> int | None:
        """Deliver what waits for a subscription.

        Returns:
            The instant before which the next one may not be tried; None where nothing waits.
        """
        while True:
            subscription = self._subscriptions.find(subscription_id)
            if subscription is None or not subscription.active:
                await self._store.outbox.drop(subscription_id)
                return None
            items = await self._store.outbox.of(subscription_id, BATCH)
            if not items:
                return None
            rest = await self._serve(subscription, items)
            if rest is not None:
                return rest

    async def forgive(self, subscription_id: str) -> None:
        """Forget the failures of a receiver: what failed last is due again now."""
        self._failures.pop(subscription_id, None)
        for item in await self._store.outbox.of(subscription_id, 1):
            if item.attempts:
                due = OutboxItem(item.destination, item.body, self._clock.now(), 1, item.key)
                await self._store.outbox.retry([due])

    async def _serve(self, subscription: Subscription, items: list[OutboxItem]) -> int | None:
        delivered: list[OutboxItem] = []
        try:
            for number, item in enumerate(items):
                if self._subscriptions.find(subscription.id) is not subscription:
                    return None
                if item.due_at > self._clock.now():
                    return item.due_at
                rest = await self._attempt(subscription, item)
                if rest is not None:
                    await self._give_up_old(subscription.id, items[number + 1 :])
                    return rest
                delivered.append(item)
                if len(delivered) == CHECKPOINT:
                    await self._done(delivered)
                    delivered = []
        finally:
            await self._done(delivered)
        return None

    async def _done(self, items: list[OutboxItem]) -> None:
        await self._store.outbox.done([item.key for item in items])
        for item in items:
            self._subscriptions.matcher.waits(item.destination, -len(item.body))

    async def _attempt(self, subscription: Subscription, item: OutboxItem) -> int | None:
        notice = self._seen(subscription, await self._completed(subscription, item))
        notice = await self._linking(subscription, notice)
        if is_reminder(notice):
            return None
        tally = self._subscriptions.tallies.moving(subscription.id)
        tally.sent(self._clock.now())
        try:
            await self._send(subscription, notice, item.attempts + 1)
        except UndeliveredError as error:
            tally.failed(self._clock.now())
            return await self._failed(subscription, item, error)
        tally.succeeded(self._clock.now())
        self._failures.pop(subscription.id, None)
        return None

    async def _completed(self, subscription: Subscription, item: OutboxItem) -> Notice:
        """A reminder becomes a notice of what was held back.

        After a restart, or a failure, that is the present state of what changed since.
        """
        notice = from_body(item.body)
        if not is_reminder(notice):
            return notice
        pacing = self._subscriptions.matcher.pacing
        forgotten = item.attempts > 0 or not pacing.remembers(subscription.id)
        entries = {one.entity.id: one for one in pacing.take(subscription.id, self._clock.now())}
        watch = self._subscriptions.matcher.watch(subscription.id)
        if watch is not None and forgotten:
            async for entity in present(self._store, watch):
                if entity.modified_at >= notice.at - SLACK:
                    entries.setdefault(entity.id, Entry(entity))
        return msgspec.structs.replace(notice, entries=tuple(entries.values()))

    def _seen(self, subscription: Subscription, notice: Notice) -> Notice:
        """What of a notice the subscriber may still see: much may have changed while it waited."""
        lens = self._subscriptions.lens_of(subscription)
        if lens is None:
            return notice
        entries = [_through(lens, entry) for entry in notice.entries]
        return msgspec.structs.replace(
            notice, entries=tuple(entry for entry in entries if entry is not None)
        )

    def _fetch(self, subscription: Subscription) -> Fetch:
        """Finds linked entities, as far as the subscriber sees them."""
        lens = self._subscriptions.lens_of(subscription)

        async def get(entity_id: str) -> Entity | None:
            entity = await self._store.get(entity_id)
            return entity if entity is None or lens is None else lens(entity)

        return fetch_by(get)

    async def _linking(self, subscription: Subscription, notice: Notice) -> Notice:
        """The notice without the entities whose linked ones are not as ``q`` asks.

        It is asked here since linked entities may have to be read, which a commit cannot wait for.
        """
        if subscription.q is None or "{" not in subscription.q:
            return notice
        query = q.parse(subscription.q, str, links=True)
        entities = {entry.entity.id: entry.entity for entry in notice.entries}
        linked = await follow(entities.values(), self._fetch(subscription), query.depth)
        bound = query.bound((linked | entities).get)
        kept = tuple(entry for entry in notice.entries if bound.matches(entry.entity))
        return msgspec.structs.replace(notice, entries=kept)

    async def _send(self, subscription: Subscription, notice: Notice, attempt: int) -> None:
        endpoint = subscription.wanted.endpoint
        try:
            context = await self._contexts.resolve(subscription.context)
        except KotaError as error:
            raise UndeliveredError(str(error)) from error
        fetch = self._fetch(subscription)
        message = await write_notification(notice, subscription, context, fetch)
        timeout_s = endpoint.timeout / 1000 if endpoint.timeout else TIME_LIMIT_S
        await self._sender.send(
            endpoint.uri,
            message,
            attempt=attempt,
            timeout_s=timeout_s,
            hints=endpoint.notifier_info,
        )

    async def _failed(
        self, subscription: Subscription, item: OutboxItem, error: UndeliveredError
    ) -> int:
        attempts = item.attempts + 1
        failures = max(self._failures.get(subscription.id, 0) + 1, attempts)
        self._failures[subscription.id] = failures
        patience = self._patience
        limit = patience.lasting_attempts if error.lasting else patience.attempts
        pause_s = max(
            patience.pause_s(failures, self._rng),
            (subscription.wanted.endpoint.cooldown or 0) / 1000,
        )
        until = self._clock.now() + int(pause_s * SECOND)
        if failures >= limit:
            await self._give_up(item, f"{error.reason} (attempt {attempts})")
        else:
            waiting = OutboxItem(item.destination, item.body, until, attempts, item.key)
            await self._store.outbox.retry([waiting])
        return until

    async def _give_up_old(self, subscription_id: str, items: list[OutboxItem]) -> None:
        """Once a receiver is long gone, what waited behind the first notice goes the same way."""
        failures = self._failures.get(subscription_id, 0)
        if failures < self._patience.attempts:
            return
        oldest = self._clock.now() - int(self._patience.waiting_s * SECOND)
        for item in items:
            if item.due_at <= oldest:
                await self._give_up(item, f"the receiver failed {failures} times in a row")

    async def _give_up(self, item: OutboxItem, reason: str) -> None:
        now = self._clock.now()
        letter = Letter(LETTER_BOX, item.destination, reason, item.body, now)
        await self._store.outbox.give_up(item, letter)
        self._subscriptions.matcher.waits(item.destination, -len(item.body))


def _through(lens: Lens, entry: Entry) -> Entry | None:
    """What of an entry is seen; None: nothing.

    Values that an attribute had are held against the lens as if it had them still.
    """
    attrs = {**entry.previous, **entry.removed, **entry.entity.attrs}
    whole = lens(msgspec.structs.replace(entry.entity, attrs=attrs))
    if whole is None:
        return None
    left = whole.attrs
    return Entry(
        msgspec.structs.replace(
            whole, attrs={name: one for name, one in entry.entity.attrs.items() if name in left}
        ),
        entry.deleted_at,
        {name: one for name, one in entry.removed.items() if name in left},
        {name: one for name, one in entry.previous.items() if name in left},
    )
