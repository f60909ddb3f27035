"""``/temporal/entities`` and what is below it (clauses 6.18 to 6.24)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.api.ngsi_ld import federating_temporal, mapping
from kota.api.ngsi_ld.answer import answer, count_header, location, page_links
from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.entities import entity_id_of, require_same_id
from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.reply import NO_CONTENT, Headers, Reply, created
from kota.api.ngsi_ld.temporal_query import (
    ASKING,
    QUERYING,
    instance_key,
    read_document,
    read_request,
    read_selection,
)
from kota.api.ngsi_ld.temporal_writing import content_range, write_evolution
from kota.context.evolution import Answer
from kota.errors import BadRequestDataError, InvalidRequestError, NotFoundError
from kota.model.jsonld import Context
from kota.model.names import require_name
from kota.model.payload_temporal import parse_evolution, parse_one_instance
from kota.model.terms import DEFAULT_DATASET, SCOPE

NOTHING: Final[frozenset[str]] = frozenset({"local"})
DELETING: Final = frozenset({"datasetId", "deleteAll", "local"})
_MAPPED: Final = frozenset({"entityMap", "entityMapLifetime"})
POSTING: Final = frozenset({"count", "format", "limit", "local", "offset", "options"})


async def upsert(call: Call) -> Reply:
    """Create or update the evolution of an entity (5.6.11)."""
    call.parameters(NOTHING)
    document, context = await _content(call)
    now = call.services.clock.now()
    evolution = parse_evolution(document, context, now=now, whole=True)
    if not await call.services.temporal.upsert(evolution):
        return NO_CONTENT
    return created(location("temporal", "entities", evolution.id or ""))


async def append(call: Call) -> Reply:
    """Add attribute instances to an evolution (5.6.12)."""
    call.parameters(NOTHING)
    entity_id = entity_id_of(call)
    document, context = await _content(call)
    now = call.services.clock.now()
    evolution = parse_evolution(document, context, now=now, whole=False)
    require_same_id(evolution.id, entity_id)
    await call.services.temporal.append(entity_id, evolution)
    return NO_CONTENT


async def delete(call: Call) -> Reply:
    """Delete the evolution of an entity (5.6.16)."""
    call.parameters(NOTHING)
    await call.services.temporal.delete(entity_id_of(call))
    return NO_CONTENT


async def delete_attribute(call: Call) -> Reply:
    """Delete an attribute from an evolution (5.6.13)."""
    parameters = call.parameters(DELETING)
    entity_id = entity_id_of(call)
    name = _attribute(call, await call.context())
    if len(parameters.dataset_id) > 1:
        raise BadRequestDataError("datasetId: name one")
    named = parameters.dataset_id[0] if parameters.dataset_id else DEFAULT_DATASET
    await call.services.temporal.delete_attribute(
        entity_id,
        name,
        dataset_id=None if named == DEFAULT_DATASET else named,
        every=parameters.delete_all,
    )
    return NO_CONTENT


async def modify_instance(call: Call) -> Reply:
    """Change one instance of an attribute (5.6.14)."""
    call.parameters(NOTHING)
    entity_id = entity_id_of(call)
    require_name(call.path[1], "attribute")
    key = instance_key(call.path[2])
    document, context = await _content(call)
    name = _attribute(call, context)
    now = call.services.clock.now()
    instance = parse_one_instance(document, call.path[1], context, now=now)
    await call.services.temporal.modify_instance(entity_id, name, _known(key), instance)
    return NO_CONTENT


async def delete_instance(call: Call) -> Reply:
    """Delete one instance of an attribute (5.6.15)."""
    call.parameters(NOTHING)
    entity_id = entity_id_of(call)
    name = _attribute(call, await call.context())
    key = instance_key(call.path[2])
    await call.services.temporal.delete_instance(entity_id, name, _known(key))
    return NO_CONTENT


async def retrieve(call: Call) -> Reply:
    """Retrieve the evolution of an entity (5.7.3)."""
    parameters = call.parameters(ASKING | _MAPPED)
    media = call.accept()
    entity_id = entity_id_of(call)
    context = await call.context()
    request = read_request(parameters, context)
    visit = federating_temporal.visit_for(call, parameters, request)
    headers: Headers = ()
    if visit is None:
        found = await call.services.temporal.retrieve(entity_id, request.question)
    else:
        found, headers = await federating_temporal.retrieve(
            call, entity_id, request, context, visit
        )
    body = write_evolution(found.told[0], context, request)
    if not body:
        raise NotFoundError(f"{entity_id} has none of the members asked for")
    if mapping.is_wanted(call, parameters):
        headers += mapping.of_entity(call, parameters, entity_id)
    return _ranged(await answer(call, body, context, media, headers=headers), found)


async def query(call: Call) -> Reply:
    """Query the evolution of entities (5.7.4)."""
    parameters = call.parameters(QUERYING | _MAPPED)
    context = await call.context()
    return await _query(call, parameters, context)


async def query_by_post(call: Call) -> Reply:
    """Query the evolution of entities, the query in the body (6.24)."""
    parameters = call.parameters(POSTING)
    document, context = await _content(call)
    return await _query(call, read_document(document, parameters), context)


async def _query(call: Call, parameters: Parameters, context: Context) -> Reply:
    media = call.accept()
    request = read_request(parameters, context)
    if not parameters.limit and parameters.limit is not None and not parameters.wants_count:
        raise BadRequestDataError("limit: 0 has a meaning only together with count=true")
    selection = read_selection(parameters, context, request)
    mapped = None
    if mapping.is_wanted(call, parameters):
        mapped, selection = await mapping.evolving(call, selection, parameters)
    visit = None if mapped else federating_temporal.visit_for(call, parameters, request)
    warned: Headers = () if mapped is None else mapped.headers
    if visit is None:
        found = await call.services.temporal.query(selection, request.question)
    else:
        found, warned = await federating_temporal.query(
            call, selection, request, parameters, context, visit
        )
    written = (write_evolution(told, context, request) for told in found.told)
    links = page_links(
        call, offset=selection.offset, limit=selection.limit, more=found.more, media=media
    )
    reply = await answer(
        call,
        [body for body in written if body],
        context,
        media,
        headers=(*count_header(found.count), *links, *warned),
    )
    if mapped is not None and mapped.fresh:
        reply = msgspec.structs.replace(reply, status=201)
    return _ranged(reply, found)


async def _content(call: Call) -> tuple[dict[str, Any], Context]:
    document = await call.document()
    if not document:
        raise InvalidRequestError("body: the object is empty")
    return document, await call.context_of(document)


def _attribute(call: Call, context: Context) -> str:
    term = require_name(call.path[1], "attribute")
    return SCOPE if term == "scope" else context.expand(term)


def _known(key: int | None) -> int:
    if key is None:
        raise NotFoundError("instanceId: no instance has this id")
    return key


def _ranged(reply: Reply, found: Answer) -> Reply:
    """Partial content, where the answer does not cover all of the time asked for."""
    if found.cut is None:
        return reply
    header = (b"content-range", content_range(found.cut))
    return msgspec.structs.replace(reply, status=206, headers=(*reply.headers, header))


_INSTANCE: Final = "temporal/entities/{}/attrs/{}/{}"

ENDPOINTS: Final = (
    Endpoint("temporal/entities", {"GET": query, "POST": upsert}),
    Endpoint("temporal/entities/{}", {"GET": retrieve, "DELETE": delete}),
    Endpoint("temporal/entities/{}/attrs", {"POST": append}),
    Endpoint("temporal/entities/{}/attrs/{}", {"DELETE": delete_attribute}),
    Endpoint(_INSTANCE, {"PATCH": modify_instance, "DELETE": delete_instance}),
    Endpoint("temporal/entityOperations/query", {"POST": query_by_post}),
)
