"""Subscriptions to registrations: made, read, changed, deleted, and matched (clause 5.11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import msgspec

from kota.clock import Clock
from kota.context.contexts import Contexts
from kota.context.sources.matching import SourceQuery, matching
from kota.context.sources.registration import Registration
from kota.context.sources.registrations import Registrations
from kota.context.sources.subscription import (
    DESTINATION,
    DOCUMENT_KIND,
    Reason,
    SourceSubscription,
    from_document,
    notice,
    queries,
    read_source_subscription,
    write_source_subscription,
)
from kota.context.subscription_reading import read_id
from kota.context.subscriptions import merged
from kota.context.tally import Tallies
from kota.errors import AlreadyExistsError, BadRequestDataError, NotFoundError, StoreError
from kota.model.jsonld import Context
from kota.model.names import require_uri
from kota.model.terms import NULL
from kota.store.state.protocol import StateStore


class SourceSubscriptions:
    """All subscriptions to sources.

    Args:
        store: keeps them, and what is to be told.
        registrations: what they are about.
        contexts: the JSON-LD contexts they are written in.
        clock: says what has expired.
    """

    def __init__(
        self, store: StateStore, registrations: Registrations, contexts: Contexts, clock: Clock
    ) -> None:
        self._store = store
        self._registrations = registrations
        self._contexts = contexts
        self._clock = clock
        self._kept: dict[str, tuple[SourceSubscription, tuple[SourceQuery, ...]]] = {}
        self._waits: Callable[[str], None] = lambda _: None
        self.tallies = Tallies(store, "source-tally")

    async def open(self) -> None:
        """Take up what the store kept, and watch the registrations from now on."""
        await self.tallies.open()
        found = [from_document(one) for one in await self._store.list_documents(DOCUMENT_KIND)]
        for one in sorted(found, key=lambda one: one.subscription.created_at):
            self._kept[one.id] = (one, queries(one))
        self._registrations.on_change(self._changed)

    def on_notice(self, waits: Callable[[str], None]) -> None:
        """Name the function that hears for which subscription a notice waits."""
        self._waits = waits

    def find(self, subscription_id: str) -> SourceSubscription | None:
        """The subscription with this id, or None."""
        found = self._kept.get(subscription_id)
        return None if found is None else found[0]

    def retrieve(self, subscription_id: str) -> SourceSubscription:
        """The subscription with this id.

        Raises:
            BadRequestDataError: the id is not a URI.
            NotFoundError: there is none.
        """
        found = self.find(require_uri(subscription_id, "id"))
        if found is None:
            raise NotFoundError(f"there is no subscription {subscription_id}")
        return found

    def all(self) -> list[SourceSubscription]:
        """Every subscription, oldest first."""
        return [one for one, _ in self._kept.values()]

    def write(
        self, subscription: SourceSubscription, context: Context, *, sys_attrs: bool = False
    ) -> dict[str, Any]:
        """A subscription as clients read it, without ``@context``."""
        return write_source_subscription(
            subscription,
            context.compact,
            now=self._clock.now(),
            tally=self.tallies.of(subscription.id),
            sys_attrs=sys_attrs,
        )

    async def create(self, document: dict[str, Any], context: Context) -> SourceSubscription:
        """Make a subscription and tell what matches it now.

        Raises:
            BadRequestDataError: says which member is wrong.
            NotSupportedError: an endpoint whose scheme is not offered.
            AlreadyExistsError: there is one with this id.
            ContextUnavailableError: ``jsonldContext`` cannot be had.
        """
        subscription_id = read_id(document) or f"urn:ngsi-ld:Subscription:{uuid4()}"
        made = read_source_subscription(
            document, context, subscription_id=subscription_id, now=self._clock.now()
        )
        address = await self._contexts.address_of(document, context)
        if subscription_id in self._kept:
            raise AlreadyExistsError(f"there is a subscription {subscription_id} already")
        inner = msgspec.structs.replace(made.subscription, context=address)
        made = msgspec.structs.replace(made, subscription=inner)
        await self._put(made, None)
        return made

    async def update(
        self, subscription_id: str, fragment: dict[str, Any], context: Context
    ) -> SourceSubscription:
        """Put the members of a fragment in the place of those there are; null takes one away.

        Raises:
            BadRequestDataError: what came of it would not be a subscription; nothing was changed.
            NotFoundError: there is none with this id.
            ContextUnavailableError: ``jsonldContext`` cannot be had.
        """
        present = self.retrieve(subscription_id)
        inner = present.subscription
        if fragment.get("id", inner.id) != inner.id:
            raise BadRequestDataError("id: cannot be changed", hint="create another subscription")
        now = self._clock.now()
        members = merged(inner, fragment)
        if present.span is not None and "temporalQ" not in fragment:
            members["temporalQ"] = msgspec.to_builtins(present.span)
        changed = read_source_subscription(
            members, context, subscription_id=inner.id, now=now if "expiresAt" in fragment else 0
        )
        address = inner.context
        if fragment.get("jsonldContext") not in (None, NULL):
            address = await self._contexts.address_of(fragment, context)
        made = msgspec.structs.replace(
            changed.subscription, context=address, created_at=inner.created_at, modified_at=now
        )
        changed = msgspec.structs.replace(changed, subscription=made)
        self.retrieve(subscription_id)
        await self._put(changed, present)
        return changed

    async def delete(self, subscription_id: str) -> None:
        """Take away a subscription and the notifications that wait for it.

        Raises:
            NotFoundError: there is none with this id.
        """
        self.retrieve(subscription_id)
        await self._store.delete_documents(DOCUMENT_KIND, [subscription_id])
        self._kept.pop(subscription_id, None)
        await self.tallies.drop(subscription_id)
        await self._store.outbox.drop(DESTINATION + subscription_id)

    async def tell_all(self, subscription: SourceSubscription, reason: Reason) -> None:
        """Tell every registration that matches now."""
        found = tuple(
            seen
            for seen in (self._seen(subscription, one) for one in self._registrations.all())
            if seen is not None
        )
        if found:
            await self._tell(subscription, reason, found)

    async def _put(
        self, subscription: SourceSubscription, present: SourceSubscription | None
    ) -> None:
        self._kept[subscription.id] = (subscription, queries(subscription))
        try:
            await self._store.put_documents([subscription.to_document()])
        except StoreError:
            del self._kept[subscription.id]
            if present is not None:
                self._kept[present.id] = (present, queries(present))
            raise
        await self.tell_all(subscription, "newlyMatching")

    async def _changed(self, before: Registration | None, after: Registration | None) -> None:
        """Tell whom a change of a registration concerns."""
        for subscription, _ in list(self._kept.values()):
            was = None if before is None else self._seen(subscription, before)
            now = None if after is None else self._seen(subscription, after)
            if now is not None:
                reason: Reason = "newlyMatching" if was is None else "updated"
                await self._tell(subscription, reason, (now,))
            elif was is not None and before is not None:
                await self._tell(subscription, "noLongerMatching", (after or before,))

    def _seen(
        self, subscription: SourceSubscription, registration: Registration
    ) -> Registration | None:
        """What of a registration a subscriber wants to know; None: nothing."""
        found = self._kept.get(subscription.id)
        wanted = queries(subscription) if found is None else found[1]
        parts = {
            part: None
            for query in wanted
            if query.matches(registration)
            for part in matching(registration, query.asked)
        }
        if not parts:
            return None
        return msgspec.structs.replace(registration, information=tuple(parts))

    async def _tell(
        self,
        subscription: SourceSubscription,
        reason: Reason,
        registrations: tuple[Registration, ...],
    ) -> None:
        now = self._clock.now()
        if subscription.subscription.status(now) != "active":
            return
        await self._store.outbox.put([notice(now, reason, registrations).to_item(subscription.id)])
        self._waits(subscription.id)
