"""The past as somebody sees it, and as far as he may change it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from kota.access.sight import Sight
from kota.errors import ForbiddenError
from kota.model.entity import Attribute
from kota.model.query.temporal import Aggregation
from kota.model.terms import NULL, SCOPE
from kota.store.history import (
    Aggregate,
    Chart,
    EntityFilter,
    EntityRecord,
    SeriesFilter,
    Span,
    Stored,
)
from kota.store.history.protocol import Evolutions
from kota.store.state import Observation
from kota.store.state.protocol import Entities

Hidden = frozenset[str]
_NO_CHART = Chart(0, None, [], [], [], [], [], [], [])


class SeenHistory:
    """Stands before a history: an evolution belongs where its entity lies now.

    Args:
        history: everything.
        state: the present entities, all of them.
        read: what is seen.
        write: what may be changed.
    """

    def __init__(self, history: Evolutions, state: Entities, read: Sight, write: Sight) -> None:
        self._history = history
        self._state = state
        self._read = read
        self._write = write

    async def entities(
        self, wanted: EntityFilter, *, limit: int | None = None, offset: int = 0
    ) -> list[EntityRecord]:
        """Entities that are seen and match by what is seen of them, one page of them."""
        found = await self._matching(wanted)
        return found[offset:] if limit is None else found[offset : offset + limit]

    async def count(self, wanted: EntityFilter) -> int:
        """How many of them."""
        return len(await self._matching(wanted))

    async def instances(
        self,
        series: SeriesFilter,
        span: Span,
        *,
        last_n: int | None = None,
        limit: int | None = None,
    ) -> list[Stored]:
        """Instances that are seen; see `HistoryStore.instances`."""
        seen = await self._seen_series(series)
        return await self._history.instances(seen, span, last_n=last_n, limit=limit)

    async def attributes(self, series: SeriesFilter, span: Span) -> list[tuple[str, str, int]]:
        """Entity id, attribute and kind of what is seen and has an instance in this time."""
        return await self._history.attributes(await self._seen_series(series), span)

    async def aggregate(
        self, series: SeriesFilter, span: Span, aggregation: Aggregation
    ) -> list[Aggregate]:
        """Aggregated values of what is seen."""
        return await self._history.aggregate(await self._seen_series(series), span, aggregation)

    async def chart(
        self,
        entity_id: str,
        attribute: str,
        *,
        start: int,
        end: int,
        points: int,
        dataset_id: str | None = None,
    ) -> Chart:
        """One series; an empty one where it is not seen."""
        hidden = (await self._hidden_of((entity_id,), self._read)).get(entity_id)
        if hidden is None or attribute in hidden:
            return _NO_CHART
        return await self._history.chart(
            entity_id, attribute, start=start, end=end, points=points, dataset_id=dataset_id
        )

    async def write(
        self, entity_id: str, types: Sequence[str], observations: Sequence[Observation], *, now: int
    ) -> bool:
        """Add instances; see `HistoryStore.write`.

        Raises:
            ForbiddenError: not there, or not these.
        """
        record = await self._record(entity_id)
        known = (await self._hidden_of((entity_id,), self._write)).get(entity_id)
        if known is None and (record is not None or await self._state.get(entity_id) is not None):
            raise self._refusal(entity_id)
        hidden = known or frozenset()
        scopes = [_scopes(one) for one in observations if one.attribute == SCOPE]
        kinds = (*types, *(record.types if record is not None else ()))
        if not scopes:
            scopes = [record.scope if record is not None else ()]
        for scope in scopes:
            kept_back = self._write.hidden(kinds, scope)
            if kept_back is None:
                raise self._refusal(entity_id)
            hidden |= kept_back
        touched = hidden & {one.attribute for one in observations}
        if touched:
            raise ForbiddenError(
                f"{entity_id}: {', '.join(sorted(touched))} tell of a person and may not be changed"
            )
        return await self._history.write(entity_id, types, observations, now=now)

    async def replace_instance(
        self, entity_id: str, attribute: str, key: int, instance: Attribute
    ) -> bool:
        """Put another value in the place of an instance."""
        if not await self._may_change(entity_id, attribute):
            return False
        return await self._history.replace_instance(entity_id, attribute, key, instance)

    async def delete_instance(self, entity_id: str, attribute: str, key: int) -> bool:
        """Remove one instance; False where there is none."""
        if not await self._may_change(entity_id, attribute):
            return False
        return await self._history.delete_instance(entity_id, attribute, key)

    async def delete_attribute(
        self, entity_id: str, attribute: str, datasets: tuple[str | None, ...] = ()
    ) -> bool:
        """Remove series of an entity; False where there is none."""
        if not await self._may_change(entity_id, attribute):
            return False
        return await self._history.delete_attribute(entity_id, attribute, datasets)

    async def delete_entity(self, entity_id: str) -> bool:
        """Remove a whole evolution; False where there is none."""
        if not await self._may_change(entity_id, None):
            return False
        return await self._history.delete_entity(entity_id)

    async def _may_change(self, entity_id: str, attribute: str | None) -> bool:
        """Whether it is seen; raises where it is and may not be changed."""
        seen = (await self._hidden_of((entity_id,), self._read)).get(entity_id)
        if seen is None or attribute in seen:
            return False
        hidden = (await self._hidden_of((entity_id,), self._write)).get(entity_id)
        if hidden is None or attribute in hidden or attribute == SCOPE:
            raise self._refusal(entity_id)
        if attribute is None and hidden:
            raise self._refusal(entity_id)
        return True

    async def _matching(self, wanted: EntityFilter) -> list[EntityRecord]:
        records = await self._history.entities(wanted)
        hidden = await self._hidden(records, self._read)
        found = {record.id for record in records if record.id in hidden}
        asked = {*wanted.attributes, *(bound.attribute for bound in wanted.bounds)}
        doubtful: dict[Hidden, list[str]] = {}
        for entity_id in found:
            blind = hidden[entity_id] & asked
            if blind:
                doubtful.setdefault(blind, []).append(entity_id)
        for blind, ids in doubtful.items():
            found.difference_update(ids)
            found.update(await self._again(wanted, blind, ids))
        return [record for record in records if record.id in found]

    async def _again(self, wanted: EntityFilter, blind: Hidden, ids: list[str]) -> Iterable[str]:
        """Which of these still match where some attributes that are asked for are hidden."""
        if any(bound.attribute in blind for bound in wanted.bounds):
            return ()
        left = tuple(name for name in wanted.attributes if name not in blind)
        if not left:
            return ()
        asked = msgspec.structs.replace(wanted, ids=tuple(ids), attributes=left)
        return [record.id for record in await self._history.entities(asked)]

    async def _seen_series(self, series: SeriesFilter) -> SeriesFilter:
        hidden = await self._hidden_of(series.entity_ids, self._read)
        ids = tuple(one for one in series.entity_ids if one in hidden)
        without = tuple((one, name) for one in ids for name in hidden[one])
        return msgspec.structs.replace(series, entity_ids=ids, without=without)

    async def _hidden_of(self, ids: Sequence[str], sight: Sight) -> dict[str, Hidden]:
        """What is hidden of each entity that has an evolution and is seen."""
        if not ids:
            return {}
        records = await self._history.entities(EntityFilter(ids=tuple(dict.fromkeys(ids))))
        return await self._hidden(records, sight)

    async def _hidden(self, records: Iterable[EntityRecord], sight: Sight) -> dict[str, Hidden]:
        found: dict[str, Hidden] = {}
        for record in records:
            hidden = sight.hidden_past(record.types, record.scope)
            present = await self._state.get(record.id)
            if present is not None and hidden is not None:
                now = sight.hidden_past(present.types, present.scope)
                seen = sight.sees(present)
                hidden = None if now is None or seen is None else hidden | now
            if hidden is not None:
                found[record.id] = hidden
        return found

    async def _record(self, entity_id: str) -> EntityRecord | None:
        found = await self._history.entities(EntityFilter(ids=(entity_id,)), limit=1)
        return found[0] if found else None

    def _refusal(self, entity_id: str) -> ForbiddenError:
        return ForbiddenError(f"{entity_id}: {self._write.who.name} may not change its past")


def _scopes(observation: Observation) -> tuple[str, ...]:
    value = observation.instance.value
    if value == NULL:
        return ()
    return tuple(value) if isinstance(value, list) else (str(value),)
