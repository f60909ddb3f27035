"""Writes evolutions: normalized, as pairs of value and time, or aggregated (4.5.6 to 4.5.19)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from kota.api.ngsi_ld.temporal_query import INSTANCE, Request
from kota.context.evolution import Cut, Told, time_of
from kota.model.entity import MEMBER, TYPE_NAME, Kind
from kota.model.instant import render
from kota.model.jsonld import Context
from kota.model.represent import represent_attribute
from kota.model.represent_attribute import simplified_value
from kota.model.representation import Representation
from kota.model.terms import NULL, SCOPE
from kota.store.history import Aggregate, Stored

_PAIRS: Final = {
    Kind.PROPERTY: "values",
    Kind.GEO_PROPERTY: "values",
    Kind.RELATIONSHIP: "objects",
    Kind.LANGUAGE_PROPERTY: "languageMaps",
    Kind.VOCAB_PROPERTY: "vocabs",
    Kind.JSON_PROPERTY: "jsons",
    Kind.LIST_PROPERTY: "valueLists",
    Kind.LIST_RELATIONSHIP: "objectLists",
}
_One = TypeVar("_One", Stored, Aggregate)


def write_evolution(told: Told, context: Context, request: Request) -> dict[str, Any]:
    """Write one evolution.

    Returns:
        A JSON object without ``@context``; empty where no member of it is wanted.
    """
    body = _members(told, context, request)
    options = request.options
    if request.form == "aggregatedValues":
        methods = request.question.aggregation.methods if request.question.aggregation else ()
        names = [method.value for method in methods]
        for name, aggregates in told.aggregates.items():
            if _wanted(name, options):
                written = _each_dataset(aggregates, lambda some: _aggregated(some, names))
                body |= {_term(name, context): written} if written else {}
        return body
    for name, instances in told.instances.items():
        if not _wanted(name, options):
            continue
        if request.form == "normalized":
            body[_term(name, context)] = [_normalized(one, context, options) for one in instances]
        else:
            body[_term(name, context)] = _pairs(told, name, instances, context, request)
    return body


def content_range(cut: Cut) -> bytes:
    """The header that says which time an answer covers (6.3.10)."""
    size = "*" if cut.size is None else str(cut.size)
    return f"date-time {render(cut.start)}-{render(cut.end)}/{size}".encode()


def _members(told: Told, context: Context, request: Request) -> dict[str, Any]:
    entity, options = told.entity, request.options
    body: dict[str, Any] = {}
    if _wanted("id", options):
        body["id"] = entity.id
    if _wanted("type", options):
        types = [context.compact(name) for name in entity.types]
        body["type"] = types[0] if len(types) == 1 else types
    if options.sys_attrs:
        newest = max(
            (one.instance.modified_at for some in told.instances.values() for one in some),
            default=0,
        )
        if _wanted("createdAt", options):
            body["createdAt"] = render(entity.created_at)
        if _wanted("modifiedAt", options):
            body["modifiedAt"] = render(max(entity.modified_at, newest))
    return body


def _normalized(stored: Stored, context: Context, options: Representation) -> dict[str, Any]:
    instance = stored.instance
    if instance.value == NULL:
        body: dict[str, Any] = {"type": TYPE_NAME[instance.kind], **_null(instance.kind, stored)}
        if instance.observed_at is not None:
            body["observedAt"] = render(instance.observed_at)
        if instance.dataset_id is not None:
            body["datasetId"] = instance.dataset_id
        if stored.deleted_at is not None:
            body["deletedAt"] = render(stored.deleted_at)
    else:
        body = represent_attribute(instance, context, options)
        if stored.attribute == SCOPE:
            body["value"] = _one_or_all(instance.value)
    body["instanceId"] = f"{INSTANCE}{stored.key}"
    return body


def _null(kind: Kind, stored: Stored) -> dict[str, Any]:
    if stored.attribute == SCOPE:
        return {"value": []}
    return {MEMBER[kind]: {"@none": NULL} if kind is Kind.LANGUAGE_PROPERTY else NULL}


def _pairs(
    told: Told, name: str, instances: list[Stored], context: Context, request: Request
) -> Any:
    kind = Kind(told.kinds[name])
    if not instances:
        return {"type": TYPE_NAME[kind], _PAIRS[kind]: []}
    timeproperty = request.question.span.timeproperty

    def write(some: list[Stored]) -> dict[str, Any]:
        of = some[0].instance.kind
        pairs = [[_bare(one, context, request), render(time_of(one, timeproperty))] for one in some]
        return {"type": TYPE_NAME[of], _PAIRS[of]: pairs}

    return _each_dataset(instances, write)


def _bare(stored: Stored, context: Context, request: Request) -> Any:
    instance = stored.instance
    if instance.value == NULL:
        (value,) = _null(instance.kind, stored).values()
        return {"languageMap": value} if instance.kind is Kind.LANGUAGE_PROPERTY else value
    if stored.attribute == SCOPE:
        return _one_or_all(instance.value)
    return simplified_value(instance, context, request.options)


def _aggregated(aggregates: list[Aggregate], methods: list[str]) -> dict[str, Any]:
    """Methods that do not apply to the attribute's values are left out."""
    body: dict[str, Any] = {"type": TYPE_NAME[Kind(aggregates[0].kind)]}
    periods = [(one.values, render(one.start), render(one.end)) for one in aggregates]
    for place, method in enumerate(methods):
        told = [
            [values[place], start, end]
            for values, start, end in periods
            if values[place] is not None
        ]
        if told:
            body[method] = told
    return body if len(body) > 1 else {}


def _each_dataset(items: list[_One], write: Callable[[list[_One]], dict[str, Any]]) -> Any:
    """One object for each dataset id there is; alone where there is one."""
    groups: dict[str | None, list[_One]] = {}
    for item in items:
        dataset_id = item.instance.dataset_id if isinstance(item, Stored) else item.dataset_id
        groups.setdefault(dataset_id, []).append(item)
    written = []
    for dataset_id, some in groups.items():
        body = write(some)
        if body:
            written.append(body if dataset_id is None else {**body, "datasetId": dataset_id})
    return written[0] if len(written) == 1 else written


def _wanted(name: str, options: Representation) -> bool:
    name = "scope" if name == SCOPE else name
    if options.pick is not None and name not in options.pick.names:
        return False
    return options.omit is None or name not in options.omit.names


def _term(name: str, context: Context) -> str:
    return "scope" if name == SCOPE else context.compact(name)


def _one_or_all(names: Iterable[str]) -> Any:
    listed = list(names)
    return listed[0] if len(listed) == 1 else listed
