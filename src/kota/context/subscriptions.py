"""Subscriptions: made, read, changed and deleted, and handed to those who watch for them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import msgspec

from kota.clock import Clock
from kota.context.contexts import Contexts
from kota.context.subscription import DOCUMENT_KIND, Subscription, from_document
from kota.context.subscription_intervals import Intervals
from kota.context.subscription_matching import Matcher
from kota.context.subscription_reading import read_id, read_subscription
from kota.context.subscription_writing import write_subscription
from kota.context.tally import Tallies
from kota.errors import (
    AlreadyExistsError,
    BadRequestDataError,
    KotaError,
    NotFoundError,
    StoreError,
)
from kota.model.jsonld import Context
from kota.model.names import require_uri
from kota.model.query import Lens
from kota.model.terms import NULL
from kota.store.state.protocol import StateStore

_log = logging.getLogger(__name__)

_FIXED = ("id", "status", "createdAt", "modifiedAt")


class Subscriptions:
    """All subscriptions.

    Args:
        store: keeps them; its changes are matched against them.
        contexts: finds and keeps the JSON-LD contexts they are written in.
        clock: says what has expired.
    """

    def __init__(self, store: StateStore, contexts: Contexts, clock: Clock) -> None:
        self._store = store
        self._contexts = contexts
        self._clock = clock
        self._kept: dict[str, Subscription] = {}
        self._updated: list[Callable[[str], Awaitable[None]]] = []
        self.matcher = Matcher()
        self.intervals = Intervals(store, clock)
        self.tallies = Tallies(store)

    async def open(self) -> None:
        """Take up what the store kept, and match its changes from now on."""
        await self.tallies.open()
        documents = await self._store.list_documents(DOCUMENT_KIND)
        found = [from_document(document) for document in documents]
        for subscription in sorted(found, key=lambda one: one.created_at):
            try:
                self._take_up(subscription)
            except KotaError as error:
                _log.error(
                    "subscription %s is paused, it is not understood: %s", subscription.id, error
                )
                self._take_up(msgspec.structs.replace(subscription, active=False))
        self._store.on_write(self.matcher.deliver)

    async def close(self) -> None:
        """Keep what came of them."""
        await self.tallies.save()

    def narrow(self, see: Callable[[Subscription], Lens | None]) -> None:
        """Name the function that says what each subscriber sees, before `open`."""
        self.matcher.see = self.intervals.see = see

    def lens_of(self, subscription: Subscription) -> Lens | None:
        """What a subscriber sees; None: everything."""
        return self.matcher.see(subscription)

    async def create(
        self,
        document: dict[str, Any],
        context: Context,
        *,
        owner: str | None = None,
        purpose: str | None = None,
    ) -> Subscription:
        """Make a subscription.

        Args:
            document: decoded JSON without ``@context``.
            context: expands its names; notifications are written in it unless the document
                names another as ``jsonldContext``.
            owner: id of whoever makes it.
            purpose: what personal data is asked for.

        Raises:
            BadRequestDataError: says which member is wrong.
            NotSupportedError: an endpoint whose scheme is not offered.
            AlreadyExistsError: there is one with this id.
            ContextUnavailableError: ``jsonldContext`` cannot be had.
        """
        subscription_id = read_id(document) or f"urn:ngsi-ld:Subscription:{uuid4()}"
        subscription = read_subscription(
            document, context, subscription_id=subscription_id, now=self._clock.now()
        )
        self._require_new(subscription_id)
        address = await self._contexts.address_of(document, context)
        subscription = msgspec.structs.replace(
            subscription, context=address, owner=owner, purpose=purpose
        )
        self._require_new(subscription_id)
        await self._put(subscription, None)
        return subscription

    def find(self, subscription_id: str) -> Subscription | None:
        """The subscription with this id, or None."""
        return self._kept.get(subscription_id)

    def retrieve(self, subscription_id: str) -> Subscription:
        """The subscription with this id.

        Raises:
            BadRequestDataError: the id is not a URI.
            NotFoundError: there is none.
        """
        subscription = self._kept.get(require_uri(subscription_id, "id"))
        if subscription is None:
            raise NotFoundError(f"there is no subscription {subscription_id}")
        return subscription

    def all(self) -> list[Subscription]:
        """Every subscription, oldest first."""
        return list(self._kept.values())

    def write(
        self, subscription: Subscription, context: Context, *, sys_attrs: bool = False
    ) -> dict[str, Any]:
        """A subscription as clients read it, without ``@context``."""
        return write_subscription(
            subscription,
            context.compact,
            now=self._clock.now(),
            tally=self.tallies.of(subscription.id),
            sys_attrs=sys_attrs,
        )

    async def update(
        self, subscription_id: str, fragment: dict[str, Any], context: Context
    ) -> Subscription:
        """Put the members of a fragment in the place of those there are; null takes one away.

        Raises:
            BadRequestDataError: what came of it would not be a subscription, or it would have
                expired; nothing was changed.
            NotFoundError: there is none with this id.
            ContextUnavailableError: ``jsonldContext`` cannot be had.
        """
        present = self.retrieve(subscription_id)
        if fragment.get("id", present.id) != present.id:
            raise BadRequestDataError("id: cannot be changed", hint="create another subscription")
        now = self._clock.now()
        changed = read_subscription(
            merged(present, fragment),
            context,
            subscription_id=present.id,
            now=now if "expiresAt" in fragment else 0,
        )
        address = present.context
        if fragment.get("jsonldContext") not in (None, NULL):
            address = await self._contexts.address_of(fragment, context)
        self.retrieve(subscription_id)
        changed = msgspec.structs.replace(
            changed,
            context=address,
            created_at=present.created_at,
            modified_at=now,
            owner=present.owner,
            purpose=present.purpose,
        )
        await self._put(changed, present)
        if not changed.active:
            await self._store.outbox.drop(subscription_id)
        for tell in self._updated:
            await tell(subscription_id)
        return changed

    def on_update(self, tell: Callable[[str], Awaitable[None]]) -> None:
        """Name a function that is told the id of each subscription that was updated."""
        self._updated.append(tell)

    async def delete_of(self, owner: str) -> int:
        """Take away every subscription of somebody who is gone; returns how many there were."""
        theirs = [one.id for one in self._kept.values() if one.owner == owner]
        for subscription_id in theirs:
            await self.delete(subscription_id)
        return len(theirs)

    async def delete(self, subscription_id: str) -> None:
        """Take away a subscription and the notifications that wait for it.

        Raises:
            NotFoundError: there is none with this id.
        """
        self.retrieve(subscription_id)
        self._forget(subscription_id)
        await self._store.delete_documents(DOCUMENT_KIND, [subscription_id])
        await self.tallies.drop(subscription_id)
        await self._store.outbox.drop(subscription_id)

    def _take_up(self, subscription: Subscription) -> None:
        last = self.tallies.of(subscription.id).last_notification
        self.matcher.put(subscription, last=last)
        self.intervals.put(subscription)
        self._kept[subscription.id] = subscription

    async def _put(self, subscription: Subscription, present: Subscription | None) -> None:
        self._take_up(subscription)
        try:
            await self._store.put_documents([subscription.to_document()])
        except StoreError:
            self._forget(subscription.id)
            if present is not None:
                self._take_up(present)
            raise

    def _forget(self, subscription_id: str) -> None:
        self._kept.pop(subscription_id, None)
        self.matcher.drop(subscription_id)
        self.intervals.drop(subscription_id)

    def _require_new(self, subscription_id: str) -> None:
        if subscription_id in self._kept:
            raise AlreadyExistsError(f"there is a subscription {subscription_id} already")


def merged(present: Subscription, fragment: dict[str, Any]) -> dict[str, Any]:
    """The present members, names expanded, with those of the fragment in their place."""
    members = write_subscription(present, str, now=0)
    for name, value in fragment.items():
        if value is None or value == NULL:
            members.pop(name, None)
        else:
            members[name] = value
    return {name: value for name, value in members.items() if name not in _FIXED}
