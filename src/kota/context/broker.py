"""The entity side of the context broker: who is there, and every way to change them.

Works on expanded names only. Each change is a pure function that the store runs and commits;
the broker never reads, thinks and writes in three steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kota.clock import Clock
from kota.context import attributes, discovery, entities
from kota.context.attributes import Report
from kota.context.discovery import AttributeFacts, TypeFacts
from kota.context.expiry import Expiries, surviving
from kota.context.instances import Instances
from kota.errors import KotaError
from kota.model.entity import Entity
from kota.model.patch import AttributePatch, EntityPatch
from kota.model.payload import Fragment
from kota.model.query import EntityQuery
from kota.model.query.types import TypeQuery
from kota.store.state import Change, Mutation, Write
from kota.store.state.protocol import Entities

PURGE_PAGE = 1000


class Broker:
    """Reads and changes entities.

    Args:
        store: keeps them.
        clock: dates changes, and says what has expired.
    """

    def __init__(self, store: Entities, clock: Clock) -> None:
        self._store = store
        self._all = store
        self._clock = clock
        self._expiries = Expiries()

    def upon(self, store: Entities) -> Broker:
        """The same broker for somebody who sees and changes `store`; what expires is shared."""
        other = Broker(store, self._clock)
        other._all = self._all
        other._expiries = self._expiries
        return other

    async def open(self) -> None:
        """Learn which entities are transient."""
        async for entity in self._store.scan():
            self._expiries.watch(entity)

    async def retrieve(self, entity_id: str, types: TypeQuery | None = None) -> Entity:
        """The entity with this id.

        Raises:
            NotFoundError: there is none, or it has none of the types.
        """
        await self.forget_expired()
        return entities.existing(entity_id, await self._store.get(entity_id), types)

    async def query(self, query: EntityQuery) -> tuple[list[Entity], int | None]:
        """One page of the entities that match, and their count where it is asked for."""
        await self.forget_expired()
        return await self._store.query(query)

    async def create(self, entity: Entity) -> None:
        """Make an entity.

        Raises:
            AlreadyExistsError: there is one with this id.
        """
        await self._write(entity.id, entities.create(entity))

    async def replace(self, entity: Entity, types: TypeQuery | None = None) -> None:
        """Put an entity in the place of the one with its id.

        Raises:
            NotFoundError: there is none.
        """
        await self._change(entity.id, lambda present: entities.replaced(present, entity), types)

    async def delete(self, entity_id: str, types: TypeQuery | None = None) -> None:
        """Remove an entity.

        Raises:
            NotFoundError: there is none.
        """
        await self._change(entity_id, entities.delete, types)

    async def merge(
        self,
        entity_id: str,
        patch: EntityPatch,
        *,
        observed_at: int | None = None,
        lang: str | None = None,
        types: TypeQuery | None = None,
    ) -> None:
        """Merge into an entity (5.6.17).

        Args:
            entity_id: which.
            patch: what to merge.
            observed_at: when values without a time of their own were observed.
            lang: language of bare texts that go into language properties.
            types: which types the entity may have.

        Raises:
            NotFoundError: there is no such entity.
            BadRequestDataError: the result would not be an entity.
        """
        now = self._clock.now()

        def change(present: Entity) -> Entity:
            spoken = attributes.spoken(patch, present, lang)
            return spoken.apply(present, now=now, observed_at=observed_at)

        await self._change(entity_id, change, types)

    async def append(
        self,
        entity_id: str,
        fragment: Fragment,
        *,
        overwrite: bool = True,
        types: TypeQuery | None = None,
    ) -> Report:
        """Add attributes to an entity; `overwrite` says what becomes of those that it has.

        Raises:
            NotFoundError: there is no such entity.
        """
        now = self._clock.now()
        return await self._reported(
            entity_id,
            lambda present: attributes.append(present, fragment, now=now, overwrite=overwrite),
            types,
        )

    async def update(
        self, entity_id: str, fragment: Fragment, types: TypeQuery | None = None
    ) -> Report:
        """Replace attributes of an entity.

        Raises:
            NotFoundError: there is no such entity.
        """
        now = self._clock.now()
        return await self._reported(
            entity_id, lambda present: attributes.update(present, fragment, now=now), types
        )

    async def update_attribute(
        self,
        entity_id: str,
        name: str,
        patches: Sequence[AttributePatch],
        types: TypeQuery | None = None,
    ) -> None:
        """Overwrite members of attribute instances and leave their others (5.6.4).

        Raises:
            NotFoundError: there is no such entity or instance.
            BadRequestDataError: the result would not be an attribute.
        """
        now = self._clock.now()
        await self._change(
            entity_id,
            lambda present: attributes.update_attribute(present, name, patches, now=now),
            types,
        )

    async def replace_attribute(
        self, entity_id: str, name: str, instances: Instances, types: TypeQuery | None = None
    ) -> None:
        """Put instances in the place of those of the same dataset id.

        Raises:
            NotFoundError: there is no such entity or instance.
        """
        now = self._clock.now()
        await self._change(
            entity_id,
            lambda present: attributes.replace_attribute(present, name, instances, now=now),
            types,
        )

    async def delete_attribute(
        self,
        entity_id: str,
        name: str,
        *,
        dataset_id: str | None = None,
        every: bool = False,
        types: TypeQuery | None = None,
    ) -> None:
        """Remove an instance of an attribute, or every one of them.

        Raises:
            NotFoundError: there is no such entity or instance.
        """
        now = self._clock.now()
        await self._change(
            entity_id,
            lambda present: attributes.delete_attribute(
                present, name, now=now, dataset_id=dataset_id, every=every
            ),
            types,
        )

    async def delete_scope(self, entity_id: str, types: TypeQuery | None = None) -> None:
        """Remove the scopes of an entity.

        Raises:
            NotFoundError: there is no such entity, or it has none.
        """
        now = self._clock.now()
        await self._change(
            entity_id, lambda present: attributes.delete_scope(present, now=now), types
        )

    async def purge(
        self, query: EntityQuery, change: Callable[[Entity], Entity | None] = entities.delete
    ) -> None:
        """Delete the entities that match, or change each of them (5.6.21).

        Args:
            query: which; its page is ignored.
            change: what becomes of each.
        """
        await self.forget_expired()
        for page in await self._pages(query):
            await self.apply([Write(one, entities.of_existing(one, change)) for one in page])

    async def type_names(self) -> list[str]:
        """The types that there are entities of, sorted."""
        await self.forget_expired()
        return await discovery.type_names(self._store)

    async def describe_types(self, name: str | None = None) -> list[TypeFacts]:
        """Facts on every type, or on one.

        Raises:
            NotFoundError: there is no entity of that type.
        """
        await self.forget_expired()
        return await discovery.describe_types(self._store, name)

    async def describe_attributes(self, name: str | None = None) -> list[AttributeFacts]:
        """Facts on every attribute, or on one.

        Raises:
            NotFoundError: no entity has that attribute.
        """
        await self.forget_expired()
        return await discovery.describe_attributes(self._store, name)

    async def apply(self, writes: Sequence[Write]) -> list[Change | KotaError | None]:
        """Run several writes in order and commit them together.

        Returns:
            For each its change, None where nothing changed, or the error that refused it.
        """
        await self.forget_expired()
        outcomes = await self._store.apply(writes)
        for outcome in outcomes:
            if isinstance(outcome, Change) and outcome.after is not None:
                self._expiries.watch(outcome.after)
        return outcomes

    async def forget_expired(self) -> None:
        """Remove what has expired by now."""
        now = self._clock.now()
        if not self._expiries.is_due(now):
            return
        due = self._expiries.take_due(now)
        outcomes = await self._all.apply([Write(one, _forgetting(now)) for one in due])
        for outcome in outcomes:
            if isinstance(outcome, Change) and outcome.after is not None:
                self._expiries.watch(outcome.after)

    async def _pages(self, query: EntityQuery) -> list[list[str]]:
        pages: list[list[str]] = []
        offset = 0
        while True:
            found, _ = await self._store.query(entities.page(query, offset, PURGE_PAGE))
            if not found:
                return pages
            pages.append([entity.id for entity in found])
            offset += len(found)

    async def _write(self, entity_id: str, mutate: Mutation) -> None:
        (outcome,) = await self.apply([Write(entity_id, mutate)])
        if isinstance(outcome, KotaError):
            raise outcome

    async def _change(
        self,
        entity_id: str,
        change: Callable[[Entity], Entity | None],
        types: TypeQuery | None,
    ) -> None:
        await self._write(entity_id, entities.of_existing(entity_id, change, types))

    async def _reported(
        self,
        entity_id: str,
        change: Callable[[Entity], tuple[Entity, Report]],
        types: TypeQuery | None,
    ) -> Report:
        report = Report()

        def keeping_report(present: Entity) -> Entity:
            nonlocal report
            after, report = change(present)
            return after

        await self._change(entity_id, keeping_report, types)
        return report


def _forgetting(now: int) -> Mutation:
    return lambda present: None if present is None else surviving(present, now)
