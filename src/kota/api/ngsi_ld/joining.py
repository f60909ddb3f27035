"""Writes entities with those that they are linked to, inline or beside them (clause 4.5.23)."""

from __future__ import annotations

from typing import Any

from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.parameters import Parameters
from kota.errors import NotFoundError
from kota.model.entity import Entity
from kota.model.jsonld import Context
from kota.model.represent import Representation, represent, represent_all


async def write(
    call: Call, entity: Entity, context: Context, options: Representation, parameters: Parameters
) -> dict[str, Any]:
    """One entity as the client wants it.

    Raises:
        NotFoundError: nothing of it is left.
    """
    body = represent(entity, context, options)
    if not body:
        raise NotFoundError(f"{entity.id} has none of the members asked for")
    return body


async def write_all(
    call: Call,
    found: list[Entity],
    context: Context,
    options: Representation,
    parameters: Parameters,
) -> list[dict[str, Any]] | dict[str, Any]:
    """Several entities as the client wants them."""
    return represent_all(found, context, options)
