"""``/csourceRegistrations`` and ``/csourceSubscriptions`` (clauses 6.8, 6.9, 6.12 and 6.13)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from kota.api.ngsi_ld.answer import answer, count_header, location, page_links
from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.problem import RefusedError
from kota.api.ngsi_ld.reply import NO_CONTENT, Reply, created
from kota.api.ngsi_ld.selection import DEFAULT_LIMIT, SELECTING, entity_query
from kota.context.sources.matching import Asked, SourceQuery
from kota.context.sources.registration_writing import write_registration
from kota.context.sources.room import Sources
from kota.errors import BadRequestDataError
from kota.model.jsonld import Context
from kota.model.query import EntityQuery, q, temporal

NONE: Final[frozenset[str]] = frozenset()
ONE: Final = frozenset({"options"})
LIST: Final = frozenset({"count", "limit", "offset", "options"})
QUERY: Final = (SELECTING - {"local"}) | LIST | {"endTimeAt", "timeAt", "timeproperty", "timerel"}

_REGISTRATIONS: Final = "csourceRegistrations"
_SUBSCRIPTIONS: Final = "csourceSubscriptions"
_One = TypeVar("_One")


async def register(call: Call) -> Reply:
    """Register a context source (5.9.2)."""
    call.parameters(NONE)
    document = await call.document()
    context = await call.context_of(document)
    made = await _sources(call).registrations.create(document, context)
    return created(location(_REGISTRATIONS, made.id))


async def query(call: Call) -> Reply:
    """List the registrations that match, oldest first (5.10.2)."""
    parameters = call.parameters(QUERY)
    context = await call.context()
    found = _sources(call).registrations.query(source_query(parameters, context))
    sys_attrs = "sysAttrs" in parameters.options
    return await _page(
        call,
        parameters,
        context,
        found,
        lambda one: write_registration(one, context.compact, sys_attrs=sys_attrs),
    )


async def retrieve(call: Call) -> Reply:
    """Retrieve a registration (5.10.1)."""
    parameters = call.parameters(ONE)
    media, context = call.accept(), await call.context()
    found = _sources(call).registrations.retrieve(call.path[0])
    body = write_registration(found, context.compact, sys_attrs="sysAttrs" in parameters.options)
    return await answer(call, body, context, media)


async def update(call: Call) -> Reply:
    """Replace members of a registration (5.9.3)."""
    call.parameters(NONE)
    call.media_type()
    registrations = _sources(call).registrations
    registrations.retrieve(call.path[0])
    fragment = await call.document()
    context = await call.context_of(fragment)
    await registrations.update(call.path[0], fragment, context)
    return NO_CONTENT


async def delete(call: Call) -> Reply:
    """Delete a registration (5.9.4)."""
    call.parameters(NONE)
    await _sources(call).registrations.delete(call.path[0])
    return NO_CONTENT


async def subscribe(call: Call) -> Reply:
    """Subscribe to registrations (5.11.2)."""
    call.parameters(NONE)
    document = await call.document()
    context = await call.context_of(document)
    made = await _sources(call).subscriptions.create(document, context)
    return created(location(_SUBSCRIPTIONS, made.id))


async def list_subscriptions(call: Call) -> Reply:
    """List the subscriptions to registrations, oldest first (5.11.5)."""
    parameters = call.parameters(LIST)
    context = await call.context()
    subscriptions = _sources(call).subscriptions
    sys_attrs = "sysAttrs" in parameters.options
    return await _page(
        call,
        parameters,
        context,
        subscriptions.all(),
        lambda one: subscriptions.write(one, context, sys_attrs=sys_attrs),
    )


async def retrieve_subscription(call: Call) -> Reply:
    """Retrieve a subscription to registrations (5.11.4)."""
    parameters = call.parameters(ONE)
    media, context = call.accept(), await call.context()
    subscriptions = _sources(call).subscriptions
    found = subscriptions.retrieve(call.path[0])
    body = subscriptions.write(found, context, sys_attrs="sysAttrs" in parameters.options)
    return await answer(call, body, context, media)


async def update_subscription(call: Call) -> Reply:
    """Replace members of a subscription to registrations (5.11.3)."""
    call.parameters(NONE)
    call.media_type()
    subscriptions = _sources(call).subscriptions
    subscriptions.retrieve(call.path[0])
    fragment = await call.document()
    context = await call.context_of(fragment)
    await subscriptions.update(call.path[0], fragment, context)
    return NO_CONTENT


async def unsubscribe(call: Call) -> Reply:
    """Delete a subscription to registrations (5.11.6)."""
    call.parameters(NONE)
    await _sources(call).subscriptions.delete(call.path[0])
    return NO_CONTENT


def source_query(parameters: Parameters, context: Context) -> SourceQuery:
    """What the parameters ask of registrations.

    Raises:
        BadRequestDataError: one of them is wrong, or nothing is named that sources have.
    """
    query = entity_query(parameters, context, narrow=False)
    query = msgspec.structs.replace(query, limit=DEFAULT_LIMIT, offset=0, count=False)
    if query == EntityQuery():
        raise BadRequestDataError("the query is too wide", hint="give type, attrs, id or q")
    every = query.types is not None and query.types.render() == "*"
    return SourceQuery(
        asked=Asked(
            types=None if every else query.types,
            ids=query.ids,
            id_pattern=query.id_pattern,
            attributes=frozenset(query.attrs),
        ),
        q=query.q,
        csf=None if parameters.csf is None else q.parse(parameters.csf, context.expand),
        scope_q=query.scope_q,
        geo=query.geo,
        temporal=_temporal(parameters),
    )


def _temporal(parameters: Parameters) -> temporal.TemporalQuery | None:
    if parameters.timerel is None:
        if parameters.time_at is not None or parameters.timeproperty is not None:
            raise BadRequestDataError("timerel: is missing beside the time")
        return None
    if parameters.time_at is None:
        raise BadRequestDataError(f"timeAt: is missing beside timerel={parameters.timerel}")
    return temporal.parse(
        timerel=parameters.timerel,
        time_at=parameters.time_at,
        end_time_at=parameters.end_time_at,
        timeproperty=parameters.timeproperty or "observedAt",
    )


async def _page(
    call: Call,
    parameters: Parameters,
    context: Context,
    found: Sequence[_One],
    write: Callable[[_One], dict[str, Any]],
) -> Reply:
    media = call.accept()
    limit = DEFAULT_LIMIT if parameters.limit is None else parameters.limit
    if not limit and not parameters.wants_count:
        raise BadRequestDataError("limit: 0 has a meaning only together with count=true")
    end = parameters.offset + limit
    headers = count_header(len(found) if parameters.wants_count else None)
    headers += page_links(
        call, offset=parameters.offset, limit=limit, more=end < len(found), media=media
    )
    body = [write(one) for one in found[parameters.offset : end]]
    return await answer(call, body, context, media, headers=headers)


def _sources(call: Call) -> Sources:
    sources = call.services.sources
    if sources is None:
        raise RefusedError(404, "Not found", "this server keeps no registrations")
    return sources


ENDPOINTS: Final = (
    Endpoint(_REGISTRATIONS, {"POST": register, "GET": query}),
    Endpoint(f"{_REGISTRATIONS}/{{}}", {"GET": retrieve, "PATCH": update, "DELETE": delete}),
    Endpoint(_SUBSCRIPTIONS, {"POST": subscribe, "GET": list_subscriptions}),
    Endpoint(
        f"{_SUBSCRIPTIONS}/{{}}",
        {"GET": retrieve_subscription, "PATCH": update_subscription, "DELETE": unsubscribe},
    ),
)
