"""The temporal side of the context broker: how entities evolved (clauses 5.6.11 to 5.7.4).

Works on expanded names only. Everything here is history: nothing changes the present entities.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from kota.clock import Clock
from kota.context.evolution import Answer, Cut, Question, Selection, Told, time_of
from kota.context.evolution_matching import matching, within_scope
from kota.errors import NotFoundError
from kota.model.entity import Attribute
from kota.model.payload_temporal import Evolution
from kota.store.history import (
    EntityFilter,
    EntityRecord,
    SeriesFilter,
    Stored,
)
from kota.store.history.protocol import Evolutions
from kota.store.state import Observation

PAGE_INSTANCES = 10_000
"""Instances in one answer; what is beyond is asked for by a later request (clause 6.3.10)."""


class Temporal:
    """Reads and changes the evolution of entities.

    Args:
        history: keeps it.
        clock: dates what is written.
        page: instances in one answer.
        allow: asked before so many instances are added, where there is a quota.
    """

    def __init__(
        self,
        history: Evolutions,
        clock: Clock,
        *,
        page: int = PAGE_INSTANCES,
        allow: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        self._history = history
        self._clock = clock
        self._page = page
        self._allow = allow

    def upon(self, history: Evolutions) -> Temporal:
        """The same operations on what somebody sees of the history."""
        return Temporal(history, self._clock, page=self._page, allow=self._allow)

    async def upsert(self, evolution: Evolution) -> bool:
        """Add to an entity's evolution, which may be new (5.6.11); returns whether it is."""
        if evolution.id is None:
            raise AssertionError("a whole evolution names its entity")
        return await self._write(evolution.id, evolution)

    async def append(self, entity_id: str, evolution: Evolution) -> None:
        """Add instances to an evolution (5.6.12).

        Raises:
            NotFoundError: the entity has none.
        """
        await self._existing(entity_id)
        await self._write(entity_id, evolution)

    async def delete(self, entity_id: str) -> None:
        """Remove an evolution (5.6.16).

        Raises:
            NotFoundError: the entity has none.
        """
        if not await self._history.delete_entity(entity_id):
            raise NotFoundError(f"{entity_id} has no evolution")

    async def delete_attribute(
        self, entity_id: str, name: str, *, dataset_id: str | None = None, every: bool = False
    ) -> None:
        """Remove all instances of an attribute, of one dataset id or of every (5.6.13).

        Raises:
            NotFoundError: there is none.
        """
        datasets = () if every else (dataset_id,)
        if not await self._history.delete_attribute(entity_id, name, datasets):
            raise NotFoundError(f"{entity_id} has no such instances of {name}")

    async def modify_instance(
        self, entity_id: str, name: str, key: int, instance: Attribute
    ) -> None:
        """Put another value in the place of an instance (5.6.14).

        Raises:
            NotFoundError: there is none.
        """
        if not await self._history.replace_instance(entity_id, name, key, instance):
            raise NotFoundError(f"{entity_id} has no such instance of {name}")

    async def delete_instance(self, entity_id: str, name: str, key: int) -> None:
        """Remove one instance (5.6.15).

        Raises:
            NotFoundError: there is none.
        """
        if not await self._history.delete_instance(entity_id, name, key):
            raise NotFoundError(f"{entity_id} has no such instance of {name}")

    async def retrieve(self, entity_id: str, question: Question) -> Answer:
        """How one entity evolved (5.7.3).

        Raises:
            NotFoundError: it has no evolution, or none of the attributes asked for.
        """
        record = await self._existing(entity_id, question.attributes or ())
        told, cut = await self._tell([record], question)
        return Answer(told, cut)

    async def query(self, selection: Selection, question: Question) -> Answer:
        """How the entities that match evolved (5.7.4).

        Raises:
            TooComplexError: too many values would have to be compared.
        """
        wanted = selection.wanted
        if selection.q is None and selection.geo is None and wanted.scope_q is None:
            records, count = await self._page_of(selection)
            told, cut = await self._tell(records[: selection.limit], question)
            return Answer(told, cut, count, len(records) > selection.limit > 0)
        found, scopes = await matching(self._history, selection, question.span)
        records = found[selection.offset : selection.offset + selection.limit + 1]
        told, cut = await self._tell(records[: selection.limit], question)
        if scopes is not None:
            told = [within_scope(one, scopes[one.entity.id], question) for one in told]
        count = len(found) if selection.count else None
        return Answer(told, cut, count, len(records) > selection.limit > 0)

    async def _page_of(self, selection: Selection) -> tuple[list[EntityRecord], int | None]:
        wanted = selection.wanted
        count = await self._history.count(wanted) if selection.count else None
        if not selection.limit:
            return [], count
        records = await self._history.entities(
            wanted, limit=selection.limit + 1, offset=selection.offset
        )
        return records, count

    async def _tell(
        self, records: Sequence[EntityRecord], question: Question
    ) -> tuple[list[Told], Cut | None]:
        told = {record.id: Told(record, {}, {}, {}) for record in records}
        if not told or question.attributes is None:
            return list(told.values()), None
        series = SeriesFilter(
            entity_ids=tuple(told), attributes=question.attributes, datasets=question.datasets
        )
        if question.aggregation is not None:
            for one in await self._history.aggregate(series, question.span, question.aggregation):
                told[one.entity_id].aggregates.setdefault(one.attribute, []).append(one)
            return list(told.values()), None
        found = await self._history.instances(
            series, question.span, last_n=question.last_n, limit=self._page + 1
        )
        cut = None
        if len(found) > self._page:
            found, cut = _cut(found, question, self._page)
            for entity_id, name, kind in await self._history.attributes(series, question.span):
                told[entity_id].instances[name] = []
                told[entity_id].kinds[name] = kind
        for instance in reversed(found) if question.last_n else found:
            one_told = told[instance.entity_id]
            one_told.instances.setdefault(instance.attribute, []).append(instance)
            one_told.kinds.setdefault(instance.attribute, instance.instance.kind)
        return list(told.values()), cut

    async def _existing(self, entity_id: str, attributes: tuple[str, ...] = ()) -> EntityRecord:
        found = await self._history.entities(
            EntityFilter(ids=(entity_id,), attributes=attributes), limit=1
        )
        if not found:
            raise NotFoundError(
                f"{entity_id} has no evolution" + (" of these attributes" if attributes else "")
            )
        return found[0]

    async def _write(self, entity_id: str, evolution: Evolution) -> bool:
        observations = [
            Observation(entity_id, name, instance)
            for name, instances in evolution.attrs.items()
            for instance in instances
        ]
        if self._allow is not None:
            await self._allow(len(observations))
        return await self._history.write(
            entity_id, evolution.types, observations, now=self._clock.now()
        )


def _cut(found: list[Stored], question: Question, page: int) -> tuple[list[Stored], Cut]:
    """What fits, without splitting instances of the same time, and the time that it covers."""
    span = question.span
    times = [time_of(one, span.timeproperty) for one in found]
    keep = page
    if times[page] == times[page - 1]:
        keep = next((at for at in range(page) if times[at] == times[page]), page) or page
    first, last = times[0], times[keep - 1]
    if question.last_n:
        start = span.end if span.end is not None else first
    else:
        start = span.start if span.start is not None else first
    return found[:keep], Cut(start, last, question.last_n)
