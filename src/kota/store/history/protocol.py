"""What every history store offers, whatever it stands on.

History holds every value that any attribute ever had. A *series* is one attribute of one entity
under one dataset id; a series is a row of values in time. What is journalled with the state
arrives by `drain`, in order and exactly once; temporal operations write directly.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from kota.model.entity import Attribute
from kota.model.query.bounds import Bound
from kota.model.query.scope import ScopeQuery
from kota.model.query.temporal import Aggregation
from kota.model.query.types import TypeQuery
from kota.store.state.protocol import Observation
from kota.store.state.stretch import Stretch

if TYPE_CHECKING:
    import re

    import pyarrow as pa


class Span(msgspec.Struct, frozen=True):
    """A stretch of time.

    Args:
        start: the first instant meant, or None for the beginning.
        end: the first instant not meant any more, or None for the end.
        timeproperty: ``observedAt``, ``createdAt``, ``modifiedAt`` or ``deletedAt``; instances
            without that time are not meant. None: any instance, at `observedAt` or else
            `modifiedAt`, except marks of deletion.
    """

    start: int | None = None
    end: int | None = None
    timeproperty: str | None = "observedAt"


ALWAYS = Span(timeproperty=None)


class SeriesFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which series.

    Args:
        entity_ids: of these entities.
        attributes: of these attributes (expanded); empty: all.
        datasets: of these dataset ids (None: the default one); empty: all.
        without: pairs of entity id and attribute that are left out.
    """

    entity_ids: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    datasets: tuple[str | None, ...] = ()
    without: tuple[tuple[str, str], ...] = ()


class EntityFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities have an evolution that is asked for.

    Args:
        ids: any of these; empty: all.
        id_pattern: the id contains a match of this.
        types: a type expression, or None.
        scope_q: a scope expression on the entity's newest scope, or None.
        attributes, datasets: as in `SeriesFilter`.
        span: there is at least one instance in this time.
        bounds: for each there is an instance in this time with a number within it.
        exact: whether lists, of which an item may be within, and integers that a float cannot
            hold count as outside of every bound; else they count as within.
        descending: by id from Z to A; None: in order of first appearance.
    """

    ids: tuple[str, ...] = ()
    id_pattern: re.Pattern[str] | None = None
    types: TypeQuery | None = None
    scope_q: ScopeQuery | None = None
    attributes: tuple[str, ...] = ()
    datasets: tuple[str | None, ...] = ()
    span: Span = ALWAYS
    bounds: tuple[Bound, ...] = ()
    exact: bool = True
    descending: bool | None = None


class EntityRecord(msgspec.Struct, frozen=True):
    """An entity as history knows it; `types` and `scope` are the newest."""

    id: str
    types: tuple[str, ...]
    scope: tuple[str, ...]
    created_at: int
    modified_at: int


class Stored(msgspec.Struct, frozen=True, gc=False):
    """One instance in history.

    Args:
        key: its number, unique in the store; temporal operations address it by this.
        entity_id, attribute: where it belongs.
        instance: the value.
        deleted_at: set where this marks the deletion of the attribute.
    """

    key: int
    entity_id: str
    attribute: str
    instance: Attribute
    deleted_at: int | None = None


class Aggregate(msgspec.Struct, frozen=True, gc=False):
    """The values of one series in one period, in the order of the methods asked for."""

    entity_id: str
    attribute: str
    dataset_id: str | None
    kind: int
    start: int
    end: int
    values: tuple[object, ...]


class Chart(msgspec.Struct, frozen=True):
    """One series to draw, column by column.

    Args:
        width: length of each bucket [µs]; 0 where every point is one observation.
        unit: newest UN/CEFACT code.
        at: start of each bucket, or the time of the observation [µs].
        low, high, mean, last: None where a bucket holds no number.
        count: observations in the bucket.
        quality: worst level: 0 good, 1 uncertain, 2 bad.
    """

    width: int
    unit: str | None
    at: list[int]
    low: list[float | None]
    high: list[float | None]
    mean: list[float | None]
    last: list[float | None]
    count: list[int]
    quality: list[int]


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds, to be compared when it is restored."""

    rows: int
    series: int
    entities: int
    drained: int
    checksum: str


Without = Callable[[tuple[str, ...]], frozenset[str]]
"""Given the types of an entity, the attributes of it that are left out."""


class Evolutions(Protocol):
    """How entities evolved, to be read and changed: all of it, or what somebody sees."""

    async def write(
        self, entity_id: str, types: Sequence[str], observations: Sequence[Observation], *, now: int
    ) -> bool:
        """Add instances to an entity's evolution and unite its types with `types`.

        An instance takes the place of the one of the same series and time of observation.

        Returns:
            Whether the entity had no evolution before.
        """
        ...

    async def replace_instance(
        self, entity_id: str, attribute: str, key: int, instance: Attribute
    ) -> bool:
        """Put another value in the place of an instance; its creation and dataset id stay.

        Returns:
            Whether there is such an instance.
        """
        ...

    async def delete_instance(self, entity_id: str, attribute: str, key: int) -> bool:
        """Remove one instance; False where there is none."""
        ...

    async def delete_attribute(
        self, entity_id: str, attribute: str, datasets: tuple[str | None, ...] = ()
    ) -> bool:
        """Remove series of an entity (no datasets: all of the attribute); False: there is none."""
        ...

    async def delete_entity(self, entity_id: str) -> bool:
        """Remove the whole evolution of an entity; False where there is none."""
        ...

    async def entities(
        self, wanted: EntityFilter, *, limit: int | None = None, offset: int = 0
    ) -> list[EntityRecord]:
        """Entities that match, one page of them."""
        ...

    async def count(self, wanted: EntityFilter) -> int:
        """How many entities match."""
        ...

    async def instances(
        self,
        series: SeriesFilter,
        span: Span,
        *,
        last_n: int | None = None,
        limit: int | None = None,
    ) -> list[Stored]:
        """Instances in time order.

        Args:
            series: of which series.
            span: in which time.
            last_n: only the newest so many of each series; the order is then newest first.
            limit: at most so many, in that order.
        """
        ...

    async def attributes(self, series: SeriesFilter, span: Span) -> list[tuple[str, str, int]]:
        """Entity id, attribute and kind of what has an instance in this time."""
        ...

    async def aggregate(
        self, series: SeriesFilter, span: Span, aggregation: Aggregation
    ) -> list[Aggregate]:
        """Aggregated values by series and period, periods in order.

        Periods begin at the span's start or, where that is open, at the earliest instance.

        Raises:
            TooComplexError: too many periods.
        """
        ...

    async def chart(
        self,
        entity_id: str,
        attribute: str,
        *,
        start: int,
        end: int,
        points: int,
        dataset_id: str | None = None,
    ) -> Chart:
        """One series for a chart of about `points` points; every observation where they are few."""
        ...


class HistoryStore(Evolutions, Protocol):
    """Every observation, kept and answered fast."""

    async def open(self) -> None:
        """Open, and migrate where the file is older."""
        ...

    async def close(self) -> None:
        """Finish what runs and release every resource."""
        ...

    def on_read(self, settle: Callable[[], Awaitable[None]]) -> None:
        """Name what is awaited before each read, so that reads see all that is committed."""
        ...

    @property
    def drained(self) -> int:
        """The last sequence of the journal that is held durably."""
        ...

    async def drain(self, stretches: Sequence[Stretch]) -> None:
        """Take over a part of the journal, durably, together with its last sequence.

        What was taken over before is recognised by its sequence and left alone.

        Raises:
            StoreError: nothing of it was kept.
        """
        ...

    async def rewind(self, to: int) -> None:
        """Expect the journal to go on after `to`, lower than `drained`: state was restored."""
        ...

    async def load(self, table: pa.Table, *, types: Mapping[str, Sequence[str]], now: int) -> int:
        """Take over many observations at once, past the journal.

        Args:
            table: columns ``entity_id``, ``attribute`` (expanded), ``observed_at`` [µs, int64],
                ``number`` (float64), and optionally ``unit`` and ``quality`` (code).
            types: expanded types of the entities that are new, by id.
            now: stamps the instances.

        Returns:
            How many rows were added.
        """
        ...

    async def table(
        self,
        entity_ids: Sequence[str],
        attributes: Sequence[str],
        *,
        start: int | None = None,
        end: int | None = None,
    ) -> pa.Table:
        """Observations as an Arrow table, by series and time.

        Returns:
            Columns ``entity_id``, ``attribute``, ``dataset_id`` (dictionaries), ``observed_at``
            (timestamp, UTC), ``number`` (float64), ``value`` (JSON where it is no number),
            ``unit``, ``quality`` (code; null: good and measured).
        """
        ...

    async def rows(self) -> int:
        """How many instances are kept, those included that wait to be swept."""
        ...

    async def scrub(self) -> None:
        """Delete what is left of removed evolutions, and have what was deleted overwritten.

        The embedded store overwrites it at its next start: its file is written anew then.
        """
        ...

    async def retain(self, since: int, of: SeriesFilter | None = None) -> int:
        """Forget every instance older than `since`; returns how many there were.

        Args:
            since: an instant [µs].
            of: only of these series; None: of all.
        """
        ...

    async def export(
        self,
        target: Path,
        *,
        start: int | None = None,
        end: int | None = None,
        without: Without | None = None,
    ) -> int:
        """Write Parquet files, partitioned by entity type and day, into a new folder.

        Args:
            target: the folder.
            start, end: from when to before when [µs].
            without: which attributes to leave out of entities of these types.

        Returns:
            How many rows were written.
        """
        ...

    async def backup(self, target: Path) -> Manifest:
        """Write a consistent, verified copy into a folder while running."""
        ...
