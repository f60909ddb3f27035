"""The present entities as somebody sees them, and as far as he may change them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import msgspec

from kota.access.sight import Sight
from kota.errors import ForbiddenError, KotaError
from kota.model.entity import Entity
from kota.model.query import EntityQuery
from kota.store.state import Change, Mutation, Write
from kota.store.state.protocol import Entities


class SeenState:
    """Stands before a store: whoever goes through here cannot tell what is hidden from absent.

    Args:
        store: all entities.
        read: what is seen.
        write: what may be changed.
    """

    def __init__(self, store: Entities, read: Sight, write: Sight) -> None:
        self._store = store
        self._read = read
        self._write = write

    async def get(self, entity_id: str) -> Entity | None:
        """The entity as far as it is seen, or None."""
        entity = await self._store.get(entity_id)
        return None if entity is None else self._read.sees(entity)

    async def query(self, query: EntityQuery) -> tuple[list[Entity], int | None]:
        """One page of what is seen and matches by what is seen of it."""
        return await self._store.query(msgspec.structs.replace(query, lens=self._read.sees))

    async def scan(self, types: Sequence[str] = ()) -> AsyncIterator[Entity]:
        """All entities that are seen, or those of any of these types."""
        async for entity in self._store.scan(types):
            seen = self._read.sees(entity)
            if seen is not None:
                yield seen

    async def type_counts(self) -> dict[str, int]:
        """How many entities of each type are seen."""
        counts: dict[str, int] = {}
        async for entity in self.scan():
            for name in entity.types:
                counts[name] = counts.get(name, 0) + 1
        return counts

    async def apply(self, writes: Sequence[Write]) -> list[Change | KotaError | None]:
        """Run writes as far as they may be; see `StateStore.apply`."""
        return await self._store.apply(
            [Write(write.entity_id, self._guarded(write)) for write in writes]
        )

    def _guarded(self, write: Write) -> Mutation:
        def mutate(before: Entity | None) -> Entity | None:
            seen = None if before is None else self._read.sees(before)
            after = write.mutate(seen)
            if after is seen:
                return before
            if before is not None and seen is None:
                raise self._refusal(write.entity_id)
            self._check(write.entity_id, seen, after)
            return _completed(before, seen, after)

        return mutate

    def _check(self, entity_id: str, before: Entity | None, after: Entity | None) -> None:
        hidden: frozenset[str] = frozenset()
        for one in (before, after):
            if one is not None:
                kept_back = self._write.hidden(one.types, one.scope)
                if kept_back is None:
                    raise self._refusal(entity_id)
                hidden |= kept_back
        held = {} if before is None else before.attrs
        kept = {} if after is None else after.attrs
        touched = {name for name in hidden if held.get(name) is not kept.get(name)}
        if touched or (after is None and hidden):
            names = ", ".join(sorted(touched or hidden))
            raise ForbiddenError(
                f"{entity_id}: {names} tell of a person and may not be changed",
                hint="state a purpose that you were given in the header Kota-Purpose",
            )

    def _refusal(self, entity_id: str) -> ForbiddenError:
        areas = self._write.areas
        hint = f"write within {' '.join(areas)}: name the scope" if areas else None
        return ForbiddenError(
            f"{entity_id}: {self._write.who.name} may not change it or put it there", hint=hint
        )


def _completed(before: Entity | None, seen: Entity | None, after: Entity | None) -> Entity | None:
    """What comes of a change, with the attributes that whoever changed it does not see."""
    if before is None or seen is None or after is None or before is seen:
        return after
    unseen = {name: held for name, held in before.attrs.items() if name not in seen.attrs}
    return msgspec.structs.replace(after, attrs={**unseen, **after.attrs})
