"""From query parameters to questions about the past (clauses 5.7.3, 5.7.4 and 6.3.10)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.api.ngsi_ld.parameters import TABLE, Parameters
from kota.api.ngsi_ld.presentation import projections
from kota.api.ngsi_ld.projection import MEMBERS
from kota.api.ngsi_ld.query_body import merged, read
from kota.api.ngsi_ld.selection import DEFAULT_LIMIT, SELECTING, entity_query
from kota.context.evolution import Question, Selection
from kota.errors import BadRequestDataError, InvalidRequestError, NotSupportedError
from kota.model.jsonld import Context
from kota.model.names import require_uri
from kota.model.query import EntityQuery, q, temporal
from kota.model.representation import Representation
from kota.model.terms import DEFAULT_DATASET, SCOPE
from kota.store.history import ALWAYS, EntityFilter, Span

ASKING: Final = frozenset(
    {
        "aggrMethods",
        "aggrPeriodDuration",
        "attrs",
        "datasetId",
        "endTimeAt",
        "format",
        "lang",
        "lastN",
        "local",
        "omit",
        "options",
        "pick",
        "timeAt",
        "timeproperty",
        "timerel",
    }
)
"""Parameters of a retrieval."""
QUERYING: Final = ASKING | SELECTING | {"collation", "count", "limit", "offset", "orderBy"}
"""Parameters of a query."""

_FORMS: Final = {"normalized", "temporalValues", "aggregatedValues"}


class Request(msgspec.Struct, frozen=True):
    """What is asked for, and how it is to be written.

    Args:
        question: what of each evolution.
        form: ``normalized``, ``temporalValues`` or ``aggregatedValues``.
        options: members, languages and dataset ids wanted.
    """

    question: Question
    form: str
    options: Representation


def read_request(parameters: Parameters, context: Context) -> Request:
    """What a retrieval or query asks for of each entity.

    Raises:
        BadRequestDataError: a parameter is wrong, or they contradict each other.
        InvalidRequestError: a format that evolutions do not have, or no method to aggregate by.
    """
    pick, omit = projections(parameters, context)
    options = Representation(
        pick=pick,
        omit=omit,
        attrs=frozenset(context.expand(name) for name in parameters.attrs),
        lang=parameters.lang,
        dataset_ids=frozenset(parameters.dataset_id),
        sys_attrs="sysAttrs" in parameters.options,
    )
    form = _form(parameters)
    return Request(
        Question(
            span=_span(parameters),
            last_n=None if parameters.last_n is None else temporal.parse_last_n(parameters.last_n),
            attributes=_attributes(options),
            datasets=tuple(
                None if one == DEFAULT_DATASET else one for one in parameters.dataset_id
            ),
            aggregation=_aggregation(parameters) if form == "aggregatedValues" else None,
        ),
        form,
        options,
    )


def read_selection(parameters: Parameters, context: Context, request: Request) -> Selection:
    """Which entities a query is about.

    Args:
        parameters: of the query.
        context: expands their names.
        request: what is asked for of each entity.

    Raises:
        BadRequestDataError: a parameter is wrong, the time is missing, or they select too widely.
    """
    if parameters.timerel is None:
        raise BadRequestDataError(
            "timerel: a temporal query needs a time",
            hint="give timerel and timeAt, for example timerel=after&timeAt=2026-01-01T00:00:00Z",
        )
    _check_source_filter(parameters)
    query = _entity_query(parameters, context)
    limit = DEFAULT_LIMIT if parameters.limit is None else parameters.limit
    return Selection(
        wanted=_filter(query, request, parameters),
        q=query.q,
        geo=query.geo,
        limit=limit,
        offset=parameters.offset,
        count=parameters.wants_count,
    )


def instance_key(text: str) -> int | None:
    """The number of an instance from its id; None for an id that this server never gave.

    Raises:
        BadRequestDataError: not a URI.

    >>> instance_key("urn:ngsi-ld:Instance:7")
    7
    """
    number = require_uri(text, "instanceId").removeprefix(INSTANCE)
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None


INSTANCE: Final = "urn:ngsi-ld:Instance:"

_PARTS_OF_QUERY: Final = {
    "temporalQ": (
        "timerel",
        "timeAt",
        "endTimeAt",
        "timeproperty",
        "lastN",
        "aggrMethods",
        "aggrPeriodDuration",
    ),
    "aggrParams": ("aggrMethods", "aggrPeriodDuration"),
}


def read_document(document: dict[str, Any], parameters: Parameters) -> Parameters:
    """A query in the body (5.2.21, 5.2.23 and 5.2.44), as if its members had been parameters.

    Args:
        document: the body.
        parameters: of the address: the page, the format and options.

    Raises:
        BadRequestDataError: a member that is wrong or that a query does not have.
    """
    given: dict[str, Any] = {}
    for part in _PARTS_OF_QUERY:
        given |= _read_part(part, document.pop(part, {}))
    whole = msgspec.structs.replace(merged(parameters, read(document)), **given)
    if whole.aggr_methods is not None and whole.format is None:
        return msgspec.structs.replace(whole, format="aggregatedValues")
    return whole


def _read_part(part: str, body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadRequestDataError(f"{part}: not an object")
    given: dict[str, Any] = {}
    for name, value in body.items():
        if name in _PARTS_OF_QUERY[part]:
            member, _ = TABLE[name]
            given[member] = _text(name, value, f"{part}.{name}")
        elif name not in ("type", "@type"):
            raise BadRequestDataError(f"{part}.{name}: no member of it")
    return given


def _text(name: str, value: Any, where: str) -> str:
    """A member as the parameter of the same name would have it."""
    if name == "lastN":
        return str(temporal.parse_last_n(value, where=where))
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    if not isinstance(value, str):
        raise BadRequestDataError(f"{where}: not a text")
    return value


def _form(parameters: Parameters) -> str:
    given = parameters.format
    if given is None:
        chosen = [name for name in parameters.options if name in _FORMS]
        given = chosen[0] if len(chosen) == 1 else "normalized"
        if given == "normalized" and parameters.aggr_methods is not None and not chosen:
            given = "aggregatedValues"
        unfit = parameters.options & {"concise", "keyValues", "simplified"}
        if unfit and not chosen:
            given = "temporalValues"
    if given in ("simplified", "keyValues"):
        given = "temporalValues"
    if given not in _FORMS:
        raise InvalidRequestError(
            f"format: {given!r} is none of evolutions", hint=f"use {', '.join(sorted(_FORMS))}"
        )
    return given


def _span(parameters: Parameters) -> Span:
    if parameters.timerel is None:
        if parameters.time_at is not None or parameters.end_time_at is not None:
            raise BadRequestDataError("timerel: is missing beside timeAt")
        if parameters.timeproperty is None:
            return ALWAYS
        parsed = temporal.parse(
            timerel="after", time_at="1970-01-01T00:00:00Z", timeproperty=parameters.timeproperty
        )
        return Span(timeproperty=parsed.timeproperty)
    if parameters.time_at is None:
        raise BadRequestDataError(f"timeAt: is missing beside timerel={parameters.timerel}")
    parsed = temporal.parse(
        timerel=parameters.timerel,
        time_at=parameters.time_at,
        end_time_at=parameters.end_time_at,
        timeproperty=parameters.timeproperty or "observedAt",
    )
    return Span(*parsed.span, parsed.timeproperty)


def _aggregation(parameters: Parameters) -> temporal.Aggregation:
    if parameters.aggr_methods is None:
        raise BadRequestDataError("aggrMethods: is missing, the values cannot be aggregated")
    return temporal.parse_aggregation(parameters.aggr_methods, parameters.aggr_period_duration)


def _attributes(options: Representation) -> tuple[str, ...] | None:
    """The attributes to be read; None where only members that are no attributes are picked."""
    if options.attrs:
        return tuple(sorted(options.attrs))
    if options.pick is None:
        return ()
    names = [name for name in options.pick.names if name not in MEMBERS]
    if "scope" in options.pick.names:
        names.append(SCOPE)
    return tuple(sorted(names)) or None


def _entity_query(parameters: Parameters, context: Context) -> EntityQuery:
    try:
        return entity_query(parameters, context)
    except NotSupportedError as error:
        raise BadRequestDataError(error.message, hint=error.hint) from error


def _filter(query: EntityQuery, request: Request, parameters: Parameters) -> EntityFilter:
    return EntityFilter(
        ids=query.ids,
        id_pattern=query.id_pattern,
        types=query.types,
        scope_q=query.scope_q,
        attributes=request.question.attributes or (),
        datasets=request.question.datasets,
        span=request.question.span,
        descending=_order(parameters),
    )


def _order(parameters: Parameters) -> bool | None:
    descending: bool | None = None
    for text in parameters.order_by:
        name, _, direction = text.partition(";")
        if name != "id" or direction not in ("", "asc", "desc"):
            raise BadRequestDataError(
                f"orderBy: {text!r}: evolutions are ordered by id only", hint="use id or id;desc"
            )
        descending = direction == "desc"
    return descending


def _check_source_filter(parameters: Parameters) -> None:
    """Read ``csf`` to refuse a wrong one; there are no other context sources to choose from."""
    if parameters.csf is not None:
        q.parse(parameters.csf, str)
