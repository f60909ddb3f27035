"""When a value has become too old to stand for the present.

A number that is observed again and again has a usual interval. Once it is silent for three of
them it is stale. The interval is learned from arrivals, unless the entity states one
(`terms.EXPECTED_INTERVAL`, seconds): that holds for what is measured there, not for estimates and
forecasts that others add at their own pace. Age is counted by the clock of the plant that the
entity names (`terms.CLOCK`), else by wall time. Until it is learned, the
interval of what is said to hold for so many seconds (`terms.HORIZON`), as a forecast is, is that.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import islice
from typing import Final

from kota.clock import Clock
from kota.model.entity import Attribute, Entity
from kota.model.instant import HOUR, MINUTE, SECOND
from kota.model.quality import Source
from kota.model.terms import CLOCK, EXPECTED_INTERVAL, HORIZON
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
        self._usual = _Columns()
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
        instances = entity.attrs.get(name)
        stated = _stated(entity) if instances is None or _is_measured(instances[0]) else None
        instance = None if instances is None else instances[0]
        return stated or self._learned(self._tracks.get(entity.id), name, instance)

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
                self._forget(change.entity.id)
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
        """Entities whose sensors are silent, those that became so last first.

        One of which only estimates and forecasts are old has no sensor to look after.
        """
        found = (self._tracks[one].entity for one in reversed(self._stale))
        return list(islice(filter(self._is_sensor_silent, found), limit))

    def _is_sensor_silent(self, entity: Entity) -> bool:
        now = self.now(entity)
        return any(
            _is_measured(instance) and self.is_stale(entity, name, instance, now)
            for name, instances in entity.attrs.items()
            for instance in instances
        )

    def _track(self, entity: Entity) -> _Track | None:
        limit = self._limit(entity)
        if limit is None:
            return None
        track = self._tracks[entity.id] = _Track(entity, self._usual.take())
        self._expect(track, limit)
        return track

    def _forget(self, entity_id: str) -> None:
        track = self._tracks.pop(entity_id, None)
        self._stale.pop(entity_id, None)
        if track is not None:
            self._usual.free(track.row)

    def _learn_gaps(self, track: _Track, before: Entity, after: Entity) -> None:
        sooner, columns, row = False, self._usual, track.row
        for name, now in after.attrs.items():
            was = before.attrs.get(name)
            if was is now or was is None:
                continue
            earlier, later = was[0].observed_at, now[0].observed_at
            if earlier is None or later is None or later <= earlier:
                continue
            usual = columns.get(row, name)
            if usual and 0.95 < (later - earlier) / usual < 1.05:
                continue
            usual = learn(usual or None, later - earlier)
            columns.put(row, name, usual)
            sooner = sooner or later + PATIENCE * max(usual, SHORTEST) < track.due
        if sooner:
            limit = self._limit(after)
            if limit is not None and limit < track.due:
                self._expect(track, limit)

    def _judge(self, track: _Track, now: int) -> None:
        entity = track.entity
        limit = self._limit(entity)
        if limit is None:
            self._forget(entity.id)
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
        stated, track = _stated(entity), self._tracks.get(entity.id)
        limit: float | None = None
        for name, instances in entity.attrs.items():
            for instance in instances:
                if instance.observed_at is None or not _is_number(instance.value):
                    continue
                promised = stated if _is_measured(instance) else None
                patience = PATIENCE * (promised or self._learned(track, name, instance))
                if limit is None or instance.observed_at + patience < limit:
                    limit = instance.observed_at + patience
        return None if limit is None else int(limit)

    def _learned(self, track: _Track | None, name: str, instance: Attribute | None) -> float:
        usual = self._usual.get(track.row, name) if track is not None else 0.0
        usual = usual or max(UNLEARNED, _holding(instance))
        return min(max(usual, SHORTEST), LONGEST)

    def _tell(self, entity: Entity, stale: bool) -> None:
        for watcher in self._on_flip:
            watcher(entity, stale)


class _Track:
    """One entity: its latest state, its row of intervals, and when to look whether it is stale."""

    __slots__ = ("due", "entity", "row", "seen")

    def __init__(self, entity: Entity, row: int) -> None:
        self.entity = entity
        self.row = row
        self.due = 0
        self.seen = 0

    def is_curious(self) -> bool:
        """Whether to learn from one more change: from each at first, later from one in eight."""
        self.seen += 1
        return self.seen < 32 or self.seen & 7 == 0


class _Columns:
    """Usual intervals [µs], 0 where none was learned: a column for each attribute, four bytes each.

    A dictionary for each entity would take a hundred times that.
    """

    def __init__(self) -> None:
        self._columns: dict[str, array[float]] = {}
        self._free: list[int] = []
        self._rows = 0

    def take(self) -> int:
        """A row for one more entity."""
        if self._free:
            return self._free.pop()
        self._rows += 1
        return self._rows - 1

    def free(self, row: int) -> None:
        """Empty a row and give it to the next entity."""
        for column in self._columns.values():
            if row < len(column):
                column[row] = 0.0
        self._free.append(row)

    def get(self, row: int, name: str) -> float:
        """The interval of an attribute."""
        column = self._columns.get(name)
        return column[row] if column is not None and row < len(column) else 0.0

    def put(self, row: int, name: str, usual: float) -> None:
        """Set the interval of an attribute."""
        column = self._columns.setdefault(name, array("f"))
        if row >= len(column):
            column.extend([0.0] * (self._rows - len(column)))
        column[row] = usual


def _stated(entity: Entity) -> float | None:
    """The interval that an entity states [µs], if it does."""
    stated = entity.attrs.get(EXPECTED_INTERVAL)
    if stated is None or not _is_number(stated[0].value) or stated[0].value <= 0:
        return None
    return float(stated[0].value * SECOND)


def _holding(instance: Attribute | None) -> float:
    """How long a value is said to hold [µs]; 0 where nothing is said."""
    if instance is None or instance.sub is None or HORIZON not in instance.sub:
        return 0.0
    told = instance.sub[HORIZON][0].value
    return float(told) * SECOND if _is_number(told) else 0.0


def _is_measured(instance: Attribute) -> bool:
    return instance.quality is None or instance.quality.source is Source.MEASURED


def _is_number(value: object) -> bool:
    return value.__class__ is float or value.__class__ is int
