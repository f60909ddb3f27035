"""What came of a subscription so far: how often and when its subscriber was told."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from kota.model.instant import render
from kota.store.state.protocol import Document, StateStore

DOCUMENT_KIND = "subscription-tally"


class Tally(msgspec.Struct, omit_defaults=True):
    """Counters and times; they move in memory and are kept now and then.

    Args:
        times_sent: attempts to notify, also those that failed.
        times_failed: attempts that failed.
        last_notification, last_success, last_failure: instants.
        status: of the last attempt.
    """

    times_sent: int = 0
    times_failed: int = 0
    last_notification: int | None = None
    last_success: int | None = None
    last_failure: int | None = None
    status: Literal["ok", "failed"] | None = None

    def sent(self, now: int) -> None:
        """An attempt begins."""
        self.times_sent += 1
        self.last_notification = now

    def succeeded(self, now: int) -> None:
        """The receiver took it."""
        self.last_success = now
        self.status = "ok"

    def failed(self, now: int) -> None:
        """The receiver did not take it."""
        self.times_failed += 1
        self.last_failure = now
        self.status = "failed"

    def shown(self) -> dict[str, Any]:
        """The members of ``notification`` that only the server sets; none before the first."""
        if self.status is None and not self.times_sent:
            return {}
        shown: dict[str, Any] = {"timesSent": self.times_sent, "timesFailed": self.times_failed}
        for name, at in (
            ("lastNotification", self.last_notification),
            ("lastSuccess", self.last_success),
            ("lastFailure", self.last_failure),
        ):
            if at is not None:
                shown[name] = render(at)
        if self.status is not None:
            shown["status"] = self.status
        return shown

    def to_document(self, subscription_id: str, kind: str = DOCUMENT_KIND) -> Document:
        """As the store keeps it."""
        return Document(kind, subscription_id, msgspec.json.encode(self))


def from_document(document: Document) -> Tally:
    """Undo `Tally.to_document`."""
    return msgspec.json.decode(document.body, type=Tally)


class Tallies:
    """The tallies of all subscriptions.

    Args:
        store: keeps them from one start to the next.
        kind: of the documents in which it does.
    """

    def __init__(self, store: StateStore, kind: str = DOCUMENT_KIND) -> None:
        self._store = store
        self._kind = kind
        self._tallies: dict[str, Tally] = {}
        self._moved: set[str] = set()

    async def open(self) -> None:
        """Take up what the store kept."""
        for document in await self._store.list_documents(self._kind):
            self._tallies[document.key] = from_document(document)

    def of(self, subscription_id: str) -> Tally:
        """The tally of a subscription, to be read."""
        return self._tallies.get(subscription_id) or Tally()

    def moving(self, subscription_id: str) -> Tally:
        """The tally of a subscription, to be changed."""
        self._moved.add(subscription_id)
        return self._tallies.setdefault(subscription_id, Tally())

    async def save(self) -> None:
        """Keep those that moved since the last time."""
        moved, self._moved = self._moved, set()
        await self._store.put_documents(
            [
                self._tallies[key].to_document(key, self._kind)
                for key in moved
                if key in self._tallies
            ]
        )

    async def drop(self, subscription_id: str) -> None:
        """Forget the tally of a subscription."""
        if self._tallies.pop(subscription_id, None) is not None:
            await self._store.delete_documents(self._kind, [subscription_id])
