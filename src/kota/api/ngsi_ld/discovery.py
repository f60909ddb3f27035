"""``/types`` and ``/attributes``: what there is to ask for (clauses 6.25 to 6.28)."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from kota.api.ngsi_ld.answer import answer
from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.reply import Reply
from kota.context.discovery import AttributeFacts, TypeFacts
from kota.model.jsonld import Context

LIST: Final = frozenset({"details", "local"})
ONE: Final = frozenset({"local"})


async def list_types(call: Call) -> Reply:
    """List the entity types (5.7.5), with details on wish (5.7.6)."""
    parameters = call.parameters(LIST)
    media, context = call.accept(), await call.context()
    broker = call.services.broker
    body: dict[str, Any] | list[dict[str, Any]]
    if parameters.details:
        body = [_type(facts, context) for facts in await broker.describe_types()]
    else:
        names = [context.compact(name) for name in await broker.type_names()]
        body = {
            "id": f"urn:ngsi-ld:EntityTypeList:{uuid4()}",
            "type": "EntityTypeList",
            "typeList": names,
        }
    return await answer(call, body, context, media)


async def retrieve_type(call: Call) -> Reply:
    """Describe one entity type (5.7.7)."""
    call.parameters(ONE)
    media, context = call.accept(), await call.context()
    (facts,) = await call.services.broker.describe_types(context.expand(call.path[0]))
    return await answer(call, _type_info(facts, context), context, media)


async def list_attributes(call: Call) -> Reply:
    """List the attributes (5.7.8), with details on wish (5.7.9)."""
    parameters = call.parameters(LIST)
    media, context = call.accept(), await call.context()
    found = await call.services.broker.describe_attributes()
    body: dict[str, Any] | list[dict[str, Any]]
    if parameters.details:
        body = [_attribute(facts, context) for facts in found]
    else:
        body = {
            "id": f"urn:ngsi-ld:AttributeList:{uuid4()}",
            "type": "AttributeList",
            "attributeList": [context.compact(facts.name) for facts in found],
        }
    return await answer(call, body, context, media)


async def retrieve_attribute(call: Call) -> Reply:
    """Describe one attribute (5.7.10)."""
    call.parameters(ONE)
    media, context = call.accept(), await call.context()
    (facts,) = await call.services.broker.describe_attributes(context.expand(call.path[0]))
    body = {
        **_attribute(facts, context),
        "attributeCount": facts.count,
        "attributeTypes": sorted(facts.kinds),
    }
    return await answer(call, body, context, media)


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
