"""What may be asked of the past, and what is answered."""

from __future__ import annotations

import msgspec

from kota.model.query.geo import GeoQuery
from kota.model.query.q import Query
from kota.model.query.temporal import Aggregation
from kota.store.history import Aggregate, EntityFilter, EntityRecord, Span, Stored


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What of an evolution is asked for.

    Args:
        span: in which time.
        last_n: only the newest so many instances of each series.
        attributes: of these attributes (expanded); empty: all. None: of none at all.
        datasets: of these dataset ids (None: the default one); empty: all.
        aggregation: aggregated values instead of instances.
    """

    span: Span
    last_n: int | None = None
    attributes: tuple[str, ...] | None = ()
    datasets: tuple[str | None, ...] = ()
    aggregation: Aggregation | None = None


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities' evolutions are asked for, and which page of them.

    Args:
        wanted: entities that meet this.
        q, geo: conditions on the instances within the time asked for.
        limit, offset: the page; limit 0 gives the count alone.
        count: whether the number of all matches is wanted.
    """

    wanted: EntityFilter
    q: Query | None = None
    geo: GeoQuery | None = None
    limit: int = 20
    offset: int = 0
    count: bool = False


class Told(msgspec.Struct, frozen=True):
    """The evolution of one entity, or what was asked for of it.

    Args:
        entity: the entity.
        instances: by expanded name, in time order; an empty list where the page ends before the
            attribute's first instance.
        kinds: the kind of each attribute in `instances`.
        aggregates: by expanded name, periods in order.
    """

    entity: EntityRecord
    instances: dict[str, list[Stored]]
    kinds: dict[str, int]
    aggregates: dict[str, list[Aggregate]]


class Cut(msgspec.Struct, frozen=True):
    """The stretch of time that an answer covers where it does not cover all that was asked for.

    Args:
        start, end: in the order in which the answer goes, backwards with `lastN`.
        size: `lastN`, or None.
    """

    start: int
    end: int
    size: int | None


class Answer(msgspec.Struct, frozen=True):
    """Evolutions of one page.

    Args:
        told: one for each entity.
        cut: where the answer does not cover all of the time asked for.
        count: of all that match, where it is wanted.
        more: whether entities follow on a next page.
    """

    told: list[Told]
    cut: Cut | None = None
    count: int | None = None
    more: bool = False


def time_of(stored: Stored, timeproperty: str | None) -> int:
    """When an instance was, by the time that a request is about."""
    instance = stored.instance
    if timeproperty == "createdAt":
        return instance.created_at
    if timeproperty == "modifiedAt":
        return instance.modified_at
    if timeproperty == "deletedAt" and stored.deleted_at is not None:
        return stored.deleted_at
    return instance.modified_at if instance.observed_at is None else instance.observed_at
