"""Transient entities and attributes: forgotten at their `expiresAt` (clause 4.22)."""

from __future__ import annotations

import heapq

import msgspec

from kota.context.instances import Instances
from kota.model.entity import Entity


class Expiries:
    """Which entities have something to forget, soonest first."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, str]] = []

    def watch(self, entity: Entity) -> None:
        """Remember when the entity has to be looked at."""
        at = next_expiry(entity)
        if at is not None:
            heapq.heappush(self._heap, (at, entity.id))

    def is_due(self, now: int) -> bool:
        """Whether anything has expired by now."""
        return bool(self._heap) and self._heap[0][0] <= now

    def take_due(self, now: int) -> list[str]:
        """The ids of the entities that have something to forget by now."""
        due: dict[str, None] = {}
        while self.is_due(now):
            due[heapq.heappop(self._heap)[1]] = None
        return list(due)


def next_expiry(entity: Entity) -> int | None:
    """When the first part of an entity, or all of it, expires; None: never."""
    times = [entity.expires_at] if entity.expires_at is not None else []
    for instances in entity.attrs.values():
        times += [one.expires_at for one in instances if one.expires_at is not None]
    return min(times, default=None)


def surviving(entity: Entity, now: int) -> Entity | None:
    """The entity without what has expired by now; None where all of it has.

    An entity of which nothing has expired is returned as it is.
    """
    if entity.expires_at is not None and entity.expires_at <= now:
        return None
    if (next_expiry(entity) or now + 1) > now:
        return entity
    attrs: dict[str, Instances] = {}
    for name, instances in entity.attrs.items():
        left = tuple(one for one in instances if one.expires_at is None or one.expires_at > now)
        if left:
            attrs[name] = instances if len(left) == len(instances) else left
    return msgspec.structs.replace(entity, attrs=attrs)
