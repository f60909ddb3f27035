"""Every committed change, handed to whoever watches."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from kota.store.state import Change


class Stream:
    """Fans committed changes out to taps; costs nothing where nobody watches."""

    def __init__(self) -> None:
        self._taps: dict[int, Tap] = {}

    def publish(self, changes: Sequence[Change]) -> None:
        """Offer changes to every tap, in order."""
        for tap in list(self._taps.values()):
            tap.offer(changes)

    def tap(self, *, types: Iterable[str] = (), attributes: Iterable[str] = ()) -> Tap:
        """Watch from now on; close the tap when done.

        Args:
            types: expanded entity types; without any, all.
            attributes: expanded attribute names of which one must have changed; without any, all.
        """
        tap = Tap(self, frozenset(types), frozenset(attributes))
        self._taps[id(tap)] = tap
        return tap

    def close(self) -> None:
        """End every tap."""
        for tap in list(self._taps.values()):
            tap.close()

    def forget(self, tap: Tap) -> None:
        """Offer nothing more to a tap."""
        self._taps.pop(id(tap), None)


class Tap:
    """Changes as one watcher sees them, batch by batch.

    A watcher that is slow sees fewer and larger steps: changes of one entity that wait are joined
    into one, from the first's `before` to the last's `after`, so memory is bounded by the number
    of entities. (History and notifications do not stand on taps and miss nothing.)
    """

    def __init__(self, stream: Stream, types: frozenset[str], attributes: frozenset[str]) -> None:
        self._stream = stream
        self._types = types
        self._attributes = attributes
        self._waiting: dict[str, Change] = {}
        self._ready = asyncio.Event()
        self._closed = False

    def offer(self, changes: Sequence[Change]) -> None:
        """Take those of the changes that this watcher wants."""
        waiting = self._waiting
        for change in changes:
            if not self._wants(change):
                continue
            entity_id = change.entity.id
            earlier = waiting.get(entity_id)
            if earlier is None:
                waiting[entity_id] = change
            elif earlier.before is None and change.after is None:
                del waiting[entity_id]
            else:
                waiting[entity_id] = Change(
                    change.sequence, change.at, earlier.before, change.after
                )
        if waiting:
            self._ready.set()

    def close(self) -> None:
        """Stop watching; whoever iterates ends."""
        self._closed = True
        self._stream.forget(self)
        self._ready.set()

    def __aiter__(self) -> Tap:
        return self

    async def __anext__(self) -> list[Change]:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._ready.clear()
            await self._ready.wait()
        batch = list(self._waiting.values())
        self._waiting.clear()
        return batch

    def _wants(self, change: Change) -> bool:
        if self._types and self._types.isdisjoint(change.entity.types):
            return False
        return not self._attributes or not self._attributes.isdisjoint(change.attributes())
