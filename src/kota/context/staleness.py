"""When a value has become too old to stand for the present.

A number that is observed again and again has a usual interval. Once it is silent for three of
them it is stale. The interval is learned from arrivals, unless the entity states one
(`terms.EXPECTED_INTERVAL`, seconds); age is counted by the clock of the plant that the entity
names (`terms.CLOCK`), else by wall time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Final

from kota.clock import Clock
from kota.model.entity import Attribute, Entity
from kota.model.instant import HOUR, MINUTE, SECOND
from kota.model.terms import CLOCK, EXPECTED_INTERVAL
from kota.store.state import Change

PATIENCE: Final = 3
"""Usual intervals that may pass in silence."""
SHORTEST: Final = 30 * SECOND
LONGEST: Final = 2 * HOUR
"""Bounds of a learned interval."""
UNLEARNED: Final = 20 * MINUTE
"""Interval of what was observed only once."""
_STEP: Final = 1.15

OnFlip = Callable[[Entity, bool], None]


def learn(usual: float | None, gap: int) -> float:
    """The usual interval after one more gap, all in µs.

    It follows the median: a gap that differs moves it by a fixed ratio, however long the gap
    was, so that one silence does not make the next one look usual.

    >>> learn(None, 10), learn(10.0, 10), learn(10.0, 5000)
    (10.0, 10.0, 11.5)
    """
    if usual is None:
        return float(gap)
    return float(min(max(gap, usual / _STEP), usual * _STEP))


def clock_name(entity: Entity) -> str | None:
    """The plant whose clock an entity's times follow; None for wall time."""
    instances = entity.attrs.get(CLOCK)
    value = instances[0].value if instances else None
    return value if isinstance(value, str) else None


class Staleness:
    """Learns how often each number comes, and says which have stopped coming.

    Args:
        clock_of: the clock of a plant by name; wall time for None.
    """

    def __init__(self, clock_of: Callable[[str | None], Clock]) -> None:
        self._clock_of = clock_of
        self._tracks: dict[str, _Track] = {}
        self._due: dict[str | None, list[tuple[int, str]]] = {}
        self._stale: dict[str, Entity] = {}
        self._on_flip: list[OnFlip] = []

    def on_flip(self, watcher: OnFlip) -> None:
        """Name a function that is told when an entity becomes stale (True) or fresh (False)."""
        self._on_flip.append(watcher)

    def now(self, entity: Entity) -> int:
        """The time by the entity's clock, an instant."""
        return self._clock_of(clock_name(entity)).now()

    def is_stale(self, entity: Entity, name: str, instance: Attribute, now: int) -> bool:
        """Whether one attribute instance is stale at `now` of the entity's clock."""
        if instance.observed_at is None or not _is_number(instance.value):
            return False
        return now - instance.observed_at > PATIENCE * self.interval(entity, name)

    def is_entity_stale(self, entity: Entity, now: int | None = None) -> bool:
        """Whether any number of an entity is stale."""
        limit = self._limit(entity)
        return limit is not None and (self.now(entity) if now is None else now) > limit

    def interval(self, entity: Entity, name: str) -> float:
        """The usual interval of an attribute [µs]."""
        stated = entity.attrs.get(EXPECTED_INTERVAL)
        if stated and _is_number(stated[0].value) and stated[0].value > 0:
            return float(stated[0].value * SECOND)
        track = self._tracks.get(entity.id)
        usual = track.intervals.get(name) if track is not None else None
        return UNLEARNED if usual is None else min(max(usual, SHORTEST), LONGEST)

    def adopt(self, entities: Iterable[Entity]) -> None:
        """Watch entities that were there before the first change."""
        for entity in entities:
            if entity.id not in self._tracks:
                self._track(entity)

    def learn(self, changes: Sequence[Change]) -> None:
        """See committed changes, all of them and in order."""
        for change in changes:
            after = change.after
            if after is None:
                self._tracks.pop(change.entity.id, None)
                self._stale.pop(change.entity.id, None)
                continue
            track = self._tracks.get(after.id) or self._track(after)
            if track is None:
                continue
            track.entity = after
            if after.id in self._stale:
                self._look_again(after)
            elif change.before is not None and track.is_curious():
                self._learn_gaps(track, change.before, after)

    def sweep(self) -> None:
        """Find what has become stale since the last time."""
        for name, due in self._due.items():
            now = self._clock_of(name).now()
            while due and due[0][0] < now:
                limit, entity_id = heappop(due)
                track = self._tracks.get(entity_id)
                if track is not None and track.due == limit:
                    self._judge(track, now)

    def silent(self, limit: int = 100) -> list[Entity]:
        """Entities that are stale, those that became so last first."""
        found = list(self._stale.values())
        return [self._tracks[entity.id].entity for entity in found[: -limit - 1 : -1]]

    def _track(self, entity: Entity) -> _Track | None:
        limit = self._limit(entity)
        if limit is None:
            return None
        track = self._tracks[entity.id] = _Track(entity)
        self._expect(track, limit)
        return track

    def _learn_gaps(self, track: _Track, before: Entity, after: Entity) -> None:
        sooner, intervals = False, track.intervals
        for name, now in after.attrs.items():
            was = before.attrs.get(name)
            if was is now or was is None:
                continue
            earlier, later = was[0].observed_at, now[0].observed_at
            if earlier is None or later is None or later <= earlier:
                continue
            usual = intervals.get(name)
            if usual is not None and 0.95 < (later - earlier) / usual < 1.05:
                continue
            usual = intervals[name] = learn(usual, later - earlier)
            sooner = sooner or later + PATIENCE * max(usual, SHORTEST) < track.due
        if sooner:
            limit = self._limit(after)
            if limit is not None and limit < track.due:
                self._expect(track, limit)

    def _judge(self, track: _Track, now: int) -> None:
        entity = track.entity
        limit = self._limit(entity)
        if limit is None:
            del self._tracks[entity.id]
        elif limit < now:
            self._stale[entity.id] = entity
            self._tell(entity, True)
        else:
            self._expect(track, limit)

    def _look_again(self, entity: Entity) -> None:
        """An entity that was stale has changed."""
        limit = self._limit(entity)
        if limit is None or self.now(entity) <= limit:
            del self._stale[entity.id]
            self._tell(entity, False)
            if limit is not None:
                self._expect(self._tracks[entity.id], limit)

    def _expect(self, track: _Track, limit: int) -> None:
        track.due = limit
        entity = track.entity
        heappush(self._due.setdefault(clock_name(entity), []), (limit, entity.id))

    def _limit(self, entity: Entity) -> int | None:
        """The instant after which some number is stale; None where none can be."""
        limits = [
            at + int(PATIENCE * self.interval(entity, name)) for name, at in _observed(entity)
        ]
        return min(limits, default=None)

    def _tell(self, entity: Entity, stale: bool) -> None:
        for watcher in self._on_flip:
            watcher(entity, stale)


class _Track:
    """One entity: its latest state, the usual intervals, and when to look whether it is stale."""

    __slots__ = ("due", "entity", "intervals", "seen")

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.intervals: dict[str, float] = {}
        self.due = 0
        self.seen = 0

    def is_curious(self) -> bool:
        """Whether to learn from one more change: from each at first, later from one in eight."""
        self.seen += 1
        return self.seen < 32 or self.seen & 7 == 0


def _observed(entity: Entity) -> Iterator[tuple[str, int]]:
    for name, instances in entity.attrs.items():
        for instance in instances:
            if instance.observed_at is not None and _is_number(instance.value):
                yield name, instance.observed_at


def _is_number(value: object) -> bool:
    return value.__class__ is float or value.__class__ is int
