"""``/entities/{id}/attrs`` and ``/entities/{id}/attrs/{name}`` (clauses 6.6 and 6.7)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.entities import CHANGE, entity_id_of, require_same_id
from kota.api.ngsi_ld.reply import NO_CONTENT, Reply
from kota.api.ngsi_ld.selection import type_query
from kota.context.attributes import Report
from kota.errors import BadRequestDataError
from kota.model.payload import parse_attribute, parse_fragment
from kota.model.payload_patch import parse_attribute_patch
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
    fragment = parse_fragment(document, context, now=call.services.clock.now())
    require_same_id(fragment.id, entity_id)
    if fragment.deleted:
        raise BadRequestDataError(
            f"{context.compact(next(iter(fragment.deleted)))}: null cannot be appended"
        )
    report = await call.services.broker.append(
        entity_id,
        fragment,
        overwrite="noOverwrite" not in parameters.options,
        types=type_query(parameters, context),
    )
    return _reported(report)


async def update(call: Call) -> Reply:
    """Update attributes (5.6.2)."""
    parameters = call.parameters(CHANGE)
    entity_id = entity_id_of(call)
    document = await call.document()
    context = await call.context_of(document)
    fragment = parse_fragment(document, context, now=call.services.clock.now())
    require_same_id(fragment.id, entity_id)
    types = type_query(parameters, context)
    return _reported(await call.services.broker.update(entity_id, fragment, types))


async def update_one(call: Call) -> Reply:
    """Update part of an attribute (5.6.4)."""
    parameters = call.parameters(CHANGE)
    entity_id = entity_id_of(call)
    document = await call.document()
    context = await call.context_of(document)
    name = _attribute_of(call)
    patches = parse_attribute_patch(document, name, context)
    await call.services.broker.update_attribute(
        entity_id, context.expand(name), patches, type_query(parameters, context)
    )
    return NO_CONTENT


async def replace_one(call: Call) -> Reply:
    """Replace an attribute (5.6.19)."""
    parameters = call.parameters(CHANGE)
    entity_id = entity_id_of(call)
    document = await call.document()
    context = await call.context_of(document)
    now = call.services.clock.now()
    name = _attribute_of(call)
    instances = parse_attribute(document, name, context, now=now)
    await call.services.broker.replace_attribute(
        entity_id, context.expand(name), instances, type_query(parameters, context)
    )
    return NO_CONTENT


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
    await call.services.broker.delete_attribute(
        entity_id,
        context.expand(call.path[1]),
        dataset_id=None if dataset_id == DEFAULT_DATASET else dataset_id,
        every=parameters.delete_all,
        types=types,
    )
    return NO_CONTENT


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
