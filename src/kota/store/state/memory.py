"""The present state in memory, indexed by type and place, to answer queries from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

import msgspec

from kota.model.entity import Entity, Kind
from kota.model.geometry import bounds
from kota.model.query import EntityQuery, Lens, Order
from kota.model.query.ordering import SortKey, sort_key
from kota.model.terms import LOCATION
from kota.store.state.grid import Grid


class ReadModel:
    """All entities by id, with the number under which the store keeps each."""

    def __init__(self) -> None:
        self._entities: dict[str, Entity] = {}
        self._keys: dict[str, int] = {}
        self._by_type: dict[str, dict[str, None]] = {}
        self._grid = Grid()

    def __len__(self) -> int:
        return len(self._entities)

    def get(self, entity_id: str) -> Entity | None:
        """The entity, or None."""
        return self._entities.get(entity_id)

    def key(self, entity_id: str) -> int | None:
        """The store's number of an entity; numbers rise in order of creation."""
        return self._keys.get(entity_id)

    def put(self, key: int, entity: Entity) -> None:
        """Take over a new or changed entity."""
        entity_id = entity.id
        before = self._entities.get(entity_id)
        self._entities[entity_id] = entity
        if before is None or self._keys[entity_id] != key:
            self._keys[entity_id] = key
        if before is None or before.types != entity.types:
            self._retype(entity_id, before.types if before is not None else (), entity.types)
        place = entity.attrs.get(LOCATION)
        if before is None or before.attrs.get(LOCATION) is not place:
            self._place(entity_id, entity)

    def drop(self, entity_id: str) -> None:
        """Forget an entity, if it is there."""
        entity = self._entities.pop(entity_id, None)
        if entity is None:
            return
        del self._keys[entity_id]
        self._retype(entity_id, entity.types, ())
        self._grid.drop(entity_id)

    def type_counts(self) -> dict[str, int]:
        """How many entities there are of each type."""
        return {name: len(members) for name, members in self._by_type.items()}

    def scan(self, types: Sequence[str] = ()) -> Iterator[Entity]:
        """Entities that have any of these types, or all."""
        ids = self._of_types(types) if types else self._entities
        for entity_id in list(ids):
            entity = self._entities.get(entity_id)
            if entity is not None:
                yield entity

    def query(self, query: EntityQuery) -> tuple[list[Entity], int | None]:
        """One page of the entities that match, and their count where it is asked for."""
        if query.q is not None and query.q.depth:
            query = msgspec.structs.replace(query, q=query.q.bound(self._seen_by(query.lens)))
        matches = query.matches
        candidates = self._candidates(query)
        if query.lens is not None:
            candidates = (e for e in map(query.lens, candidates) if e is not None)
        found: Iterable[Entity] = (e for e in candidates if matches(e))
        end = query.offset + query.limit
        if query.order:
            found = sorted_by(found, query.order)
        if not query.count:
            return list(islice(found, query.offset, end)), None
        everything = list(found)
        return everything[query.offset : end], len(everything)

    def _seen_by(self, lens: Lens | None) -> Callable[[str], Entity | None]:
        """Finds linked entities, as far as they are seen."""
        if lens is None:
            return self.get

        def seen(entity_id: str) -> Entity | None:
            entity = self.get(entity_id)
            return None if entity is None else lens(entity)

        return seen

    def _candidates(self, query: EntityQuery) -> Iterable[Entity]:
        """A superset of what matches, as small as the indexes can make it, oldest first."""
        entities = self._entities
        if query.ids:
            known = [i for i in dict.fromkeys(query.ids) if i in entities]
            return [entities[i] for i in sorted(known, key=self._keys.__getitem__)]
        types = query.types.any_of if query.types is not None else None
        typed = self._of_types(types) if types is not None else entities
        box = query.geo.bounds if query.geo is not None else None
        if query.geo is None or box is None or query.geo.geoproperty != LOCATION:
            return [entities[i] for i in typed]
        if self._grid.estimate(box) >= len(typed):
            return [entities[i] for i in typed]
        near = self._grid.near(box)
        if typed is not entities:
            near = [i for i in near if i in typed]
        return [entities[i] for i in sorted(near, key=self._keys.__getitem__)]

    def _of_types(self, types: Iterable[str]) -> dict[str, Any]:
        groups = [members for t in types if (members := self._by_type.get(t))]
        if len(groups) == 1:
            return groups[0]
        union = {entity_id for members in groups for entity_id in members}
        return dict.fromkeys(sorted(union, key=self._keys.__getitem__))

    def _retype(self, entity_id: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        for name in before:
            if name not in after:
                members = self._by_type[name]
                del members[entity_id]
                if not members:
                    del self._by_type[name]
        for name in after:
            self._by_type.setdefault(name, {})[entity_id] = None

    def _place(self, entity_id: str, entity: Entity) -> None:
        location = entity.default(LOCATION)
        if location is None or location.kind is not Kind.GEO_PROPERTY:
            self._grid.drop(entity_id)
        else:
            self._grid.put(entity_id, bounds(location.value))


def sorted_by(entities: Iterable[Entity], order: Sequence[Order]) -> list[Entity]:
    """Entities by these keys, the first weighing most; what lacks a key comes last."""
    ordered = list(entities)
    for key in reversed(order):
        value: SortKey = sort_key(key)
        keyed = [(value(entity), entity) for entity in ordered]
        present = [(rank, entity) for rank, entity in keyed if rank is not None]
        present.sort(key=itemgetter(0), reverse=key.descending)
        ordered = [e for _, e in present] + [e for rank, e in keyed if rank is None]
    return ordered
