"""Counts what comes in from outside, and refuses what goes beyond a quota.

It stands between the store and whoever writes for others: the broker, the temporal operations, the
ingest. What the town's own rooms write (alarms, commands, work orders) goes past it and is never
refused, so that a full quota silences no alarm.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

import msgspec

from kota.clock import Clock
from kota.errors import KotaError, QuotaError
from kota.model.entity import Entity
from kota.model.instant import DAY, SECOND
from kota.model.query import EntityQuery
from kota.store.state.protocol import Change, Document, Mutation, StateStore, Write

KIND: Final = "meter"
KEY: Final = "observations"


class _Day(msgspec.Struct):
    day: int
    observed: int


class _Brought(msgspec.Struct):
    entities: int = 0
    observations: int = 0


class Meter:
    """Entities to be read and, within a quota, changed.

    Deletions are always allowed and make room.

    Args:
        store: keeps the entities and the count of the day.
        clock: says which day it is (UTC).
        entities: at the same time, those of the town's own rooms included; None: any number.
        observations: a day; None: any number.
    """

    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        *,
        entities: int | None = None,
        observations: int | None = None,
    ) -> None:
        self.entities = entities
        self.observations = observations
        self.present = 0
        self._store = store
        self._clock = clock
        self._coming = 0
        self._today = _Day(0, 0)
        self._kept = 0

    async def open(self) -> None:
        """Take up how many entities there are and what was counted before."""
        async for _ in self._store.scan():
            self.present += 1
        self._store.on_commit(self._committed)
        body = await self._store.get_document(KIND, KEY)
        if body is not None:
            self._today = msgspec.json.decode(body, type=_Day)
            self._kept = self._today.observed

    def observed(self) -> int:
        """Observations so far today."""
        return self._today.observed if self._clock.now() // DAY == self._today.day else 0

    async def get(self, entity_id: str) -> Entity | None:
        """The entity as committed, or None."""
        return await self._store.get(entity_id)

    async def query(self, query: EntityQuery) -> tuple[list[Entity], int | None]:
        """One page of the entities that match, and their count where it is asked for."""
        return await self._store.query(query)

    def scan(self, types: Sequence[str] = ()) -> AsyncIterator[Entity]:
        """All entities, or those of any of these types."""
        return self._store.scan(types)

    async def type_counts(self) -> dict[str, int]:
        """How many entities there are of each type."""
        return await self._store.type_counts()

    async def apply(self, writes: Sequence[Write]) -> list[Change | KotaError | None]:
        """Run writes and commit their results together; each that exceeds the quota is refused."""
        brought = _Brought()
        guarded = [Write(one.entity_id, self._guarded(one.mutate, brought)) for one in writes]
        try:
            outcomes = await self._store.apply(guarded)
        except KotaError:
            self._today.observed = max(self._today.observed - brought.observations, 0)
            raise
        finally:
            self._coming -= brought.entities
        await self._keep()
        return outcomes

    async def take(self, observations: int) -> None:
        """Count what is to be taken in past the present.

        Raises:
            QuotaError: there is no room for it.
        """
        self._count(observations, self._clock.now())
        await self._keep()

    async def admit(self, entities: Iterable[str], observations: int) -> None:
        """Count a message that is to be taken in as a whole.

        Raises:
            QuotaError: there is no room for all of it.
        """
        ids = set(entities)
        new = len([one for one in ids if await self._store.get(one) is None])
        self._require_places(new)
        await self.take(observations)

    def _guarded(self, mutate: Mutation, brought: _Brought) -> Mutation:
        at = self._clock.now()

        def guarded(before: Entity | None) -> Entity | None:
            after = mutate(before)
            if after is None or after is before:
                return after
            if before is None:
                self._require_places(1)
            count = len(Change(0, at, before, after).record())
            self._count(count, at)
            brought.observations += count
            if before is None:
                brought.entities += 1
                self._coming += 1
            return after

        return guarded

    def _require_places(self, count: int) -> None:
        there = self.present + self._coming
        if count and self.entities is not None and there + count > self.entities:
            raise QuotaError(
                f"quota: {self.entities} entities, and there are {there}",
                hint="delete some, or have the quota raised",
            )

    def _count(self, observations: int, at: int) -> None:
        if at // DAY > self._today.day:
            self._today, self._kept = _Day(at // DAY, 0), 0
        limit = self.observations
        if limit is not None and self._today.observed + observations > limit:
            wait_s = (DAY - at % DAY) // SECOND + 1
            raise QuotaError(
                f"quota: {limit} observations a day, and {self._today.observed} were taken in",
                hint=f"try again in {wait_s} s, or have the quota raised",
                wait_s=wait_s,
            )
        self._today.observed += observations

    async def _keep(self) -> None:
        """Keep the count; where it is lost with the process, what came in was at most a group."""
        if self.observations is None or self._today.observed == self._kept:
            return
        self._kept = self._today.observed
        body = msgspec.json.encode(self._today)
        await self._store.put_documents([Document(KIND, KEY, body)])

    def _committed(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.present += (change.before is None) - (change.after is None)
