"""``/entityOperations/query``: a query in the body of a request (clauses 5.2.23 and 6.23)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.entities import page_of
from kota.api.ngsi_ld.parameters import JOINS, Parameters
from kota.api.ngsi_ld.reply import Reply
from kota.errors import BadRequestDataError
from kota.model.names import require_uri
from kota.model.query.pattern import compile_pattern

PARAMETERS: Final = frozenset(
    {"count", "format", "limit", "local", "offset", "options", "splitEntities"}
)
_Texts = str | list[str]


class Selector(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Entities of a type, by id or by a pattern of ids (clause 5.2.33)."""

    type: str
    id: _Texts = ()  # type: ignore[assignment]
    id_pattern: str | None = None


class GeoPart(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """A geo-query (clause 5.2.13)."""

    geometry: str
    coordinates: str | list[Any]
    georel: str
    geoproperty: str | None = None


class OrderPart(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """How to order (clause 5.2.43)."""

    order_by: list[str]
    geometry: str = "Point"
    coordinates: list[Any] | None = None
    collation: str | None = None


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The query (clause 5.2.23)."""

    type: str
    entities: list[Selector] | None = None
    attrs: list[str] | None = None
    pick: list[str] | None = None
    omit: list[str] | None = None
    q: str | None = None
    geo_q: GeoPart | None = None
    csf: str | None = None
    scope_q: str | None = None
    lang: str | None = None
    contained_by: list[str] = []
    dataset_id: _Texts = ()  # type: ignore[assignment]
    geometry_property: str | None = None
    join: str | None = None
    join_level: int = 1
    expand_values: list[str] = []
    json_keys: list[str] = []
    ordering: OrderPart | None = None


async def query(call: Call) -> Reply:
    """Query entities (5.7.2)."""
    parameters = call.parameters(PARAMETERS)
    document = await call.document()
    context = await call.context_of(document)
    return await page_of(call, merged(parameters, read(document)), context, batch=True)


def read(document: dict[str, Any]) -> Body:
    """Check the shape of a query.

    Raises:
        BadRequestDataError: says which member is wrong.
    """
    try:
        body = msgspec.convert(document, Body)
    except msgspec.ValidationError as error:
        raise BadRequestDataError(f"query: {error}") from error
    if body.type != "Query":
        raise BadRequestDataError(f"type: {body.type!r} is not Query")
    for name, items in (("entities", body.entities), ("attrs", body.attrs), ("pick", body.pick)):
        if items is not None and not items:
            raise BadRequestDataError(f"{name}: empty; leave it out instead")
    if body.join is not None and body.join not in JOINS:
        raise BadRequestDataError(f"join: {body.join!r} is none of {', '.join(sorted(JOINS))}")
    if body.join_level < 1:
        raise BadRequestDataError("joinLevel: not a whole number above zero")
    return body


def merged(parameters: Parameters, body: Body) -> Parameters:
    """The parameters of the address, together with the query of the body.

    Raises:
        BadRequestDataError: several selectors that are more than types.
    """
    geo, order = body.geo_q, body.ordering
    return msgspec.structs.replace(
        parameters,
        **_selected(body.entities or []),
        attrs=tuple(body.attrs or ()),
        pick=",".join(body.pick) if body.pick else None,
        omit=",".join(body.omit) if body.omit else None,
        q=body.q,
        csf=body.csf,
        scope_q=body.scope_q,
        lang=body.lang,
        contained_by=tuple(body.contained_by),
        dataset_id=_several(body.dataset_id),
        geometry_property=body.geometry_property,
        join=body.join,
        join_level=body.join_level,
        expand_values=tuple(body.expand_values),
        json_keys=tuple(body.json_keys),
        georel=geo.georel if geo else None,
        geometry=geo.geometry if geo else order.geometry if order else None,
        coordinates=_text(geo.coordinates) if geo else None,
        geoproperty=geo.geoproperty if geo else None,
        order_by=tuple(order.order_by) if order else (),
        order_from=_text(order.coordinates) if order and order.coordinates else None,
        collation=order.collation if order else None,
    )


def _selected(selectors: list[Selector]) -> dict[str, Any]:
    if not selectors:
        return {}
    if len(selectors) == 1:
        (only,) = selectors
        pattern = only.id_pattern
        return {
            "type": only.type,
            "id": tuple(require_uri(one, "entities.id") for one in _several(only.id)),
            "id_pattern": None if pattern is None else compile_pattern(pattern, "idPattern"),
        }
    if any(selector.id_pattern for selector in selectors):
        raise BadRequestDataError("entities: several selectors cannot have patterns")
    ids = [one for selector in selectors for one in _several(selector.id)]
    if ids and not all(selector.id for selector in selectors):
        raise BadRequestDataError("entities: some selectors have ids and some have none")
    return {
        "type": "|".join(f"({selector.type})" for selector in selectors),
        "id": tuple(require_uri(one, "entities.id") for one in ids),
    }


def _several(texts: _Texts) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _text(coordinates: str | list[Any]) -> str:
    if isinstance(coordinates, str):
        return coordinates
    return msgspec.json.encode(coordinates).decode()


ENDPOINTS: Final = (Endpoint("entityOperations/query", {"POST": query}),)
