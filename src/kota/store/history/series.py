"""The dictionary of series: from entity, attribute and dataset id to a small number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from sys import intern
from threading import RLock
from typing import NamedTuple

import duckdb

from kota.store.history.protocol import SeriesFilter

CACHED_ENTITIES = 250_000
"""So many entities' series are kept in memory; beyond, the cache starts anew."""

Key = str | tuple[str, str]
"""An attribute, or an attribute and a dataset id."""


class Series(NamedTuple):
    """A numbered series."""

    number: int
    entity_id: str
    attribute: str
    dataset_id: str | None


class SeriesDictionary:
    """Numbers of series, cached by entity and complete for each entity that is cached.

    The writer numbers new series; any thread may look up. What the writer numbered is visible at
    once and, until its transaction commits, stands for no rows.
    """

    def __init__(self) -> None:
        self._cached: dict[str, dict[Key, int]] = {}
        self._new: list[Series] = []
        self._last = 0
        self._lock = RLock()

    def start(self, last: int) -> None:
        """Forget everything and go on after the number `last`."""
        with self._lock:
            self._cached.clear()
            self._new.clear()
            self._last = last

    @property
    def last(self) -> int:
        """The highest number given so far."""
        return self._last

    def make_room(self) -> None:
        """Start the cache anew where it is full; only between transactions of the writer."""
        with self._lock:
            if len(self._cached) > CACHED_ENTITIES:
                self._cached.clear()

    def know(self, connection: duckdb.DuckDBPyConnection, entity_ids: Iterable[str]) -> None:
        """Cache all series of these entities."""
        with self._lock:
            missing = self.unknown(entity_ids)
            if not missing:
                return
            alone = len(missing) == 1
            rows = connection.execute(
                "SELECT series, entity_id, attribute, dataset_id FROM series WHERE entity_id "
                + ("= ?" if alone else "IN (SELECT unnest(?::VARCHAR[]))"),
                (missing[0] if alone else missing,),
            ).fetchall()
            self.learn(missing, rows)

    def unknown(self, entity_ids: Iterable[str]) -> list[str]:
        """Those of these entities that are not cached."""
        return [one for one in dict.fromkeys(entity_ids) if one not in self._cached]

    def learn(
        self, entity_ids: Iterable[str], rows: Iterable[tuple[int, str, str, str | None]]
    ) -> None:
        """Cache entities; the rows are number, entity, attribute and dataset id of all series."""
        with self._lock:
            self._cached.update((one, {}) for one in entity_ids)
            for number, entity_id, attribute, dataset_id in rows:
                self._cached[entity_id][key_of(intern(attribute), dataset_id)] = number

    def number(self, entity_id: str, attribute: str, dataset_id: str | None) -> int:
        """The number of a series of a known entity, given now where it has none."""
        known = self._cached[entity_id]
        found = known.get(key_of(attribute, dataset_id))
        if found is None:
            with self._lock:
                self._last = found = self._last + 1
                known[key_of(intern(attribute), dataset_id)] = found
                self._new.append(Series(found, entity_id, attribute, dataset_id))
        return found

    def of(self, entity_id: str) -> Mapping[Key, int]:
        """The numbers of a known entity's series by key, as they come and go."""
        return self._cached[entity_id]

    def has(self, entity_id: str) -> bool:
        """Whether a known entity has any series."""
        return bool(self._cached[entity_id])

    def forget(self, entity_id: str, keys: Sequence[Key] | None = None) -> list[int]:
        """Drop series of a known entity (None: all); returns their numbers."""
        with self._lock:
            known = self._cached[entity_id]
            gone = [known.pop(key) for key in (list(known) if keys is None else keys)]
            dropped = set(gone)
            self._new = [one for one in self._new if one.number not in dropped]
            return gone

    def keys_of(
        self, entity_id: str, attribute: str, datasets: tuple[str | None, ...] = ()
    ) -> list[Key]:
        """Keys of one attribute's series of a known entity."""
        return [
            key
            for key in self._cached[entity_id]
            if (key if isinstance(key, str) else key[0]) == attribute
            and (not datasets or (None if isinstance(key, str) else key[1]) in datasets)
        ]

    def take_new(self) -> list[Series]:
        """What was numbered since the last call and must be written."""
        with self._lock:
            new, self._new = self._new, []
            return new

    def select(
        self, connection: duckdb.DuckDBPyConnection, wanted: SeriesFilter
    ) -> dict[int, Series]:
        """The series that a filter means, by number."""
        with self._lock:
            self.know(connection, wanted.entity_ids)
            found: dict[int, Series] = {}
            without = frozenset(wanted.without)
            for entity_id in wanted.entity_ids:
                for key, number in self._cached[entity_id].items():
                    attribute, dataset_id = (key, None) if isinstance(key, str) else key
                    if wanted.attributes and attribute not in wanted.attributes:
                        continue
                    if (entity_id, attribute) in without:
                        continue
                    if wanted.datasets and dataset_id not in wanted.datasets:
                        continue
                    found[number] = Series(number, entity_id, attribute, dataset_id)
            return found


def key_of(attribute: str, dataset_id: str | None) -> Key:
    return attribute if dataset_id is None else (attribute, dataset_id)
