"""Takes notices out of the durable outbox and to their receivers, again and again if need be.

In order for each subscription, side by side between subscriptions. A notice leaves the outbox
after the receiver took it, so a crash in between sends it twice, never not at all; its id and the
header ``Kota-Attempt`` tell the receiver.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from random import Random

import msgspec

from kota.clock import Clock
from kota.context.contexts import Contexts
from kota.context.notice import Entry, Notice, from_body
from kota.context.notification_sending import TIME_LIMIT_S, Sender, UndeliveredError
from kota.context.notification_writing import write_notification
from kota.context.outgoing import Outgoing
from kota.context.subscription import Subscription
from kota.context.subscription_intervals import present
from kota.context.subscription_pacing import is_reminder
from kota.context.subscriptions import Subscriptions
from kota.errors import KotaError, NotFoundError, StoreError
from kota.model.instant import SECOND
from kota.store.state.protocol import Change, Letter, OutboxItem, StateStore

LETTER_BOX = "notification"
BATCH = 500
BACKLOG = 10_000
SAVE_EVERY = 10 * SECOND
CHECKPOINT = 50
SLACK = SECOND
"""An entity may be dated so long before the change that made it."""

_FAR = 1 << 62
_log = logging.getLogger(__name__)


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


class Notifier:
    """The deliverer.

    Args:
        store: holds the outbox and the dead letters.
        subscriptions: say where notices go and in which form.
        contexts: the JSON-LD contexts they are written in.
        clock: the one that dates the store's changes.
        rule: which hosts may be called.
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
        rule: Outgoing | None = None,
        patience: Patience | None = None,
        rng: Random | None = None,
    ) -> None:
        self._store = store
        self._subscriptions = subscriptions
        self._contexts = contexts
        self._clock = clock
        self._patience = patience or Patience()
        self._rng = rng or Random()
        self._sender = Sender(rule or Outgoing())
        self._failures: dict[str, int] = {}
        self._resting: dict[str, int] = {}
        self._serving: dict[str, asyncio.Task[None]] = {}
        self._filled = asyncio.Event()
        self._seen = 0
        self._saved_at = clock.now()

    async def run(self) -> None:
        """Deliver until cancelled."""
        self._store.on_commit(self._committed)
        schedule = asyncio.create_task(self._subscriptions.intervals.run(self.wake))
        try:
            await self._rest_as_before()
            while True:
                self._filled.clear()
                try:
                    await self._dispatch()
                    await self._save()
                    await self._pause()
                except StoreError as error:
                    _log.error("the outbox cannot be read: %s", error)
                    await asyncio.sleep(1)
        finally:
            await self._stop(schedule)

    def wake(self) -> None:
        """Look into the outbox now."""
        self._filled.set()

    async def letters(self, limit: int = 100, before: int | None = None) -> list[Letter]:
        """Notifications that were given up, newest first."""
        return await self._store.list_letters(LETTER_BOX, limit, before)

    async def replay(self, key: int) -> None:
        """Try a notification again that was given up.

        Raises:
            NotFoundError: there is none with this key.
        """
        found = await self._store.list_letters(LETTER_BOX, 1, key + 1)
        if not found or found[0].key != key:
            raise NotFoundError(f"there is no notification {key} that was given up")
        letter = found[0]
        await self._store.outbox.put([OutboxItem(letter.subject, letter.body, self._clock.now())])
        await self._store.delete_letters([key])
        self._resting.pop(letter.subject, None)
        self.wake()

    def _committed(self, _changes: Sequence[Change]) -> None:
        derived = self._subscriptions.matcher.derived
        if derived != self._seen:
            self._seen = derived
            self._filled.set()

    async def _rest_as_before(self) -> None:
        """Notices behind one that waits for its retry wait too, also after a restart."""
        now = self._clock.now()
        first: set[str] = set()
        for item in await self._store.outbox.due(_FAR, BACKLOG):
            if item.destination not in first:
                first.add(item.destination)
                if item.due_at > now:
                    self._failures[item.destination] = item.attempts
                    self._resting[item.destination] = item.due_at

    async def _dispatch(self) -> None:
        now = self._clock.now()
        self._resting = {key: until for key, until in self._resting.items() if until > now}
        skip = self._resting.keys() | self._serving.keys()
        queues: dict[str, list[OutboxItem]] = {}
        for item in await self._store.outbox.due(now, BATCH, skip=skip):
            queues.setdefault(item.destination, []).append(item)
        for destination, items in queues.items():
            task = asyncio.create_task(self._serve(destination, items))
            self._serving[destination] = task
            task.add_done_callback(partial(self._served, destination))

    def _served(self, destination: str, task: asyncio.Task[None]) -> None:
        self._serving.pop(destination, None)
        if not task.cancelled() and task.exception() is not None:
            _log.error("notifications to %s: %s", destination, task.exception())
            self._resting[destination] = self._clock.now() + SECOND
        self._filled.set()

    async def _serve(self, destination: str, items: list[OutboxItem]) -> None:
        subscription = self._subscriptions.find(destination)
        if subscription is None:
            await self._store.outbox.drop(destination)
            return
        delivered: list[int] = []
        try:
            for number, item in enumerate(items):
                if not await self._delivered(subscription, item):
                    await self._give_up_old(subscription.id, items[number + 1 :])
                    break
                delivered.append(item.key)
                if len(delivered) == CHECKPOINT:
                    await self._store.outbox.done(delivered)
                    delivered = []
        finally:
            if delivered:
                await self._store.outbox.done(delivered)

    async def _delivered(self, subscription: Subscription, item: OutboxItem) -> bool:
        """Send one notice; False where its successors must wait."""
        notice = await self._completed(subscription, from_body(item.body))
        if is_reminder(notice):
            return True
        tally = self._subscriptions.tallies.moving(subscription.id)
        tally.sent(self._clock.now())
        try:
            await self._send(subscription, notice, item.attempts + 1)
        except UndeliveredError as error:
            tally.failed(self._clock.now())
            return await self._failed(subscription, item, error)
        tally.succeeded(self._clock.now())
        if self._failures.pop(subscription.id, None) is not None:
            await self._recovered(subscription.id)
        return True

    async def _completed(self, subscription: Subscription, notice: Notice) -> Notice:
        """A reminder becomes a notice of what was held back.

        After a restart, or a failure, that is the present state of what changed since.
        """
        if not is_reminder(notice):
            return notice
        matcher = self._subscriptions.matcher
        entries = matcher.pacing.take(subscription.id, self._clock.now())
        watch = matcher.watch(subscription.id)
        if not entries and watch is not None:
            found = present(self._store, watch)
            since = notice.at - SLACK
            entries = tuple([Entry(one) async for one in found if one.modified_at >= since])
        return msgspec.structs.replace(notice, entries=entries)

    async def _send(self, subscription: Subscription, notice: Notice, attempt: int) -> None:
        endpoint = subscription.wanted.endpoint
        try:
            context = await self._contexts.resolve(subscription.context)
        except KotaError as error:
            raise UndeliveredError(str(error)) from error
        message = await write_notification(notice, subscription, context, self._store.get)
        timeout_s = endpoint.timeout / 1000 if endpoint.timeout else TIME_LIMIT_S
        await self._sender.post(endpoint.uri, message, attempt=attempt, timeout_s=timeout_s)

    async def _failed(
        self, subscription: Subscription, item: OutboxItem, error: UndeliveredError
    ) -> bool:
        failures = self._failures.get(subscription.id, 0) + 1
        self._failures[subscription.id] = failures
        self._subscriptions.matcher.hold(subscription.id)
        attempts = item.attempts + 1
        patience = self._patience
        limit = patience.lasting_attempts if error.lasting else patience.attempts
        pause_s = max(
            patience.pause_s(failures, self._rng),
            (subscription.wanted.endpoint.cooldown or 0) / 1000,
        )
        until = self._clock.now() + int(pause_s * SECOND)
        self._resting[subscription.id] = until
        if max(attempts, failures) >= limit:
            await self._give_up(item, f"{error.reason} (attempt {attempts})")
        else:
            waiting = OutboxItem(item.destination, item.body, until, attempts, item.key)
            await self._store.outbox.retry([waiting])
        return False

    async def _give_up_old(self, destination: str, items: list[OutboxItem]) -> None:
        """Once a receiver is long gone, what waited behind the first notice goes the same way."""
        failures = self._failures.get(destination, 0)
        if failures < self._patience.attempts:
            return
        oldest = self._clock.now() - int(self._patience.waiting_s * SECOND)
        for item in items:
            if item.due_at <= oldest:
                await self._give_up(item, f"the receiver failed {failures} times in a row")

    async def _recovered(self, destination: str) -> None:
        """Say what was not kept while the receiver was away."""
        lost = self._subscriptions.matcher.release(destination)
        if lost:
            _log.warning("%s: %d notifications were not kept while away", destination, lost)

    async def _give_up(self, item: OutboxItem, reason: str) -> None:
        now = self._clock.now()
        letter = Letter(LETTER_BOX, item.destination, reason, item.body, now)
        await self._store.outbox.give_up(item, letter)

    async def _save(self) -> None:
        if self._clock.now() - self._saved_at >= SAVE_EVERY:
            self._saved_at = self._clock.now()
            await self._subscriptions.tallies.save()

    async def _pause(self) -> None:
        """Wait for new notices, a receiver that is free again, or the end of a rest."""
        timeout = None
        if self._resting:
            ahead = (min(self._resting.values()) - self._clock.now()) / SECOND
            timeout = min(max(ahead, 0.0), 1.0)
        elif await self._store.outbox.next_due() is not None and not self._serving:
            timeout = 1.0
        try:
            await asyncio.wait_for(self._filled.wait(), timeout)
        except TimeoutError:
            return

    async def _stop(self, schedule: asyncio.Task[None]) -> None:
        tasks = [schedule, *self._serving.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._sender.close()
        try:
            await self._subscriptions.tallies.save()
        except StoreError as error:
            _log.warning("counters of subscriptions were not kept: %s", error)
