"""A notification before it is written: which entities, as they were when it happened.

It waits in the outbox in this form and is written when it leaves, so that deriving one costs the
commit little, and a subscriber who changed the format gets the new one.
"""

from __future__ import annotations

from uuid import uuid4

import msgspec

from kota.model.entity import Attribute, Entity
from kota.store.state.protocol import OutboxItem

Instances = dict[str, tuple[Attribute, ...]]


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One entity in a notification.

    Args:
        entity: as it is or, where it was deleted, as it was last.
        deleted_at: when it was deleted, an instant.
        removed: attribute instances that were deleted and are to be told, by expanded name.
        previous: instances as they were before, where the subscriber wants to know.
    """

    entity: Entity
    deleted_at: int | None = None
    removed: Instances = {}
    previous: Instances = {}


class Notice(msgspec.Struct, frozen=True, array_like=True):
    """What one notification tells.

    Args:
        id: its URI; the same at every attempt to deliver it.
        at: when it happened, an instant.
        entries: the entities, at least one.
    """

    id: str
    at: int
    entries: tuple[Entry, ...]

    def to_item(self, subscription_id: str) -> OutboxItem:
        """As it waits in the outbox."""
        return OutboxItem(subscription_id, _ENCODER.encode(self), self.at)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Notice)


def notice(at: int, entries: tuple[Entry, ...]) -> Notice:
    """A notice with a new id."""
    return Notice(f"urn:ngsi-ld:Notification:{uuid4()}", at, entries)


def from_body(body: bytes) -> Notice:
    """Undo `Notice.to_item`."""
    return _DECODER.decode(body)
