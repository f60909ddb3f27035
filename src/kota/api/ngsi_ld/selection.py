"""From query parameters to a query over entities, all names expanded (clause 5.7.2)."""

from __future__ import annotations

from typing import Final

from kota.api.ngsi_ld.order import read_order
from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.projection import MEMBERS
from kota.errors import BadRequestDataError
from kota.model import terms
from kota.model.jsonld import Context
from kota.model.query import EntityQuery, geo, q, scope, types

DEFAULT_LIMIT: Final = 20
SELECTING: Final = frozenset(
    {
        "attrs",
        "coordinates",
        "csf",
        "expandValues",
        "geometry",
        "geoproperty",
        "georel",
        "id",
        "idPattern",
        "local",
        "q",
        "scopeQ",
        "type",
    }
)
"""Parameters that say which entities."""
_SYSTEM: Final = frozenset({*MEMBERS, *(terms.NGSI_LD + name for name in MEMBERS)})


def entity_query(
    parameters: Parameters, context: Context, *, limit: int = DEFAULT_LIMIT, narrow: bool = True
) -> EntityQuery:
    """The query that the parameters describe.

    Args:
        parameters: of the request.
        context: expands their names.
        limit: the page size.
        narrow: whether it must select by more than ids and scopes.

    Raises:
        BadRequestDataError: one of them is wrong, or they select too widely.
    """
    _check_filter(parameters, context)
    query = EntityQuery(
        ids=parameters.id,
        id_pattern=None if parameters.id else parameters.id_pattern,
        types=type_query(parameters, context),
        attrs=tuple(context.expand_name(name) for name in parameters.attrs),
        q=_q(parameters, context),
        scope_q=None if parameters.scope_q is None else scope.parse(parameters.scope_q),
        geo=_geo(parameters, context),
        order=read_order(parameters, context),
        limit=limit,
        offset=parameters.offset,
        count=parameters.wants_count,
    )
    if parameters.local is False and is_own(query):
        raise BadRequestDataError("local: false contradicts type=*, which asks this server alone")
    require_narrow(query, local=not narrow or parameters.local is True)
    return query


def is_own(query: EntityQuery) -> bool:
    """Whether a query is about this server alone: one for every type there is."""
    return query.types is not None and query.types.any_of is None


def type_query(parameters: Parameters, context: Context) -> types.TypeQuery | None:
    """The type expression, or None."""
    return None if parameters.type is None else types.parse(parameters.type, context.expand)


def require_narrow(query: EntityQuery, *, local: bool) -> None:
    """Refuse what selects by nothing but ids, scopes and system members.

    Raises:
        BadRequestDataError: it does.
    """
    if local or query.types is not None or query.geo is not None:
        return
    if not _SYSTEM.issuperset(query.attrs):
        return
    if query.q is not None and not _SYSTEM.issuperset(query.q.attributes):
        return
    raise BadRequestDataError(
        "the query is too wide", hint="give type, attrs, q or georel, or local=true"
    )


def _q(parameters: Parameters, context: Context) -> q.Query | None:
    if parameters.q is None:
        return None
    query = q.parse(
        parameters.q, context.expand, expand_values=parameters.expand_values, links=True
    )
    if query.depth > parameters.join_depth:
        raise BadRequestDataError(
            f"q: follows {query.depth} relationships, joined are {parameters.join_depth}",
            hint="use join and joinLevel",
        )
    return query


def _check_filter(parameters: Parameters, context: Context) -> None:
    """A context source filter selects among registrations, of which there are none here."""
    if parameters.csf is not None:
        q.parse(parameters.csf, context.expand)


def _geo(parameters: Parameters, context: Context) -> geo.GeoQuery | None:
    georel, geometry = parameters.georel, parameters.geometry
    coordinates = parameters.coordinates
    if georel is None and coordinates is None:
        if parameters.geoproperty is not None:
            raise BadRequestDataError("geoproperty: has no meaning without georel")
        return None
    if georel is None or geometry is None or coordinates is None:
        raise BadRequestDataError("georel, geometry and coordinates are given together or not")
    return geo.parse(
        georel=georel,
        geometry=geometry,
        coordinates=coordinates,
        geoproperty=context.expand(parameters.geoproperty or "location"),
    )
