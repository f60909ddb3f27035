"""Hypothesis strategies for entities and for JSON of any shape."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from kota.model import terms
from kota.model.entity import Attribute, Entity, Kind
from kota.model.instant import SECOND
from kota.model.quality import Level, Quality, Source

NOW = 1_767_225_600_000_000

MEMBERS = [
    "id",
    "type",
    "value",
    "object",
    "languageMap",
    "vocab",
    "json",
    "valueList",
    "objectList",
    "observedAt",
    "unitCode",
    "datasetId",
    "objectType",
    "valueType",
    "expiresAt",
    "dataset",
    "scope",
    "location",
    "quality",
    "coordinates",
    "@context",
    "@type",
    "@value",
    "@none",
]
WORDS = [
    "Property",
    "GeoProperty",
    "Relationship",
    "LanguageProperty",
    "VocabProperty",
    "JsonProperty",
    "ListProperty",
    "ListRelationship",
    "Point",
    "Polygon",
    "urn:ngsi-ld:Tank:1",
    terms.NULL,
    "@none",
    "2026-01-01T00:00:00Z",
    "CEL",
    "/town",
]

_names = st.from_regex(r"[a-z][a-zA-Z0-9_]{0,8}", fullmatch=True)
_texts = st.text(st.characters(codec="utf-8"), max_size=12).filter(lambda t: t != terms.NULL)
_numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
_scalars = st.booleans() | _numbers | _texts
_instants = st.integers(0, 4_102_444_800).map(lambda s: s * SECOND) | st.integers(0, 2**51)


def names(prefix: str = terms.DEFAULT_VOCABULARY) -> st.SearchStrategy[str]:
    """Expanded names of types and attributes."""
    return _names.map(prefix.__add__)


def uris() -> st.SearchStrategy[str]:
    """Entity ids and dataset ids."""
    return st.builds("urn:ngsi-ld:{}:{}".format, _names, _names)


def values() -> st.SearchStrategy[Any]:
    """Values of a Property."""
    return st.recursive(
        _scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
        max_leaves=6,
    ).filter(_is_value)


def geometries() -> st.SearchStrategy[dict[str, Any]]:
    """GeoJSON points and lines."""
    position = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list)
    point = position.map(lambda p: {"type": "Point", "coordinates": p})
    line = st.lists(position, min_size=2, max_size=4)
    return point | line.map(lambda p: {"type": "LineString", "coordinates": p})


def qualities() -> st.SearchStrategy[Quality]:
    """Every quality but the plain good and measured one, which is written as none."""
    reasons = st.none() | _texts
    built = st.builds(Quality, st.sampled_from(Level), st.sampled_from(Source), reasons)
    return built.filter(lambda quality: quality != Quality())


def attributes(depth: int = 1) -> st.SearchStrategy[Attribute]:
    """Single instances of every kind, written at `NOW`, without a dataset id."""
    return st.one_of([_of_kind(kind, depth) for kind in Kind])


def instances(depth: int = 1) -> st.SearchStrategy[tuple[Attribute, ...]]:
    """All instances of one attribute, told apart by dataset ids."""
    many = st.lists(attributes(depth), min_size=1, max_size=3)
    return st.builds(_distinct, many, st.lists(uris(), min_size=3, max_size=3, unique=True))


def entities() -> st.SearchStrategy[Entity]:
    """Whole entities, written at `NOW`."""
    return st.builds(
        Entity,
        id=uris(),
        types=st.lists(names(), min_size=1, max_size=2, unique=True).map(tuple),
        attrs=st.dictionaries(names("https://example.org/"), instances(), max_size=4),
        scope=st.lists(_names.map("/".__add__), max_size=2, unique=True).map(tuple),
        created_at=st.just(NOW),
        modified_at=st.just(NOW),
        expires_at=st.none() | _instants,
    )


def documents() -> st.SearchStrategy[Any]:
    """JSON of any shape, rich in the members and words of the standard."""
    leaf = st.none() | _scalars | st.sampled_from(WORDS) | st.floats()
    keys = st.sampled_from(MEMBERS) | _names | st.text(max_size=4)
    return st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
        max_leaves=20,
    )


def _of_kind(kind: Kind, depth: int) -> st.SearchStrategy[Attribute]:
    relation = kind in (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP)
    united = kind in (Kind.PROPERTY, Kind.LIST_PROPERTY)
    subs = st.none()
    if depth:
        inner = st.dictionaries(names(), instances(depth - 1), min_size=1, max_size=2)
        subs = st.none() | inner
    return st.builds(
        Attribute,
        kind=st.just(kind),
        value=_VALUES[kind],
        observed_at=st.none() | _instants,
        unit_code=st.none() | st.sampled_from(["CEL", "MTR", "LTR"]) if united else st.none(),
        quality=st.none() | qualities(),
        created_at=st.just(NOW),
        modified_at=st.just(NOW),
        object_type=st.lists(names(), max_size=2, unique=True).map(tuple)
        if relation
        else st.just(()),
        value_type=st.none() | names() if united else st.none(),
        sub=subs,
        expires_at=st.none() | _instants,
    )


def _distinct(many: list[Attribute], dataset_ids: list[str]) -> tuple[Attribute, ...]:
    from msgspec.structs import replace

    named = [replace(one, dataset_id=uri) for one, uri in zip(many[1:], dataset_ids, strict=False)]
    return (many[0], *named)


def _is_value(value: Any) -> bool:
    return not (isinstance(value, dict) and "@value" in value)


_VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.PROPERTY: values() | geometries(),
    Kind.GEO_PROPERTY: geometries(),
    Kind.RELATIONSHIP: uris() | st.lists(uris(), min_size=1, max_size=3),
    Kind.LANGUAGE_PROPERTY: st.dictionaries(
        st.sampled_from(["en", "ms", "id-ID", "@none"]),
        _texts | st.lists(_texts, max_size=2),
        min_size=1,
    ),
    Kind.VOCAB_PROPERTY: names() | st.lists(names(), min_size=1, max_size=2),
    Kind.JSON_PROPERTY: st.dictionaries(_texts, values(), max_size=3)
    | st.lists(values(), max_size=2),
    Kind.LIST_PROPERTY: st.lists(values(), max_size=3),
    Kind.LIST_RELATIONSHIP: st.lists(uris(), max_size=3),
}
