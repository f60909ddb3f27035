"""``/entities`` and ``/entities/{id}`` (clauses 6.4 and 6.5)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.api.ngsi_ld import federating, mapping
from kota.api.ngsi_ld.answer import answer, count_header, location, page_links
from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.joining import found_here, write, write_all
from kota.api.ngsi_ld.negotiation import WITH_GEO
from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.presentation import PRESENTING, presentation
from kota.api.ngsi_ld.problem import problem_reply
from kota.api.ngsi_ld.reply import NO_CONTENT, Headers, Reply, created, with_headers
from kota.api.ngsi_ld.selection import DEFAULT_LIMIT, SELECTING, entity_query, is_own, type_query
from kota.api.ngsi_ld.spreading import Doing, entity_path, spread, spread_purge
from kota.context import entities as changes
from kota.context.entities import missing
from kota.context.linked import Fetch
from kota.context.sources import operations
from kota.context.sources.peers import Visit
from kota.errors import BadRequestDataError
from kota.model.jsonld import Context
from kota.model.names import require_uri
from kota.model.payload import parse_entity
from kota.model.payload_patch import parse_patch
from kota.model.query import EntityQuery

CREATE: Final = frozenset({"local"})
RETRIEVE: Final = PRESENTING | {"entityMap", "entityMapLifetime", "local", "type"}
QUERY: Final = (
    SELECTING
    | PRESENTING
    | {"collation", "count", "limit", "offset", "orderBy", "orderFrom", "splitEntities"}
    | {"entityMap", "entityMapLifetime"}
)
PURGE: Final = SELECTING | {"drop", "keep"}
CHANGE: Final = frozenset({"local", "type"})
MERGE: Final = CHANGE | {"format", "lang", "observedAt", "options"}


async def create(call: Call) -> Reply:
    """Create an entity (5.6.1)."""
    parameters = call.parameters(CREATE)
    document = await call.document()
    context = await call.context_of(document)
    entity = parse_entity(document, context, now=call.services.clock.now())
    made = created(location("entities", entity.id))

    async def here(rest: dict[str, Any]) -> Reply:
        await call.services.broker.create(
            parse_entity(rest, context, now=call.services.clock.now())
        )
        return made

    visit = federating.visit_of(call, local=parameters.local)
    if visit is None:
        await call.services.broker.create(entity)
        return made
    doing = Doing(
        operation=operations.CREATE,
        method="POST",
        path="/entities",
        entity_id=entity.id,
        document=document,
        done=made,
    )
    return await spread(call, doing, context, visit, here)


async def retrieve(call: Call) -> Reply:
    """Retrieve an entity (5.7.1)."""
    parameters = call.parameters(RETRIEVE)
    media = call.accept(WITH_GEO)
    entity_id = entity_id_of(call)
    context = await call.context()
    wanted = presentation(parameters, context, media)
    types = type_query(parameters, context)
    visit = federating.visit_of(call, local=parameters.local)
    warned: Headers = ()
    if visit is None:
        entity = await call.services.broker.retrieve(entity_id, types)
    else:
        names = wanted.attribute_names()
        found, warned = await federating.retrieve(call, entity_id, types, names, context, visit)
        if found is None:
            return with_headers(problem_reply(missing(entity_id)), warned)
        entity = found
    body = await write(_fetch(call, context, visit), entity, context, wanted)
    if mapping.is_wanted(call, parameters):
        warned += mapping.of_entity(call, parameters, entity_id)
    return await answer(call, body, context, media, headers=warned)


async def query(call: Call) -> Reply:
    """Query entities (5.7.2)."""
    return await page_of(call, call.parameters(QUERY), await call.context())


async def page_of(
    call: Call, parameters: Parameters, context: Context, *, batch: bool = False
) -> Reply:
    """One page of the entities that the parameters describe; `batch`: they came in a body."""
    media = call.accept(WITH_GEO)
    wanted = presentation(parameters, context, media)
    limit = DEFAULT_LIMIT if parameters.limit is None else parameters.limit
    if not limit and not parameters.wants_count:
        raise BadRequestDataError("limit: 0 has a meaning only together with count=true")
    query = entity_query(parameters, context, limit=limit + 1 if limit else 0)
    mapped = None
    if mapping.is_wanted(call, parameters):
        mapped = await mapping.map_of(call, query, parameters, context)
    visit = federating.visit_of(call, local=parameters.local or is_own(query))
    warned: Headers = ()
    if mapped is not None:
        page = await mapping.page_of(call, mapped, query, parameters, context)
        found, count, warned = page.entities, page.count, (*page.headers, *mapped.headers)
    elif visit is None:
        found, count = await call.services.broker.query(query)
    else:
        page = await federating.query(call, query, parameters, context, visit, batch=batch)
        found, count, warned = page.entities, page.count, page.headers
    body = await write_all(_fetch(call, context, visit), found[:limit], context, wanted)
    more = len(found) > limit
    links = page_links(call, offset=parameters.offset, limit=limit, more=more, media=media)
    headers = (*count_header(count), *links, *warned)
    reply = await answer(call, body, context, media, headers=headers)
    fresh = mapped is not None and mapped.fresh
    return msgspec.structs.replace(reply, status=201) if fresh else reply


def _fetch(call: Call, context: Context, visit: Visit | None) -> Fetch:
    """Finds linked entities: here and, where the request is answered from there too, elsewhere."""
    if visit is None:
        return found_here(call.services.broker)
    return federating.found_anywhere(call, context, visit)


async def purge(call: Call) -> Reply:
    """Delete the entities that match, or attributes of them (5.6.21)."""
    parameters = call.parameters(PURGE)
    context = await call.context()
    if parameters.keep and parameters.drop:
        raise BadRequestDataError("keep and drop: give one of them")
    wanted = entity_query(parameters, context)
    visit = federating.visit_of(call, local=parameters.local or is_own(wanted))
    if visit is None:
        await _purge_here(call, parameters, wanted, context)
        return NO_CONTENT
    asked = federating.searched(wanted, parameters, context)
    here = _purge_here(call, parameters, wanted, context)
    return await spread_purge(call, asked, context, visit, here)


async def _purge_here(
    call: Call, parameters: Parameters, wanted: EntityQuery, context: Context
) -> None:
    now = call.services.clock.now()
    keep = frozenset(context.expand_name(name) for name in parameters.keep)
    drop = frozenset(context.expand_name(name) for name in parameters.drop)
    if keep:
        await call.services.broker.purge(wanted, lambda one: changes.keep_only(one, keep, now=now))
    elif drop:
        await call.services.broker.purge(wanted, lambda one: changes.drop(one, drop, now=now))
    else:
        await call.services.broker.purge(wanted)


async def merge(call: Call) -> Reply:
    """Merge into an entity (5.6.17)."""
    parameters = call.parameters(MERGE)
    entity_id = entity_id_of(call)
    document = await call.document()
    context = await call.context_of(document)
    patch = parse_patch(document, context)
    require_same_id(patch.id, entity_id)
    types = type_query(parameters, context)

    async def here(rest: dict[str, Any]) -> Reply:
        await call.services.broker.merge(
            entity_id,
            patch if rest is document else parse_patch(rest, context),
            observed_at=parameters.observed_at,
            lang=parameters.lang,
            types=types,
        )
        return NO_CONTENT

    visit = federating.visit_of(call, local=parameters.local)
    if visit is None:
        return await here(document)
    doing = Doing(
        operation=operations.MERGE,
        method="PATCH",
        path=entity_path(entity_id),
        entity_id=entity_id,
        document=document,
    )
    return await spread(call, doing, context, visit, here, types)


async def replace(call: Call) -> Reply:
    """Replace an entity (5.6.18)."""
    parameters = call.parameters(CHANGE)
    entity_id = entity_id_of(call)
    document = await call.document()
    context = await call.context_of(document)
    document.setdefault("id", entity_id)
    entity = parse_entity(document, context, now=call.services.clock.now())
    require_same_id(entity.id, entity_id)
    types = type_query(parameters, context)

    async def here(rest: dict[str, Any]) -> Reply:
        left = parse_entity(rest, context, now=call.services.clock.now())
        await call.services.broker.replace(left, types)
        return NO_CONTENT

    visit = federating.visit_of(call, local=parameters.local)
    if visit is None:
        await call.services.broker.replace(entity, types)
        return NO_CONTENT
    doing = Doing(
        operation=operations.REPLACE,
        method="PUT",
        path=entity_path(entity_id),
        entity_id=entity_id,
        document=document,
    )
    return await spread(call, doing, context, visit, here, types)


async def delete(call: Call) -> Reply:
    """Delete an entity (5.6.6)."""
    parameters = call.parameters(CHANGE)
    entity_id = entity_id_of(call)
    types = None if parameters.type is None else type_query(parameters, await call.context())

    async def here(_: dict[str, Any]) -> Reply:
        await call.services.broker.delete(entity_id, types)
        return NO_CONTENT

    visit = federating.visit_of(call, local=parameters.local)
    if visit is None:
        return await here({})
    doing = Doing(
        operation=operations.DELETE,
        method="DELETE",
        path=entity_path(entity_id),
        entity_id=entity_id,
    )
    return await spread(call, doing, await call.context(), visit, here, types)


async def without_id(call: Call) -> Reply:
    """Refuse a change that does not say of which entity."""
    raise BadRequestDataError(f"{call.scope['method']} /entities/: the entity's id is missing")


def entity_id_of(call: Call) -> str:
    """The id in the path.

    Raises:
        BadRequestDataError: it is not a URI.
    """
    return require_uri(call.path[0], "entity id")


def require_same_id(given: str | None, entity_id: str) -> None:
    """Refuse a body that names another entity than the path.

    Raises:
        BadRequestDataError: it does.
    """
    if given is not None and given != entity_id:
        raise BadRequestDataError(f"id: {given} is not the entity of the path, {entity_id}")


ENDPOINTS: Final = (
    Endpoint("entities/{}", {"GET": retrieve, "PATCH": merge, "PUT": replace, "DELETE": delete}),
    Endpoint(
        "entities",
        {"GET": query, "POST": create, "DELETE": purge, "PATCH": without_id, "PUT": without_id},
    ),
)
