"""Which entities a query found, and who holds them, so that it can be paged through (5.2.39, 5.14).

Maps are kept in memory and for a short while: whoever names one that is gone gets a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from uuid import uuid4

import msgspec

from kota.clock import Clock
from kota.errors import NotFoundError, TooManyResultsError
from kota.model.instant import SECOND
from kota.model.names import require_uri

HERE: Final = "@none"
"""Stands for this server among the sources of an entity."""
LIFETIME: Final = 3600 * SECOND
LONGEST: Final = 24 * 3600 * SECOND
MOST: Final = 1000
"""So many maps are kept; the oldest gives way."""
LARGEST: Final = 10_000
"""So many entities are in one map."""


class EntityMap(msgspec.Struct, frozen=True):
    """What a query found.

    Args:
        id: its URI.
        owner: who asked; nobody else sees it.
        expires_at: when it is forgotten, an instant.
        sources: for each entity the registrations of those that hold it, and `HERE`.
    """

    id: str
    owner: str
    expires_at: int
    sources: dict[str, tuple[str, ...]]


class EntityMaps:
    """All maps that are still good.

    Args:
        clock: says what has expired.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, EntityMap] = {}

    def create(
        self, sources: Mapping[str, tuple[str, ...]], *, owner: str, lifetime: int = LIFETIME
    ) -> EntityMap:
        """Make a map.

        Args:
            sources: as in the map.
            owner: who asked.
            lifetime: how long it is wanted [µs]; a day at the most.

        Raises:
            TooManyResultsError: it has too many entities.
        """
        if len(sources) > LARGEST:
            raise TooManyResultsError(
                f"entityMap: more than {LARGEST} entities match", hint="ask more narrowly"
            )
        now = self._clock.now()
        made = EntityMap(
            f"urn:ngsi-ld:EntityMap:{uuid4()}", owner, now + min(lifetime, LONGEST), dict(sources)
        )
        while len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[made.id] = made
        return made

    def find(self, map_id: str, owner: str) -> EntityMap | None:
        """The map with this id, if it is good and its owner asks; else None."""
        found = self._kept.get(map_id)
        if found is not None and found.expires_at <= self._clock.now():
            del self._kept[map_id]
            found = None
        return found if found is not None and found.owner == owner else None

    def retrieve(self, map_id: str, owner: str) -> EntityMap:
        """The map with this id.

        Raises:
            BadRequestDataError: the id is not a URI.
            NotFoundError: there is none, or it has expired.
        """
        found = self.find(require_uri(map_id, "id"), owner)
        if found is None:
            raise NotFoundError(f"there is no entity map {map_id}")
        return found

    def expire(self, map_id: str, owner: str, at: int) -> None:
        """Set when a map is forgotten, within a day from now.

        Raises:
            NotFoundError: there is none.
        """
        found = self.retrieve(map_id, owner)
        at = min(at, self._clock.now() + LONGEST)
        self._kept[map_id] = msgspec.structs.replace(found, expires_at=at)

    def prune(self, found: EntityMap, gone: Collection[str]) -> None:
        """Take entities out of a map that match no longer."""
        if gone and found.id in self._kept:
            left = {one: some for one, some in found.sources.items() if one not in gone}
            self._kept[found.id] = msgspec.structs.replace(found, sources=left)

    def delete(self, map_id: str, owner: str) -> None:
        """Forget a map.

        Raises:
            NotFoundError: there is none.
        """
        del self._kept[self.retrieve(map_id, owner).id]
