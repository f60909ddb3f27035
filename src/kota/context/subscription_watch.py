"""A subscription compiled: does a change concern it, and what does it want to know of it."""

from __future__ import annotations

import msgspec

from kota.context.notice import Entry, Instances
from kota.context.subscription import Selector, Subscription, Trigger
from kota.model.entity import Attribute, Entity
from kota.model.query import EntityQuery, Lens, geo, q, scope, types
from kota.model.query.pattern import compile_pattern
from kota.model.terms import LOCATION
from kota.store.state.protocol import Change

Kinds = dict[str, int]
"""For each attribute that a change touched, by expanded name, what happened: bits of `Trigger`."""

_CREATED, _UPDATED, _DELETED = (
    int(Trigger.ATTRIBUTE_CREATED),
    int(Trigger.ATTRIBUTE_UPDATED),
    int(Trigger.ATTRIBUTE_DELETED),
)


class Watch:
    """What the matcher keeps of a subscription.

    Args:
        subscription: what it is made from.
        see: what the subscriber sees; None: everything.
    """

    def __init__(self, subscription: Subscription, see: Lens | None = None) -> None:
        self.subscription = subscription
        self.queries = tuple(
            msgspec.structs.replace(query, lens=see) for query in _queries(subscription)
        )
        self._see = see
        self._trigger = subscription.trigger
        self._watched = frozenset(subscription.watched)
        self._show_changes = bool(subscription.wanted.show_changes)

    @property
    def types(self) -> frozenset[str] | None:
        """Expanded types of which every entity it concerns has one; None: any."""
        found: set[str] = set()
        for query in self.queries:
            needed = query.types.any_of if query.types is not None else None
            if needed is None:
                return None
            found |= needed
        return frozenset(found)

    def seen(self, change: Change) -> Change | None:
        """What of a change the subscriber sees; None: nothing.

        An entity that leaves what he sees is gone for him, one that enters it is new.
        """
        see = self._see
        if see is None:
            return change
        before = None if change.before is None else see(change.before)
        after = None if change.after is None else see(change.after)
        if before is None and after is None:
            return None
        if before is change.before and after is change.after:
            return change
        return Change(change.sequence, change.at, before, after)

    def concerns(self, change: Change, kinds: Kinds) -> bool:
        """Whether the subscriber is to be told of a change."""
        return self._triggered(change, kinds) and self.matches(change.entity)

    def matches(self, entity: Entity) -> bool:
        """Whether an entity meets the conditions."""
        return any(query.matches(entity) for query in self.queries)

    def entry(self, change: Change, kinds: Kinds) -> Entry:
        """What the subscriber is to be told of a change."""
        before = change.before
        if before is None:
            return Entry(change.entity)
        gone = change.after is None
        removed: Instances = {}
        if self._trigger & _DELETED or (gone and self._show_changes):
            removed = {
                name: _without(before.attrs[name], change.after, name)
                for name in before.attrs
                if kinds.get(name, 0) & _DELETED and self._watches(name)
            }
        previous: Instances = {}
        if self._show_changes:
            previous = {
                name: _changed(before.attrs[name], change.after, name)
                for name in kinds
                if name in before.attrs
            }
        return Entry(change.entity, change.at if gone else None, removed, previous)

    def _triggered(self, change: Change, kinds: Kinds) -> bool:
        trigger, watched = self._trigger, self._watched
        if change.before is None or change.after is None:
            kind = Trigger.ENTITY_CREATED if change.before is None else Trigger.ENTITY_DELETED
            if trigger & kind and (not watched or not watched.isdisjoint(kinds)):
                return True
        return any(trigger & kinds.get(name, 0) for name in watched or kinds)

    def _watches(self, name: str) -> bool:
        return not self._watched or name in self._watched


def kinds_of(change: Change) -> Kinds:
    """What a change did to each attribute that it touched."""
    if change.before is None:
        return dict.fromkeys(change.entity.attrs, _CREATED)
    if change.after is None:
        return dict.fromkeys(change.entity.attrs, _DELETED)
    before, after = change.before.attrs, change.after.attrs
    kinds = {
        name: _kind(before.get(name, ()), now)
        for name, now in after.items()
        if before.get(name) is not now
    }
    for name in before:
        if name not in after:
            kinds[name] = _DELETED
    return kinds


def _kind(before: tuple[Attribute, ...], after: tuple[Attribute, ...]) -> int:
    if not before:
        return _CREATED
    if len(before) == len(after) == 1 and before[0].dataset_id == after[0].dataset_id:
        return _UPDATED
    kind = 0
    old = {instance.dataset_id: instance for instance in before}
    for instance in after:
        was = old.pop(instance.dataset_id, None)
        if was is None:
            kind |= _CREATED
        elif was is not instance:
            kind |= _UPDATED
    return kind | _DELETED if old else kind


def _without(
    before: tuple[Attribute, ...], after: Entity | None, name: str
) -> tuple[Attribute, ...]:
    left = {i.dataset_id for i in after.attrs.get(name, ())} if after is not None else set()
    return tuple(instance for instance in before if instance.dataset_id not in left)


def _changed(
    before: tuple[Attribute, ...], after: Entity | None, name: str
) -> tuple[Attribute, ...]:
    now = after.attrs.get(name, ()) if after is not None else ()
    return tuple(old for old in before if not any(old is one for one in now))


def _queries(subscription: Subscription) -> tuple[EntityQuery, ...]:
    if not subscription.entities:
        return (_query(subscription, None),)
    return tuple(_query(subscription, selector) for selector in subscription.entities)


def _query(subscription: Subscription, selector: Selector | None) -> EntityQuery:
    asked_geo = subscription.geo
    pattern = selector.id_pattern if selector is not None else None
    return EntityQuery(
        ids=selector.ids if selector is not None else (),
        id_pattern=None if pattern is None else compile_pattern(pattern, "idPattern"),
        types=types.parse(selector.types, str) if selector is not None else None,
        q=_own_query(subscription.q),
        scope_q=None if subscription.scope_q is None else scope.parse(subscription.scope_q),
        geo=None
        if asked_geo is None
        else geo.parse(
            georel=asked_geo.georel,
            geometry=asked_geo.geometry,
            coordinates=asked_geo.coordinates,
            geoproperty=asked_geo.geoproperty or LOCATION,
        ),
    )


def _own_query(text: str | None) -> q.Query | None:
    """What can be asked of the entity alone; of linked ones the courier asks (see there)."""
    query = None if text is None else q.parse(text, str, links=True)
    return query if query is not None and not query.depth else None
