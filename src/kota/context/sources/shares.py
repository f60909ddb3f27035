"""Which part of a request each source is asked to do (clauses 4.3.6 and 5.12)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from kota.context.sources.matching import Asked, ids_of, matching
from kota.context.sources.registration import Information, Registration
from kota.model.query import EntityQuery
from kota.model.query.q import Query


class Share(msgspec.Struct, frozen=True):
    """What one source is asked for.

    Args:
        registration: whom.
        attributes: expanded names of the attributes that it has of what is asked for; empty: all.
        ids: the entities that it can be asked for; None: any that the request allows.
        types: expanded types under which it has them, as registered; empty: any.
    """

    registration: Registration
    attributes: frozenset[str]
    ids: tuple[str, ...] | None
    types: tuple[str, ...] = ()


def shares(
    registrations: Iterable[Registration],
    asked: Asked,
    *,
    passed: Collection[str] = (),
    csf: Query | None = None,
) -> list[Share]:
    """What each source that a request concerns has of it.

    Args:
        registrations: all of them.
        asked: what the request is about.
        passed: aliases of the brokers that it has come through: they are not asked again.
        csf: what is asked of the sources themselves.
    """
    found: list[Share] = []
    for one in registrations:
        if one.alias is not None and one.alias in passed:
            continue
        if csf is not None and not EntityQuery(q=csf).matches(one.as_entity()):
            continue
        parts = list(matching(one, asked))
        if parts:
            found.append(_share(one, parts, asked))
    return found


def _share(registration: Registration, parts: list[Information], asked: Asked) -> Share:
    attributes: frozenset[str] = frozenset()
    if all(part.attributes for part in parts):
        attributes = frozenset().union(*(part.attributes for part in parts))
        if asked.attributes:
            attributes &= asked.attributes
    elif asked.attributes:
        attributes = asked.attributes
    each = [ids_of(part, asked) for part in parts]
    ids = None
    if all(one is not None for one in each):
        ids = tuple(dict.fromkeys(item for one in each if one is not None for item in one))
    types = dict.fromkeys(
        name for part in parts for entity in part.entities for name in entity.types
    )
    return Share(registration, attributes, ids, tuple(types))
