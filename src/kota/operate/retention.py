"""Forgets what was kept for a purpose longer than that needs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from kota.clock import Clock
from kota.config import Retention
from kota.errors import StoreError
from kota.model.entity import Attribute, Entity
from kota.model.instant import DAY, render
from kota.model.query.temporal import Aggregation, Method
from kota.model.query.types import of as type_query
from kota.operate.actor import SYSTEM, told
from kota.store.history import HistoryStore, SeriesFilter
from kota.store.history.protocol import Aggregate, EntityFilter, Span
from kota.store.state import StateStore, Write

_log = logging.getLogger(__name__)

EVERY_S: Final = 3600.0
_CHUNK: Final = 500


class Older(msgspec.Struct, frozen=True):
    """What a policy would forget now.

    Args:
        entities: whose present values would go, some or all.
        values: in history, by expanded attribute; marks of deletion go besides.
    """

    entities: int
    values: dict[str, int]


class Keeper:
    """Keeps to the policies of a town.

    Args:
        policies: how long what is kept.
        expand: turns a short name into its IRI.
        store, history: of the town.
        clock: wall time.
    """

    def __init__(
        self,
        policies: Sequence[Retention],
        expand: Callable[[str], str],
        store: StateStore,
        history: HistoryStore,
        clock: Clock,
    ) -> None:
        self.policies = tuple(policies)
        self.forgotten: dict[Retention, int] = {}
        self._expand = expand
        self._store = store
        self._history = history
        self._clock = clock

    async def run(self) -> None:
        """Forget every hour, until cancelled."""
        while True:
            if self.policies:
                try:
                    await self.sweep()
                except StoreError as error:
                    _log.error("what is too old is still kept, trying again: %s", error)
            await asyncio.sleep(EVERY_S)

    async def sweep(self) -> None:
        """Forget what is older than it may be; returns when that is durable.

        Raises:
            StoreError: some of it is still there.
        """
        for policy in self.policies:
            self.forgotten[policy] = await self._sweep(policy)

    async def preview(self, policy: Retention) -> Older:
        """What would be forgotten now; nothing is."""
        before, kind, names = self._meant(policy)
        changed = 0
        async for entity in self._store.scan([kind]):
            changed += _without_old(entity, names, before) is not entity
        values: dict[str, int] = {}
        ids = await self._known(kind)
        counting = Aggregation(methods=(Method.TOTAL_COUNT,))
        for start in range(0, len(ids), _CHUNK):
            series = SeriesFilter(entity_ids=tuple(ids[start : start + _CHUNK]), attributes=names)
            span = Span(end=before, timeproperty=None)
            for one in await self._history.aggregate(series, span, counting):
                values[one.attribute] = values.get(one.attribute, 0) + _count(one)
        return Older(changed, dict(sorted(values.items())))

    def _meant(self, policy: Retention) -> tuple[int, str, tuple[str, ...]]:
        """Before when, of which type, and which attributes; empty: all."""
        before = self._clock.now() - int(policy.keep_days * DAY)
        names = tuple(self._expand(name) for name in policy.attributes)
        return before, self._expand(policy.type), names

    async def _known(self, kind: str) -> list[str]:
        """Ids of the entities of a type that history knows."""
        records = await self._history.entities(EntityFilter(types=type_query([kind])))
        return [record.id for record in records]

    async def _sweep(self, policy: Retention) -> int:
        before, kind, names = self._meant(policy)
        present = [entity.id async for entity in self._store.scan([kind])]
        removed = 0
        for start in range(0, len(present), _CHUNK):
            writes = [
                Write(one, lambda entity: _without_old(entity, names, before))
                for one in present[start : start + _CHUNK]
            ]
            outcomes = await self._store.apply(writes)
            removed += sum(outcome is not None for outcome in outcomes)
        ids = await self._known(kind)
        for start in range(0, len(ids), _CHUNK):
            series = SeriesFilter(entity_ids=tuple(ids[start : start + _CHUNK]), attributes=names)
            removed += await self._history.retain(before, series)
        if removed:
            line = told(
                SYSTEM,
                self._clock.now(),
                "retention.sweep",
                policy.type,
                why=policy.purpose,
                detail={"before": render(before), "forgotten": removed},
            )
            await self._store.apply([], audit=[line])
        return removed


def _count(one: Aggregate) -> int:
    (count,) = one.values
    assert isinstance(count, int)
    return count


def _without_old(entity: Entity | None, names: Sequence[str], before: int) -> Entity | None:
    """An entity without the values that are older than an instant."""
    if entity is None:
        return None
    kept: dict[str, tuple[Attribute, ...]] = {}
    changed = False
    for name, instances in entity.attrs.items():
        young = instances
        if not names or name in names:
            young = tuple(one for one in instances if _moment(one) >= before)
        changed = changed or len(young) < len(instances)
        if young:
            kept[name] = young
    if not changed:
        return entity
    return Entity(
        entity.id,
        entity.types,
        kept,
        entity.scope,
        entity.created_at,
        entity.modified_at,
        entity.expires_at,
    )


def _moment(one: Attribute) -> int:
    return one.modified_at if one.observed_at is None else one.observed_at
