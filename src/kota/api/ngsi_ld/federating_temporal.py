"""Evolutions that this server and others hold together (clauses 5.7.3 and 5.7.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.federating import federation_of, visit_of, warnings
from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.reply import Headers
from kota.api.ngsi_ld.selection import type_query
from kota.api.ngsi_ld.temporal_query import Request
from kota.context.evolution import Answer, Selection, Told
from kota.context.sources.evolving import joined, read_told
from kota.context.sources.federation import MOST, Searched
from kota.context.sources.matching import Asked
from kota.context.sources.peers import Visit
from kota.context.sources.shares import Share
from kota.errors import BadRequestDataError, NotFoundError, TooManyResultsError
from kota.model.jsonld import Context
from kota.model.query import q

_TIMES: Final = frozenset(
    {"datasetId", "endTimeAt", "lang", "lastN", "timeAt", "timeproperty", "timerel"}
)


def visit_for(call: Call, parameters: Parameters, request: Request) -> Visit | None:
    """The request as others learn of it; None where it is answered from here alone.

    So are aggregated values, which cannot be joined, and whoever's rights end within the town:
    what he may see of the past is decided by what is known here.
    """
    if request.form == "aggregatedValues" or call.services.lens is not None:
        return None
    return visit_of(call, local=parameters.local)


async def retrieve(
    call: Call, entity_id: str, request: Request, context: Context, visit: Visit
) -> tuple[Answer, Headers]:
    """How one entity evolved, here and elsewhere.

    Raises:
        NotFoundError: nobody knows.
    """
    attributes = frozenset(request.question.attributes or ())
    asked = Asked(ids=(entity_id,), attributes=attributes)
    told, headers = await _elsewhere(call, Searched(asked=asked), context, visit, entity_id)
    try:
        ours = await call.services.temporal.retrieve(entity_id, request.question)
    except NotFoundError:
        if not told:
            raise
        ours = Answer([])
    whole = ours.told[0] if ours.told else None
    for one in told:
        whole = joined(whole, one, request.question)
    assert whole is not None
    return msgspec.structs.replace(ours, told=[whole]), headers


async def query(
    call: Call,
    selection: Selection,
    request: Request,
    parameters: Parameters,
    context: Context,
    visit: Visit,
) -> tuple[Answer, Headers]:
    """How the entities that match evolved, here and elsewhere; a page of them.

    Raises:
        BadRequestDataError: they are to be in an order.
        TooManyResultsError: the page lies too deep.
    """
    end = selection.offset + selection.limit
    if end > MOST:
        raise TooManyResultsError(
            f"offset and limit: the first {MOST} of what several brokers hold can be paged through",
            hint="ask more narrowly, or with local=true",
        )
    searched = _searched(selection, request, parameters, context)
    if parameters.order_by and federation_of(call).shares(searched.asked, visit, searched.csf):
        raise BadRequestDataError(
            "orderBy: what several brokers hold is not ordered", hint="ask with local=true"
        )
    told, headers = await _elsewhere(call, searched, context, visit, None, parameters)
    plain = msgspec.structs.replace(selection, offset=0, limit=end)
    ours = await call.services.temporal.query(plain, request.question)
    whole = {one.entity.id: one for one in ours.told}
    missing = tuple(dict.fromkeys(one.entity.id for one in told if one.entity.id not in whole))
    if missing and ours.more:
        wanted = msgspec.structs.replace(selection.wanted, ids=missing)
        beside = msgspec.structs.replace(plain, wanted=wanted, limit=len(missing), count=False)
        found = (await call.services.temporal.query(beside, request.question)).told
        whole |= {one.entity.id: one for one in found}
    known = len(whole)
    for one in told:
        whole[one.entity.id] = joined(whole.get(one.entity.id), one, request.question)
    count = None if ours.count is None else ours.count + len(whole) - known
    page = list(whole.values())
    answer = Answer(page[selection.offset : end], ours.cut, count, ours.more or len(page) > end)
    return answer, headers


async def _elsewhere(
    call: Call,
    searched: Searched,
    context: Context,
    visit: Visit,
    entity_id: str | None,
    parameters: Parameters | None = None,
) -> tuple[list[Told], Headers]:
    now = call.services.clock.now()

    def read(document: Any, words: Context, share: Share) -> Told:
        told = read_told(document, words, now=now, only=share.attributes)
        if share.ids is not None and told.entity.id not in share.ids:
            raise BadRequestDataError(f"{told.entity.id} was not asked for")
        return told

    told, warned = await federation_of(call).evolutions(
        searched, _times(call, parameters), context, visit, read=read, entity_id=entity_id
    )
    return told, warnings(call, warned)


def _times(call: Call, parameters: Parameters | None) -> tuple[tuple[str, str], ...]:
    """The parameters of time, from the address or, where the query came in a body, from there."""
    given: Iterable[tuple[str, str | None]] = parse_qsl(
        call.scope["query_string"].decode("latin-1"), keep_blank_values=True
    )
    if parameters is not None:
        given = (
            ("timerel", parameters.timerel),
            ("timeAt", parameters.time_at),
            ("endTimeAt", parameters.end_time_at),
            ("timeproperty", parameters.timeproperty),
            ("lastN", parameters.last_n),
            ("lang", parameters.lang),
            ("datasetId", ",".join(parameters.dataset_id) or None),
        )
    return tuple((name, value) for name, value in given if name in _TIMES and value is not None)


def _searched(
    selection: Selection, request: Request, parameters: Parameters, context: Context
) -> Searched:
    filters = [("scopeQ", parameters.scope_q)]
    if selection.geo is not None:
        filters += [
            ("georel", parameters.georel),
            ("geometry", parameters.geometry),
            ("coordinates", parameters.coordinates),
        ]
    near = selection.geo
    return Searched(
        asked=Asked(
            types=type_query(parameters, context),
            ids=parameters.id,
            id_pattern=parameters.id_pattern,
            attributes=frozenset(request.question.attributes or ()),
            datasets=parameters.dataset_id,
        ),
        filters=tuple((name, value) for name, value in filters if value is not None),
        q=selection.q,
        csf=None if parameters.csf is None else q.parse(parameters.csf, context.expand),
        geoproperty=None if near is None else near.geoproperty,
    )
