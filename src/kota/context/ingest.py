"""Observations of devices on their way into state and history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec

from kota.clock import Clock
from kota.errors import KotaError
from kota.model.entity import Attribute, Entity
from kota.store.state import Letter, Observation, StateStore, Write


class Patch(msgspec.Struct, frozen=True, gc=False):
    """What was observed of one entity.

    Args:
        entity_id: the entity; it is created if it is new.
        types: expanded types to create it with.
        attrs: instances by expanded attribute name; their `created_at` and `modified_at` are
            stamped on the way in.
        scope: scopes to create it with.
    """

    entity_id: str
    types: tuple[str, ...]
    attrs: dict[str, tuple[Attribute, ...]]
    scope: tuple[str, ...] = ()


class Ingest:
    """Takes observations in: the newest to state, every one to history.

    Args:
        store: keeps them.
        clock: stamps them.
        admit: asked before a message is taken in, with its entities and the number of its
            instances, where there is a quota.
    """

    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        admit: Callable[[Iterable[str], int], Awaitable[None]] | None = None,
    ) -> None:
        self._admit = admit
        self._store = store
        self._clock = clock
        self.observations = 0
        self.rejected = 0

    async def observe(
        self,
        patches: Sequence[Patch],
        *,
        receipts: Sequence[bytes] = (),
        letters: Sequence[Letter] = (),
    ) -> int:
        """Keep what was observed.

        An observation older than what state holds goes to history alone. One that repeats what
        state holds (same time, same value) is a redelivery and changes nothing; nor does a value
        without a time, such as a name, that is what state holds.

        Args:
            patches: in the order of arrival.
            receipts: keys of the messages they came in.
            letters: messages that could not be understood, kept in the same commit.

        Returns:
            How many observations were new, once they are durable.

        Raises:
            StoreError: nothing of this was kept.
            QuotaError: there is no room for it; nothing of it was kept.
        """
        if self._admit is not None:
            instances = sum(len(one) for patch in patches for one in patch.attrs.values())
            await self._admit((patch.entity_id for patch in patches), instances)
        now = self._clock.now()
        late: list[Observation] = []
        folds = [Fold(patch, now, late) for patch in patches]
        writes = [Write(fold.patch.entity_id, fold) for fold in folds]
        outcomes = await self._store.apply(writes, late=late, receipts=receipts, letters=letters)
        for outcome in outcomes:
            if isinstance(outcome, KotaError):
                raise outcome
        kept = len(late) + sum(fold.fresh for fold in folds)
        self.observations += kept
        self.rejected += len(letters)
        return kept


class Fold:
    """The mutation that folds a patch into its entity.

    Args:
        patch: what was observed.
        now: stamps creation and modification.
        late: receives the observations that are older than what state holds.
    """

    __slots__ = ("_late", "_now", "fresh", "patch")

    def __init__(self, patch: Patch, now: int, late: list[Observation]) -> None:
        self.patch = patch
        self.fresh = 0
        self._now = now
        self._late = late

    def __call__(self, before: Entity | None) -> Entity | None:
        """The entity with what is new; `fresh` then says how many instances were."""
        self.fresh = 0
        if before is None:
            return self._create()
        held = before.attrs
        changed: dict[str, tuple[Attribute, ...]] | None = None
        for name, incoming in self.patch.attrs.items():
            current = merged = held.get(name, ())
            for instance in incoming:
                merged = self._merge(name, merged, instance)
            if merged is not current:
                self.fresh += len(incoming)
                if changed is None:
                    changed = dict(held)
                changed[name] = merged
        if changed is None:
            return before
        return Entity(
            before.id,
            before.types,
            changed,
            before.scope,
            before.created_at,
            self._now,
            before.expires_at,
        )

    def _create(self) -> Entity:
        patch, now = self.patch, self._now
        attrs = {
            name: tuple([_stamped(instance, now, now) for instance in instances])
            for name, instances in patch.attrs.items()
        }
        self.fresh = sum(map(len, attrs.values()))
        return Entity(patch.entity_id, patch.types, attrs, patch.scope, now, now)

    def _merge(
        self, name: str, current: tuple[Attribute, ...], incoming: Attribute
    ) -> tuple[Attribute, ...]:
        """The instances after one more observation; the same object where nothing is new."""
        now, dataset_id, at = self._now, incoming.dataset_id, incoming.observed_at
        for held in current:
            if held.dataset_id == dataset_id:
                break
        else:
            return (*current, _stamped(incoming, now, now))
        before = held.observed_at
        if at is None or before is None:
            if at == before and _says_the_same(incoming, held):
                return current
        elif at <= before:
            if at < before:
                late = _stamped(incoming, now, now)
                self._late.append(Observation(self.patch.entity_id, name, late))
                return current
            if incoming.value == held.value:
                return current
        stamped = _stamped(incoming, held.created_at, now)
        if len(current) == 1:
            return (stamped,)
        return tuple([stamped if one is held else one for one in current])


def _says_the_same(one: Attribute, other: Attribute) -> bool:
    """Whether instances without a time, such as names and places, repeat each other."""
    return (
        one.value == other.value
        and one.kind == other.kind
        and one.unit_code == other.unit_code
        and one.quality == other.quality
        and one.sub == other.sub
    )


def _stamped(instance: Attribute, created_at: int, modified_at: int) -> Attribute:
    return Attribute(
        instance.kind,
        instance.value,
        instance.observed_at,
        instance.unit_code,
        instance.dataset_id,
        instance.quality,
        created_at,
        modified_at,
        instance.object_type,
        instance.value_type,
        instance.sub,
        instance.expires_at,
    )
