"""History as a stream of changes, so that rules are judged over the past as over the present."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Final

import msgspec

from kota.context.staleness import Staleness
from kota.model.entity import Attribute, Entity
from kota.model.instant import HOUR
from kota.model.query.types import of as type_query
from kota.model.terms import LOCATION, SCOPE, TYPES
from kota.operate.conditions.probe import Expand
from kota.operate.rules.compiling import Rule
from kota.operate.rules.engine import Engine
from kota.store.history import SeriesFilter, Span
from kota.store.history.protocol import EntityFilter, Evolutions, Stored
from kota.store.state import Change

_PIECE: Final = 6 * HOUR
"""So much of the past is read at once [µs]."""
_BREATH: Final = 500
"""After so many changes others get their turn."""


class Concern(msgspec.Struct, frozen=True):
    """What rules look at.

    Args:
        types: expanded.
        ids: of entities that are named.
        attributes: expanded; empty: all.
        links: relationships that lead to further entities.
    """

    types: frozenset[str]
    ids: frozenset[str]
    attributes: frozenset[str]
    links: frozenset[str]


class ReplayTime:
    """One time for everything, moved by hand."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self, clock: str | None) -> int:  # noqa: ARG002 - one time for all clocks
        """The time by any clock [µs]."""
        return self.at


def concern_of(rules: Iterable[Rule], expand: Expand) -> Concern:
    """What rules look at, together."""
    types: set[str] = set()
    ids: set[str] = set()
    attributes: set[str] = {LOCATION}
    links: set[str] = set()
    everything = False
    for rule in rules:
        types |= {rule.of_type} if rule.of_type is not None else set()
        ids |= {rule.definition.entity} if rule.definition.entity is not None else set()
        for asking in rule.asks:
            everything = everything or (asking.times is None and not asking.triggers)
            attributes |= asking.triggers
            fence, related = asking.clause.inside or asking.clause.outside, asking.clause.related
            ids |= {fence.zone} if fence is not None and fence.zone is not None else set()
            if related is None:
                continue
            types |= {asking.of_type} if asking.of_type is not None else set()
            ids |= {related.entity} if related.entity is not None else set()
            links |= {expand(related.via)} if related.via is not None else set()
            attributes |= {expand(one) for one in (related.by, related.same) if one is not None}
    wanted = frozenset() if everything else frozenset(attributes | links)
    return Concern(frozenset(types), frozenset(ids), wanted, frozenset(links))


def looks_back(rules: Iterable[Rule]) -> int:
    """How much of the past fills what rules look back at [µs]: a window ends at the newest value,
    which may be as old as the window is long."""
    return 2 * max((rule.span for rule in rules), default=0)


async def found_in(history: Evolutions, concern: Concern, span: Span) -> list[Entity]:
    """The entities that rules look at, without attributes, as far as history knows them."""
    found: dict[str, Entity] = {}
    if concern.types:
        records = await history.entities(EntityFilter(types=type_query(list(concern.types))))
        found |= {one.id: Entity(one.id, one.types, {}, one.scope) for one in records}
    ids = set(concern.ids)
    if concern.links and found:
        links = SeriesFilter(entity_ids=tuple(found), attributes=tuple(concern.links))
        whole = Span(end=span.end, timeproperty=None)
        for stored in await history.instances(links, whole):
            value = stored.instance.value
            ids |= {value} if isinstance(value, str) else set(value)
    ids -= found.keys()
    if ids:
        records = await history.entities(EntityFilter(ids=tuple(ids)))
        found |= {one.id: Entity(one.id, one.types, {}, one.scope) for one in records}
    return list(found.values())


async def past_of(
    history: Evolutions, entities: Sequence[Entity], attributes: Iterable[str], span: Span
) -> AsyncIterator[Change]:
    """The changes of entities in a stretch of time, in the order of what they tell of.

    What was true at its beginning comes first. What came late is told as if it had come in time.

    Args:
        history: holds them.
        entities: without attributes.
        attributes: expanded; empty: all.
        span: from when to before when [µs]; an open end is the newest.
    """
    assert span.start is not None
    if not entities:
        return
    present = {entity.id: entity for entity in entities}
    series = SeriesFilter(entity_ids=tuple(present), attributes=tuple(attributes))
    earlier = Span(end=span.start, timeproperty=None)
    for stored in await history.instances(series, earlier, last_n=1):
        present[stored.entity_id] = _with(present[stored.entity_id], stored)
    number = 0
    known = {key for key, entity in present.items() if entity.attrs}
    for key in sorted(known):
        number += 1
        yield Change(number, span.start, None, present[key])
    async for together in _moments(_pieces(history, series, span)):
        for entity_id, few in together.items():
            before = present[entity_id] if entity_id in known else None
            after = present[entity_id]
            for stored in few:
                after = _with(after, stored)
            present[entity_id] = after
            known.add(entity_id)
            number += 1
            if number % _BREATH == 0:
                await asyncio.sleep(0)
            yield Change(number, _moment(few[0]), before, after)


async def _moments(pieces: AsyncIterator[Stored]) -> AsyncIterator[dict[str, list[Stored]]]:
    """What was told of each entity at one instant, together: it came in one message."""
    together: dict[str, list[Stored]] = {}
    at: int | None = None
    async for stored in pieces:
        if at is not None and _moment(stored) != at:
            yield together
            together = {}
        at = _moment(stored)
        together.setdefault(stored.entity_id, []).append(stored)
    if together:
        yield together


async def _pieces(history: Evolutions, series: SeriesFilter, span: Span) -> AsyncIterator[Stored]:
    start, end = span.start or 0, span.end
    while end is None or start < end:
        until = None if end is None else min(start + _PIECE, end)
        for stored in await history.instances(series, Span(start, until, timeproperty=None)):
            if stored.attribute not in (TYPES, SCOPE):
                yield stored
        if until is None:
            return
        start = until


async def drive(
    engine: Engine,
    time: ReplayTime,
    changes: AsyncIterator[Change],
    staleness: Staleness | None,
    *,
    muted_until: int,
    opened: Callable[[], None],
) -> AsyncIterator[Change]:
    """Let an engine see changes, and in between what is due; yields each once it was seen.

    Args:
        engine: at work by `time`.
        time: is moved.
        changes: in the order of time.
        staleness: learns from them too, unless it has already.
        muted_until: what comes before this instant [µs] only fills what conditions look back at.
        opened: is called when that is reached.
    """
    async for change in changes:
        if engine.muted and change.at >= muted_until:
            let_pass(engine, time, muted_until)
            opened()
        let_pass(engine, time, change.at)
        if staleness is not None:
            staleness.learn([change])
        engine.see([change])
        yield change


def let_pass(engine: Engine, time: ReplayTime, until: int) -> None:
    """Let time pass, and what is due happen when it is due."""
    while (due := engine.soonest()) is not None and due <= until:
        time.at = max(time.at, due)
        engine.tick()
    time.at = max(time.at, until)


def _with(entity: Entity, stored: Stored) -> Entity:
    instance = stored.instance
    held = entity.attrs.get(stored.attribute, ())
    others = [one for one in held if one.dataset_id != instance.dataset_id]
    instances: tuple[Attribute, ...] = (instance, *others)
    return msgspec.structs.replace(entity, attrs={**entity.attrs, stored.attribute: instances})


def _moment(stored: Stored) -> int:
    observed = stored.instance.observed_at
    return stored.instance.modified_at if observed is None else observed
