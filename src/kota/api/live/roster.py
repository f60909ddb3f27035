"""Small numbers for long names: each entity and each attribute with its unit gets one."""

from __future__ import annotations

from kota.api import words
from kota.api.live.frame import Row
from kota.api.words import Words
from kota.model.entity import Entity
from kota.store.state import Change


class Roster:
    """Hands out handles, and turns changes into rows.

    Args:
        short: compacts names.
    """

    def __init__(self, short: Words) -> None:
        self._short = short
        self._handles: dict[str, int] = {}
        self._entities: dict[int, tuple[int, str, str, str | None]] = {}
        self._indices: dict[tuple[str, str | None], int] = {}
        self._attributes: list[tuple[int, str, str | None]] = []
        self._next = 1

    def handle(self, entity: Entity) -> int:
        """An entity's handle; a new one where it has none."""
        handle = self._handles.get(entity.id)
        if handle is None:
            handle, self._next = self._next, self._next + 1
            self._handles[entity.id] = handle
            kind = self._short.type_of(entity)
            self._entities[handle] = (handle, entity.id, kind, words.name(entity))
        return handle

    def release(self, entity_id: str) -> int | None:
        """Forget an entity that is gone; returns the handle it had."""
        handle = self._handles.pop(entity_id, None)
        if handle is not None:
            del self._entities[handle]
        return handle

    def entity(self, handle: int) -> tuple[int, str, str, str | None]:
        """Handle, id, type and name."""
        return self._entities[handle]

    def attribute(self, index: int) -> tuple[int, str, str | None]:
        """Index, name and unit code."""
        return self._attributes[index]

    def rows(self, change: Change) -> list[Row]:
        """What a change says of its entity, value by value; the entity is still there."""
        after = change.after
        if after is None:
            return []
        before = change.before.attrs if change.before is not None else {}
        handle = self.handle(after)
        rows: list[Row] = []
        for iri, instances in after.attrs.items():
            if before.get(iri) is instances:
                continue
            instance = instances[0] if len(instances) == 1 else after.default(iri)
            if instance is None:
                continue
            value = words.plain(iri, instance)
            if value is None:
                continue
            observed = instance.observed_at
            level = 0 if instance.quality is None else int(instance.quality.level)
            at = None if observed is None else observed // 1000
            rows.append((handle, self._index(iri, instance.unit_code), value, at, level))
        for iri, instances in before.items():
            if iri not in after.attrs:
                rows.append((handle, self._index(iri, instances[0].unit_code), None, None, 0))
        return rows

    def _index(self, iri: str, unit: str | None) -> int:
        index = self._indices.get((iri, unit))
        if index is None:
            index = self._indices[(iri, unit)] = len(self._attributes)
            self._attributes.append((index, self._short.compact(iri), unit))
        return index
