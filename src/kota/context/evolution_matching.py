"""Which evolutions meet conditions on values, places and scopes (clause 5.7.4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from kota.context.evolution import Question, Selection, Told, time_of
from kota.errors import TooComplexError
from kota.model.entity import Attribute, Entity
from kota.model.query.scope import ScopeQuery
from kota.model.query.syntax import And, Tree
from kota.model.terms import NULL, SCOPE
from kota.store.history import (
    ALWAYS,
    EntityRecord,
    SeriesFilter,
    Span,
    Stored,
)
from kota.store.history.protocol import Evolutions

FILTERED_INSTANCES = 500_000
"""Instances that the values of one query may be compared with."""


class Validity(msgspec.Struct, frozen=True):
    """A scope that an entity had, from `start` until before `end`; None where that is open."""

    scope: Stored
    start: int | None
    end: int | None

    def covers(self, at: int) -> bool:
        """Whether it held at an instant."""
        return (self.start is None or at >= self.start) and (self.end is None or at < self.end)

    def touches(self, span: Span) -> bool:
        """Whether it held within a span."""
        before = self.end is not None and span.start is not None and self.end <= span.start
        after = self.start is not None and span.end is not None and self.start >= span.end
        return not before and not after


async def matching(
    history: Evolutions, selection: Selection, span: Span
) -> tuple[list[EntityRecord], dict[str, list[Validity]] | None]:
    """All entities that match; each condition holds for some instance within the span.

    Returns:
        The entities and, where scopes are asked for, when each had one that matches.

    Raises:
        TooComplexError: too many values would have to be compared.
    """
    bounds = () if selection.q is None else selection.q.numeric_bounds()
    wanted = msgspec.structs.replace(selection.wanted, scope_q=None, bounds=bounds, exact=False)
    found = await history.entities(wanted)
    scopes: dict[str, list[Validity]] | None = None
    if selection.wanted.scope_q is not None:
        scopes = await _validities(history, found, selection.wanted.scope_q, span)
        found = [one for one in found if one.id in scopes]
    settled: set[str] = set()
    if selection.q is not None and scopes is None and len(bounds) == _leaves(selection.q.tree):
        exact = msgspec.structs.replace(wanted, exact=True)
        settled = {one.id for one in await history.entities(exact)}
    open_to_doubt = [one for one in found if selection.geo is not None or one.id not in settled]
    matches = settled if selection.geo is None else set()
    matches |= await _compared(history, selection, open_to_doubt, scopes, span)
    return [one for one in found if one.id in matches], scopes


async def _compared(
    history: Evolutions,
    selection: Selection,
    records: Sequence[EntityRecord],
    scopes: dict[str, list[Validity]] | None,
    span: Span,
) -> set[str]:
    """Ids of the entities whose instances, looked at one by one, meet the conditions."""
    tests = [test for test in (selection.q, selection.geo) if test is not None]
    if not tests or not records:
        return {one.id for one in records}
    names = set(selection.q.attributes) if selection.q is not None else set()
    if selection.geo is not None:
        names.add(selection.geo.geoproperty)
    instances = await _instances(history, records, tuple(names), span)
    if scopes is not None:
        instances = [one for one in instances if _covered(one, scopes[one.entity_id], span)]
    entities = _as_entities(records, instances)
    return {one.id for one in entities if all(test.matches(one) for test in tests)}


def _leaves(tree: Tree) -> int:
    """How many conditions must hold together."""
    return sum(map(_leaves, tree.parts)) if isinstance(tree, And) else 1


def within_scope(told: Told, scopes: Sequence[Validity], question: Question) -> Told:
    """What of an evolution fell into the time of these scopes, and the scopes themselves."""
    span = question.span
    instances = {
        name: [one for one in held if _covered(one, scopes, span)]
        for name, held in told.instances.items()
        if name != SCOPE
    }
    if question.attributes is not None:
        instances[SCOPE] = [one.scope for one in scopes]
    kinds = {**told.kinds, SCOPE: scopes[0].scope.instance.kind}
    return msgspec.structs.replace(
        told, instances={name: held for name, held in instances.items() if held}, kinds=kinds
    )


async def _validities(
    history: Evolutions, records: Sequence[EntityRecord], wanted: ScopeQuery, span: Span
) -> dict[str, list[Validity]]:
    """When, within the span, each entity had a scope that is asked for (clause 4.18)."""
    held: dict[str, list[Stored]] = {}
    for stored in await _instances(history, records, (SCOPE,), ALWAYS):
        held.setdefault(stored.entity_id, []).append(stored)
    found: dict[str, list[Validity]] = {}
    for entity_id, scopes in held.items():
        for place, stored in enumerate(scopes):
            following = scopes[place + 1] if place + 1 < len(scopes) else None
            validity = Validity(
                stored,
                stored.instance.observed_at,
                None if following is None else time_of(following, None),
            )
            value = stored.instance.value
            if value != NULL and wanted.matches(value) and validity.touches(span):
                found.setdefault(entity_id, []).append(validity)
    return found


async def _instances(
    history: Evolutions, records: Sequence[EntityRecord], names: tuple[str, ...], span: Span
) -> list[Stored]:
    ids = tuple(one.id for one in records)
    instances = await history.instances(
        SeriesFilter(entity_ids=ids, attributes=names), span, limit=FILTERED_INSTANCES + 1
    )
    if len(instances) > FILTERED_INSTANCES:
        raise TooComplexError(
            f"the query compares more than {FILTERED_INSTANCES} values",
            hint="ask for a shorter time or fewer entities",
        )
    return instances


def _covered(stored: Stored, scopes: Sequence[Validity], span: Span) -> bool:
    at = time_of(stored, span.timeproperty)
    return any(one.covers(at) for one in scopes)


def _as_entities(records: Iterable[EntityRecord], instances: Iterable[Stored]) -> list[Entity]:
    """Entities that have all the instances at once, for conditions of which one must hold."""
    attrs: dict[str, dict[str, list[Attribute]]] = {record.id: {} for record in records}
    for one in instances:
        attrs[one.entity_id].setdefault(one.attribute, []).append(one.instance)
    return [
        Entity(
            record.id,
            record.types,
            {name: tuple(held) for name, held in attrs[record.id].items()},
            record.scope,
            record.created_at,
            record.modified_at,
        )
        for record in records
    ]
