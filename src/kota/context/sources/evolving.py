"""How entities evolved, as this server and others know it, made one (clauses 5.7.3 and 5.7.4)."""

from __future__ import annotations

from typing import Any

import msgspec

from kota.context.evolution import Question, Told, time_of
from kota.context.sources.federation import time_in
from kota.model.jsonld import Context
from kota.model.payload_temporal import parse_evolution
from kota.model.terms import SCOPE
from kota.store.history import EntityRecord, Stored

_FOREIGN = -1
"""Key of instances that are not in this server's history: no request addresses them here."""


def read_told(
    document: Any, context: Context, *, now: int, only: frozenset[str] = frozenset()
) -> Told:
    """The evolution that a source sent.

    Args:
        document: decoded JSON, normalized.
        context: expands its names.
        now: the time of what has none.
        only: expanded names of the attributes that count; empty: all.

    Raises:
        BadRequestDataError: it is no evolution.
    """
    evolution = parse_evolution(document, context, now=now, whole=True)
    assert evolution.id is not None
    scopes = evolution.attrs.get(SCOPE, ())
    record = EntityRecord(
        evolution.id,
        evolution.types,
        tuple(scopes[-1].value) if scopes and isinstance(scopes[-1].value, list) else (),
        time_in(document, "createdAt", now),
        time_in(document, "modifiedAt", now),
    )
    instances = {
        name: [Stored(_FOREIGN, evolution.id, name, one) for one in some]
        for name, some in evolution.attrs.items()
        if some and (not only or name in only)
    }
    kinds = {name: int(some[0].instance.kind) for name, some in instances.items()}
    return Told(record, instances, kinds, {})


def joined(ours: Told | None, theirs: Told, question: Question) -> Told:
    """One evolution of two of the same entity; what both know stands there once.

    Args:
        ours: what is known so far; None: nothing.
        theirs: what is added.
        question: says by which time instances are in order, and how many of the last are wanted.
    """
    record = theirs.entity if ours is None else ours.entity
    instances = {} if ours is None else {name: list(some) for name, some in ours.instances.items()}
    kinds = dict(theirs.kinds) if ours is None else {**theirs.kinds, **ours.kinds}
    for name, added in theirs.instances.items():
        held = instances.setdefault(name, [])
        known = {_key(one) for one in held}
        held += [one for one in added if _key(one) not in known]
        held.sort(key=lambda one: time_of(one, question.span.timeproperty))
        if question.last_n is not None:
            del held[: -question.last_n]
    return msgspec.structs.replace(
        ours if ours is not None else theirs, entity=record, instances=instances, kinds=kinds
    )


def _key(stored: Stored) -> tuple[Any, ...]:
    one = stored.instance
    return one.dataset_id, one.observed_at, int(one.kind), msgspec.json.encode(one.value)
