"""Keeps the distance between notifications that a subscriber asked for (``throttling``).

What happens too early, or while too much waits already, is not forgotten: when the time has come
the subscriber is told of it once, each entity in its last state.
"""

from __future__ import annotations

from kota.context.notice import Entry, Notice, notice
from kota.context.subscription import Subscription
from kota.model.instant import SECOND
from kota.store.state.protocol import OutboxItem

GRACE = 60 * SECOND
"""So long after it was due a reminder is taken for lost, as after a commit that failed."""


class Pacing:
    """When each subscription last notified, and what it has held back since."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._late: dict[str, dict[str, Entry]] = {}
        self._reminded: dict[str, int] = {}
        self._taken: set[str] = set()

    def told(self, subscription_id: str, at: int) -> None:
        """A notification is on its way since the instant `at`."""
        self._last[subscription_id] = at

    def is_early(self, subscription: Subscription, at: int) -> bool:
        """Whether it is too early for a notification at the instant `at`."""
        if subscription.id in self._late:
            return True
        if subscription.throttling is None:
            return False
        last = self._last.get(subscription.id)
        return last is not None and at - last < subscription.throttling * SECOND

    def hold_back(
        self, subscription: Subscription, entries: dict[str, Entry], at: int
    ) -> OutboxItem | None:
        """Keep what came too early.

        Args:
            subscription: whose it is.
            entries: by entity id.
            at: when it happened, an instant.

        Returns:
            A notice without entries that is due when the time has come, unless one waits already;
            what to tell is asked for then.
        """
        self._late.setdefault(subscription.id, {}).update(entries)
        if at < self._reminded.get(subscription.id, -GRACE) + GRACE:
            return None
        wait = int((subscription.throttling or 0) * SECOND)
        due_at = max(self._last.get(subscription.id, at - wait) + wait, at)
        self._reminded[subscription.id] = due_at
        item = notice(at, ()).to_item(subscription.id)
        return OutboxItem(item.destination, item.body, due_at)

    def take(self, subscription_id: str, now: int) -> tuple[Entry, ...]:
        """What was held back, to be told now."""
        self._last[subscription_id] = now
        self._reminded.pop(subscription_id, None)
        self._taken.add(subscription_id)
        return tuple(self._late.pop(subscription_id, {}).values())

    def remembers(self, subscription_id: str) -> bool:
        """Whether what was held back before the last `take` has been taken since the start."""
        return subscription_id in self._taken

    def drop(self, subscription_id: str) -> None:
        """Forget a subscription."""
        self._last.pop(subscription_id, None)
        self._late.pop(subscription_id, None)
        self._reminded.pop(subscription_id, None)
        self._taken.discard(subscription_id)


def is_reminder(told: Notice) -> bool:
    """Whether a notice only says that it is time to tell what was held back."""
    return not told.entries
