"""Reads instances of attributes: normalized, concise or simplified (clauses 4.5.2 to 4.5.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kota.errors import BadRequestDataError
from kota.model import quality, terms
from kota.model.entity import MEMBER, TYPE_NAME, Attribute, Kind
from kota.model.jsonld import Context
from kota.model.names import require_uri
from kota.model.payload_faults import PayloadError, short, under
from kota.model.payload_values import read_time, read_value
from kota.model.quality import Quality

MAX_DEPTH = 8
_MAX_INSTANCES = 1_000

KIND: dict[str, Kind] = {name: kind for kind, name in TYPE_NAME.items()}
KIND.update({terms.NGSI_LD + name: kind for kind, name in TYPE_NAME.items()})

VALUE_MEMBERS: dict[str, Kind] = {
    "object": Kind.RELATIONSHIP,
    "languageMap": Kind.LANGUAGE_PROPERTY,
    "vocab": Kind.VOCAB_PROPERTY,
    "json": Kind.JSON_PROPERTY,
    "valueList": Kind.LIST_PROPERTY,
    "objectList": Kind.LIST_RELATIONSHIP,
    "value": Kind.PROPERTY,
}
IGNORED = frozenset({"type", "@type", "createdAt", "modifiedAt", "deletedAt", "instanceId"})
SEALS = {"entityIdSealed": Kind.PROPERTY, "entityTypeSealed": Kind.VOCAB_PROPERTY}
_PROHIBITED = frozenset(
    {
        "@context",
        "id",
        "@id",
        "scope",
        "lang",
        "dataset",
        "entity",
        "entityList",
        "previousValue",
        "previousObject",
        "previousLanguageMap",
        "previousVocab",
        "previousJson",
        "previousValueList",
        "previousObjectList",
    }
)
_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)
_GOOD = Quality()
_UNITS = frozenset({Kind.PROPERTY, Kind.LIST_PROPERTY})
_RELATIONSHIPS = frozenset({Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP})
_GEO_ONLY = frozenset({terms.LOCATION, terms.OBSERVATION_SPACE, terms.OPERATION_SPACE})
_PROOF = terms.NGSI_LD + "ngsildproof"


def read_instances(
    body: Any, name: str, context: Context, now: int, *, depth: int = 0
) -> tuple[Attribute, ...]:
    """Read one attribute: an instance, a bare value, or a list of instances.

    Args:
        body: decoded JSON.
        name: expanded name of the attribute.
        context: expands names within it.
        now: becomes `created_at` and `modified_at`.
        depth: how deep the attribute is nested in others.

    Raises:
        BadRequestDataError: says which member is wrong, seen from the attribute.
    """
    if body.__class__ is list and has_instances(body):
        return _read_list(body, name, context, now, depth)
    if body.__class__ is dict and body.keys() == {"dataset"}:
        return _read_list(spread(body["dataset"]), name, context, now, depth)
    return (read_instance(body, name, context, now, depth=depth),)


def read_instance(body: Any, name: str, context: Context, now: int, *, depth: int = 0) -> Attribute:
    """Read one instance of an attribute; see `read_instances`."""
    kind, member = classify(body)
    if name in _GEO_ONLY and kind != Kind.GEO_PROPERTY:
        raise PayloadError("", "is defined as a GeoProperty", hint="give it a GeoJSON geometry")
    if member is None:
        return Attribute(kind, read_value(kind, body, context), created_at=now, modified_at=now)
    if member not in body:
        raise PayloadError("", f"a {TYPE_NAME[kind]} needs the member {member}")
    try:
        value = read_value(kind, body[member], context)
    except BadRequestDataError as error:
        raise under(member, error) from None
    if name == _PROOF and value.__class__ is not dict:
        raise PayloadError(member, "the proof is an object")
    if len(body) == 1 or (len(body) == 2 and "type" in body):
        return Attribute(kind, value, created_at=now, modified_at=now)
    return _with_members(body, kind, member, value, name, context, now, depth)


def classify(body: Any, *, partial: bool = False) -> tuple[Kind, str | None]:
    """What sort of attribute a document is, and which member holds its value.

    Args:
        body: decoded JSON.
        partial: whether it may lack that member, as in an update of an attribute.

    Returns:
        The kind, and the name of the member; None where the document itself is the value.

    Raises:
        BadRequestDataError: it says to be something that does not exist.
    """
    if body.__class__ is not dict:
        return Kind.PROPERTY, None
    said = body.get("type", body.get("@type"))
    if said is not None:
        kind = KIND.get(said) if said.__class__ is str else None
        if kind is not None:
            return kind, MEMBER[kind]
        if is_geometry(body):
            return Kind.GEO_PROPERTY, None
        if not VALUE_MEMBERS.keys().isdisjoint(body):
            raise PayloadError("type", f"{short(said)} is not a type of attribute")
        return Kind.PROPERTY, None
    for member, kind in VALUE_MEMBERS.items():
        if member in body:
            if kind == Kind.PROPERTY and is_geometry(body["value"]):
                return Kind.GEO_PROPERTY, member
            return kind, member
    if partial:
        return Kind.PROPERTY, "value"
    if not PARTS.keys().isdisjoint(body):
        raise PayloadError("", "has no value", hint="give it a value, an object or a languageMap")
    return Kind.PROPERTY, None


def is_geometry(body: Any) -> bool:
    """Whether a JSON value looks like a GeoJSON geometry."""
    if body.__class__ is not dict or "coordinates" not in body:
        return False
    said = body.get("type")
    return said.__class__ is str and said in _GEOMETRIES


def has_instances(items: list[Any]) -> bool:
    """Whether a list holds instances of an attribute rather than being its value."""
    if not items:
        return False
    for item in items:
        if item.__class__ is not dict:
            return False
        said = item.get("type")
        typed = said.__class__ is str and said in KIND
        if not typed and "datasetId" not in item and VALUE_MEMBERS.keys().isdisjoint(item):
            return False
    return True


def spread(dataset: Any) -> list[Any]:
    """Turn the simplified form of several instances into a list of concise ones."""
    if not isinstance(dataset, dict) or not dataset:
        raise PayloadError("dataset", "is an object from dataset id to value")
    spread_out = []
    for dataset_id, body in dataset.items():
        kind, member = classify(body)
        instance = {MEMBER[kind]: body} if member is None else dict(body)
        spread_out.append({**instance, "datasetId": dataset_id})
    return spread_out


def _read_list(
    items: list[Any], name: str, context: Context, now: int, depth: int
) -> tuple[Attribute, ...]:
    if len(items) > _MAX_INSTANCES:
        raise PayloadError("", f"an attribute has at most {_MAX_INSTANCES} instances")
    instances: list[Attribute] = []
    for index, item in enumerate(items):
        try:
            instances.append(read_instance(item, name, context, now, depth=depth))
        except BadRequestDataError as error:
            raise under(f"[{index}]", error) from None
    check_distinct(instances)
    return tuple(instances)


def check_distinct(instances: list[Attribute]) -> None:
    """Raise a PayloadError where two instances have the same dataset id."""
    seen: set[str | None] = set()
    for instance in instances:
        if instance.dataset_id in seen:
            which = f"with datasetId {instance.dataset_id}" if instance.dataset_id else "by default"
            raise PayloadError("", f"there are two instances {which}")
        seen.add(instance.dataset_id)


def _with_members(
    body: dict[str, Any],
    kind: Kind,
    member: str,
    value: Any,
    name: str,
    context: Context,
    now: int,
    depth: int,
) -> Attribute:
    parts: dict[str, Any] = {}
    sub: dict[str, tuple[Attribute, ...]] | None = None
    for term, raw in body.items():
        if term == member or term in IGNORED:
            continue
        try:
            part = PARTS.get(term)
            if part is not None:
                parts[part[0]] = part[1](raw, kind, context)
            elif context.expand_name(term) == terms.QUALITY:
                parts["quality"] = read_quality(raw)
            else:
                sub = {} if sub is None else sub
                _read_sub(sub, term, raw, name, context, now, depth + 1)
        except BadRequestDataError as error:
            raise under(term, error) from None
    return Attribute(kind, value, created_at=now, modified_at=now, sub=sub, **parts)


def _read_sub(
    sub: dict[str, tuple[Attribute, ...]],
    term: str,
    raw: Any,
    parent: str,
    context: Context,
    now: int,
    depth: int,
) -> None:
    if depth > MAX_DEPTH:
        raise PayloadError("", f"attributes are nested deeper than {MAX_DEPTH} levels")
    refuse_member(term, parent)
    expanded = terms.NGSI_LD + term if term in SEALS else context.expand_name(term)
    if expanded in sub:
        raise PayloadError("", f"the attribute {expanded} is there twice")
    if term in SEALS:
        value = read_value(SEALS[term], _text(raw), context)
        sub[expanded] = (Attribute(SEALS[term], value, created_at=now, modified_at=now),)
    else:
        sub[expanded] = read_instances(raw, expanded, context, now, depth=depth)


def refuse_member(term: str, parent: str) -> None:
    """Raise a PayloadError where the standard excludes a member from an instance of `parent`."""
    if term in VALUE_MEMBERS or term in _PROHIBITED:
        raise PayloadError("", "does not belong into an attribute of this type")
    if term in SEALS and parent != _PROOF:
        raise PayloadError("", "belongs into ngsildproof only")


def read_quality(raw: Any) -> Quality | None:
    """Read the sub-attribute ``quality``; good and measured is the same as none.

    Raises:
        BadRequestDataError: it is not an object with level, source and reason.
    """
    for member in ("json", "value"):
        if raw.__class__ is dict and member in raw:
            raw = raw[member]
    read = quality.from_json(raw)
    return None if read == _GOOD else read


def _time(raw: Any, _kind: Kind, _context: Context) -> int:
    return read_time(raw, "")


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw:
        raise PayloadError("", f"{short(raw)} is not a text")
    return raw


def _unit_code(raw: Any, kind: Kind, _context: Context) -> str:
    if kind not in _UNITS:
        raise PayloadError("", f"a {TYPE_NAME[kind]} has no unit")
    return _text(raw)


def _dataset_id(raw: Any, _kind: Kind, _context: Context) -> str | None:
    if raw == terms.DEFAULT_DATASET:
        return None
    return require_uri(raw, "")


def _object_type(raw: Any, kind: Kind, context: Context) -> tuple[str, ...]:
    if kind not in _RELATIONSHIPS:
        raise PayloadError("", "only a Relationship has it")
    names = raw if isinstance(raw, list) and raw else [raw]
    return tuple(context.expand_name(name) for name in names)


def _value_type(raw: Any, kind: Kind, context: Context) -> str:
    if kind in _RELATIONSHIPS:
        raise PayloadError("", f"a {TYPE_NAME[kind]} has no value")
    expanded = context.expand(_text(raw))
    if kind == Kind.LANGUAGE_PROPERTY and not expanded.endswith("langString"):
        raise PayloadError(
            "", f"{short(raw)} does not fit", hint="texts in languages are langString"
        )
    return expanded


PartReader = Callable[[Any, Kind, Context], Any]

PARTS: dict[str, tuple[str, PartReader]] = {
    "observedAt": ("observed_at", _time),
    "unitCode": ("unit_code", _unit_code),
    "datasetId": ("dataset_id", _dataset_id),
    "objectType": ("object_type", _object_type),
    "valueType": ("value_type", _value_type),
    "expiresAt": ("expires_at", _time),
}
