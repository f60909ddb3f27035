"""Batches of writes, each with a result of its own (clauses 5.6.7 to 5.6.10 and 5.6.20)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from kota.context import attributes, entities
from kota.context.attributes import Report
from kota.context.broker import Broker
from kota.errors import BadRequestDataError, KotaError
from kota.model.entity import Entity
from kota.model.patch import EntityPatch
from kota.model.payload import Fragment
from kota.store.state import Change, Mutation, Write


class Step(msgspec.Struct, frozen=True):
    """One write of a batch.

    Args:
        entity_id: whose.
        mutate: what becomes of the entity.
        complaint: tells, once it was run, what was left undone although it was accepted.
    """

    entity_id: str
    mutate: Mutation
    complaint: Callable[[], KotaError | None] = lambda: None


class Outcome(msgspec.Struct, frozen=True):
    """What became of a batch, in its order.

    Args:
        done: ids of the entities that were written, each once.
        created: those of them that were not there before.
        failed: ids (as far as they could be read) and what was wrong.
    """

    done: tuple[str, ...]
    created: tuple[str, ...]
    failed: tuple[tuple[str, KotaError], ...]


async def run(
    broker: Broker, steps: Sequence[Step], refused: Sequence[tuple[str, KotaError]] = ()
) -> Outcome:
    """Run the steps in one commit.

    Args:
        broker: runs them.
        steps: in order; later ones see what earlier ones made.
        refused: what could not be read, to stand among the failures.
    """
    results = await broker.apply([Write(step.entity_id, step.mutate) for step in steps])
    done: dict[str, None] = {}
    created: dict[str, None] = {}
    failed = list(refused)
    for step, result in zip(steps, results, strict=True):
        error = result if isinstance(result, KotaError) else step.complaint()
        if error is not None:
            failed.append((step.entity_id, error))
            continue
        done[step.entity_id] = None
        if isinstance(result, Change) and result.before is None:
            created[step.entity_id] = None
    return Outcome(tuple(done), tuple(created), tuple(failed))


def creating(entity: Entity) -> Step:
    """Make an entity that is not there."""
    return Step(entity.id, entities.create(entity))


def replacing(entity: Entity) -> Step:
    """Make an entity, or put it in the place of the one that is there."""

    def mutate(present: Entity | None) -> Entity:
        return entity if present is None else entities.replaced(present, entity)

    return Step(entity.id, mutate)


def updating(entity: Entity, *, now: int) -> Step:
    """Make an entity, or append what it has to the one that is there."""
    fragment = Fragment(
        types=entity.types,
        scope=entity.scope or None,
        attrs=entity.attrs,
        expires_at=entity.expires_at,
    )

    def mutate(present: Entity | None) -> Entity:
        if present is None:
            return entity
        return attributes.append(present, fragment, now=now)[0]

    return Step(entity.id, mutate)


def appending(entity_id: str, fragment: Fragment, *, now: int, overwrite: bool) -> Step:
    """Append to an entity that is there."""
    report = Report()

    def change(present: Entity) -> Entity:
        nonlocal report
        after, report = attributes.append(present, fragment, now=now, overwrite=overwrite)
        return after

    def complaint() -> KotaError | None:
        if not report.refused:
            return None
        names = ", ".join(sorted({refusal.attribute for refusal in report.refused}))
        return BadRequestDataError(f"{entity_id} kept {names}: {report.refused[0].reason}")

    return Step(entity_id, entities.of_existing(entity_id, change), complaint)


def merging(
    entity_id: str,
    patch: EntityPatch,
    *,
    now: int,
    observed_at: int | None = None,
    lang: str | None = None,
) -> Step:
    """Merge into an entity that is there; see `Broker.merge`."""

    def change(present: Entity) -> Entity:
        return attributes.spoken(patch, present, lang).apply(
            present, now=now, observed_at=observed_at
        )

    return Step(entity_id, entities.of_existing(entity_id, change))


def deleting(entity_id: str) -> Step:
    """Remove an entity that is there."""
    return Step(entity_id, entities.of_existing(entity_id, entities.delete))
