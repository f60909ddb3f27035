"""The city as committed at one moment, as far as the checks of one actuator look at it."""

from __future__ import annotations

from collections.abc import Callable

from kota.model.entity import Entity, Kind
from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.interlock import Excludes, Requires, Value
from kota.operate.commands.reading import UNTIMED, Reading
from kota.store.state import StateStore

Pending = Callable[[str], Value | None]


class Snapshot:
    """Entities by id.

    Args:
        entities: those that are looked at.
        expand: turns a short name into its IRI.
        pending: the setting that an actuator was sent and has not confirmed.
    """

    def __init__(
        self, entities: dict[str, Entity], expand: Callable[[str], str], pending: Pending
    ) -> None:
        self.entities = entities
        self._expand = expand
        self._pending = pending

    def reading(self, entity: str, attribute: str) -> Reading | None:
        """The newest reading of a short attribute name of an entity; None where there is none."""
        found = self.entities.get(entity)
        return None if found is None else reading_of(found, self._expand(attribute))

    def pending(self, entity: str) -> Value | None:
        """The setting that another actuator was sent and has not confirmed; None where none is."""
        return self._pending(entity)

    def target(self, entity: str, relationship: str) -> str | None:
        """The id of the entity that a relationship points to; None where it points nowhere."""
        found = self.entities.get(entity)
        instance = None if found is None else found.default(self._expand(relationship))
        if instance is None or not isinstance(instance.value, str):
            return None
        is_link = instance.kind in (Kind.RELATIONSHIP, Kind.PROPERTY)
        return instance.value if is_link else None


def reading_of(entity: Entity, name: str) -> Reading | None:
    """The reading of an attribute by its expanded name, or None."""
    instance = entity.default(name)
    if instance is None:
        return None
    at = UNTIMED if instance.observed_at is None else instance.observed_at
    if instance.quality is None:
        return Reading(instance.value, at)
    return Reading(instance.value, at, instance.quality.level)


async def snapshot(
    store: StateStore,
    definition: ActuatorDefinition,
    entity_id: str,
    expand: Callable[[str], str],
    pending: Pending,
) -> Snapshot:
    """Look at an actuator and at everything that its interlocks ask."""
    found = Snapshot({}, expand, pending)
    await _take(store, found, entity_id)
    for interlock in definition.interlocks:
        subject: str | None = None
        if isinstance(interlock, Requires):
            subject = interlock.subject(entity_id, found)
        elif isinstance(interlock, Excludes):
            subject = interlock.entity
        if subject is not None:
            await _take(store, found, subject)
    return found


async def _take(store: StateStore, found: Snapshot, entity_id: str) -> None:
    if entity_id not in found.entities:
        entity = await store.get(entity_id)
        if entity is not None:
            found.entities[entity_id] = entity
