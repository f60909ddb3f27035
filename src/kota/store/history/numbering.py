"""What a batch of observations means: a number for each series, and news of entities."""

from __future__ import annotations

from typing import Any

import numpy as np

from kota.model.terms import NULL, SCOPE, TYPES
from kota.store.history.entity_news import EntityNews
from kota.store.history.series import SeriesDictionary, key_of
from kota.store.state.stretch import Stretch

_OF_ENTITY = frozenset({TYPES, SCOPE})


class Numbering:
    """Numbers the observations of a batch, in order.

    What was dropped and removed goes before what the batch adds.

    Args:
        series: the dictionary; it knows the entities of each stretch that is added.
        drained: the last sequence of the journal that is held already.
    """

    def __init__(self, series: SeriesDictionary, drained: int) -> None:
        self._series = series
        self._drained = drained
        self.numbers: list[int] = []
        """The number of each observation's series; 0 where it becomes no row."""
        self.news: dict[str, EntityNews] = {}
        self.dropped: list[int] = []
        """Series that are no more."""
        self.removed: list[str] = []
        """Entities that are no more, or were not for a while."""

    def add(self, stretch: Stretch) -> None:
        """Number the observations of a stretch."""
        known = [self._series.of(entity_id) for entity_id in stretch.entities]
        keys = [
            None if attribute in _OF_ENTITY else key_of(attribute, dataset_id)
            for attribute, dataset_id in stretch.names
        ]
        drained = max(self._drained + 1 - stretch.first, 0)
        numbers = [0] * drained
        places = zip(
            np.frombuffer(stretch.entity, np.uint32)[drained:].tolist(),
            np.frombuffer(stretch.name, np.uint32)[drained:].tolist(),
            strict=True,
        )
        for entity, name in places:
            key = keys[name]
            number = None if key is None else known[entity].get(key)
            if number is None:
                number = self._number_new(stretch, len(numbers))
            numbers.append(number)
        self.numbers += numbers

    def _number_new(self, stretch: Stretch, row: int) -> int:
        """The number of a series that has none, or of what is said of an entity itself."""
        entity_id, attribute, dataset_id = stretch.series_at(row)
        if attribute in _OF_ENTITY:
            value, at = stretch.told_at(row)
            if attribute == TYPES:
                self._retype(entity_id, value, at)
                return 0
            self.news.setdefault(entity_id, EntityNews()).rescope(value, at)
        return self._series.number(entity_id, attribute, dataset_id)

    def _retype(self, entity_id: str, types: Any, at: int) -> None:
        if types != NULL:
            self.news.setdefault(entity_id, EntityNews()).retype(types, at)
            return
        self.news.pop(entity_id, None)
        self.dropped += self._series.forget(entity_id)
        self.removed.append(entity_id)
