"""Queries that are answered through an entity map (clauses 5.5.14, 5.7.1 to 5.7.4 and 6.3.10)."""

from __future__ import annotations

from typing import Final

import msgspec

from kota.api.calling import caller_of
from kota.api.ngsi_ld import federating
from kota.api.ngsi_ld.answer import location
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.problem import RefusedError
from kota.api.ngsi_ld.reply import Headers
from kota.api.ngsi_ld.selection import is_own
from kota.context.entity_maps import HERE, LARGEST, LIFETIME, EntityMap, EntityMaps
from kota.context.evolution import Question, Selection
from kota.model.entity import Entity
from kota.model.jsonld import Context
from kota.model.query import EntityQuery
from kota.model.query.temporal import Period, parse_period

HEADER: Final = b"ngsild-entitymap"
FLAG: Final = "entityMap"
_PAGE: Final = 1000
_MONTH: Final = 30 * 24 * 3600 * 1_000_000


class Mapped(msgspec.Struct, frozen=True):
    """A map that an answer stands on.

    Args:
        map: the map.
        fresh: whether it was made for this answer.
    """

    map: EntityMap
    fresh: bool

    @property
    def headers(self) -> Headers:
        """The header that tells where the map is."""
        return ((HEADER, location("entityMaps", self.map.id).encode("ascii")),)


def is_wanted(call: Call, parameters: Parameters) -> bool:
    """Whether the client wants a map, or names one."""
    return parameters.entity_map or bool(call.header(HEADER))


def maps_of(call: Call) -> EntityMaps:
    """The maps of this server.

    Raises:
        RefusedError: it keeps none.
    """
    if call.services.maps is None:
        raise RefusedError(404, "Not found", "this server keeps no entity maps")
    return call.services.maps


def owner_of(call: Call) -> str:
    """Who asks; the same for everybody where nobody is asked who he is."""
    caller = caller_of(call.scope)
    return "" if caller is None else caller.who.id


def named(call: Call) -> EntityMap | None:
    """The map that the request names, where it is still good."""
    text = call.header(HEADER)
    return maps_of(call).find(text.rpartition("/")[2], owner_of(call)) if text else None


def lifetime(parameters: Parameters) -> int:
    """How long the client wants a map [µs].

    Raises:
        BadRequestDataError: it is no duration.
    """
    text = parameters.entity_map_lifetime
    if text is None:
        return LIFETIME
    period: Period = parse_period(text, where="entityMapLifetime")
    return period.months * _MONTH + period.micros


def make(call: Call, parameters: Parameters, sources: dict[str, tuple[str, ...]]) -> Mapped:
    """Make a map of what was found."""
    made = maps_of(call).create(sources, owner=owner_of(call), lifetime=lifetime(parameters))
    return Mapped(made, fresh=True)


def of_entity(call: Call, parameters: Parameters, entity_id: str) -> Headers:
    """The header of an answer with one entity (5.7.1, 5.7.3)."""
    found = named(call)
    if found is not None:
        return Mapped(found, fresh=False).headers
    return make(call, parameters, {entity_id: (HERE,)}).headers


async def map_of(
    call: Call, query: EntityQuery, parameters: Parameters, context: Context
) -> Mapped:
    """The map that the request names or, where there is none, one of all that match.

    Raises:
        TooManyResultsError: too many entities match.
    """
    found = named(call)
    if found is not None:
        return Mapped(found, fresh=False)
    return make(call, parameters, await candidates(call, query, parameters, context))


async def candidates(
    call: Call, query: EntityQuery, parameters: Parameters, context: Context
) -> dict[str, tuple[str, ...]]:
    """Every entity that matches, with those that hold it."""
    sources: dict[str, tuple[str, ...]] = {}
    offset = 0
    while len(sources) <= LARGEST:
        page = msgspec.structs.replace(query, limit=_PAGE, offset=offset, count=False)
        found, _ = await call.services.broker.query(page)
        sources |= {one.id: (HERE,) for one in found}
        offset += len(found)
        if len(found) < _PAGE:
            break
    visit = federating.visit_of(call, local=parameters.local or is_own(query))
    if visit is not None:
        asked = federating.searched(query, parameters, context)
        for one in await federating.elsewhere(call, asked, context, visit):
            known = sources.get(one.entity.id, ())
            sources[one.entity.id] = (*known, *((one.source,) if one.source not in known else ()))
    return sources


async def page_of(
    call: Call, mapped: Mapped, query: EntityQuery, parameters: Parameters, context: Context
) -> federating.Page:
    """The page of a query over the entities of a map; those that match no longer leave the map."""
    ids = [one for one in mapped.map.sources if not query.ids or one in query.ids]
    end = query.offset + query.limit
    if not ids:
        return federating.Page([], 0 if query.count else None, ())
    whole = msgspec.structs.replace(
        query, ids=tuple(ids), id_pattern=None, limit=len(ids), offset=0, order=(), count=False
    )
    visit = federating.visit_of(call, local=parameters.local or is_own(query))
    headers: Headers = ()
    if visit is None:
        entities, _ = await call.services.broker.query(whole)
    else:
        page = await federating.query(call, whole, parameters, context, visit, batch=False)
        entities, headers = page.entities, page.headers
    held: dict[str, Entity] = {one.id: one for one in entities}
    if not headers:
        maps_of(call).prune(mapped.map, [one for one in ids if one not in held])
    found = [held[one] for one in ids if one in held]
    return federating.Page(found[query.offset : end], len(found) if query.count else None, headers)


async def evolving(
    call: Call, selection: Selection, parameters: Parameters
) -> tuple[Mapped, Selection]:
    """The map of a query of evolutions, and the query over what is in it (5.7.4)."""
    found = named(call)
    if found is None:
        mapped = make(call, parameters, await evolving_candidates(call, selection))
    else:
        mapped = Mapped(found, fresh=False)
    ids = selection.wanted.ids
    kept = tuple(one for one in mapped.map.sources if not ids or one in ids)
    wanted = msgspec.structs.replace(selection.wanted, ids=kept or (_NOBODY,))
    return mapped, msgspec.structs.replace(selection, wanted=wanted)


async def evolving_candidates(call: Call, selection: Selection) -> dict[str, tuple[str, ...]]:
    """Every entity whose evolution matches."""
    sources: dict[str, tuple[str, ...]] = {}
    while len(sources) <= LARGEST:
        page = msgspec.structs.replace(selection, limit=_PAGE, offset=len(sources), count=False)
        told = (
            await call.services.temporal.query(
                page, Question(span=selection.wanted.span, attributes=None)
            )
        ).told
        sources |= {one.entity.id: (HERE,) for one in told}
        if len(told) < _PAGE:
            break
    return sources


_NOBODY: Final = "urn:ngsi-ld:EntityMap:empty"
"""An id that no entity has: an empty list of ids would mean every entity."""
