"""From committed changes to notices: which subscribers are concerned, found by type and attribute.

A change of a type that nobody subscribed to costs one dictionary lookup for each of its types.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from kota.context.notice import Entry, notice
from kota.context.subscription import Subscription
from kota.context.subscription_pacing import Pacing
from kota.context.subscription_watch import Kinds, Watch, kinds_of
from kota.model.query import Lens
from kota.store.state.protocol import Change, OutboxItem


class _Bucket:
    """Watches that concern one type (or any): by the attribute that must be touched, or any."""

    def __init__(self) -> None:
        self.by_attribute: dict[str, dict[str, Watch]] = {}
        self.any_attribute: dict[str, Watch] = {}

    def put(self, watch: Watch) -> None:
        subscription = watch.subscription
        for name in subscription.watched:
            self.by_attribute.setdefault(name, {})[subscription.id] = watch
        if not subscription.watched:
            self.any_attribute[subscription.id] = watch

    def drop(self, watch: Watch) -> None:
        subscription = watch.subscription
        for name in subscription.watched:
            watches = self.by_attribute[name]
            del watches[subscription.id]
            if not watches:
                del self.by_attribute[name]
        self.any_attribute.pop(subscription.id, None)

    @property
    def empty(self) -> bool:
        return not self.by_attribute and not self.any_attribute

    def collect(self, touched: Iterable[str], found: dict[str, Watch]) -> None:
        found |= self.any_attribute
        if self.by_attribute:
            for name in touched:
                if name in self.by_attribute:
                    found |= self.by_attribute[name]


class Matcher:
    """Holds the active subscriptions and derives notices for them.

    Args:
        most_waiting: once so much waits for a subscription [bytes], further changes are held
            back and told in their last state.
    """

    def __init__(self, *, most_waiting: int = 64 << 20) -> None:
        self._most_waiting = most_waiting
        self._waiting: dict[str, int] = {}
        self._watches: dict[str, Watch] = {}
        self._by_type: dict[str, _Bucket] = {}
        self._any_type = _Bucket()
        self.pacing = Pacing()
        self._derived: deque[tuple[int, str]] = deque()
        self.see: Callable[[Subscription], Lens | None] = lambda _: None

    def put(self, subscription: Subscription, *, last: int | None = None) -> None:
        """Take in a subscription, or what became of one.

        Args:
            subscription: those that notify periodically are left to others.
            last: when it last notified, an instant.
        """
        self._unlist(subscription.id)
        if last is not None:
            self.pacing.told(subscription.id, last)
        if not subscription.active:
            self.pacing.drop(subscription.id)
        elif subscription.interval is None:
            watch = Watch(subscription, self.see(subscription))
            self._watches[subscription.id] = watch
            for bucket in self._buckets(watch):
                bucket.put(watch)

    def drop(self, subscription_id: str) -> None:
        """Forget a subscription."""
        self.pacing.drop(subscription_id)
        self._waiting.pop(subscription_id, None)
        self._unlist(subscription_id)

    def _unlist(self, subscription_id: str) -> None:
        watch = self._watches.pop(subscription_id, None)
        if watch is None:
            return
        for bucket in self._buckets(watch):
            bucket.drop(watch)
        self._by_type = {name: one for name, one in self._by_type.items() if not one.empty}

    def deliver(self, changes: Sequence[Change]) -> list[OutboxItem]:
        """The notices that follow from the changes of one request, one for each subscription."""
        if not self._watches:
            return []
        found: dict[str, dict[str, Entry]] = {}
        for change in changes:
            self._collect(change, found)
        items: list[OutboxItem] = []
        for subscription_id, entries in found.items():
            item = self._item(self._watches[subscription_id].subscription, entries, changes[-1].at)
            if item is not None:
                items.append(item)
                self.waits(subscription_id, len(item.body))
                self._derived.append((changes[-1].sequence, subscription_id))
        return items

    def committed(self, sequence: int) -> set[str]:
        """The subscriptions for which notices were committed, through this sequence."""
        found: set[str] = set()
        while self._derived and self._derived[0][0] <= sequence:
            found.add(self._derived.popleft()[1])
        return found

    def watch(self, subscription_id: str) -> Watch | None:
        """A subscription as it is matched, where it is."""
        return self._watches.get(subscription_id)

    def waits(self, subscription_id: str, size: int) -> None:
        """So much more [bytes] waits for a subscription; less where it is negative."""
        left = self._waiting.get(subscription_id, 0) + size
        if left > 0:
            self._waiting[subscription_id] = left
        else:
            self._waiting.pop(subscription_id, None)

    def _collect(self, change: Change, found: dict[str, dict[str, Entry]]) -> None:
        entity = change.entity
        by_type = self._by_type
        buckets = [by_type[name] for name in entity.types if name in by_type]
        if not self._any_type.empty:
            buckets.append(self._any_type)
        if not buckets:
            return
        kinds = kinds_of(change)
        candidates: dict[str, Watch] = {}
        for bucket in buckets:
            bucket.collect(kinds, candidates)
        for subscription_id, watch in candidates.items():
            expires_at = watch.subscription.expires_at
            if expires_at is not None and expires_at <= change.at:
                continue
            seen = watch.seen(change)
            if seen is None:
                continue
            touched = kinds if seen is change else kinds_of(seen)
            if watch.concerns(seen, touched):
                _add(found.setdefault(subscription_id, {}), watch, seen, touched)

    def _item(
        self, subscription: Subscription, entries: dict[str, Entry], at: int
    ) -> OutboxItem | None:
        full = self._waiting.get(subscription.id, 0) >= self._most_waiting
        if full or self.pacing.is_early(subscription, at):
            return self.pacing.hold_back(subscription, entries, at)
        self.pacing.told(subscription.id, at)
        return notice(at, tuple(entries.values())).to_item(subscription.id)

    def _buckets(self, watch: Watch) -> list[_Bucket]:
        types = watch.types
        if types is None:
            return [self._any_type]
        return [self._by_type.setdefault(name, _Bucket()) for name in types]


def _add(entries: dict[str, Entry], watch: Watch, change: Change, kinds: Kinds) -> None:
    """Keep one entry for each entity: its last state, with what it was before the first change."""
    entry = watch.entry(change, kinds)
    earlier = entries.get(entry.entity.id)
    if earlier is None:
        entries[entry.entity.id] = entry
        return
    entries[entry.entity.id] = Entry(
        entry.entity,
        entry.deleted_at,
        {**earlier.removed, **entry.removed},
        {**entry.previous, **earlier.previous},
    )
