"""``/types`` and ``/attributes``: what there is to ask for (clauses 6.25 to 6.28)."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from kota.api.ngsi_ld.answer import answer
from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.federating import federation_of, visit_of, warnings
from kota.api.ngsi_ld.parameters import Parameters
from kota.api.ngsi_ld.reply import Headers, Reply
from kota.context.discovery import AttributeFacts, TypeFacts
from kota.context.sources import operations
from kota.context.sources.discovering import (
    attributes_told,
    joined_attributes,
    joined_types,
    types_told,
)
from kota.context.sources.peers import Visit
from kota.errors import NotFoundError
from kota.model.jsonld import Context

LIST: Final = frozenset({"details", "local"})
ONE: Final = frozenset({"local"})


async def list_types(call: Call) -> Reply:
    """List the entity types (5.7.5), with details on wish (5.7.6)."""
    parameters = call.parameters(LIST)
    media, context = call.accept(), await call.context()
    broker = call.services.broker
    visit = _visit(call, parameters)
    warned: Headers = ()
    if visit is None and not parameters.details:
        names = await broker.type_names()
        facts = []
    else:
        facts = await broker.describe_types()
        if visit is not None:
            operation = _of(parameters, operations.LIST_TYPES, operations.DESCRIBE_TYPES)
            facts, warned = await _types(call, operation, None, facts, context, visit)
        names = [one.name for one in facts]
    body: dict[str, Any] | list[dict[str, Any]] = [_type(one, context) for one in facts]
    if not parameters.details:
        body = {
            "id": f"urn:ngsi-ld:EntityTypeList:{uuid4()}",
            "type": "EntityTypeList",
            "typeList": [context.compact(name) for name in names],
        }
    return await answer(call, body, context, media, headers=warned)


async def retrieve_type(call: Call) -> Reply:
    """Describe one entity type (5.7.7)."""
    parameters = call.parameters(ONE)
    media, context = call.accept(), await call.context()
    name = context.expand(call.path[0])
    visit = _visit(call, parameters)
    warned: Headers = ()
    try:
        found = await call.services.broker.describe_types(name)
    except NotFoundError:
        if visit is None:
            raise
        found = []
    if visit is not None:
        found, warned = await _types(call, operations.DESCRIBE_TYPE, name, found, context, visit)
        if not found:
            raise NotFoundError(f"there is no entity of type {name}")
    return await answer(call, _type_info(found[0], context), context, media, headers=warned)


async def list_attributes(call: Call) -> Reply:
    """List the attributes (5.7.8), with details on wish (5.7.9)."""
    parameters = call.parameters(LIST)
    media, context = call.accept(), await call.context()
    found = await call.services.broker.describe_attributes()
    visit = _visit(call, parameters)
    warned: Headers = ()
    if visit is not None:
        operation = _of(parameters, operations.LIST_ATTRIBUTES, operations.DESCRIBE_ATTRIBUTES)
        found, warned = await _attributes(call, operation, None, found, context, visit)
    body: dict[str, Any] | list[dict[str, Any]]
    if parameters.details:
        body = [_attribute(facts, context) for facts in found]
    else:
        body = {
            "id": f"urn:ngsi-ld:AttributeList:{uuid4()}",
            "type": "AttributeList",
            "attributeList": [context.compact(facts.name) for facts in found],
        }
    return await answer(call, body, context, media, headers=warned)


async def retrieve_attribute(call: Call) -> Reply:
    """Describe one attribute (5.7.10)."""
    parameters = call.parameters(ONE)
    media, context = call.accept(), await call.context()
    name = context.expand(call.path[0])
    visit = _visit(call, parameters)
    warned: Headers = ()
    try:
        found = await call.services.broker.describe_attributes(name)
    except NotFoundError:
        if visit is None:
            raise
        found = []
    if visit is not None:
        found, warned = await _attributes(
            call, operations.DESCRIBE_ATTRIBUTE, name, found, context, visit
        )
        if not found:
            raise NotFoundError(f"no entity has an attribute {name}")
    (facts,) = found
    body = {
        **_attribute(facts, context),
        "attributeCount": facts.count,
        "attributeTypes": sorted(facts.kinds),
    }
    return await answer(call, body, context, media, headers=warned)


def _visit(call: Call, parameters: Parameters) -> Visit | None:
    """Whose rights end within the town learns of what others have by asking for it."""
    if call.services.lens is not None:
        return None
    return visit_of(call, local=parameters.local)


def _of(parameters: Parameters, names: str, details: str) -> str:
    return details if parameters.details else names


async def _types(
    call: Call,
    operation: str,
    name: str | None,
    ours: list[TypeFacts],
    context: Context,
    visit: Visit,
) -> tuple[list[TypeFacts], Headers]:
    told, warned = await federation_of(call).discover(
        operation, "/types", name, context, visit, types_told
    )
    theirs = [one for one in told if name is None or one.name == name]
    return joined_types([*ours, *theirs]), warnings(call, warned)


async def _attributes(
    call: Call,
    operation: str,
    name: str | None,
    ours: list[AttributeFacts],
    context: Context,
    visit: Visit,
) -> tuple[list[AttributeFacts], Headers]:
    told, warned = await federation_of(call).discover(
        operation, "/attributes", name, context, visit, attributes_told
    )
    theirs = [one for one in told if name is None or one.name == name]
    return joined_attributes([*ours, *theirs]), warnings(call, warned)


def _type(facts: TypeFacts, context: Context) -> dict[str, Any]:
    return {
        "id": facts.name,
        "type": "EntityType",
        "typeName": context.compact(facts.name),
        "attributeNames": [context.compact(name) for name in sorted(facts.attributes)],
    }


def _type_info(facts: TypeFacts, context: Context) -> dict[str, Any]:
    return {
        "id": facts.name,
        "type": "EntityTypeInfo",
        "typeName": context.compact(facts.name),
        "entityCount": facts.count,
        "attributeDetails": [
            {
                "id": name,
                "type": "Attribute",
                "attributeName": context.compact(name),
                "attributeTypes": sorted(facts.attributes[name]),
            }
            for name in sorted(facts.attributes)
        ],
    }


def _attribute(facts: AttributeFacts, context: Context) -> dict[str, Any]:
    return {
        "id": facts.name,
        "type": "Attribute",
        "attributeName": context.compact(facts.name),
        "typeNames": [context.compact(name) for name in sorted(facts.types)],
    }


ENDPOINTS: Final = (
    Endpoint("types", {"GET": list_types}),
    Endpoint("types/{}", {"GET": retrieve_type}),
    Endpoint("attributes", {"GET": list_attributes}),
    Endpoint("attributes/{}", {"GET": retrieve_attribute}),
)
