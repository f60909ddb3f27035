"""Which registrations a request concerns, and how far (clause 5.12)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from kota.context.sources.registration import EntityInfo, Information, Interval, Registration
from kota.model.query import EntityQuery, geo, scope
from kota.model.query.pattern import compile_pattern, find
from kota.model.query.q import Query
from kota.model.query.temporal import TemporalQuery
from kota.model.query.types import TypeQuery


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is about.

    Args:
        types: a type expression; None: any.
        ids: any of these; empty: all.
        id_pattern: ids contain a match of this.
        attributes: expanded names of those wanted; empty: all.
        datasets: attribute instances wanted; empty: all.
    """

    types: TypeQuery | None = None
    ids: tuple[str, ...] = ()
    id_pattern: re.Pattern[str] | None = None
    attributes: frozenset[str] = frozenset()
    datasets: tuple[str, ...] = ()


class SourceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of registrations themselves (clause 5.10.2).

    Args:
        asked: what the sources are to have.
        q: what their own properties are to be.
        csf: the same, as context source filter.
        scope_q: the scopes of what they have.
        geo: where what they have lies.
        temporal: when they have it.
    """

    asked: Asked = Asked()
    q: Query | None = None
    csf: Query | None = None
    scope_q: scope.ScopeQuery | None = None
    geo: geo.GeoQuery | None = None
    temporal: TemporalQuery | None = None

    def matches(self, registration: Registration) -> bool:
        """Whether a registration is meant."""
        if not any(True for _ in matching(registration, self.asked)):
            return False
        entity = registration.as_entity()
        own = EntityQuery(q=self.q, geo=self.geo, scope_q=self.scope_q)
        if not own.matches(entity):
            return False
        if self.csf is not None and not EntityQuery(q=self.csf).matches(entity):
            return False
        return self.temporal is None or _overlaps(_interval(registration, self.temporal), self)


def matching(registration: Registration, asked: Asked) -> Iterator[Information]:
    """The parts of a registration that a request concerns, each with only the entities it does."""
    own, wanted = registration.dataset_ids, asked.datasets
    if own and wanted and set(own).isdisjoint(wanted):
        return
    for part in registration.information:
        if asked.attributes and part.attributes and asked.attributes.isdisjoint(part.attributes):
            continue
        if not part.entities:
            yield part
            continue
        entities = tuple(one for one in part.entities if _concerns(one, asked))
        if entities:
            yield msgspec.structs.replace(part, entities=entities)


def ids_of(part: Information, asked: Asked) -> tuple[str, ...] | None:
    """The ids that a source can be asked for; None: any that the rest of the request allows."""
    if not part.entities:
        return asked.ids or None
    found: dict[str, None] = {}
    for one in part.entities:
        if one.id is not None:
            found[one.id] = None
        elif asked.ids:
            found |= dict.fromkeys(has(one, asked.ids))
        else:
            return None
    return tuple(found)


def has(entity: EntityInfo, ids: Iterable[str]) -> list[str]:
    """Those of the ids that are among the entities."""
    if entity.id is not None:
        return [one for one in ids if one == entity.id]
    if entity.id_pattern is not None:
        pattern = compile_pattern(entity.id_pattern, "idPattern")
        return [one for one in ids if find(pattern, one)]
    return list(ids)


def _concerns(entity: EntityInfo, asked: Asked) -> bool:
    if asked.types is not None and not asked.types.matches(entity.types):
        return False
    if asked.ids:
        return bool(has(entity, asked.ids))
    if asked.id_pattern is not None and entity.id is not None:
        return find(asked.id_pattern, entity.id)
    return True


def _interval(registration: Registration, temporal: TemporalQuery) -> Interval | None:
    if temporal.timeproperty == "observedAt":
        return registration.observation_interval
    return registration.management_interval


def _overlaps(interval: Interval | None, query: SourceQuery) -> bool:
    if interval is None or query.temporal is None:
        return False
    start, end = query.temporal.span
    begins = end is None or interval.start < end
    return begins and (start is None or interval.end is None or interval.end >= start)
