"""``/entityMaps`` and ``/temporal/entityMaps`` (clauses 5.14 and 6.32, 6.34 and 6.35)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.api.ngsi_ld.answer import answer
from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.entities import QUERY
from kota.api.ngsi_ld.mapping import (
    Mapped,
    candidates,
    evolving_candidates,
    make,
    maps_of,
    owner_of,
)
from kota.api.ngsi_ld.reply import NO_CONTENT, Headers, Reply
from kota.api.ngsi_ld.selection import entity_query
from kota.api.ngsi_ld.temporal_query import QUERYING, read_request, read_selection
from kota.context.entity_maps import EntityMap
from kota.errors import BadRequestDataError
from kota.model import instant
from kota.model.jsonld import core_context

NONE: Final[frozenset[str]] = frozenset()
_FLAGS: Final = frozenset({"entityMapLifetime"})


async def create(call: Call) -> Reply:
    """Map the entities that a query finds (5.14.4)."""
    parameters = call.parameters(QUERY | _FLAGS)
    context = await call.context()
    query = entity_query(parameters, context)
    return await _made(
        call, make(call, parameters, await candidates(call, query, parameters, context))
    )


async def create_temporal(call: Call) -> Reply:
    """Map the entities whose evolution a query finds (5.14.5)."""
    parameters = call.parameters(QUERYING | _FLAGS)
    context = await call.context()
    selection = read_selection(parameters, context, read_request(parameters, context))
    return await _made(call, make(call, parameters, await evolving_candidates(call, selection)))


async def retrieve(call: Call) -> Reply:
    """Show a map (5.14.1)."""
    call.parameters(NONE)
    found = maps_of(call).retrieve(call.path[0], owner_of(call))
    return await _shown(call, found, ())


async def update(call: Call) -> Reply:
    """Set when a map expires (5.14.2); what else it is made of, only the server sets."""
    call.parameters(NONE)
    maps, owner = maps_of(call), owner_of(call)
    maps.retrieve(call.path[0], owner)
    document = await call.document()
    await call.context_of(document)
    at = document.get("expiresAt")
    if at is None:
        raise BadRequestDataError("expiresAt: missing", hint="nothing else of a map is changed")
    maps.expire(call.path[0], owner, instant.parse(at, where="expiresAt"))
    return NO_CONTENT


async def delete(call: Call) -> Reply:
    """Forget a map (5.14.3)."""
    call.parameters(NONE)
    maps_of(call).delete(call.path[0], owner_of(call))
    return NO_CONTENT


async def _made(call: Call, mapped: Mapped) -> Reply:
    reply = await _shown(call, mapped.map, mapped.headers)
    return msgspec.structs.replace(reply, status=201)


async def _shown(call: Call, found: EntityMap, headers: Headers) -> Reply:
    body: dict[str, Any] = {
        "id": found.id,
        "type": "EntityMap",
        "expiresAt": instant.render(found.expires_at),
        "entityMap": {one: list(sources) for one, sources in found.sources.items()},
        "linkedMaps": {},
    }
    return await answer(call, body, core_context(), call.accept(), headers=headers)


ENDPOINTS: Final = (
    Endpoint("entityMaps", {"GET": create}),
    Endpoint("entityMaps/{}", {"GET": retrieve, "PATCH": update, "DELETE": delete}),
    Endpoint("temporal/entityMaps", {"GET": create_temporal}),
)
