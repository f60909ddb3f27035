"""The subscriptions of one subscriber: nobody else's can be seen or changed."""

from __future__ import annotations

from typing import Any

from kota.context.subscription import Subscription
from kota.context.subscriptions import Subscriptions
from kota.errors import NotFoundError
from kota.model.jsonld import Context


class OwnedSubscriptions:
    """Offers what `Subscriptions` does.

    Args:
        subscriptions: everybody's.
        owner: id of the subscriber.
        purpose: what personal data is asked for, in subscriptions made from now on.
        orphans: whether those that belong to nobody are seen too.
    """

    def __init__(
        self,
        subscriptions: Subscriptions,
        owner: str,
        *,
        purpose: str | None = None,
        orphans: bool = False,
    ) -> None:
        self._all = subscriptions
        self._owner = owner
        self._purpose = purpose
        self._orphans = orphans

    async def create(self, document: dict[str, Any], context: Context) -> Subscription:
        """Make a subscription; see `Subscriptions.create`."""
        return await self._all.create(document, context, owner=self._owner, purpose=self._purpose)

    def retrieve(self, subscription_id: str) -> Subscription:
        """The subscription with this id.

        Raises:
            BadRequestDataError: the id is not a URI.
            NotFoundError: there is none that is this subscriber's.
        """
        found = self._all.retrieve(subscription_id)
        if not self._is_mine(found):
            raise NotFoundError(f"there is no subscription {subscription_id}")
        return found

    def all(self) -> list[Subscription]:
        """Every subscription of this subscriber, oldest first."""
        return [one for one in self._all.all() if self._is_mine(one)]

    def write(
        self, subscription: Subscription, context: Context, *, sys_attrs: bool = False
    ) -> dict[str, Any]:
        """A subscription as clients read it."""
        return self._all.write(subscription, context, sys_attrs=sys_attrs)

    async def update(
        self, subscription_id: str, fragment: dict[str, Any], context: Context
    ) -> Subscription:
        """Change a subscription; see `Subscriptions.update`."""
        self.retrieve(subscription_id)
        return await self._all.update(subscription_id, fragment, context)

    async def delete(self, subscription_id: str) -> None:
        """Take a subscription away."""
        self.retrieve(subscription_id)
        await self._all.delete(subscription_id)

    def _is_mine(self, subscription: Subscription) -> bool:
        if subscription.owner is None:
            return self._orphans
        return subscription.owner == self._owner
