"""``/entities/{id}/attrs`` and ``/entities/{id}/attrs/{name}`` (clauses 6.6 and 6.7)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.entities import CHANGE, entity_id_of, require_same_id
from kota.api.ngsi_ld.federating import visit_of
from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.reply import NO_CONTENT, Reply
from kota.api.ngsi_ld.selection import type_query
from kota.api.ngsi_ld.spreading import Doing, Here, entity_path, spread
from kota.context.attributes import Report
from kota.context.sources import operations
from kota.errors import BadRequestDataError
from kota.model.jsonld import Context
from kota.model.payload import Fragment, parse_attribute, parse_fragment
from kota.model.payload_patch import parse_attribute_patch
from kota.model.query.types import TypeQuery
from kota.model.terms import DEFAULT_DATASET

APPEND: Final = CHANGE | {"options"}
DELETE: Final = CHANGE | {"datasetId", "deleteAll"}
_SCOPE: Final = "scope"


async def append(call: Call) -> Reply:
    """Append attributes (5.6.3)."""
    parameters = call.parameters(APPEND)
    entity_id = entity_id_of(call)
    document = await call.document()
    context = await call.context_of(document)
    fragment = _fragment(call, document, context)
    require_same_id(fragment.id, entity_id)
    if fragment.deleted:
        raise BadRequestDataError(
            f"{context.compact(next(iter(fragment.deleted)))}: null cannot be appended"
        )
    types = type_query(parameters, context)

    async def here(rest: dict[str, Any]) -> Reply:
        report = await call.services.broker.append(
            entity_id,
            fragment if rest is document else _fragment(call, rest, context),
            overwrite="noOverwrite" not in parameters.options,
            types=types,
        )
        return _reported(report)

    doing = Doing(
        operation=operations.APPEND,
        method="POST",
        path=entity_path(entity_id, "attrs", ""),
        entity_id=entity_id,
        document=document,
    )
    return await _done(call, parameters, doing, context, here, types)


async def update(call: Call) -> Reply:
    """Update attributes (5.6.2)."""
    parameters = call.parameters(CHANGE)
    entity_id = entity_id_of(call)
    document = await call.document()
    context = await call.context_of(document)
    fragment = _fragment(call, document, context)
    require_same_id(fragment.id, entity_id)
    types = type_query(parameters, context)

    async def here(rest: dict[str, Any]) -> Reply:
        left = fragment if rest is document else _fragment(call, rest, context)
        return _reported(await call.services.broker.update(entity_id, left, types))

    doing = Doing(
        operation=operations.UPDATE_ATTRS,
        method="PATCH",
        path=entity_path(entity_id, "attrs", ""),
        entity_id=entity_id,
        document=document,
    )
    return await _done(call, parameters, doing, context, here, types)


async def update_one(call: Call) -> Reply:
    """Update part of an attribute (5.6.4)."""
    parameters = call.parameters(CHANGE)
    entity_id = entity_id_of(call)
    document = await call.document()
    context = await call.context_of(document)
    name = _attribute_of(call)
    patches = parse_attribute_patch(document, name, context)
    types = type_query(parameters, context)

    async def here(_: dict[str, Any]) -> Reply:
        await call.services.broker.update_attribute(entity_id, context.expand(name), patches, types)
        return NO_CONTENT

    doing = _of_one(operations.UPDATE_ATTR, "PATCH", entity_id, context.expand(name), document)
    return await _done(call, parameters, doing, context, here, types)


async def replace_one(call: Call) -> Reply:
    """Replace an attribute (5.6.19)."""
    parameters = call.parameters(CHANGE)
    entity_id = entity_id_of(call)
    document = await call.document()
    context = await call.context_of(document)
    now = call.services.clock.now()
    name = _attribute_of(call)
    instances = parse_attribute(document, name, context, now=now)
    types = type_query(parameters, context)

    async def here(_: dict[str, Any]) -> Reply:
        await call.services.broker.replace_attribute(
            entity_id, context.expand(name), instances, types
        )
        return NO_CONTENT

    doing = _of_one(operations.REPLACE_ATTR, "PUT", entity_id, context.expand(name), document)
    return await _done(call, parameters, doing, context, here, types)


async def delete_one(call: Call) -> Reply:
    """Delete an attribute, or one instance of it (5.6.5)."""
    parameters = call.parameters(DELETE)
    entity_id = entity_id_of(call)
    context = await call.context()
    types = type_query(parameters, context)
    if call.path[1] == _SCOPE:
        await call.services.broker.delete_scope(entity_id, types)
        return NO_CONTENT
    if len(parameters.dataset_id) > 1:
        raise BadRequestDataError("datasetId: name one instance")
    dataset_id = parameters.dataset_id[0] if parameters.dataset_id else None
    name = context.expand(call.path[1])

    async def here(_: dict[str, Any]) -> Reply:
        await call.services.broker.delete_attribute(
            entity_id,
            name,
            dataset_id=None if dataset_id == DEFAULT_DATASET else dataset_id,
            every=parameters.delete_all,
            types=types,
        )
        return NO_CONTENT

    doing = _of_one(operations.DELETE_ATTR, "DELETE", entity_id, name)
    return await _done(call, parameters, doing, context, here, types)


async def _done(
    call: Call,
    parameters: Parameters,
    doing: Doing,
    context: Context,
    here: Here,
    types: TypeQuery | None,
) -> Reply:
    """Do it here and, where others are registered for it, there."""
    visit = visit_of(call, local=parameters.local)
    if visit is None:
        return await here(doing.document or {})
    return await spread(call, doing, context, visit, here, types)


def _of_one(operation: str, method: str, entity_id: str, name: str, body: Any = None) -> Doing:
    path = entity_path(entity_id, "attrs", "")
    return Doing(
        operation=operation,
        method=method,
        path=path,
        entity_id=entity_id,
        attribute=name,
        body=body,
    )


def _fragment(call: Call, document: dict[str, Any], context: Context) -> Fragment:
    return parse_fragment(document, context, now=call.services.clock.now())


def _attribute_of(call: Call) -> str:
    name = call.path[1]
    if name == _SCOPE:
        raise BadRequestDataError("scope: is no attribute; update the entity instead")
    return name


def _reported(report: Report) -> Reply:
    if not report.refused:
        return NO_CONTENT
    body: dict[str, Any] = {
        "updated": list(report.updated),
        "notUpdated": [
            {"attributeName": refusal.attribute, "reason": refusal.reason}
            for refusal in report.refused
        ],
    }
    return Reply(207, msgspec.json.encode(body), ((b"content-type", b"application/json"),))


ENDPOINTS: Final = (
    Endpoint("entities/{}/attrs", {"POST": append, "PATCH": update}),
    Endpoint(
        "entities/{}/attrs/{}",
        {"PATCH": update_one, "PUT": replace_one, "DELETE": delete_one},
    ),
)
